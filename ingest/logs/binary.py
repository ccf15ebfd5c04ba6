"""What readers of binary logs share: their libraries, their losses, one series at another's times.

Each of them finds the records of its file itself and leaves their meaning to a library. Record
boundaries are where damage shows: the libraries stop at it, skip it in silence, or write a line
for every bad byte.
"""

from __future__ import annotations

import importlib
import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import BadLog
from ingest.logs.flight import BoolArray, Flight, FloatArray, Integrity
from ingest.logs.tally import Tally

INSTALL = "pip install 'plumeline[logs]'"
COPY_AGAIN = "copy it again from the card or the autopilot"
FOREIGN_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What somebody else's parser raises over bytes that it did not expect."""

T_MIN_S, T_MAX_S = 946_684_800.0, 4_102_444_800.0
"""2000 and 2100: outside of them a clock was not set."""
REACH_S = 1.0
"""Of an attitude: at a time farther than this from any value, nothing is made up."""

_GPS_EPOCH_S = 315_964_800
_LEAPS_S = ((0, 15), (1_025_136_016, 16), (1_119_744_017, 17), (1_167_264_018, 18))
"""GPS seconds and how far GPS is ahead of UTC from then on (IERS Bulletin C; 15 s since 2009)."""


def library(path: Path, module: str) -> Any:
    """A module of an optional library.

    Raises:
        BadLog: it is not installed; names the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        raise BadLog(path, f"reading this format needs {name}", advice=INSTALL) from None


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """The bytes of a file, read as they are asked for.

    Raises:
        BadLog: the file cannot be opened, or is empty.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            yield data
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    except ValueError as exc:
        if path.stat().st_size:
            raise
        raise BadLog(path, "the file is empty", advice=COPY_AGAIN) from exc


@dataclass(slots=True, kw_only=True)
class Losses:
    """What of a file could not be understood, kept while it is read."""

    size: int
    """Of the file, in bytes."""
    what: str = "record"
    """As the format calls its units: "message", "packet"."""
    lost: int = 0
    """Bytes that are part of nothing."""
    cut_at: int | None = None
    """Where the unit begins that the end of the file cuts."""
    tally: Tally = field(default_factory=Tally)

    def reject(self, reason: str, at: int, size: int = 0) -> None:
        """Count a unit that was found and could not be used, and its bytes."""
        self.tally.add(reason, f"byte {at}")
        self.lost += size

    def skip(self, at: int, to: int) -> None:
        """Count a stretch of bytes that belongs to no unit."""
        self.reject(f"stretches of bytes that are no {self.what}", at, to - at)

    def cut(self, at: int) -> None:
        """The file ends inside the unit that begins here."""
        self.cut_at = at
        self.lost += self.size - at

    def told(self, flight: Flight) -> Flight:
        """The flight with its damage."""
        rejected = self.tally.rejections()
        said = [f"{one.reason}, first at {one.where}" for one in rejected[:1]]
        if self.cut_at is not None:
            said.append(f"cut inside the {self.what} at byte {self.cut_at}")
        if not said:
            return flight
        return replace(
            flight,
            integrity=Integrity.CORRUPT if rejected else Integrity.TRUNCATED,
            damage="; ".join(said),
            recovered=max(0.0, 1 - self.lost / self.size),
            rejected=rejected,
        )


def utc_of_gps(week: FloatArray, second_of_week_s: FloatArray) -> FloatArray:
    """Seconds since 1970-01-01 UTC of a GPS week and the time in it; shape (n,).

    GPS counts from 1980-01-06 without leap seconds (IS-GPS-200, 3.3.4).
    """
    gps_s = week * 604_800.0 + second_of_week_s
    since, ahead_s = np.array(_LEAPS_S, float).T
    leap_s = ahead_s[np.maximum(np.searchsorted(since, gps_s, side="right") - 1, 0)]
    utc_s: FloatArray = _GPS_EPOCH_S + gps_s - leap_s
    return utc_s


def boot_to_utc_s(boot_s: FloatArray, utc_s: FloatArray) -> float | None:
    """What to add to seconds since boot: the median over the receiver's UTC times, or None.

    A receiver's first times may be wrong by years; the median is not moved by them.
    """
    known = np.isfinite(boot_s) & (utc_s > T_MIN_S) & (utc_s < T_MAX_S)
    return float(np.median((utc_s - boot_s)[known])) if known.any() else None


def at_times(
    t_s: FloatArray, source_t_s: FloatArray, values: FloatArray, *, turns: bool = False
) -> FloatArray:
    """Values interpolated at other times, (n,); NaN where none is within `REACH_S`.

    Args:
        turns: the values are angles in degrees, taken the short way.
    """
    known = np.isfinite(source_t_s) & np.isfinite(values)
    _, first = np.unique(source_t_s[known], return_index=True)  # sorted: clocks may step back
    times, values = source_t_s[known][first], values[known][first]
    if not len(times):
        return np.full(len(t_s), np.nan)
    if turns:
        values = np.unwrap(values, period=360.0)
    found = np.interp(t_s, times, values)
    after = np.clip(np.searchsorted(times, t_s), 0, len(times) - 1)
    apart_s = np.minimum(np.abs(times[after] - t_s), np.abs(times[np.maximum(after - 1, 0)] - t_s))
    found[~(apart_s <= REACH_S)] = np.nan
    return np.asarray((found + 180.0) % 360.0 - 180.0 if turns else found, float)


def held(t_s: FloatArray, source_t_s: FloatArray, values: FloatArray | BoolArray) -> FloatArray:
    """The value last given at or before each time, (n,); NaN before the first."""
    order = np.argsort(source_t_s, kind="stable")
    last = np.searchsorted(source_t_s[order], t_s, side="right") - 1
    if not len(order):
        return np.full(len(t_s), np.nan)
    return np.where(last < 0, np.nan, np.asarray(values, float)[order][np.maximum(last, 0)])


def backward_steps(t_s: FloatArray) -> tuple[str, ...]:
    """A note when the clock of a log runs backwards somewhere."""
    steps_s = np.diff(t_s[np.isfinite(t_s)])
    back_s = steps_s[steps_s < 0]
    if not len(back_s):
        return ()
    return (f"the clock steps back {len(back_s)} times, by {-back_s.min():.3f} s at most",)


Angles = tuple[FloatArray, FloatArray, FloatArray]


def world_angles(platform: Angles, sensor: Angles) -> Angles:
    """Yaw, pitch and roll of the camera's axis in the world, from those of the aircraft and in it.

    The sensor's azimuth turns about the aircraft's down axis, its elevation about the turned right
    axis, its roll about the line of sight (ST 0601, tags 18-20); so both are turns in the order
    yaw, pitch, roll, and the camera's is their product: world <- aircraft <- camera. Each of the
    six is in degrees, (n,).
    """
    turn = _turn(platform) @ _turn(sensor)
    return (
        np.degrees(np.arctan2(turn[:, 1, 0], turn[:, 0, 0])),
        np.degrees(np.arcsin(np.clip(-turn[:, 2, 0], -1, 1))),
        np.degrees(np.arctan2(turn[:, 2, 1], turn[:, 2, 2])),
    )


def _turn(angles: Angles) -> FloatArray:
    """Rotation matrices of yaw, pitch, roll, (n, 3, 3): Diebel (2006), equation 288, transposed."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (np.cos(radians), np.sin(radians)) for radians in np.radians(angles)
    )
    rows = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return np.moveaxis(np.array(rows, float), -1, 0)
