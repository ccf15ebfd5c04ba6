"""DJI's subtitles (.SRT beside a video): position, height and camera, a cue a picture or a second.

What a cue says is read by `srt_dialects`, cue by cue, for joined files mix dialects. The times of
the cues are those of the video; the wall clock inside of them, where there is one, names no zone.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from ingest.errors import BadLog
from ingest.logs.binary import backward_steps
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Integrity, Track
from ingest.logs.reader import LogReader
from ingest.logs.srt_dialects import COLUMNS, Values, told
from ingest.logs.stamp import stamp_s
from ingest.logs.tally import Tally

IntArray = npt.NDArray[np.intp]

_CHUNK_CHARS = 1 << 18
_CUE_CHARS = 1 << 14
"""More than this without a blank line is no cue."""
_SPAN = r"\d+:\d\d:\d\d[,.]\d{1,3} *-->"
_DAY = r"\d{4}[.-]\d{1,2}[.-]\d{1,2} "
_BREAK = re.compile(rf"\n(?:[ \t]*\n)+|\n(?=\d+\n{_SPAN})")
_HEADER = re.compile(r"\s*(\d{1,9})\n(?:(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3}) *-->)?", re.ASCII)
_WALL = re.compile(rf"({_DAY}\d{{1,2}}:\d\d:\d\d)(\.\d{{1,6}}|(?:,\d{{1,4}}\b)?)", re.ASCII)
_BEGINS = re.compile(rf"^\d+\r?\n(?:{_SPAN}|{_DAY}\d)".encode(), re.MULTILINE)
_NUMBERS = re.compile(r"-?[\d.]+")
_JUMP_S = 1.0
"""Of a wall clock with fractions against the video's time; one of whole seconds may jump twice."""
_ADVICE = (
    "switch on video captions (subtitles) in the DJI app before recording; of this flight, give "
    "Plumeline the flight record exported as CSV"
)


def read(path: Path) -> Flight:
    """Subtitles as a flight, a sample a cue.

    Raises:
        BadLog: the file cannot be opened, or not one of its cues holds telemetry.
    """
    cues = _Cues()
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for text in _texts(file):
                cues.take(text)
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    cues.end()
    if not cues.rows:
        first = next(iter(cues.tally.rejections()), None)
        reason = f"not one cue can be read: {first.reason}" if first else "no subtitles in it"
        raise BadLog(path, reason, where=first.where if first else None, advice=_ADVICE)
    return _flight(cues)


def recognise(head: bytes) -> bool:
    """Whether a line with a number stands above one with the times of a cue, or with a date."""
    return _BEGINS.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


def _texts(file: TextIO) -> Iterator[str]:
    """The cues: what blank lines or the next cue's head divide."""
    rest = ""
    while chunk := file.read(_CHUNK_CHARS):
        *whole, rest = _BREAK.split(rest + chunk)
        yield from whole
        if len(rest) > _CUE_CHARS:
            yield rest
            rest = ""
    yield rest


@dataclass(slots=True)
class _Cues:
    """What was read so far."""

    rows: list[Values] = field(default_factory=list)
    """Of `COLUMNS`, then the cue's number, its time in the video, and the wall clock."""
    dialects: dict[str, None] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    count: int = 0
    cut: str | None = None
    """The last cue, where the end of the file cuts it."""
    _held: str = ""
    """A cue that may turn out to be the last."""
    _closed: bool = False
    """Whether a blank line stands behind it."""
    _before: deque[str] = field(default_factory=lambda: deque(maxlen=64))

    def take(self, text: str) -> None:
        """Read the cue before this one, and keep this one for `end`."""
        if not text.strip():
            self._closed = True
            return
        if self._held:
            self._read(self._held)
            self._before.append(self._held)
        self._held, self._closed = text, False

    def end(self) -> None:
        """Read the last cue, unless it stops where none of those before it does."""
        if not self._held:
            return
        whole = self._closed or self._held.rstrip().endswith("</font>")
        if whole or _ending(self._held) in map(_ending, self._before):
            self._read(self._held)
        elif not self._before and _has_place(self._held):
            # The only cue: nothing tells how it ends, but its position is there.
            self._read(self._held)
        else:
            self.cut = _where(self._held, self.count + 1)
            self.tally.add("cut off in the middle", self.cut)

    def _read(self, text: str) -> None:
        self.count += 1
        try:
            dialect, values = told(text)
            wall_s = _wall_s(text)
        except ValueError as exc:
            self.tally.add(str(exc), _where(text, self.count))
            return
        self.dialects[dialect] = None
        self.rows.append((*values, *_head(text), wall_s))


def _has_place(text: str) -> bool:
    try:
        return math.isfinite(told(text)[1][0])
    except ValueError:
        return False


def _ending(text: str) -> str:
    """The last line, its numbers taken out."""
    return _NUMBERS.sub("#", text.rstrip().rpartition("\n")[2])


def _where(text: str, count: int) -> str:
    head = _HEADER.match(text)
    return f"cue {head[1] if head else count}"


