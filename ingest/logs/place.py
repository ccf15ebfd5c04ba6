"""When a log was flown, and whether that flight is known already. Pure.

A log whose clock is known is where it says. One whose flight came in live as well, or was read
from another file, lies on the same track, and that tells how far its clock is off: by the hours of
a zone, by the seconds of a clock that nobody set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from operator import attrgetter

import numpy as np

from ingest.logs.align import (
    MIN_COMMON,
    REACH_S,
    ZONES_S,
    KnownFlight,
    Match,
    apart_at,
    match,
    pick,
    step_s,
)
from ingest.logs.flight import Clock, FloatArray, Track
from ingest.logs.report import iso

APART_M, HEIGHT_APART_M = 15.0, 10.0
"""From which on two tellings of one flight disagree..."""
APART_FOR_S = 3.0
"""...when it lasts longer."""
_HEIGHTS = {
    "height_takeoff_m": "height above take-off",
    "height_ellipsoid_m": "height above the ellipsoid",
    "height_msl_m": "height above sea level",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the operator says of a log's time."""

    zone: tzinfo
    """Of wall clocks that name none."""
    zone_is_sure: bool = False
    """Given for this very log: no other is tried."""
    start_s: float | None = None
    """Of the first record, seconds since 1970 in UTC."""
    start_says: str = "the operator says"
    """Who says so."""
    offset_s: float = 0.0
    """To be added to the log's times."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A log in time, and the known flight it belongs to."""

    utc_s: FloatArray | None
    """Shape (n,), NaN for samples without a time; None while no clock tells."""
    unplaced: str | None = None
    """Why not, and what to do."""
    flight: KnownFlight | None = None
    clock_offset_s: float | None = None
    """Added to ``utc_s`` already; None where the log was compared with nothing."""
    disagreements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def by_its_clock(track: Track, clock: Clock, said: Said) -> Placed:
    """The samples' times by the log's own clock and what the operator says of it."""
    known_s = track.t_s[np.isfinite(track.t_s)]
    if not len(known_s):
        why = "none of its records has a time: kept, but not in the track"
        return Placed(utc_s=None, unplaced=f"{why}; export the log in a format that has times")
    notes: list[str] = []
    if said.start_s is not None:
        shift_s = said.start_s - float(known_s.min())
        notes.append(f"{said.start_says} that it begins at {iso(said.start_s)}")
    elif clock is Clock.LOCAL:
        shift_s = -_zone_s(said.zone, float(np.median(known_s)))
        notes.append(f"local time read as UTC{_hours(-shift_s)}")
    elif clock in (Clock.RELATIVE, Clock.NONE):
        why = "its times count from its own beginning: kept, but not in the track"
        return Placed(utc_s=None, unplaced=f"{why}; say when it began with --start")
    else:
        shift_s = 0.0
    if said.offset_s:
        notes.append(f"{said.offset_s:+.3f} s added by the operator")
    return Placed(utc_s=track.t_s + (shift_s + said.offset_s), notes=tuple(notes))


def among(
    track: Track, clock: Clock, placed: Placed, known: Iterable[KnownFlight], said: Said
) -> Placed:
    """The same log, joined to the one of the known flights whose track it lies on, if any."""
    if placed.utc_s is None:
        return placed
    own = _in_order(track, placed.utc_s)
    guess_zone = clock is Clock.LOCAL and not said.zone_is_sure and said.start_s is None
    matches = [m for one in known if (m := match(own, one, guess_zone=guess_zone)) is not None]
    best = min(matches, key=attrgetter("median_m"), default=None)
    if best is None:
        return placed
    moved = replace(own, t_s=own.t_s + best.offset_s)
    return Placed(
        utc_s=placed.utc_s + best.offset_s,
        flight=best.flight,
        clock_offset_s=round(best.offset_s, 3) if len(own) >= MIN_COMMON else None,
        disagreements=tuple(_disagreements(moved, best.flight.track)),
        notes=(*placed.notes, *_notes(best)),
    )


def reach_s(clock: Clock, said: Said) -> float:
    """How far from the log's times a flight may lie that it belongs to."""
    guess_zone = clock is Clock.LOCAL and not said.zone_is_sure and said.start_s is None
    return REACH_S + (ZONES_S[-1] if guess_zone else 0.0)


def _zone_s(zone: tzinfo, wall_s: float) -> float:
    """What to subtract from a wall clock that was read as if it were UTC."""
    wall = datetime.fromtimestamp(wall_s, UTC).replace(tzinfo=zone)
    offset = wall.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


def _hours(zone_s: float) -> str:
    minutes = round(zone_s / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _in_order(track: Track, utc_s: FloatArray) -> Track:
    """The mappable samples in order of time."""
    rows = np.flatnonzero(track.mappable & np.isfinite(utc_s))
    rows = rows[np.argsort(utc_s[rows], kind="stable")]
    return replace(pick(track, rows), t_s=utc_s[rows])


def _notes(found: Match) -> list[str]:
    flight = f"{found.flight.device_id}.{found.flight.boot_id}"
    notes = [f"lies on the track of {flight}, {found.median_m:.1f} m apart in the median"]
    if abs(found.offset_s) >= 1:
        notes.append(f"its clock was moved by {found.offset_s:+.1f} s to agree with that flight")
    return notes


def _disagreements(own: Track, other: Track) -> Iterator[str]:
    """The stretches in which two tellings of one flight differ by more than they may."""
    if len(own) < MIN_COMMON:
        return
    if step_s(other) > step_s(own):
        own, other = other, own
    apart_m, _ = apart_at(own, other, 0.0)
    for first_s, last_s, worst_m in _stretches(own.t_s, apart_m, APART_M):
        yield f"{iso(first_s)} to {iso(last_s)}: positions up to {worst_m:.0f} m apart"
    for name, words in _HEIGHTS.items():
        known = np.isfinite(getattr(other, name))
        if not known.any():
            continue
        theirs_m = np.interp(own.t_s, other.t_s[known], getattr(other, name)[known])
        differ_m = np.where(np.isfinite(apart_m), np.abs(getattr(own, name) - theirs_m), np.nan)
        for first_s, last_s, worst_m in _stretches(own.t_s, differ_m, HEIGHT_APART_M):
            yield f"{iso(first_s)} to {iso(last_s)}: {words} differs by up to {worst_m:.0f} m"


def _stretches(
    t_s: FloatArray, amount_m: FloatArray, limit_m: float
) -> Iterator[tuple[float, float, float]]:
    """Begin, end and worst of each run above a limit that lasts long enough."""
    over = np.nan_to_num(amount_m) > limit_m
    edges = np.flatnonzero(np.diff(np.concatenate([[False], over, [False]]).astype(int)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if t_s[end - 1] - t_s[first] > APART_FOR_S:
            yield float(t_s[first]), float(t_s[end - 1]), float(amount_m[first:end].max())
