"""Missions as text become plans, never tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import BadLog
from ingest.logs.flight import Clock, Integrity
from ingest.logs.qgc_wpl import READER, read

REAL = Path(__file__).parents[2].parent / "shared/data/flights/ardupilot/copter_mission.txt"
MADE = """QGC WPL 110
0\t1\t0\t16\t0\t0\t0\t0\t32.04\t118.78\t21.0\t1
1\t0\t3\t22\t0\t0\t0\t0\t32.041\t118.781\t30.0\t1
2\t0\t3\t206\t20\t0\t0\t0\t0\t0\t0\t1
3\t0\t0\t16\t0\t0\t0\t0\t32.042\t118.782\t80.0\t1
4\t0\t3\t20\t0\t0\t0\t0\t0\t0\t0\t1
"""


def made(folder: Path, text: str) -> Path:
    file = folder / "mission.waypoints"
    file.write_text(text)
    return file


def test_waypoints_keep_their_height_and_what_it_is_above(tmp_path: Path) -> None:
    flight = read(made(tmp_path, MADE))
    assert [(w.lat_deg, w.height_m, w.height_mode) for w in flight.plan] == [
        (32.041, 30.0, "relativeToStartPoint"),
        (32.042, 80.0, "EGM96"),
    ]
    assert flight.home == (32.04, 118.78)
    assert (len(flight.track), flight.clock) == (0, Clock.NONE)


def test_a_line_that_makes_no_sense_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    flight = read(made(tmp_path, MADE + "5\t0\tx\n"))
    assert len(flight.plan) == 2
    assert flight.integrity is Integrity.CORRUPT
    assert flight.rejected[0].where == "line 7"


def test_a_mission_that_goes_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="without a single waypoint"):
        read(made(tmp_path, "QGC WPL 110\n"))


@pytest.mark.skipif(not REAL.is_file(), reason="../shared/data/flights is not on this machine")
def test_a_real_mission_has_the_places_its_lines_name() -> None:
    flight = read(REAL)
    lines = [line.split() for line in REAL.read_text().splitlines()[1:] if line.strip()]
    places = [
        (float(c[8]), float(c[9]))
        for c in lines
        if c[0] != "0" and c[3] in {"16", "17", "18", "19", "21", "22"} and float(c[8]) != 0
    ]
    assert [(w.lat_deg, w.lon_deg) for w in flight.plan] == places
    assert READER.recognise(REAL.read_bytes()[:100])
