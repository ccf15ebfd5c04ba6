"""The native dialect, its keys and the table of topics."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadMessage
from ingest.records import Attitude, Fix, Home, Key, Quality
from ingest.wire.keys import digest, make_key
from ingest.wire.native import encode_fix, encode_home
from ingest.wire.table import Decoders

T = datetime(2026, 1, 5, 15, 59, 59, 500_000, tzinfo=UTC).timestamp()
"""Half a second before midnight at the station (UTC+8)."""


def fix_of(payload: dict[str, Any] | bytes, device: str = "uav-01") -> Fix:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    (record,) = Decoders().decode(f"uav/{device}/fix", raw, T + 1).records
    assert isinstance(record, Fix)
    return record


def test_a_full_fix_arrives_field_by_field() -> None:
    fix = fix_of(
        {
            "device_id": "uav-01",
            "boot_id": "b7",
            "seq": 12,
            "t_device_s": T,
            "lat_deg": 32.06,
            "lon_deg": 118.79,
            "height_takeoff_m": 80.5,
            "height_ellipsoid_m": 101.0,
            "height_msl_m": 99.0,
            "yaw_deg": -91.0,
            "pitch_deg": 2.0,
            "roll_deg": 1.0,
            "gimbal_yaw_deg": 88.0,
            "gimbal_pitch_deg": -45.0,
            "gimbal_roll_deg": 0.5,
            "camera": "M30T",
            "zoom": 2,
            "hfov_deg": 40.0,
            "fix": "ok",
            "some_later_field": [1, {"x": None}],
        }
    )
    assert fix.key == Key(device_id="uav-01", boot_id="b7", seq=12, tie=0)
    assert (fix.t_device_s, fix.t_received_s) == (T, T + 1)
    assert (fix.lat_deg, fix.lon_deg, fix.quality) == (32.06, 118.79, Quality.OK)
    assert (fix.height_takeoff_m, fix.height_ellipsoid_m, fix.height_msl_m) == (80.5, 101.0, 99.0)
    assert fix.aircraft == Attitude(yaw_deg=-91.0, pitch_deg=2.0, roll_deg=1.0)
    assert fix.gimbal == Attitude(yaw_deg=88.0, pitch_deg=-45.0, roll_deg=0.5)
    assert (fix.camera, fix.zoom, fix.hfov_deg) == ("M30T", 2.0, 40.0)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"lat_deg": 32.0, "lon_deg": 118.0}, Quality.OK),
        ({"lat_deg": 32.0, "lon_deg": 118.0, "fix": "none"}, Quality.NO_FIX),
        ({"lat_deg": 0.0, "lon_deg": 0}, Quality.ZERO),
        ({"lat_deg": 0.0, "lon_deg": 118.0}, Quality.OK),
        ({}, Quality.ABSENT),
        ({"lat_deg": 32.0}, Quality.ABSENT),
        ({"lat_deg": 113.4, "lon_deg": 23.4}, Quality.ABSENT),
    ],
)
def test_a_position_says_whether_it_may_be_mapped(extra: dict[str, Any], expected: Quality) -> None:
    fix = fix_of({"t_device_s": T, **extra})
    assert fix.quality is expected
    assert fix.lat_deg == extra.get("lat_deg"), "what was said is kept"


def test_a_gimbal_without_yaw_is_no_gimbal_and_a_heading_alone_is_a_level_aircraft() -> None:
    fix = fix_of({"t_device_s": T, "yaw_deg": 12.0, "gimbal_pitch_deg": -30.0})
    assert fix.gimbal is None
    assert fix.aircraft == Attitude(yaw_deg=12.0, pitch_deg=0.0, roll_deg=0.0)


def test_without_a_sequence_the_key_is_the_stations_day_the_millisecond_and_a_digest() -> None:
    raw = json.dumps({"t_device_s": T}).encode()
    key = fix_of(raw).key
    assert key == Key(
        device_id="uav-01", boot_id="day-20260105", seq=round(T * 1000), tie=digest(raw)
    )
    assert fix_of({"t_device_s": T + 0.5}).key.boot_id == "day-20260106", "midnight in UTC+8"
    assert fix_of({"t_device_s": T, "boot_id": "mine"}).key.boot_id == "mine"
    assert fix_of({"t_device_s": T, "seq": 4}).key.seq == round(T * 1000)


def test_the_digest_is_blake2b_of_64_bits_read_as_a_signed_number() -> None:
    # `printf '' | b2sum -l 64` and `printf abc | b2sum -l 64` (GNU coreutils).
    assert digest(b"") == int("e4a6a0577479b2b4", 16) - 2**64
    assert digest(b"abc") == int("d8bb14d833d59559", 16) - 2**64


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "t_device_s"),
        ({"t_device_s": -1.0}, "1970"),
        ({"t_device_s": 1e18}, "9999"),
        ({"t_device_s": "12"}, "float"),
        ({"t_device_s": T, "seq": -1, "boot_id": "a"}, "seq"),
        ({"t_device_s": T, "seq": 2**63, "boot_id": "a"}, "seq"),
        ({"t_device_s": T, "seq": 1, "boot_id": "a b"}, "boot_id"),
        ({"t_device_s": T, "seq": 1, "boot_id": ""}, "boot_id"),
        ({"t_device_s": T, "device_id": "uav-02"}, "device_id"),
        ({"t_device_s": T, "fix": "maybe"}, "maybe"),
        ({"t_device_s": T, "lat_deg": "32"}, "lat_deg"),
        ([], "object"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(payload: Any, reason: str) -> None:
    with pytest.raises(BadMessage, match=reason):
        fix_of(json.dumps(payload).encode())


@pytest.mark.parametrize("year", [1970, 2016, 2036, 2105])
def test_a_clock_years_off_is_data(year: int) -> None:
    t_s = datetime(year, 6, 1, tzinfo=UTC).timestamp()
    assert fix_of({"t_device_s": t_s}).key.boot_id == f"day-{year}0601"


def test_a_home_point_is_read_and_one_at_zero_is_refused() -> None:
    said = {"t_device_s": T, "lat_deg": 32.0, "lon_deg": 118.0, "boot_id": "b", "seq": 3}
    (home,) = Decoders().decode("uav/uav-01/home", json.dumps(said).encode(), T).records
    assert isinstance(home, Home)
    assert (home.lat_deg, home.lon_deg, home.key.seq) == (32.0, 118.0, 3)
    (again,) = Decoders().decode("uav/uav-01/home", encode_home(home), T).records
    assert isinstance(again, Home)
    assert again.key == home.key
    with pytest.raises(BadMessage, match="nowhere"):
        Decoders().decode(
            "uav/uav-01/home", json.dumps({**said, "lat_deg": 0, "lon_deg": 0}).encode(), T
        )


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "uav/fix",
        "uav//fix",
        "uav/ab/fix",
        "uav/-abc/fix",
        "uav/a b c/fix",
        "uav/uav-01/fix/more",
        "uav/uav/01/fix",
        "uav/+/fix",
        "uav/" + "a" * 65 + "/fix",
        "uav/uav-01/rcpt",
        "thing/product/uav-01/services",
    ],
)
def test_a_topic_or_device_id_outside_the_table_is_refused(topic: str) -> None:
    with pytest.raises(BadMessage, match="no decoder"):
        Decoders().decode(topic, b'{"t_device_s": 1}', T)


def test_every_subscription_is_a_filter_with_one_plus() -> None:
    filters = Decoders().subscriptions()
    assert len(filters) == len(set(filters)) == 7
    assert all(one.split("/").count("+") == 1 and "#" not in one for one in filters)


angle = st.floats(-360, 360)
attitudes = st.none() | st.builds(Attitude, yaw_deg=angle, pitch_deg=angle, roll_deg=angle)
height = st.none() | st.floats(-1000, 10_000)


@st.composite
def fixes(draw: st.DrawFn) -> Fix:
    t_device_s = draw(st.floats(0, 4.1e9))
    boot_id = draw(st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z"))
    seq = draw(st.integers(0, 2**63 - 1))
    lat_deg, lon_deg = draw(st.floats(-90, 90)), draw(st.floats(-180, 180))
    told = draw(st.sampled_from([Quality.OK, Quality.NO_FIX]))
    return Fix(
        key=make_key("t", "uav-01", boot_id=boot_id, seq=seq, t_device_s=t_device_s, tie=0),
        t_device_s=t_device_s,
        t_received_s=T + 1,
        digest=0,
        quality=Quality.ZERO if lat_deg == 0 == lon_deg else told,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        height_takeoff_m=draw(height),
        height_ellipsoid_m=draw(height),
        height_msl_m=draw(height),
        aircraft=draw(attitudes),
        gimbal=draw(attitudes),
        camera=draw(st.none() | st.text("abc 甲-", min_size=1, max_size=64)),
        zoom=draw(st.none() | st.floats(0.1, 200)),
        hfov_deg=draw(st.none() | st.floats(0.1, 179)),
    )


@given(fix=fixes())
def test_what_is_encoded_decodes_to_the_same_fix(fix: Fix) -> None:
    back = fix_of(encode_fix(fix))
    assert back.digest == digest(encode_fix(fix))
    assert replace(back, digest=fix.digest) == fix


def test_a_fix_keyed_by_its_digest_is_written_without_boot_and_sequence() -> None:
    fix = fix_of({"t_device_s": T, "lat_deg": 32.0, "lon_deg": 118.0})
    assert json.loads(encode_fix(fix)) == {"t_device_s": T, "lat_deg": 32.0, "lon_deg": 118.0}
