"""What is told of one uploaded file: on the screen, as JSON for scripts, and on the page. Pure."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from unicodedata import category

import numpy as np
import numpy.typing as npt

from ingest.errors import BadLog
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Rejection, Track

GAP_S = 3.0
"""Between two records, from which on telemetry has a hole: as the pairing of pictures has it."""
COORDINATE_DECIMALS = 8
"""A millimetre on the ground."""

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole in the telemetry."""

    after_s: float
    """Seconds from the first record to where it begins."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was understood of one file, and what became of it."""

    file: str
    format: str | None = None
    dialect: str | None = None
    status: Literal["complete", "truncated", "corrupt", "refused"]
    reason: str | None = None
    """Why it is not complete, was refused, or could not be put in the track, and what to do."""
    code: str = ""
    """Of the reasons that are met most, ``BadLog.unknown`` and the like: docs/api.md."""
    fixes: int = 0
    fixes_with_position: int = 0
    t_first: str | None = None
    """Of the records, ISO 8601 in UTC; None while no clock tells."""
    t_last: str | None = None
    time_source: Clock | None = None
    first_position: Position | None = None
    """Of those that may be mapped."""
    last_position: Position | None = None
    height_datum: str | None = None
    """What the log has, joined by "+": takeoff, ellipsoid, msl, undeclared."""
    gimbal: GimbalKnown | None = None
    gaps: tuple[Gap, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    clock_offset_s: float | None = None
    """Added to the log's times, after its zone, to agree with a flight that was known before."""
    device_id: str | None = None
    flight_id: str | None = None
    """None where nothing was put in the track."""
    sha256: str | None = None
    recovered: float | None = None
    """Share of the file that was understood, between 0 and 1; None of a refused one."""
    notes: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    """With what was known of the flight before."""
    waypoints: int = 0
    """Of a planned route."""
    frames: int = 0
    """Pictures kept."""
    incidents: tuple[str, ...] = ()
    """Names of those its pictures raised, all of them historic."""
    already_known: bool = False
    """The very same file had been read before: nothing has changed."""


def report_of(
    flight: Flight, utc_s: FloatArray | None, *, file: str, sha256: str | None = None
) -> Report:
    """The report of a log, before anything is known of its place among other flights.

    ``utc_s`` has the samples' times, shape (n,), seconds since 1970 in UTC; None while unknown.
    """
    track = flight.track
    mappable = np.flatnonzero(track.mappable)
    t_s = track.t_s if utc_s is None else utc_s
    known_s = t_s[np.isfinite(t_s)]
    span = (None, None) if utc_s is None or not len(known_s) else (known_s.min(), known_s.max())
    return Report(
        file=file,
        format=flight.format,
        dialect=flight.dialect,
        status=flight.integrity.value,
        reason=flight.damage,
        fixes=len(track),
        fixes_with_position=len(mappable),
        t_first=iso(span[0]),
        t_last=iso(span[1]),
        time_source=flight.clock,
        first_position=_position(track, mappable[:1]),
        last_position=_position(track, mappable[-1:]),
        height_datum=_datums(track),
        gimbal=flight.gimbal,
        gaps=gaps(known_s),
        rejected=flight.rejected,
        sha256=sha256,
        recovered=flight.recovered,
        notes=flight.notes,
        waypoints=len(flight.plan),
        frames=len(flight.photos),
    )


def refusal(error: BadLog, *, file: str, sha256: str | None = None) -> Report:
    """The report of a file that could not be read."""
    at = f"{error.where}: " if error.where else ""
    advice = f" ({error.advice})" if error.advice else ""
    reason = f"{at}{error.reason}{advice}"
    code = f"BadLog.{error.code}" if error.code else ""
    return Report(file=file, status="refused", reason=reason, code=code, sha256=sha256)


def printable(name: str) -> str:
    """A file's name without what would steer a terminal, or is no text: U+FFFD stands there."""
    said = os.fsencode(name).decode("utf-8", "replace")
    return "".join("\ufffd" if category(one)[0] == "C" else one for one in said)


def gaps(t_s: FloatArray) -> tuple[Gap, ...]:
    """The holes of more than `GAP_S` between records at these times, in any order."""
    in_order = np.sort(t_s)
    steps = np.diff(in_order)
    return tuple(
        Gap(after_s=round(float(in_order[i] - in_order[0]), 3), seconds=round(float(steps[i]), 3))
        for i in np.flatnonzero(steps > GAP_S)
    )


def iso(t_s: float | None) -> str | None:
    """A time in UTC, to the millisecond; None where it is None or no date."""
    if t_s is None:
        return None
    try:
        moment = datetime.fromtimestamp(float(t_s), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _position(track: Track, at: npt.NDArray[np.intp]) -> Position | None:
    for i in at:
        lat_deg, lon_deg = float(track.lat_deg[i]), float(track.lon_deg[i])
        return round(lat_deg, COORDINATE_DECIMALS), round(lon_deg, COORDINATE_DECIMALS)
    return None


def _datums(track: Track) -> str | None:
    named = ("takeoff", "ellipsoid", "msl", "undeclared")
    has = [name for name in named if np.isfinite(getattr(track, f"height_{name}_m")).any()]
    return "+".join(has) or None
