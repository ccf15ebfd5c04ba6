"""A track as it is exported: every mappable fix once, gaps left open, speeds as flown."""

from __future__ import annotations

from itertools import pairwise

import pytest

from alerts.export.terms import degrees, utc
from alerts.export.track import segments_of
from alerts.watch import Rules
from tests.alerts.export_scene import MAPPABLE, SEGMENTS, SPEED_MPS, fixes, flown
from tests.records import T0_S


def test_every_mappable_fix_is_exported_once() -> None:
    segments = segments_of(fixes())
    exported = [fix for segment in segments for fix in segment.fixes]
    assert len(exported) == MAPPABLE
    assert {fix.key for fix in exported} == {fix.key for fix in fixes() if fix.mappable}


def test_no_segment_bridges_a_gap_that_no_pose_would_be_interpolated_over() -> None:
    segments = segments_of(fixes())
    assert len(segments) == SEGMENTS
    for segment in segments:
        gaps = [b.t_device_s - a.t_device_s for a, b in pairwise(segment.fixes)]
        assert all(0 <= gap_s <= Rules().max_gap_s for gap_s in gaps)


@pytest.mark.parametrize(("gap_s", "segments"), [(3.0, 1), (3.001, 2)])
def test_three_seconds_exactly_are_no_gap(gap_s: float, segments: int) -> None:
    assert len(segments_of([flown(0, t_device_s=0.0), flown(1, t_device_s=gap_s)])) == segments


def test_a_device_that_reports_every_two_seconds_has_one_track() -> None:
    """DJI's Cloud API: 0.5 Hz, here with the jitter of its captures."""
    (segment,) = segments_of([flown(2 * i + 0.3 * (i % 2)) for i in range(30)])
    assert len(segment.fixes) == 30


def test_no_line_is_drawn_around_the_world() -> None:
    east, west = (s for s in segments_of(fixes()) if s.device_id == "fj-01")
    assert (len(east.fixes), len(west.fixes)) == (3, 2)


def test_flights_number_their_segments_from_one() -> None:
    numbers = [(s.device_id, s.number) for s in segments_of(fixes())]
    assert numbers == [("fj-01", 1), ("fj-01", 2), ("nj-01", 1), ("nj-01", 2), ("nj-01", 3)]


def test_speed_is_what_proj_was_told_to_fly() -> None:
    whole = next(s for s in segments_of(fixes()) if s.device_id == "nj-01")
    assert whole.speeds_mps == pytest.approx([SPEED_MPS] * len(whole.fixes), abs=2e-3)


def test_a_clock_that_stands_still_gives_no_speed() -> None:
    (segment,) = segments_of([flown(0.0), flown(0.1, t_device_s=T0_S)])
    assert segment.speeds_mps == (None, None)


def test_unknown_columns_are_left_out() -> None:
    alone = segments_of(fixes())[-1]
    assert len(alone.fixes) == 1
    assert alone.columns() == {}


@pytest.mark.parametrize(
    ("t_s", "written"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (951_782_400.0, "2000-02-29T00:00:00.000Z"),  # date -u -d @951782400
        (1_790_000_000.9996, "2026-09-21T14:13:21.000Z"),  # date -u -d @1790000001
    ],
)
def test_times_are_utc(t_s: float, written: str) -> None:
    assert utc(t_s) == written


def test_degrees_stay_below_180() -> None:
    assert degrees(179.999999999) < 180.0
    assert degrees(-180.0) == -180.0
