"""Missions of QGroundControl and Mission Planner as text ("QGC WPL 110"): planned routes.

Columns by tab: index, current, frame, command, four parameters, latitude, longitude, altitude,
autocontinue (MAVLink's file formats, "Mission Plain-Text File Format").
"""

from __future__ import annotations

from pathlib import Path

from ingest.errors import BadLog
from ingest.logs.flight import Clock, Flight, Integrity, Waypoint
from ingest.logs.reader import LogReader
from ingest.logs.tally import Tally

_HEIGHT_MODES = {0: "EGM96", 3: "relativeToStartPoint", 10: "aboveGroundLevel"}
"""MAV_FRAME: global (mean sea level), relative to home, above terrain."""
_WAYPOINTS = range(16, 23)
"""MAV_CMD_NAV_WAYPOINT to MAV_CMD_NAV_TAKEOFF: commands that name a place."""
_COLUMNS = 12


def read(path: Path) -> Flight:
    """A mission as a plan; commands without a place are no waypoints.

    Raises:
        BadLog: it cannot be opened, or not one line can be read.
    """
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    plan, home, tally = list[Waypoint](), None, Tally()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            index, frame, command, lat, lon, height = _numbers(line)
        except ValueError:
            tally.add("no line of a mission", f"line {number}")
            continue
        if not (abs(lat) <= 90 and abs(lon) <= 180) or (lat, lon) == (0.0, 0.0):
            continue
        if index == 0:
            home = lat, lon
        elif command in _WAYPOINTS:
            mode = _HEIGHT_MODES.get(frame, f"MAV_FRAME {frame}")
            plan.append(Waypoint(lat_deg=lat, lon_deg=lon, height_m=height, height_mode=mode))
    if not plan and home is None:
        raise BadLog(path, "a mission without a single waypoint")
    return Flight(
        format=READER.name,
        clock=Clock.NONE,
        plan=tuple(plan),
        home=home,
        integrity=Integrity.CORRUPT if tally.count else Integrity.COMPLETE,
        damage=f"{tally.count} lines are none of a mission" if tally.count else None,
        recovered=1 - tally.count / max(len(lines) - 1, 1),
        rejected=tally.rejections(),
    )


def recognise(head: bytes) -> bool:
    """By its first line."""
    return head.startswith(b"QGC WPL ")


READER = LogReader(name="qgc-wpl", title="QGC mission (text)", recognise=recognise, read=read)


def _numbers(line: str) -> tuple[int, int, int, float, float, float]:
    """Index, frame, command, latitude, longitude, height.

    Raises:
        ValueError: not twelve columns, or one of them is no number.
    """
    cells = line.split()
    if len(cells) != _COLUMNS:
        msg = f"{len(cells)} columns"
        raise ValueError(msg)
    lat, lon, height = map(float, cells[8:11])
    return int(cells[0]), int(cells[2]), int(cells[3]), lat, lon, height
