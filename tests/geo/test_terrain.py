"""Rays on relief against a search of every centimetre, and what is refused beside it."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.camera import Camera
from geo.errors import BadGrid
from geo.foot import Foot
from geo.geodesy import enu
from geo.ground import BearingSector, GroundPoint, Location, Method, Unlocated
from geo.locate import locate
from geo.pose import Datum, Pose
from geo.raster import Grid
from geo.rays import Views, camera_axes
from geo.terrain import FlatTerrain, RasterTerrain, above_takeoff
from plumeline.terrain_files import read_terrain

ORACLE = json.loads((Path(__file__).parent / "oracle.json").read_text())
ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "geo" / "openathena"
CAMERA = Camera.from_hfov(1920, 1080, 65.0)
MIDDLE = Foot(u_px=960, v_px=540)
SLOPE = np.add.outer(np.zeros(61), np.arange(61.0))
"""Rises by 1 m per node towards the east."""


def grid_of(values: Any, north: float = 32.0, west: float = 118.8) -> Grid:
    return Grid(
        values=np.asarray(values, np.float32), north_deg=north, west_deg=west,
        lat_step_deg=1 / 3600, lon_step_deg=1 / 3600,
    )  # fmt: skip


def ground_of(values: Any, **more: Any) -> RasterTerrain:
    return RasterTerrain(grid=grid_of(values), datum=Datum.ELLIPSOID, **more)


def views_of(cases: list[dict[str, Any]]) -> Views:
    fields = ("lat_deg", "lon_deg", "height_m", "yaw_deg", "pitch_deg", "roll_deg")
    return Views(**{key: np.array([case[key] for case in cases]) for key in fields})


def furthest_m(terrain: RasterTerrain, cases: list[dict[str, Any]]) -> float:
    """Between where the axes meet the terrain and where the search found it, in space."""
    views = views_of(cases)
    hits = terrain.meet(views, camera_axes(views)[:, 0])
    found = [[case[key] for case in cases] for key in ("target_lat_deg", "target_lon_deg")]
    height_m = terrain.height_m(hits.lat_deg, hits.lon_deg)
    apart = enu(hits.lat_deg, hits.lon_deg, height_m, *found, [case["target_m"] for case in cases])
    return float(np.max(np.linalg.norm(apart, axis=0)))


def test_150_rays_on_hills_across_the_antimeridian_land_within_a_centimetre() -> None:
    hills = ORACLE["hills"]
    terrain = RasterTerrain(
        grid=grid_of(np.array(hills["heights_dm"]) / 10, hills["north_deg"], hills["west_deg"]),
        datum=Datum.ELLIPSOID,
    )
    assert furthest_m(terrain, ORACLE["hill_rays"]) < 0.01


@pytest.mark.parametrize("name", ["skydio-catilina-dem.tiff", "cobb.tiff"])
def test_rays_on_a_real_model_land_within_a_centimetre(name: str) -> None:
    rasterio = pytest.importorskip("rasterio")
    if not (REAL / name).is_file():
        pytest.skip("the real elevation models are not here (../shared/data/geo/openathena)")
    oracle = runpy.run_path(str(ROOT / "tools" / "build_geo_oracle.py"))
    with rasterio.open(REAL / name) as found:
        at, heights = found.transform, found.read(1).astype(float)
    lat_deg, lon_deg = at.f + at.e * heights.shape[0] / 2, at.c + at.a * heights.shape[1] / 2
    ground = {"north_deg": at.f + at.e / 2, "west_deg": at.c + at.a / 2, "step_deg": at.a,
        "heights_m": heights}  # fmt: skip
    rng, cases = np.random.default_rng(7), []
    for yaw in range(-170, 180, 30):
        case = {"lat_deg": lat_deg + rng.uniform(-0.02, 0.02), "yaw_deg": float(yaw),
            "lon_deg": lon_deg + rng.uniform(-0.02, 0.02), "roll_deg": 0.0,
            "pitch_deg": rng.uniform(-70, -12)}  # fmt: skip
        below = float(oracle["height_at"](ground, case["lat_deg"], case["lon_deg"]))
        case["height_m"] = below + rng.uniform(40, 150)
        ray, _, _ = oracle["picture_axes"](yaw, case["pitch_deg"], 0.0)
        cases.append(case | oracle["dense_march"](ground, case, ray))
    assert furthest_m(read_terrain(REAL / name, datum=Datum.ELLIPSOID), cases) < 0.01


def test_a_ridge_one_node_wide_is_not_stepped_over() -> None:
    values = np.zeros((61, 61))
    values[:, 30] = 90.0
    terrain = ground_of(values)
    pose = replace(POSE, lon_deg=118.8 + 20 / 3600, yaw_deg=90.0, pitch_deg=-10.0, height_m=120.0)
    found = locate(pose=pose, camera=CAMERA, foot=MIDDLE, terrain=terrain)
    assert isinstance(found, GroundPoint)
    assert found.method is Method.TERRAIN
    assert found.lon_deg < 118.8 + 30 / 3600


POSE = Pose(
    t_s=0.0, lat_deg=32.0 - 30 / 3600, lon_deg=118.8 + 30 / 3600, height_m=150.0,
    datum=Datum.ELLIPSOID, yaw_deg=0.0, pitch_deg=-40.0,
)  # fmt: skip


def where(terrain: RasterTerrain, fallback: FlatTerrain | None = None, **changes: Any) -> Location:
    pose = replace(POSE, **changes)
    return locate(pose=pose, camera=CAMERA, foot=MIDDLE, terrain=terrain, fallback=fallback)


def test_between_four_nodes_the_height_is_bilinear_and_outside_unknown() -> None:
    grid = grid_of([[0, 10], [20, 70]])
    half = 0.5 / 3600
    assert grid.at(32 - half, 118.8 + half) == pytest.approx(25.0)
    assert grid.at(32 - half / 2, 118.8 + half) == pytest.approx(15.0)
    assert grid.at([32.0, 32 - 2 * half], [118.8, 118.8 + 2 * half]) == pytest.approx(
        [0, 70], abs=1e-6
    )
    assert np.isnan(grid.at([32.001, 32 - 3 * half, 32.0], [118.8, 118.8, 118.9])).all()
    assert np.isnan(grid.at(np.nan, 118.8))


def test_the_slope_is_the_rise_per_metre() -> None:
    east, north = ground_of(SLOPE).slopes(POSE.lat_deg, POSE.lon_deg)
    metre_deg = 1 / enu(POSE.lat_deg, POSE.lon_deg + 1 / 3600, 0, POSE.lat_deg, POSE.lon_deg, 0)[0]
    assert float(east) == pytest.approx(float(metre_deg), rel=0.01)
    assert float(north) == pytest.approx(0.0, abs=1e-9)


def test_beside_a_void_nothing_is_known() -> None:
    values = SLOPE.copy()
    values[20, 30] = np.nan
    assert np.isnan(ground_of(values).height_m(32 - 20.5 / 3600, 118.8 + 29.5 / 3600))
    with pytest.raises(BadGrid, match="holds no height"):
        ground_of(np.full((5, 5), np.nan))


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"lat_deg": 40.0}, Unlocated(reason="no terrain under the drone")),
        ({"height_m": 29.0}, Unlocated(reason="drone at or below the terrain")),
        ({"datum": Datum.MSL}, Unlocated(reason="heights from msl and from ellipsoid")),
        ({"datum": Datum.TAKEOFF}, Unlocated(reason="heights from takeoff and from ellipsoid")),
        ({"pitch_deg": -6.0, "height_m": 300.0}, "no terrain where the foot is"),
        ({"pitch_deg": 1.0}, "foot at or above the horizon"),
    ],
)
def test_off_the_model_there_is_no_point(changes: Any, answer: Unlocated | str) -> None:
    found = where(ground_of(SLOPE), **changes)
    if isinstance(answer, str):
        assert isinstance(found, BearingSector)
        assert found.reason == answer
    else:
        assert found == answer


def test_a_fallback_is_used_only_where_the_model_ends_and_says_so() -> None:
    flat = FlatTerrain(ground_m=30.0, datum=Datum.ELLIPSOID)
    inside, outside = where(ground_of(SLOPE), flat), where(ground_of(SLOPE), flat, lat_deg=40.0)
    assert isinstance(inside, GroundPoint)
    assert isinstance(outside, GroundPoint)
    assert (inside.method, outside.method) == (Method.TERRAIN, Method.FLAT)
    below = where(ground_of(SLOPE), flat, height_m=29.0)
    assert below == Unlocated(reason="drone at or below the terrain")


def test_a_pose_above_takeoff_stands_on_the_terrain_there() -> None:
    pose = replace(POSE, height_m=100.0, datum=Datum.TAKEOFF)
    lifted = above_takeoff(pose, ground_of(SLOPE), POSE.lat_deg, 118.8 + 10 / 3600)
    assert lifted is not None
    assert (lifted.height_m, lifted.datum) == (pytest.approx(110.0, abs=1e-4), Datum.ELLIPSOID)
    assert above_takeoff(pose, ground_of(SLOPE), 0.0, 0.0) is None


def test_a_range_replaces_terrain_near_the_axis_only() -> None:
    def lasered(foot: Foot, range_m: float = 123.0) -> Location:
        return locate(
            pose=POSE, camera=CAMERA, foot=foot, terrain=FlatTerrain(datum=Datum.ELLIPSOID),
            laser_range_m=range_m,
        )  # fmt: skip

    on, near, off = (lasered(Foot(u_px=960 + right, v_px=540)) for right in (0, 20, 60))
    assert isinstance(on, GroundPoint)
    assert isinstance(near, GroundPoint)
    assert isinstance(off, GroundPoint)
    assert (on.method, near.method, off.method) == (Method.LASER, Method.LASER, Method.FLAT)
    assert on.range_m == near.range_m == 123.0
    reach = np.hypot(*enu(on.lat_deg, on.lon_deg, 0, POSE.lat_deg, POSE.lon_deg, 0)[:2])
    assert reach == pytest.approx(123.0 * np.cos(np.radians(40)), abs=0.01)
    assert on.cov_nn_m2 < near.cov_nn_m2 < off.cov_nn_m2
    assert lasered(MIDDLE, np.nan) == Unlocated(reason="laser range is not a distance")


def test_the_ellipse_of_a_laser_point_holds_95_percent_of_shaken_poses() -> None:
    point = locate(
        pose=POSE, camera=CAMERA, foot=MIDDLE, terrain=FlatTerrain(datum=Datum.ELLIPSOID),
        laser_range_m=200.0,
    )  # fmt: skip
    assert isinstance(point, GroundPoint)
    rng, sigmas = np.random.default_rng(3), POSE.sigmas
    yaw, pitch = rng.normal([[0.0]] * 2, [[sigmas.yaw_deg], [sigmas.pitch_deg]], (2, 20_000))
    right, down = np.degrees(rng.normal(0, 8 / CAMERA.fx_px, (2, 20_000)))
    range_m = rng.normal(200, np.hypot(0.2, 0.3), 20_000)
    level = range_m * np.cos(np.radians(-40 + pitch - down))
    turn = np.radians(yaw) + np.radians(right) / np.cos(np.radians(40))
    shift = rng.normal(0, sigmas.horizontal_m, (2, 20_000))
    east = level * np.sin(turn) + shift[0]
    north = level * np.cos(turn) + shift[1] - 200 * np.cos(np.radians(40))
    assert np.var(east) == pytest.approx(point.cov_ee_m2, rel=0.03)
    assert np.var(north) == pytest.approx(point.cov_nn_m2, rel=0.03)
