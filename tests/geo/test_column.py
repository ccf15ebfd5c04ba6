"""A plume of known foot, drawn by hand: its lower edge in three pictures of one drone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.camera import Camera
from geo.column import LowerEdge, column_foot
from geo.geodesy import offset
from geo.pose import Datum, Pose
from geo.rays import Views, project
from geo.terrain import FlatTerrain

CAMERA = Camera.from_hfov(1280, 720, 71.5)
TERRAIN = FlatTerrain()
LAT_DEG, LON_DEG = 31.95, 118.84


def edge(drone_east_m: float, right_m: float) -> LowerEdge:
    """Of a plume whose foot is 4 m wide and whose smoke trails off to ``right_m`` in the east.

    The drone is 100 m up and 100 m south of the foot's middle, looking north.
    """
    lat, lon = offset(LAT_DEG, LON_DEG, drone_east_m, -100.0)
    pose = Pose(
        t_s=0.0, lat_deg=float(lat), lon_deg=float(lon), height_m=100.0, datum=Datum.TAKEOFF,
        yaw_deg=0.0, pitch_deg=-45.0,
    )  # fmt: skip
    ends = offset(LAT_DEG, LON_DEG, np.array([-2.0, right_m]), np.zeros(2))
    u, v = project(CAMERA, Views.of([pose] * 2), *ends, 0.0)
    return LowerEdge(
        pose=pose, camera=CAMERA, left_px=float(u[0]), right_px=float(u[1]), v_px=float(v.mean())
    )


def foot_px(last: LowerEdge) -> tuple[float, float]:
    u, v = project(CAMERA, Views.of([last.pose]), LAT_DEG, LON_DEG, 0.0)
    return float(u[0]), float(v[0])


def test_smoke_that_sways_has_its_foot_where_it_always_is() -> None:
    edges = [edge(0.0, 9.0), edge(3.0, 2.0), edge(6.0, 12.0)]
    foot = column_foot(edges, TERRAIN)
    assert foot is not None
    assert (foot.u_px, foot.v_px) == pytest.approx(foot_px(edges[-1]), abs=0.5)
    assert foot.sigma_px == 8.0, "that of a foot which is narrow"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_picture_in_which_something_hides_the_foot_does_not_move_it(which: int) -> None:
    edges = [edge(0.0, 2.0), edge(3.0, 2.0), edge(6.0, 2.0)]
    edges[which] = replace(edges[which], v_px=edges[which].v_px - 40.0)
    foot = column_foot(edges, TERRAIN)
    assert foot is not None
    assert foot.v_px == pytest.approx(foot_px(edges[-1])[1], abs=1.0)


def test_edges_without_anything_in_common_are_no_column() -> None:
    assert column_foot([edge(0.0, 2.0), edge(0.0, 2.0), edge(0.0, -9.0)], TERRAIN) is None
    here = edge(0.0, 2.0)
    away = replace(here, left_px=here.left_px + 300, right_px=here.right_px + 300)
    assert column_foot([here, here, away], TERRAIN) is None


def test_an_edge_above_the_horizon_is_no_column() -> None:
    up = edge(0.0, 2.0)
    up = replace(up, pose=replace(up.pose, pitch_deg=40.0))
    assert column_foot([up, up, up], TERRAIN) is None
