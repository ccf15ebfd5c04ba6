"""A frame gets the pose of its moment, or the reason why there is none."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.geodesy import distance_m
from ingest.pairing import KEPT_FRAMES, Paired, Pairer, between
from ingest.records import Attitude, Fix, Frame, Quality
from tests.records import LAT_DEG, T0_S, fix, frame


def pair(*records: Fix | Frame, max_gap_s: float = 3.0, late_s: float = 2.0) -> list[Paired]:
    pairer = Pairer(max_gap_s=max_gap_s, late_s=late_s)
    return [paired for record in records for paired in pairer.feed(record)]


def only(paired: list[Paired]) -> Paired:
    assert len(paired) == 1
    return paired[0]


def test_a_frame_between_two_fixes_gets_the_point_between_them() -> None:
    paired = only(pair(fix(0.0, lat_deg=31.95), frame(0.25), fix(1.0, lat_deg=31.96)))
    assert paired.moment is not None
    assert paired.moment.lat_deg == pytest.approx(31.9525, abs=1e-12)
    assert paired.moment.gap_s == 1.0
    assert paired.reason is None


def test_yaw_turns_the_short_way_through_north() -> None:
    a = fix(0.0, gimbal=Attitude(yaw_deg=350.0, pitch_deg=-30.0))
    b = fix(1.0, gimbal=Attitude(yaw_deg=10.0, pitch_deg=-50.0))
    middle = between(a, b, T0_S + 0.5)
    assert middle.gimbal is not None
    assert middle.gimbal.yaw_deg % 360 == pytest.approx(0.0, abs=1e-9)
    assert middle.gimbal.pitch_deg == pytest.approx(-40.0)


def test_longitude_goes_the_short_way_across_the_date_line() -> None:
    middle = between(fix(0.0, lon_deg=179.9999), fix(1.0, lon_deg=-179.9999), T0_S + 0.5)
    assert abs(middle.lon_deg) == pytest.approx(180.0)


def test_a_gap_longer_than_allowed_is_not_bridged() -> None:
    paired = only(pair(fix(0.0), frame(5.0), fix(12.0)))
    assert paired.moment is None
    assert paired.reason == "telemetry gap: 12.0 s"


def test_nothing_is_extrapolated_after_the_last_fix() -> None:
    paired = pair(fix(0.0), frame(0.5), frame(1.0), frame(3.5))
    assert [p.reason for p in paired] == ["no telemetry after the picture"] * 2


def test_frames_before_any_fix_say_so() -> None:
    paired = only(pair(frame(0.0), fix(1.0), fix(2.5)))
    assert paired.reason == "no telemetry before the picture"


def test_a_frame_waits_for_telemetry_that_comes_late() -> None:
    pairer = Pairer(late_s=2.0)
    pairer.feed(fix(0.0))
    assert pairer.feed(frame(0.5)) == []
    assert pairer.feed(frame(1.5)) == [], "not late yet"
    settled = pairer.feed(fix(0.9))
    assert [p.moment is not None for p in settled] == [True]


@pytest.mark.parametrize("quality", [Quality.ZERO, Quality.NO_FIX, Quality.ABSENT])
def test_positions_that_may_not_be_mapped_place_nothing(quality: Quality) -> None:
    zero = {"quality": quality, "lat_deg": 0.0, "lon_deg": 0.0}
    paired = only(pair(fix(0.0, **zero), frame(0.5), fix(1.0, **zero), fix(2.6, **zero)))
    assert paired.reason == "no telemetry with a position"


def test_one_clock_jump_into_the_future_spoils_only_what_waits() -> None:
    ten_years_s = 10 * 365.25 * 86_400
    records = [fix(0.0), frame(0.05), fix(ten_years_s), fix(0.1), frame(0.15), fix(0.2)]
    paired = pair(*records)
    assert paired[0].moment is None
    assert paired[1].moment is not None


def test_a_clock_ten_years_off_pairs_like_any_other() -> None:
    off_s = -10 * 365.25 * 86_400
    assert only(pair(fix(off_s), frame(off_s + 0.25), fix(off_s + 1.0))).moment is not None


def test_frames_that_nothing_settles_do_not_pile_up() -> None:
    pairer = Pairer()
    settled = [p for i in range(200) for p in pairer.feed(frame(1e6 - i * 3.0))]
    assert len(pairer.waiting) <= KEPT_FRAMES
    assert len(settled) + len(pairer.waiting) == 200


def test_silence_settles_what_waits() -> None:
    pairer = Pairer()
    pairer.feed(fix(0.0))
    pairer.feed(frame(0.5))
    assert only(pairer.flush()).reason == "no telemetry after the picture"
    assert pairer.waiting == ()


def test_missing_values_stay_missing() -> None:
    bare = replace(fix(0.0), gimbal=None, height_takeoff_m=None)
    moment = between(bare, fix(1.0), T0_S + 0.5)
    assert moment.gimbal is None
    assert moment.height_takeoff_m is None


def test_a_wider_gap_is_a_larger_error() -> None:
    near = between(fix(0.0), fix(0.1), T0_S + 0.05)
    far = between(fix(0.0), fix(2.0), T0_S + 1.0)
    assert near.position_sigma_m < 0.02
    assert far.position_sigma_m == pytest.approx(1.0), "2 m/s2 over 1 s and 1 s: a s (d - s) / 2"
    assert far.angle_sigma_deg == pytest.approx(10.0)


def test_a_drone_cannot_hide_behind_its_clock() -> None:
    """50 ms of doubt between camera and telemetry at 20 m/s is a metre."""
    a, b = fix(0.0), fix(0.1, lat_deg=LAT_DEG + 2.0 / 111_000)
    way_m = float(distance_m(LAT_DEG, 118.84, b.lat_deg, 118.84))
    moment = between(a, b, T0_S)
    assert moment.position_sigma_m == pytest.approx(way_m / 0.1 * 0.05, rel=1e-6)


@given(st.integers(0, 2**32), st.integers(2, 40), st.integers(1, 20))
def test_every_frame_is_settled_once_whatever_the_order(seed: int, fixes: int, frames: int) -> None:
    rng = random.Random(seed)
    records: list[Fix | Frame] = [fix(rng.uniform(0, 10)) for _ in range(fixes)]
    records += [frame(rng.uniform(0, 10)) for _ in range(frames)]
    rng.shuffle(records)
    pairer = Pairer()
    settled = [p for record in records for p in pairer.feed(record)] + pairer.flush()
    assert sorted(p.frame.t_capture_s for p in settled) == sorted(
        r.t_capture_s for r in records if isinstance(r, Frame)
    )
    assert all((p.moment is None) == (p.reason is not None) for p in settled)
