"""The samples of a log that have a place in a video, and the line their clock makes over it. Pure.

Slopes are medians over pairs of cues half a recording apart (after Theil 1950 and Sen 1968),
refined by least squares over the cues that keep to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.logs.flight import Clock, FloatArray, Track
from ingest.video import VideoFacts

IntArray = npt.NDArray[np.intp]

MIN_DRIFT = 0.002
"""Slopes nearer to 1 are taken for 1: 30 against 29.97 pictures a second is 0.001."""
JUMP_S = 1.0
"""Of a clock with fractions; one of whole seconds must jump by twice that."""
_FINE_S, _WHOLE_S = 0.02, 1.0
"""How far a cue's clock may lie from the line: jitter (5 ms seen), or a cut-off fraction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cues:
    """Samples that have a place in the video; columns of shape (n,)."""

    row: IntArray
    video_s: FloatArray
    """Parts laid end to end."""
    t_s: FloatArray
    spacing_s: float
    restarts: tuple[int, ...]
    """Where the cues' times start anew."""
    whole: bool
    """Whether the clock writes whole seconds only."""

    @property
    def span_s(self) -> float:
        return float(self.video_s[-1] - self.video_s[0]) + self.spacing_s


def find_cues(track: Track, clock: Clock, facts: VideoFacts) -> Cues | None:
    """The samples that have a place in the video, strays left out; None with fewer than two."""
    counted = clock in (Clock.RELATIVE, Clock.NONE)
    video_s = track.video_s
    if not np.isfinite(video_s).any() and clock is Clock.LOCAL:
        video_s = _spread(track, facts)
    row = np.flatnonzero(np.isfinite(video_s) & (counted | np.isfinite(track.t_s)))
    if len(row) < 2:
        return None
    steps = np.diff(video_s[row])
    spacing_s = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    steady = _steady(video_s[row])
    near = np.abs(video_s[row] - steady) <= max(1.0, 5 * spacing_s)
    row, steady = row[near], steady[near]
    found = video_s[row]
    restarts = np.flatnonzero(np.diff(steady) < -max(0.5, 2 * spacing_s)) + 1
    shift_s = np.zeros(len(row))
    for at in restarts:
        shift_s[at:] += found[at - 1] + spacing_s - found[at]
    laid_s = found + shift_s
    return Cues(
        row=row,
        video_s=laid_s,
        t_s=laid_s if counted else track.t_s[row],
        spacing_s=spacing_s,
        restarts=tuple(restarts.tolist()),
        whole=not counted and bool((track.t_s[row] % 1 == 0).all()),
    )


def _spread(track: Track, facts: VideoFacts) -> FloatArray:
    """Times in the video of cues that have none, if the log is as long as the video; else NaN."""
    n, nothing = len(track), np.full(len(track), np.nan)
    told_s = track.t_s[np.isfinite(track.t_s)]
    if not len(told_s) or not facts.duration_s:
        return nothing
    span_s = float(told_s[-1] - told_s[0])
    one_a_frame = facts.frames is not None and abs(n - facts.frames) <= 0.01 * facts.frames
    one_a_second = abs(n - facts.duration_s) <= 2
    if abs(span_s - facts.duration_s) > 2 or not (one_a_frame or one_a_second):
        return nothing
    return np.arange(n, dtype=float) * (facts.duration_s / n)


def find_jumps(cues: Cues) -> tuple[list[int], list[str]]:
    """Where the clock leaps while the video goes on, and a sentence for each."""
    lead_s = _steady(cues.t_s - cues.video_s)
    steps = np.diff(lead_s)
    leaps = np.abs(steps - np.median(steps)) > (2 * JUMP_S if cues.whole else JUMP_S)
    at = [int(i) + 1 for i in np.flatnonzero(leaps)]
    notes = [
        f"the clock jumps by {steps[i - 1]:+.1f} s at {cues.video_s[i]:.1f} s of the video: "
        "joined clips, or the clock was set"
        for i in at
    ]
    return at, notes


def slope_of(video_s: FloatArray, t_s: FloatArray, *, whole: bool) -> float:
    """Slope of the clock over the video; 1 unless it differs by more than chance and MIN_DRIFT.

    A clock that stands still or runs backwards is not believed: 1, too.

    A clock of whole seconds that gains a single one in mid-recording shows a slope of 1.5 steps
    over its length (least squares on a step), which is no evidence of drift: two are asked for.
    """
    x, y = video_s - video_s[0], t_s - t_s[0]
    n, half = len(x), len(x) // 2
    if n < 4 or x[half] <= 0 or (x[half:] <= x[: n - half]).any():
        return 1.0
    slope = float(np.median((y[half:] - y[: n - half]) / (x[half:] - x[: n - half])))
    off = y - slope * x
    off -= np.median(off)
    step_s = _WHOLE_S if whole else _FINE_S
    keep = np.abs(off) <= max(step_s, 4 * scatter(off))
    x, y = x[keep] - x[keep].mean(), y[keep] - y[keep].mean()
    if x @ x == 0:
        return 1.0
    slope = float((x @ y) / (x @ x))
    sigma = float(np.sqrt(np.mean((y - slope * x) ** 2) / (x @ x)))
    certain = max(MIN_DRIFT, 3 * sigma, 2 * step_s / float(np.ptp(x)))
    return slope if slope > 0 and abs(slope - 1) > certain else 1.0


def _steady(values: FloatArray) -> FloatArray:
    """Median over five neighbours: single strays vanish, steps stay where they are."""
    if len(values) < 5:
        return values
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="reflect"), 5)
    return np.asarray(np.median(around, axis=1), float)


def scatter(off: FloatArray) -> float:
    """Standard deviation by the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(off - np.median(off))))
