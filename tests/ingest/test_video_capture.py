"""From a video and its subtitles to the moment each picture was taken.

The clips are made: picture n was captured at a known moment and wears its number, so whatever the
containers, cue times and clocks do on the way, the truth is read off the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("av", reason="reading video needs the extra `logs`")

from ingest.logs.flight import Clock, Track
from ingest.video import probe, sample
from ingest.video_text import subtitles
from ingest.video_time import fit
from tools.log_writers.video import Cue, clip, number_in, srt

T0_S = 1_772_352_000.0
FRAME_S = 1 / 10

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Story:
    """When pictures were captured and shown, and what the cues say of it."""

    captured_s: FloatArray
    shown_s: FloatArray
    cue_s: FloatArray
    clock_ahead_s: float = 0.0
    says: str | None = None
    """In one of the notes."""


def joined(pauses_s: tuple[float, ...], clip_s: float = 8.0) -> FloatArray:
    per_clip = round(clip_s / FRAME_S)
    before_s = np.concatenate(([0.0], np.cumsum(pauses_s)))
    return np.arange(per_clip * len(before_s)) * FRAME_S + np.repeat(before_s, per_clip)


def stories() -> dict[str, Story]:
    plain_s = np.arange(200) * FRAME_S
    uneven_s = np.cumsum(np.random.default_rng(3).uniform(0.02, 0.2, 200)).round(3)
    uneven_s -= uneven_s[0]
    three_s = joined((14.0, 973.0))
    goes_on_s = np.arange(len(three_s)) * FRAME_S
    return {
        "variable rate": Story(captured_s=uneven_s, shown_s=uneven_s, cue_s=uneven_s),
        "joined clips": Story(
            captured_s=three_s, shown_s=goes_on_s, cue_s=goes_on_s, says="+973.0 s at 16.0 s"
        ),
        "restarted subtitles": Story(
            captured_s=three_s, shown_s=goes_on_s, cue_s=goes_on_s % 8.0, says="start anew"
        ),
        "1.5 % drift": Story(
            captured_s=plain_s * 1.015, shown_s=plain_s * 1.015, cue_s=plain_s, says="+1.50 %"
        ),
        "a clock in Beijing": Story(
            captured_s=plain_s,
            shown_s=plain_s,
            cue_s=plain_s,
            clock_ahead_s=8 * 3600.0,
            says="UTC+08:00",
        ),
        "a clock 43 min wrong": Story(
            captured_s=plain_s,
            shown_s=plain_s,
            cue_s=plain_s,
            clock_ahead_s=43 * 60.0,
            says="+00:43 ahead",
        ),
    }


def cues_of(story: Story) -> list[Cue]:
    wall_s = T0_S + story.captured_s + story.clock_ahead_s
    return [
        Cue(
            from_s=float(at_s),
            to_s=float(at_s) + FRAME_S / 2,
            text=datetime.fromtimestamp(t_s, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        )
        for at_s, t_s in zip(story.cue_s, wall_s.round(3).tolist(), strict=True)
    ]


def track_of(text: str) -> Track:
    found = re.findall(r"(\d+):(\d+):(\d+),(\d+) -->.*\n(.+)", text)
    video_s = [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms, _ in found]
    t_s = [datetime.fromisoformat(wall + "+00:00").timestamp() for *_, wall in found]
    return Track.of(len(found), t_s=t_s, video_s=video_s)


@pytest.mark.parametrize("name", list(stories()))
def test_every_picture_gets_the_moment_it_was_taken(tmp_path: Path, name: str) -> None:
    story = stories()[name]
    file = tmp_path / "clip.MP4"
    file.write_bytes(clip(story.shown_s.tolist(), creation_time_s=T0_S))
    result = fit(track_of(srt(cues_of(story)).decode()), Clock.LOCAL, probe(file))
    assert result is not None
    frames = list(sample(file))
    assert len(frames) > 20
    off_s = [
        result.t_of(f.video_s) - story.clock_ahead_s - T0_S - story.captured_s[number_in(f.jpeg)]
        for f in frames
    ]
    assert np.abs(off_s).max() < 0.01
    assert (story.says is None and not result.notes) or (
        story.says is not None and any(story.says in note for note in result.notes)
    )


def test_an_embedded_text_track_tells_the_same(tmp_path: Path) -> None:
    story = stories()["joined clips"]
    file = tmp_path / "clip.MP4"
    file.write_bytes(clip(story.shown_s.tolist(), cues=cues_of(story)))
    result = fit(track_of(subtitles(file).decode()), Clock.LOCAL, probe(file))
    assert result is not None and len(result.segments) == 3
    for frame in sample(file):
        captured_s = T0_S + story.captured_s[number_in(frame.jpeg)]
        assert result.t_of(frame.video_s) == pytest.approx(captured_s, abs=0.01)