def _head(text: str) -> tuple[float, float]:
    """A cue's number and where it begins in the video; NaN where they are not told."""
    head = _HEADER.match(text)
    if head is None:
        return math.nan, math.nan
    number, hours, minutes, seconds, ms = head.groups()
    if hours is None:
        return float(number), math.nan
    return float(number), int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(ms) / 1000


def _wall_s(text: str) -> float:
    """The wall clock as if it were UTC; ``,720,764`` are milli- and microseconds.

    Raises:
        ValueError: a date that no calendar has.
    """
    found = _WALL.search(text)
    if found is None:
        return math.nan
    part = found[2]
    fraction_s = int(part[1:]) / 1000 if part.startswith(",") else float(part or 0)
    return _second_s(found[1]) + fraction_s


@lru_cache(maxsize=64)
def _second_s(text: str) -> float:
    try:
        return stamp_s(text)[0]
    except ValueError as exc:
        msg = "a date that no calendar has"
        raise ValueError(msg) from exc


def _flight(cues: _Cues) -> Flight:
    *table, number, video_s, wall_s = np.array(cues.rows).T
    columns = dict(zip(COLUMNS, table, strict=True))
    home = _home(columns.pop("home_lat_deg"), columns.pop("home_lon_deg"))
    restarts = np.flatnonzero((np.diff(number) <= 0) & (np.diff(video_s) < 0)) + 1
    laid_s = _laid_s(video_s, restarts)
    clock = _clock(wall_s, laid_s)
    t_s = wall_s if clock is Clock.LOCAL else laid_s
    track = Track.of(len(t_s), t_s=t_s, video_s=video_s, **columns)
    aimed = np.isfinite(track.gimbal_yaw_deg) & np.isfinite(track.gimbal_pitch_deg)
    return Flight(
        format="dji-srt",
        dialect=" + ".join(cues.dialects),
        clock=clock,
        track=track,
        gimbal=GimbalKnown.WORLD if aimed.any() else GimbalKnown.NO,
        home=home,
        integrity=_integrity(cues),
        damage=_damage(cues),
        recovered=len(track) / (len(track) + cues.tally.count),
        rejected=cues.tally.rejections(),
        notes=tuple(_notes(track, laid_s, restarts, clock)),
    )


def _clock(wall_s: FloatArray, laid_s: FloatArray) -> Clock:
    if np.isfinite(wall_s).any():
        return Clock.LOCAL
    return Clock.RELATIVE if np.isfinite(laid_s).any() else Clock.NONE


def _integrity(cues: _Cues) -> Integrity:
    if cues.tally.count > (cues.cut is not None):
        return Integrity.CORRUPT
    return Integrity.TRUNCATED if cues.cut else Integrity.COMPLETE


def _damage(cues: _Cues) -> str | None:
    first = next(iter(cues.tally.rejections()), None)
    if first is None:
        return None
    return f"cut inside {cues.cut}" if cues.cut == first.where else f"{first.reason}, {first.where}"


def _home(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[float, float] | None:
    """The first home point that is somewhere."""
    known = np.flatnonzero(Track.of(len(lat_deg), lat_deg=lat_deg, lon_deg=lon_deg).mappable)
    return (float(lat_deg[known[0]]), float(lon_deg[known[0]])) if len(known) else None


def _laid_s(video_s: FloatArray, restarts: IntArray) -> FloatArray:
    """Times in the video with joined parts laid end to end, (n,)."""
    laid_s = video_s.copy()
    for at in restarts:
        laid_s[at:] += laid_s[at - 1] - laid_s[at] + np.nanmedian(np.abs(np.diff(video_s)))
    return laid_s


def _notes(track: Track, laid_s: FloatArray, restarts: IntArray, clock: Clock) -> Iterator[str]:
    """What joined clips and odd clocks leave behind."""
    if len(restarts):
        yield f"the cues start anew at cue {restarts[0] + 1} of the file{_more(restarts)}: joined"
    if clock is Clock.LOCAL:
        limit_s = _JUMP_S * (1 if (track.t_s % 1 > 0).any() else 2)
        steps_s = np.diff(track.t_s - laid_s)
        jumps = np.flatnonzero(np.abs(steps_s) > limit_s) + 1
        if len(jumps):
            yield (
                f"the clock jumps by {steps_s[jumps[0] - 1]:+.1f} s at cue {jumps[0] + 1} of the "
                f"file{_more(jumps)}: joined clips, or the clock was set"
            )
        silent = int(np.isnan(track.t_s).sum())
        if silent:
            yield f"{silent} cues show no clock, so they have no time"
    yield from backward_steps(track.t_s)
    astray = int(((np.abs(track.lat_deg) > 90) | (np.abs(track.lon_deg) > 180)).sum())
    if astray:
        yield f"{astray} positions are not on Earth"


def _more(places: IntArray) -> str:
    return f" and {len(places) - 1} times more" if len(places) > 1 else ""


READER = LogReader(name="dji-srt", title="DJI subtitles (SRT)", recognise=recognise, read=read)
