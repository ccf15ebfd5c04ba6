"""Other JSON, read by a table in the configuration."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ingest.errors import BadMessage
from ingest.records import Attitude, Fix, Quality
from ingest.wire.mapping import Mapping
from ingest.wire.table import Decoders

TOML = """
topic = "fleet/+/telemetry"
t_device = "t"
time_unit = "us"
lat_deg = { path = "gps.lat", scale = 1e-7 }
lon_deg = { path = "gps.lon", scale = 1e-7 }
height_msl_m = { path = "gps.alt", scale = 0.001 }
height_takeoff_m = "rel.0"
yaw_deg = { path = "att.yaw", scale = 57.29577951308232 }
gimbal_yaw_deg = "mount.1"
gimbal_pitch_deg = "mount.0"
fix = "gps.fix_type"
fix_ok = [3, 4, 5, 6]
boot_id = "boot"
seq = "n"
camera = "M30T"
"""
MAPPING = msgspec.toml.decode(TOML, type=Mapping)
# MAVLink GLOBAL_POSITION_INT style: 1e-7 degrees, millimetres, radians.
MESSAGE: dict[str, Any] = {
    "t": 1_767_600_000_250_000,
    "gps": {"lat": 320600000, "lon": 1187900000, "alt": 99500, "fix_type": 3},
    "rel": [80.5],
    "att": {"yaw": -1.5707963267948966},
    "mount": [-45, 12.5],
    "boot": 7,
    "n": 41,
}


def fix_of(message: dict[str, Any], mapping: Mapping = MAPPING) -> Fix:
    topic = mapping.topic.replace("+", "uav-09")
    (fix,) = Decoders([mapping]).decode(topic, json.dumps(message).encode(), 1.8e9).records
    assert isinstance(fix, Fix)
    return fix


def test_scales_units_and_list_positions_give_a_fix() -> None:
    fix = fix_of(MESSAGE)
    assert (fix.key.device_id, fix.key.boot_id, fix.key.seq, fix.key.tie) == ("uav-09", "7", 41, 0)
    assert fix.t_device_s == 1_767_600_000.25
    assert fix.lat_deg == pytest.approx(32.06, abs=1e-9)
    assert fix.lon_deg == pytest.approx(118.79, abs=1e-9)
    assert (fix.height_msl_m, fix.height_takeoff_m, fix.height_ellipsoid_m) == (99.5, 80.5, None)
    assert fix.aircraft is not None
    assert fix.aircraft.yaw_deg == pytest.approx(-90.0)
    assert fix.gimbal == Attitude(yaw_deg=12.5, pitch_deg=-45.0)
    assert (fix.camera, fix.quality) == ("M30T", Quality.OK)


@pytest.mark.parametrize("state", [0, 1, 2, None, "x"])
def test_a_state_not_listed_as_a_fix_is_none(state: Any) -> None:
    gps = {**MESSAGE["gps"], "fix_type": state}
    assert fix_of({**MESSAGE, "gps": gps}).quality is Quality.NO_FIX


def test_a_missing_device_time_is_refused_and_a_missing_field_is_not() -> None:
    with pytest.raises(BadMessage, match="device's time"):
        fix_of({**MESSAGE, "t": None})
    fix = fix_of({"t": 5_000_000})
    assert (fix.quality, fix.gimbal, fix.key.seq) == (Quality.ABSENT, None, 5000)


def test_without_a_path_to_the_time_the_time_of_arrival_stands_in() -> None:
    mapping = Mapping(topic="a/+/b", lat_deg="x", lon_deg="y")
    assert fix_of({"x": 1, "y": 2}, mapping).t_device_s == 1.8e9


@pytest.mark.parametrize("topic", ["a/b", "a/+/+", "a/+/#", "a/x+/b", "+/+"])
def test_a_topic_without_exactly_one_plus_is_no_mapping(topic: str) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Mapping(topic=topic)
    with pytest.raises(msgspec.ValidationError, match="exactly one"):
        msgspec.convert({"topic": topic}, Mapping)


def test_two_decoders_for_one_topic_are_refused() -> None:
    with pytest.raises(ValueError, match="two decoders"):
        Decoders([Mapping(topic="uav/+/fix")])
    assert Decoders([MAPPING]).subscriptions()[-1] == "fleet/+/telemetry"
