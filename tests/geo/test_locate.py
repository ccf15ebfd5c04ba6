"""Points with an ellipse, bearings where only those are honest, and refusals in words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.camera import Camera
from geo.foot import Foot, foot_of
from geo.geodesy import bearing_deg, distance_m
from geo.ground import BearingSector, GroundPoint, Location, Method, Unlocated
from geo.locate import MIN_DEPRESSION_DEG, locate
from geo.pose import Datum, Pose, PoseSigmas
from geo.terrain import FlatTerrain

CAMERA = Camera.from_hfov(1920, 1080, 65.0)
POSE = Pose(
    t_s=0.0, lat_deg=31.95, lon_deg=118.84, height_m=100.0, datum=Datum.TAKEOFF,
    yaw_deg=-120.0, pitch_deg=-30.0,
)  # fmt: skip
MIDDLE = Foot(u_px=960, v_px=540)


def where(foot: Foot = MIDDLE, terrain: FlatTerrain | None = None, **changes: Any) -> Location:
    pose = replace(POSE, **changes)
    return locate(pose=pose, camera=CAMERA, foot=foot, terrain=terrain or FlatTerrain())


def test_the_axis_meets_the_ground_where_a_right_triangle_says() -> None:
    point = where()
    assert isinstance(point, GroundPoint)
    assert point.method is Method.FLAT
    here = (POSE.lat_deg, POSE.lon_deg)
    reach = distance_m(*here, point.lat_deg, point.lon_deg)
    assert reach == pytest.approx(100 / math.tan(math.radians(30)), abs=0.02)
    assert bearing_deg(*here, point.lat_deg, point.lon_deg) == pytest.approx(240.0, abs=1e-3)
    assert point.range_m == pytest.approx(200.0, abs=0.02)


def test_rolled_clockwise_the_right_of_the_picture_looks_lower() -> None:
    right = Foot(u_px=1800, v_px=540)
    level, rolled = where(right), where(right, roll_deg=10.0)
    assert isinstance(level, GroundPoint)
    assert isinstance(rolled, GroundPoint)
    assert rolled.range_m < level.range_m


def test_ground_higher_than_the_takeoff_point_is_nearer() -> None:
    raised = where(terrain=FlatTerrain(ground_m=40.0))
    assert isinstance(raised, GroundPoint)
    assert raised.range_m == pytest.approx(120.0, abs=0.02)


@pytest.mark.parametrize(
    ("pitch", "reason"),
    [
        (0.0, "foot at or above the horizon"),
        (20.0, "foot at or above the horizon"),
        (-4.9, "foot less than 5 deg below the horizon"),
    ],
)
def test_towards_the_horizon_only_a_bearing_is_given(pitch: float, reason: str) -> None:
    sector = where(pitch_deg=pitch)
    assert isinstance(sector, BearingSector)
    assert sector.reason == reason
    assert (sector.lat_deg, sector.lon_deg) == (POSE.lat_deg, POSE.lon_deg)
    assert sector.bearing_deg == pytest.approx(240.0)
    assert sector.sigma_deg == pytest.approx(3.0, abs=0.1)


def test_from_the_least_depression_on_a_point_is_given() -> None:
    assert isinstance(where(pitch_deg=-MIN_DEPRESSION_DEG - 0.1), GroundPoint)


def test_a_foot_that_may_lie_outside_the_picture_gives_only_a_bearing() -> None:
    sector = where(replace(MIDDLE, u_px=1919.5, touches_edge=True))
    assert isinstance(sector, BearingSector)
    assert sector.reason == "box touches the frame edge"
    assert 240 < sector.bearing_deg < 290


def test_straight_down_every_bearing_is_possible() -> None:
    sector = where(replace(MIDDLE, touches_edge=True), pitch_deg=-90.0)
    assert isinstance(sector, BearingSector)
    assert sector.sigma_deg == 180.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"datum": Datum.MSL}, "heights from msl and from takeoff"),
        ({"height_m": 0.0}, "drone at or below the terrain"),
        ({"height_m": -3.0}, "drone at or below the terrain"),
        ({"lat_deg": math.nan}, "position is not on Earth"),
        ({"lat_deg": 91.0}, "position is not on Earth"),
        ({"height_m": math.inf}, "position is not on Earth"),
        ({"yaw_deg": math.nan}, "camera angles are not numbers"),
        ({"sigmas": PoseSigmas(yaw_deg=math.nan)}, "uncertainty is not a number"),
        ({"sigmas": PoseSigmas(height_m=-1.0)}, "uncertainty is not a number"),
        ({"sigmas": PoseSigmas(horizontal_m=0.0)}, "uncertainty of the position is zero"),
        ({"foot": Foot(u_px=math.nan, v_px=1)}, "foot is not a pixel"),
        ({"terrain": FlatTerrain(ground_m=math.nan)}, "no terrain under the drone"),
        ({"terrain": FlatTerrain(datum=Datum.MSL)}, "heights from takeoff and from msl"),
    ],
)
def test_what_cannot_be_located_is_refused_in_words(changes: Any, reason: str) -> None:
    assert where(**changes) == Unlocated(reason=reason)


def test_a_camera_without_a_focal_length_is_refused() -> None:
    blind = replace(CAMERA, fx_px=0.0)
    answer = locate(pose=POSE, camera=blind, foot=MIDDLE, terrain=FlatTerrain())
    assert answer == Unlocated(reason="camera has no focal length")


anything = st.floats(allow_nan=True, allow_infinity=True)


@settings(deadline=None)
@given(st.tuples(*[anything] * 7))
def test_no_number_makes_it_raise_or_answer_with_nan(numbers: tuple[float, ...]) -> None:
    lat, lon, height, yaw, pitch, u, sigma = numbers
    answer = where(
        Foot(u_px=u, v_px=540, sigma_px=sigma),
        lat_deg=lat, lon_deg=lon, height_m=height, yaw_deg=yaw, pitch_deg=pitch,
    )  # fmt: skip
    if isinstance(answer, GroundPoint):
        assert math.isfinite(answer.lat_deg + answer.lon_deg + answer.range_m)
        assert answer.cov_ee_m2 * answer.cov_nn_m2 > answer.cov_en_m2**2


@settings(deadline=None)
@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(-1, 5e3), st.floats(-360, 360),
    st.floats(-90, 90),
)  # fmt: skip
def test_any_pose_on_earth_has_an_answer(
    lat: float, lon: float, height: float, yaw: float, pitch: float
) -> None:
    answer = where(lat_deg=lat, lon_deg=lon, height_m=height, yaw_deg=yaw, pitch_deg=pitch)
    if isinstance(answer, GroundPoint):
        assert answer.range_m >= height - 1e-6


@pytest.mark.parametrize(
    ("box", "touches"),
    [
        ((100, 0, 300, 500), False),
        ((1.5, 10, 300, 1078.5), False),
        ((0.5, 10, 300, 500), True),
        ((100, 10, 1919.2, 500), True),
        ((100, 10, 300, 1079), True),
    ],
)
def test_only_the_top_of_a_box_may_touch_the_frame(box: Any, touches: bool) -> None:
    assert foot_of(*box, 1920, 1080).touches_edge is touches


def test_the_foot_is_the_bottoms_middle_and_as_vague_as_the_box_is_wide() -> None:
    assert foot_of(100, 20, 140, 90, 1920, 1080) == Foot(u_px=120, v_px=90, sigma_px=8.0)
    assert foot_of(100, 20, 500, 90, 1920, 1080).sigma_px == 40.0
