"""Videos decoded in a process of their own: the same pictures, and a death that is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("av", reason="reading video needs the extra `logs`")

from ingest import video
from ingest.errors import BadLog
from plumeline import video_apart
from plumeline.video_apart import Limits
from tools.log_writers.patrol import patrol
from tools.log_writers.video import clip, dji_cues, number_in, srt


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("card") / "Überflug \udcff.MP4"  # a name in no encoding
    times_s = [i / 30 for i in range(150)]
    found.write_bytes(clip(times_s, cues=dji_cues(patrol(seconds=5), per_s=10)))
    return found


def test_facts_and_subtitles_are_the_same_apart(file: Path) -> None:
    assert video_apart.probe(file) == video.probe(file)
    cues = dji_cues(patrol(seconds=5), per_s=10)
    assert video_apart.subtitles(file) == srt(cues)


def test_pictures_progress_and_outcome_are_the_same_apart(file: Path) -> None:
    here: list[object] = []
    there: list[object] = []
    for sample, seen in ((video.sample, here), (video_apart.sample, there)):
        seen.extend(sample(file, on_progress=seen.append, on_end=seen.append))
    assert here == there
    assert len(here) == 10 + 10 + 1


def test_a_stir_is_asked_across_the_processes(file: Path) -> None:
    shown: list[int] = []

    def stirs(image: video.Image) -> bool:
        assert image.shape == (240, 320, 3)
        return shown[-1] == 30

    for frame in video_apart.sample(file, stirs=stirs):
        shown.append(number_in(frame.jpeg))
    assert len([n for n in shown if 30 < n < 90]) == 15
    assert len([n for n in shown if n >= 90]) == 4


def test_a_reader_who_stops_early_leaves_no_child(file: Path) -> None:
    frames = video_apart.sample(file)
    next(frames)
    (child,) = children()
    frames.close()  # type: ignore[attr-defined]
    assert child not in children()


def children() -> list[str]:
    return Path("/proc/thread-self/children").read_text().split()


def test_a_refusal_is_told_as_it_was_made(tmp_path: Path) -> None:
    broken = tmp_path / "cut.MP4"
    broken.write_bytes(clip([0.0, 0.1])[:-200])
    with pytest.raises(BadLog, match=r"cut\.MP4: the video has no index .* put the card back"):
        video_apart.probe(broken)


def test_too_little_memory_is_named(file: Path) -> None:
    with pytest.raises(BadLog, match="more than 400 MB of memory"):
        list(video_apart.sample(file, limits=Limits(memory_bytes=400 << 20)))


def test_a_silent_child_is_given_up(file: Path) -> None:
    with pytest.raises(BadLog, match=r"silent for 0\.001 s"):
        video_apart.probe(file, limits=Limits(silence_s=0.001))


@pytest.mark.parametrize(
    ("signal", "reason"),
    [("SEGV", "ended by SIGSEGV"), ("XCPU", "more than 7 s of processor time")],
)
def test_a_dead_child_is_told_by_its_signal(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str, reason: str
) -> None:
    suicide = tmp_path / "python"
    suicide.write_text(f"#!/bin/sh\nkill -{signal} $$\n")
    suicide.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(suicide))
    with pytest.raises(BadLog, match=reason):
        video_apart.probe(file, limits=Limits(cpu_s=7))
