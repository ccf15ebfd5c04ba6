"""How the seconds of a video, the cues of its subtitles and their wall clock go together. Pure.

Within one recording the wall clock is a line over the video's time, of slope 1 unless the pictures
play faster or slower than they were taken. Where clips were joined, the clock jumps while the video
goes on; where subtitle files were joined, the cues' times start anew. Both cut the line.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ingest.logs.flight import Clock, FloatArray, Track
from ingest.video import VideoFacts
from ingest.video_clock import check_clock
from ingest.video_cues import MIN_DRIFT, Cues, find_cues, find_jumps, scatter, slope_of

_CREATION_SIGMA_S = 2.0
_WHOLE_SIGMA_S = 0.29
"""Of a fraction of a second that was cut off: 1/sqrt(12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of video without a cut, as the samples ``first`` to ``end`` (excluded) tell it."""

    video_from_s: float
    video_to_s: float
    t_from_s: float
    """On the log's clock, at ``video_from_s``, the operator's offset added."""
    rate: float
    """Seconds of the log's clock in one second of video."""
    first: int
    end: int

    def t_of(self, video_s: float) -> float:
        return self.t_from_s + self.rate * (video_s - self.video_from_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """When each second of a video was, on the clock of its log."""

    segments: tuple[Segment, ...]
    drift_ppm: float
    """Of the log's clock against the cues' own times, in the longest segment; 0 if not told."""
    sigma_s: float
    """Between a picture's time and the log's clock; whole seconds alone are worth 0.29."""
    ahead_s: float | None
    """The log's clock at the first picture less the video's creation time."""
    zone_s: float | None
    """The zone of the log's clock, if the video's creation time is UTC."""
    sample_t_s: FloatArray
    """Shape (n,): the track's times moved onto the line, to be paired with `t_of`; cues that write
    whole seconds come out evenly spaced. As in the track where a sample has no place in the video.
    """
    notes: tuple[str, ...]

    @property
    def offset_s(self) -> float:
        """The log's clock at the first picture, the operator's offset included."""
        return self.t_of(0.0)

    def t_of(self, video_s: float) -> float:
        """Seconds on the log's clock of a picture; before and after all cues the line goes on."""
        starts = [s.video_from_s for s in self.segments]
        at = max(0, bisect_right(starts, video_s) - 1)
        return self.segments[at].t_of(video_s)


def fit(track: Track, clock: Clock, facts: VideoFacts, *, offset_s: float = 0.0) -> Fit | None:
    """How a video and its log go together; None where nothing ties the one to the other.

    Args:
        track: with ``video_s`` where the log gives it; otherwise a log that covers the video
            exactly is spread over it, and any other is tied by the video's creation time.
        clock: of the track. RELATIVE and NONE count from the first picture.
        facts: of the video.
        offset_s: an operator's, added to the log's time of every picture.
    """
    cues = find_cues(track, clock, facts)
    if cues is None:
        return _by_creation_time(track, clock, facts, offset_s)
    jumps, jump_notes = find_jumps(cues)
    cuts = sorted({0, len(cues.row), *cues.restarts, *jumps})
    segments = _segments(cues, cuts)
    drift = max(segments, key=lambda s: s.end - s.first).rate
    stretch = _stretch(cues, drift, facts)
    if stretch != 1:
        cues = replace(cues, video_s=cues.video_s * stretch, spacing_s=cues.spacing_s * stretch)
        segments = _segments(cues, cuts)
    sample_t_s, sigma_s = _on_the_line(track, cues, segments)
    span_s = segments[0].t_of(0.0), segments[-1].t_of(facts.duration_s or cues.span_s)
    ahead_s, zone_s, clock_notes = check_clock(span_s, clock, facts.creation_time_s)
    notes = (*jump_notes, *_notes(cues, drift, stretch, facts), *clock_notes)
    return Fit(
        segments=tuple(replace(s, t_from_s=s.t_from_s + offset_s) for s in segments),
        drift_ppm=(drift - 1) * 1e6,
        sigma_s=sigma_s,
        ahead_s=ahead_s,
        zone_s=zone_s,
        sample_t_s=sample_t_s,
        notes=(*notes, *_offset_notes(offset_s)),
    )


def _segments(cues: Cues, cuts: list[int]) -> list[Segment]:
    found = []
    for first, end in pairwise(cuts):
        video_s, t_s = cues.video_s[first:end], cues.t_s[first:end]
        rate = slope_of(video_s, t_s, whole=cues.whole)
        level_s = float(np.median(t_s - rate * video_s))
        found.append(
            Segment(
                video_from_s=float(video_s[0]),
                video_to_s=float(video_s[-1]) + cues.spacing_s,
                t_from_s=level_s + rate * float(video_s[0]),
                rate=rate,
                first=int(cues.row[first]),
                end=int(cues.row[end - 1]) + 1,
            )
        )
    return found


def _stretch(cues: Cues, drift: float, facts: VideoFacts) -> float:
    """By how much the cues' times must be stretched to be the video's; 1 without evidence.

    Evidence is a wall clock that runs over the cues as the video does, or a cue for every picture.
    """
    if not facts.duration_s or cues.span_s <= 0:
        return 1.0
    wanted = facts.duration_s / cues.span_s
    chance = MIN_DRIFT + cues.spacing_s / facts.duration_s  # nobody says how long the last one is
    if abs(wanted - 1) <= chance:
        return 1.0
    if drift != 1 and abs(wanted / drift - 1) <= chance:
        return drift
    one_a_picture = (
        facts.frames is not None and abs(len(cues.row) - facts.frames) < 0.005 * facts.frames
    )
    return wanted if one_a_picture else 1.0


def _on_the_line(track: Track, cues: Cues, segments: list[Segment]) -> tuple[FloatArray, float]:
    """The samples' times on their segments' lines, and how far the log's own lie from them."""
    which = np.searchsorted([s.first for s in segments], cues.row, side="right") - 1
    from_s, t_from_s, rate = np.array([(s.video_from_s, s.t_from_s, s.rate) for s in segments]).T[
        :, which
    ]
    line_s = t_from_s + rate * (cues.video_s - from_s)
    sample_t_s = track.t_s.copy()
    sample_t_s[cues.row] = line_s
    least_s = _WHOLE_SIGMA_S if cues.whole else 0.001
    return sample_t_s, max(least_s, scatter(cues.t_s - line_s))


def _by_creation_time(track: Track, clock: Clock, facts: VideoFacts, offset_s: float) -> Fit | None:
    """Both on UTC: the video is where its creation time says, if the log covers that."""
    known = track.t_s[np.isfinite(track.t_s)]
    began_s = facts.creation_time_s
    if clock not in (Clock.UTC, Clock.GPS, Clock.RECEIVER) or not len(known) or began_s is None:
        return None
    duration_s = facts.duration_s or 0.0
    if not known.min() - duration_s <= began_s <= known.max():
        return None
    note = "tied to the log by the video's creation time alone, which is good to a second or two"
    whole = Segment(
        video_from_s=0.0,
        video_to_s=duration_s,
        t_from_s=began_s + offset_s,
        rate=1.0,
        first=0,
        end=len(track),
    )
    return Fit(
        segments=(whole,),
        drift_ppm=0.0,
        sigma_s=_CREATION_SIGMA_S,
        ahead_s=0.0,
        zone_s=None,
        sample_t_s=track.t_s,
        notes=(note, *_offset_notes(offset_s)),
    )


def _notes(cues: Cues, drift: float, stretch: float, facts: VideoFacts) -> list[str]:
    notes = [
        f"the cue times start anew at sample {cues.row[at]}: laid end to end, "
        f"at {cues.video_s[at]:.1f} s of the video"
        for at in cues.restarts
    ]
    if drift != 1:
        notes.append(f"the clock runs {drift:.4f} s in a second of the cues' time")
    if stretch != 1:
        notes.append(f"the cue times are stretched by {(stretch - 1) * 100:+.2f} % to the video's")
    if cues.whole:
        notes.append("the log's clock writes whole seconds: times are good to 0.5 s")
    end_s = float(cues.video_s[-1]) + cues.spacing_s
    if facts.duration_s and abs(end_s - facts.duration_s) > max(1.0, 2 * cues.spacing_s):
        than = "longer" if end_s > facts.duration_s else "shorter"
        lengths = f"the cues end at {end_s:.1f} s, the video at {facts.duration_s:.1f} s"
        notes.append(f"the subtitles are {than} than the video: {lengths}")
    return notes


def _offset_notes(offset_s: float) -> list[str]:
    return [f"{offset_s:+.2f} s added by the operator"] if offset_s else []
