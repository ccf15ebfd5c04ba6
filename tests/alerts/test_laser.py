"""A laser's range, measured without error at the moment of the picture, replaces the ground's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.events import Evidence
from alerts.placing import Placer
from detect.detection import Box, Detection, Label
from geo.ground import Method
from ingest.pairing import Paired, between
from ingest.recorder import Message, Recorder
from ingest.records import Attitude, Fix
from ingest.wire.table import Decoders
from store.store import open_store
from tests.records import T0_S, fix, frame

TOPIC = "thing/product/1581F5BKD23A0001/osd"
RANGE_M = 100.0


def seen(laser_m: float | None, v_px: int = 372, age_s: float = 0.1) -> Evidence:
    """A box whose foot is at the axis, from 60 m, looking 45 degrees down: 85 m on flat ground."""
    down = Attitude(yaw_deg=0.0, pitch_deg=-45.0)
    first = replace(fix(0.0), gimbal=down, height_takeoff_m=60.0, laser_range_m=laser_m)
    second = replace(fix(2.0), gimbal=down, height_takeoff_m=60.0)
    picture = replace(frame(age_s), hfov_deg=60.0)
    moment = between(first, second, T0_S + age_s)
    paired = Paired(frame=picture, moment=moment)
    placer = Placer()
    pose = placer.pose(picture, moment)
    foot_px = picture.height_px / 2
    box = Box(
        x0_px=picture.width_px / 2 - 20,
        y0_px=foot_px - 80,
        x1_px=picture.width_px / 2 + 20,
        y1_px=foot_px + (v_px - 372),
    )
    detection = Detection(label=Label.FIRE, score=0.9, box=box)
    return placer.evidence(paired, pose, detection, None)


def test_at_the_axis_the_laser_says_how_far_it_is() -> None:
    measured, flat = seen(RANGE_M), seen(None)
    assert measured.point is not None and flat.point is not None
    assert measured.point.method is Method.LASER
    assert measured.point.range_m == pytest.approx(RANGE_M, abs=0.5)
    assert flat.point.range_m == pytest.approx(60 * 2**0.5, abs=1.0)
    assert measured.sight is None, "what was measured is not worked out again with the ground"


def test_away_from_the_axis_or_half_a_second_later_it_says_nothing() -> None:
    for evidence in (seen(RANGE_M, v_px=500), seen(RANGE_M, age_s=0.9)):
        assert evidence.point is not None
        assert evidence.point.method is Method.FLAT


def osd(error_state: int, t_ms: int) -> Message:
    data = {
        "latitude": 32.04,
        "longitude": 118.78,
        "height": 81.0,
        "elevation": 60.0,
        "attitude_head": 0.0,
        "attitude_pitch": 0.0,
        "attitude_roll": 0.0,
        "position_state": {"is_fixed": 2, "gps_number": 20},
        "53-0-0": {
            "gimbal_pitch": -45.0,
            "gimbal_roll": 0.0,
            "gimbal_yaw": 0.0,
            "measure_target_latitude": 32.0406,
            "measure_target_longitude": 118.78,
            "measure_target_altitude": 20.0,
            "measure_target_distance": RANGE_M,
            "measure_target_error_state": error_state,
        },
    }
    payload = json.dumps({"timestamp": t_ms, "data": data}).encode()
    return Message(topic=TOPIC, payload=payload, t_received_s=t_ms / 1000)


def test_dji_s_measurement_reaches_the_analyst_unless_it_tells_an_error(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    recorder = Recorder(store.shelf, Decoders())
    recorder.take([osd(0, 1_772_352_000_000), osd(3, 1_772_352_002_000)])
    fixes = [record for _, record in store.analysis.records(0) if isinstance(record, Fix)]
    store.close()
    assert [one.laser_range_m for one in fixes] == [RANGE_M, None]
