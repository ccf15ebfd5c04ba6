"""Against 300 rays of pymap3d, a grown-up mutant, and its own inverse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.camera import Camera
from geo.geodesy import distance_m
from geo.pose import Datum, Pose
from geo.rays import Views, cut, directions, project

CASES = json.loads((Path(__file__).parent / "oracle.json").read_text())["rays"]
VIEW_FIELDS = ("lat_deg", "lon_deg", "height_m", "yaw_deg", "pitch_deg", "roll_deg")
CAMERA = Camera.from_hfov(1920, 1080, 65.0)


def camera_of(case: dict[str, float]) -> Camera:
    optics = {key: case[key] for key in ("fx_px", "fy_px", "cx_px", "cy_px")}
    return Camera(width_px=1920, height_px=1080, **optics)


def views_of(case: dict[str, float]) -> Views:
    return Views(**{key: np.array([case[key]]) for key in VIEW_FIELDS})


def miss_m(case: dict[str, float], rays: np.ndarray) -> float:
    hits = cut(views_of(case), rays, case["ground_m"])
    target = (case["target_lat_deg"], case["target_lon_deg"])
    return float(distance_m(hits.lat_deg, hits.lon_deg, *target)[0])


def test_every_ray_lands_within_a_millimetre_of_pymap3ds() -> None:
    for case in CASES:
        views = views_of(case)
        rays = directions(camera_of(case), views, case["u_px"], case["v_px"])
        assert miss_m(case, rays) < 1e-3
        assert cut(views, rays, case["ground_m"]).range_m == pytest.approx(
            case["range_m"], abs=1e-3
        )


def test_every_target_appears_at_pymap3ds_pixel() -> None:
    for case in CASES:
        target = (case["target_lat_deg"], case["target_lon_deg"], case["ground_m"])
        u, v = project(camera_of(case), views_of(case), *target)
        assert (u[0], v[0]) == pytest.approx((case["u_px"], case["v_px"]), abs=1e-4)


def test_adding_the_pixels_angles_to_yaw_and_pitch_is_metres_wrong() -> None:
    misses = []
    for case in CASES:
        camera = camera_of(case)
        across = np.degrees(np.arctan((case["u_px"] - camera.cx_px) / camera.fx_px))
        along = np.degrees(np.arctan((case["v_px"] - camera.cy_px) / camera.fy_px))
        bent = case | {"yaw_deg": case["yaw_deg"] + across, "pitch_deg": case["pitch_deg"] - along}
        rays = directions(camera, views_of(bent), camera.cx_px, camera.cy_px)
        misses.append(miss_m(case, rays))
    assert np.nanmedian(misses) > 1.0


def test_one_call_with_many_poses_is_many_calls_with_one() -> None:
    views = Views(**{key: np.array([case[key] for case in CASES]) for key in VIEW_FIELDS})
    rays = directions(CAMERA, views, 700.0, 800.0)
    hits = cut(views, rays, 0.0)
    for i in (0, 100, 299):
        alone = views_of(CASES[i])
        hit = cut(alone, directions(CAMERA, alone, 700.0, 800.0), 0.0)
        assert hits.range_m[i] == pytest.approx(hit.range_m[0], abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(
    st.floats(-89, 89), st.floats(-180, 180), st.floats(20, 500), st.floats(-180, 180),
    st.floats(-90, -10), st.floats(-25, 25), st.floats(0, 1920), st.floats(0, 1080),
)  # fmt: skip
def test_a_pixel_sent_to_the_ground_comes_back_to_itself(  # noqa: PLR0917
    lat: float, lon: float, height: float, yaw: float, pitch: float, roll: float, u: float, v: float
) -> None:
    pose = Pose(
        t_s=0.0, lat_deg=lat, lon_deg=lon, height_m=height, datum=Datum.ELLIPSOID,
        yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll,
    )  # fmt: skip
    views = Views.of([pose])
    hits = cut(views, directions(CAMERA, views, u, v), 0.0)
    if hits.range_m[0] < 5000:
        back = project(CAMERA, views, hits.lat_deg, hits.lon_deg, 0.0)
        assert (back[0][0], back[1][0]) == pytest.approx((u, v), abs=1e-3)


def test_what_lies_behind_the_camera_has_no_pixel() -> None:
    pose = Pose(
        t_s=0.0, lat_deg=31.9, lon_deg=118.8, height_m=100.0, datum=Datum.ELLIPSOID,
        yaw_deg=0.0, pitch_deg=-10.0,
    )  # fmt: skip
    u, v = project(CAMERA, Views.of([pose]), [31.8, 32.0], 118.8, 0.0)
    assert np.isnan([u[0], v[0]]).all()
    assert np.isfinite([u[1], v[1]]).all()


@pytest.mark.parametrize(("pitch", "height"), [(5.0, 100.0), (-0.1, 100.0), (-30.0, -5.0)])
def test_a_ray_that_misses_or_starts_below_the_ground_has_no_hit(
    pitch: float, height: float
) -> None:
    pose = Pose(
        t_s=0.0, lat_deg=31.9, lon_deg=118.8, height_m=height, datum=Datum.ELLIPSOID,
        yaw_deg=0.0, pitch_deg=pitch,
    )  # fmt: skip
    views = Views.of([pose])
    rays = directions(CAMERA, views, CAMERA.cx_px, CAMERA.cy_px)
    assert np.isnan(cut(views, rays, 0.0).range_m).all()
