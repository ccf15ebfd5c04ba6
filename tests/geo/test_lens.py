"""Lenses against OpenCV's: the same pixels, the same rays, and nothing where a lens folds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.camera import Camera
from geo.geodesy import distance_m
from geo.lens import Brown, Fisheye, Lens, Pinhole
from geo.rays import Views, cut, directions, project

CASES = json.loads((Path(__file__).parent / "oracle.json").read_text())["lenses"]
BROWN = Brown(k1=-0.28, k2=0.09, p1=8e-4, p2=-5e-4, k3=-0.01)
FISHEYE = Fisheye(k1=-0.02, k2=0.005, k3=-0.002, k4=0.0004)
OPTICS = np.array([[1500.0, 0, 970], [0, 1480.0, 530], [0, 0, 1]])
u, v = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 1920, 25), np.linspace(0, 1080, 15)))


def camera(lens: Lens) -> Camera:
    return Camera(
        width_px=1920, height_px=1080, fx_px=1500, fy_px=1480, cx_px=970, cy_px=530, lens=lens
    )


def camera_of(case: dict[str, Any]) -> Camera:
    if "fisheye" in case:
        k1, k2, k3, k4 = case["fisheye"]
        return camera(Fisheye(k1=k1, k2=k2, k3=k3, k4=k4))
    k1, k2, p1, p2, k3 = case["distortion"]
    return camera(Brown(k1=k1, k2=k2, p1=p1, p2=p2, k3=k3))


def views_of(case: dict[str, Any]) -> Views:
    fields = ("lat_deg", "lon_deg", "height_m", "yaw_deg", "pitch_deg", "roll_deg")
    return Views(**{key: np.array([case[key]]) for key in fields})


def test_rays_through_a_lens_land_within_a_millimetre_of_what_opencv_drew() -> None:
    for case in CASES:
        views = views_of(case)
        rays = directions(camera_of(case), views, case["u_px"], case["v_px"])
        hits = cut(views, rays, case["ground_m"])
        target = (case["target_lat_deg"], case["target_lon_deg"])
        assert distance_m(hits.lat_deg, hits.lon_deg, *target)[0] < 1e-3


def test_targets_appear_through_a_lens_at_opencvs_pixel() -> None:
    for case in CASES:
        target = (case["target_lat_deg"], case["target_lon_deg"], case["ground_m"])
        seen = project(camera_of(case), views_of(case), *target)
        assert (seen[0][0], seen[1][0]) == pytest.approx((case["u_px"], case["v_px"]), abs=1e-4)


def test_leaving_the_lens_out_is_metres_wrong() -> None:
    misses = []
    for case in CASES:
        views = views_of(case)
        rays = directions(camera(Pinhole()), views, case["u_px"], case["v_px"])
        hits = cut(views, rays, case["ground_m"])
        target = (case["target_lat_deg"], case["target_lon_deg"])
        misses.append(distance_m(hits.lat_deg, hits.lon_deg, *target)[0])
    assert np.nanmedian(misses) > 1.0


def test_opencv_draws_every_pixels_ray_on_that_pixel() -> None:
    rays, still = camera(BROWN).directions(u, v), np.zeros(3)
    seen = np.ascontiguousarray(rays[:, None, [1, 2, 0]])
    pixels = cv2.projectPoints(seen, still, still, OPTICS, np.array(BROWN.coefficients))[0][:, 0]
    assert pixels == pytest.approx(np.stack([u, v], axis=-1), abs=1e-7)


def test_a_whole_fisheye_picture_is_undistorted_as_opencv_does() -> None:
    pixels = np.stack([u, v], axis=-1)[:, None]
    rays = camera(FISHEYE).directions(u, v)
    plane = cv2.fisheye.undistortPoints(pixels, OPTICS, np.array(FISHEYE.coefficients))[:, 0]
    assert rays[:, 1:] / rays[:, :1] == pytest.approx(plane, abs=1e-7)


small = st.floats(-0.3, 0.3)


@settings(deadline=None)
@given(small, small, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), small,
    st.floats(-0.8, 0.8), st.floats(-0.8, 0.8))  # fmt: skip
def test_what_a_brown_lens_shows_comes_back(  # noqa: PLR0917
    k1: float, k2: float, p1: float, p2: float, k3: float, right: float, down: float
) -> None:
    lens = Brown(k1=k1, k2=k2, p1=p1, p2=p2, k3=k3)
    x, y = lens.plane(*np.array([[1.0], [right], [down]]))
    ray = lens.directions(x, y)[0]
    if np.isfinite(ray).all():
        again = lens.plane(*ray[:, None])
        assert (again[0][0], again[1][0]) == pytest.approx((x[0], y[0]), abs=1e-9)


@settings(deadline=None)
@given(st.floats(0, 3.0), st.floats(-3.14, 3.14))
def test_a_fisheye_sees_beside_and_behind_itself(angle: float, turn: float) -> None:
    lens = Fisheye(k1=0.01, k2=0.002)
    ray = np.array(
        [np.cos(angle), np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn)]
    )  # fmt: skip
    x, y = lens.plane(*ray[:, None])
    assert lens.directions(x, y)[0] == pytest.approx(ray, abs=1e-9)


def test_without_coefficients_a_brown_lens_is_a_pinhole() -> None:
    assert camera(Brown()).directions(u, v) == pytest.approx(camera(Pinhole()).directions(u, v))


def test_beyond_the_fold_a_lens_shows_nothing() -> None:
    """r (1 - r^2 / 3) grows up to r = 1 and reaches 2/3 there: no direction falls further out."""
    lens = Brown(k1=-1 / 3)
    rays = lens.directions(np.array([0.6, 0.66, 0.67, 5.0]), np.zeros(4))
    assert np.isfinite(rays[:2]).all()
    assert np.isnan(rays[2:, 0]).all()
    x, _ = lens.plane(np.ones(2), np.array([0.9, 1.5]), np.zeros(2))
    assert np.isfinite(x[0])
    assert np.isnan(x[1])


def test_beside_and_behind_a_pinhole_there_is_no_pixel() -> None:
    for lens in (Pinhole(), BROWN):
        x, y = lens.plane(np.array([0.0, -1.0]), np.ones(2), np.ones(2))
        assert np.isnan(x).all()
        assert np.isnan(y).all()


def test_zoomed_in_the_middle_half_fills_the_picture() -> None:
    wide, near = camera(BROWN), camera(BROWN).zoomed(2.0)
    assert near.directions(0.0, 0.0) == pytest.approx(wide.directions(480.0, 270.0))
    assert near.directions(1920.0, 1080.0) == pytest.approx(wide.directions(1440.0, 810.0))
    with pytest.raises(ValueError, match="zoom"):
        wide.zoomed(0.0)
