"""The report of a file says what is in it, in the words and units of the issue."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from ingest.errors import BadLog
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity, Rejection, Track
from ingest.logs.report import gaps, iso, refusal, report_of

T0_S = 1_790_000_000.0
"""2026-09-21T14:13:20Z by GNU date."""
FOR_SCRIPTS = {
    *("file", "format", "dialect", "status", "reason", "fixes", "fixes_with_position"),
    *("t_first", "t_last", "time_source", "first_position", "last_position"),
    *("height_datum", "gimbal", "gaps", "rejected"),
}


def flight() -> Flight:
    track = Track.of(
        6,
        t_s=T0_S + np.array([0, 1, 2, 7.5, 8, 9]),
        lat_deg=[0, 31.95, 31.951, np.nan, 31.952, 31.953],
        lon_deg=[0, 118.84, 118.84, 118.84, 118.84, 118.84],
        no_fix=[False, False, False, False, False, True],
        height_takeoff_m=np.full(6, 10.0),
        height_undeclared_m=np.full(6, 33.0),
    )
    return Flight(
        format="dji-srt",
        dialect="bracketed",
        clock=Clock.UTC,
        track=track,
        gimbal=GimbalKnown.NO,
        integrity=Integrity.TRUNCATED,
        damage="cut inside cue 7",
        recovered=0.97,
        rejected=(Rejection(reason="no number", count=2, where="cue 4"),),
    )


def test_a_report_counts_and_never_maps_zero_zero() -> None:
    read = flight()
    told = report_of(read, read.track.t_s, file="a.SRT")
    assert (told.fixes, told.fixes_with_position) == (6, 3)
    assert told.first_position == (31.95, 118.84) and told.last_position == (31.952, 118.84)
    assert (told.t_first, told.t_last) == ("2026-09-21T14:13:20.000Z", "2026-09-21T14:13:29.000Z")
    assert told.height_datum == "takeoff+undeclared"
    assert [(gap.after_s, gap.seconds) for gap in told.gaps] == [(2.0, 5.5)]
    assert (told.status, told.reason, told.recovered) == ("truncated", "cut inside cue 7", 0.97)


def test_a_report_is_one_json_object_with_the_keys_that_scripts_expect() -> None:
    said = msgspec.json.decode(msgspec.json.encode(report_of(flight(), None, file="a.SRT")))
    assert set(said) >= FOR_SCRIPTS
    assert said["t_first"] is None and said["time_source"] == "utc"
    assert said["rejected"] == [{"reason": "no number", "count": 2, "where": "cue 4"}]


def test_a_refusal_says_where_why_and_what_to_do() -> None:
    error = BadLog(Path("x.txt"), "its body is encrypted", where="byte 100", advice="export CSV")
    told = refusal(error, file="x.txt")
    assert told.status == "refused"
    assert told.reason == "byte 100: its body is encrypted (export CSV)"


def test_gaps_do_not_depend_on_the_order_of_records_and_three_seconds_are_none() -> None:
    assert gaps(np.array([0.0, 3.0, 6.0])) == ()
    (gap,) = gaps(np.array([10.0, 0.0, 3.0, 6.0]))
    assert (gap.after_s, gap.seconds) == (6.0, 4.0)
    assert gaps(np.array([])) == ()


def test_a_time_that_is_no_date_is_none() -> None:
    assert iso(None) is None and iso(float("nan")) is None and iso(1e20) is None
