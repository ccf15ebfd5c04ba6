"""A camera that was calibrated is used as it is, alone, over several views, and under a column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from alerts.equipment import Equipment
from alerts.events import Evidence
from alerts.placing import Placer
from detect.detection import Box, Detection, Label
from geo.camera import Camera
from geo.geodesy import distance_m, offset
from geo.lens import Brown, lens_of
from ingest.pairing import Paired, between
from ingest.records import Attitude
from plumeline.config import load_config
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, frame

BENT = (-0.28, 0.09, 8e-4, -5e-4, -0.01)
CAMERA = Camera(
    width_px=1280, height_px=720, fx_px=900, fy_px=905, cx_px=650, cy_px=350,
    lens=lens_of(BENT),
)  # fmt: skip
CALIBRATED = Placer(equipment={"nj-01": Equipment(hfov_deg=70, calibration=CAMERA)})


def foot_px(east_m: float, north_m: float, north_of_it_m: float) -> tuple[float, float]:
    """Where OpenCV draws a place on the ground for a camera 100 m up, looking north, 45 degrees
    down; its pixel centres are whole numbers, ours end in .5."""
    half = np.sqrt(0.5)
    ahead, below = north_m - north_of_it_m, 100.0
    point = np.array([east_m, half * (below - ahead), half * (ahead + below)])
    matrix = np.array([[900, 0, 649.5], [0, 905, 349.5], [0, 0, 1.0]])
    drawn = cv2.projectPoints(point[None], np.zeros(3), np.zeros(3), matrix, np.array(BENT))[0]
    u_px, v_px = drawn.ravel() + 0.5
    return float(u_px), float(v_px)


def seen(placer: Placer, north_m: float, t_s: float, label: Label = Label.FIRE) -> Evidence:
    """The place 45 m east and 130 m north, from some way north."""
    lat, lon = offset(LAT_DEG, LON_DEG, 0.0, north_m)
    down = Attitude(yaw_deg=0.0, pitch_deg=-45.0)
    first, second = (
        replace(fix(t), lat_deg=float(lat), lon_deg=float(lon), gimbal=down, height_takeoff_m=100.0)
        for t in (t_s, t_s + 0.5)
    )
    picture = frame(t_s + 0.25)
    moment = between(first, second, T0_S + t_s + 0.25)
    u_px, v_px = foot_px(45.0, 130.0, north_m)
    box = Box(x0_px=u_px - 20, y0_px=v_px - 60, x1_px=u_px + 20, y1_px=v_px)
    detection = Detection(label=label, score=0.9, box=box)
    paired = Paired(frame=picture, moment=moment)
    return placer.evidence(paired, placer.pose(picture, moment), detection, None)


def off_m(place: Any) -> float:
    lat, lon = offset(LAT_DEG, LON_DEG, 45.0, 130.0)
    return float(distance_m(place.lat_deg, place.lon_deg, lat, lon))


def test_a_place_is_found_through_the_lens_it_was_seen_through() -> None:
    """The flat ground bends by 3 cm on the way; without the lens it is metres off."""
    assert off_m(seen(CALIBRATED, 60.0, 0.0).point) < 0.1
    straight = Placer(equipment={"nj-01": Equipment(calibration=replace(CAMERA, lens=Brown()))})
    assert off_m(seen(straight, 60.0, 0.0).point) > 1.0


def test_so_it_is_over_several_views_and_under_a_column() -> None:
    views = [seen(CALIBRATED, north_m, north_m / 5) for north_m in (20.0, 40.0, 60.0)]
    estimate = CALIBRATED.estimate(views)
    assert estimate is not None and off_m(estimate.point) < 0.2
    smoke = [seen(CALIBRATED, m, m / 20, Label.SMOKE) for m in (50.0, 60.0, 70.0)]
    steady = CALIBRATED.steadied(smoke[-1], smoke[:-1])
    assert steady.sight is not None
    u_px, v_px = foot_px(45.0, 130.0, 70.0)
    assert (steady.sight.u_px, steady.sight.v_px) == pytest.approx((u_px, v_px), abs=3)


def test_zoom_narrows_it_another_size_scales_it_and_another_shape_is_refused() -> None:
    moment = between(fix(0.0), fix(0.5), T0_S + 0.25)
    zoomed = CALIBRATED.camera(frame(0.25), replace(moment, zoom=2.0))
    assert isinstance(zoomed, Camera) and zoomed.fx_px == 1800
    large = CALIBRATED.camera(replace(frame(0.25), width_px=2560, height_px=1440), moment)
    assert isinstance(large, Camera) and (large.fx_px, large.cx_px) == (1800, 1300)
    said = CALIBRATED.camera(replace(frame(0.25), width_px=1280, height_px=960), moment)
    assert said == "picture of another shape than the camera's calibration"


def test_it_is_written_like_the_camera_of_a_question(tmp_path: Path) -> None:
    file = tmp_path / "plumeline.toml"
    file.write_text(
        "[devices.nj-01.calibration]\nwidth_px = 1280\nheight_px = 720\nfx_px = 900\nfy_px = 905\n"
        f"cx_px = 650\ncy_px = 350\ndistortion = {list(BENT)}\n",
        "utf-8",
    )
    assert load_config(file).equipment()["nj-01"].calibration == CAMERA
