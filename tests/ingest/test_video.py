"""Videos: pictures at their own times, what is in a file, and files that are not whole.

Every picture wears its number as black and white squares; the times by number are the truth.
"""

from __future__ import annotations

import io
import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av", reason="reading video needs the extra `logs`")

import av

from ingest import video_file
from ingest.errors import BadLog
from ingest.logs.flight import Integrity
from ingest.video import Decoded, Image, Telemetry, VideoFrame, is_video, probe, sample
from ingest.video_text import subtitles
from tools.log_writers.patrol import T_START_S, patrol
from tools.log_writers.video import (
    clip,
    dji_cues,
    flight_pictures,
    number_in,
    numbered,
    srt,
)

NTSC_S = 1001 / 30000
MUTANTS = int(os.environ.get("PLUMELINE_MUTANTS", "200"))
"""A container: more on demand."""


def uneven(count: int = 300) -> list[float]:
    """Times between 12 and 100 pictures a second."""
    steps_s = np.random.default_rng(7).uniform(0.01, 0.08, count)
    return [float(t) for t in np.cumsum(steps_s) - steps_s[0]]


def steady(seconds: float, step_s: float = 1 / 30) -> list[float]:
    return [i * step_s for i in range(round(seconds / step_s))]


def written(folder: Path, data: bytes, name: str = "clip.MP4") -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def run(file: Path) -> tuple[list[VideoFrame], Decoded]:
    ends: list[Decoded] = []
    frames = list(sample(file, on_end=ends.append))
    return frames, ends[0]


@pytest.mark.parametrize("container", ["mp4", "mov", "mpegts"])
def test_a_picture_has_the_time_it_was_shown_at(tmp_path: Path, container: str) -> None:
    times_s = uneven()
    file = written(tmp_path, clip(times_s, container=container))
    frames, end = run(file)
    assert len(frames) == pytest.approx(2 * times_s[-1], abs=1)
    for frame in frames:
        assert frame.video_s == pytest.approx(times_s[number_in(frame.jpeg)], abs=1e-4)
    assert end.frames == len(times_s)
    assert (end.integrity, end.recovered, end.damage) == (Integrity.COMPLETE, 1.0, None)
    assert is_video(file.read_bytes()[:1000])


def test_an_odd_frame_rate_neither_drifts_nor_bunches(tmp_path: Path) -> None:
    frames, _ = run(written(tmp_path, clip(steady(20, NTSC_S))))
    assert len(frames) == 40
    assert all(0.46 < b.video_s - a.video_s < 0.54 for a, b in pairwise(frames))


def test_a_stir_makes_the_next_two_seconds_denser(tmp_path: Path) -> None:
    file = written(tmp_path, clip(steady(10)))
    shown: list[float] = []

    def stirs(image: Image) -> bool:
        assert image.shape == (240, 320, 3)
        return shown[-1] == pytest.approx(3.0, abs=0.02)  # asked after the picture was handed out

    for frame in sample(file, stirs=stirs):
        shown.append(frame.video_s)
    dense = [t for t in shown if 3.0 < t < 5.0]
    assert len(dense) == 15
    assert max(np.diff([3.0, *dense])) < 0.17  # 8 a second from 30: every 3rd to 5th picture
    assert len([t for t in shown if t < 3.0]) == 6
    assert len([t for t in shown if t >= 5.0]) == 10


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares: list[float] = []
    list(sample(written(tmp_path, clip(steady(5))), on_progress=shares.append))
    assert shares == sorted(shares)
    assert 0.85 < shares[-1] <= 1.0


def test_what_a_video_says_of_itself(tmp_path: Path) -> None:
    file = written(tmp_path, clip(steady(4, 0.04), creation_time_s=T_START_S))
    facts = probe(file)
    assert facts.duration_s == pytest.approx(4.0, abs=0.05)
    assert facts.fps == pytest.approx(25, rel=0.01)
    assert (facts.frames, facts.width_px, facts.height_px) == (100, 320, 240)
    assert facts.creation_time_s == T_START_S
    assert facts.telemetry == ()


def test_a_clock_that_was_never_set_is_no_creation_time(tmp_path: Path) -> None:
    assert probe(written(tmp_path, clip(steady(1), creation_time_s=3600.0))).creation_time_s is None


def test_the_embedded_text_track_is_the_subtitle_file(tmp_path: Path) -> None:
    cues = dji_cues(patrol(seconds=5), per_s=10)
    file = written(tmp_path, clip(steady(5), cues=cues))
    assert probe(file).telemetry == (Telemetry.SUBTITLE,)
    assert subtitles(file) == srt(cues)


def test_tracks_of_other_telemetry_are_named(tmp_path: Path) -> None:
    klv = [(i / 2, b"\x06\x0e\x2b\x34" + bytes(20)) for i in range(4)]
    transport = written(tmp_path, clip(steady(2), container="mpegts", klv=klv), "a.ts")
    assert probe(transport).telemetry == (Telemetry.KLV,)
    djmd = written(tmp_path, clip(steady(2), djmd=[(0.5, b"opaque"), (1.0, b"opaque")]))
    assert probe(djmd).telemetry == (Telemetry.DJMD,)
    with pytest.raises(BadLog, match=r"no text track .*\.SRT"):
        subtitles(djmd)


def test_a_large_picture_keeps_its_size(tmp_path: Path) -> None:
    wide = np.full((2160, 4096, 3), 90, np.uint8)
    (frame,) = sample(written(tmp_path, clip([0.0], backdrops=[wide])))
    assert (frame.width_px, frame.height_px) == (4096, 2160)


def test_pictures_of_a_sample_flight_come_out_as_they_went_in(tmp_path: Path) -> None:
    backdrops = flight_pictures("roof_fire", 640, 360)[:8]
    assert len(backdrops) == 8
    file = written(tmp_path, clip(steady(4, 0.5), backdrops=backdrops))
    for frame in sample(file):
        number = number_in(frame.jpeg)
        sent = numbered(number, backdrops[number])
        assert np.abs(decoded(frame.jpeg).astype(int) - sent).mean() < 6


def decoded(jpeg: bytes) -> Image:
    cv2 = pytest.importorskip("cv2")
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_a_video_cut_before_its_index_says_how_to_repair_it(tmp_path: Path) -> None:
    data = clip(steady(3))
    file = written(tmp_path, data[: len(data) // 2])
    with pytest.raises(BadLog, match=r"no index .* put the card back into the aircraft"):
        probe(file)


def test_a_video_cut_behind_its_index_gives_the_pictures_before_the_cut(tmp_path: Path) -> None:
    times_s = steady(4)
    pictures = [
        np.random.default_rng(i).integers(0, 255, (240, 320, 3), np.uint8) for i in range(5)
    ]
    data = clip(times_s, backdrops=pictures, options={"moov_size": "20000"})
    frames, end = run(written(tmp_path, data[: len(data) // 2]))
    assert end.integrity is Integrity.TRUNCATED
    assert end.recovered == pytest.approx(0.5, abs=0.05)
    assert end.damage is not None and "s of 4.0 s" in end.damage
    assert [number_in(f.jpeg) for f in frames] == [15 * i for i in range(len(frames))]


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_every_picture_before_a_cut_is_decoded(tmp_path: Path, container: str) -> None:
    """What lies before the cut is counted by the places of the packets in the whole file."""
    options = {"moov_size": "20000"} if container == "mp4" else {}
    data = clip(steady(4), container=container, options=options)
    with av.open(io.BytesIO(data)) as whole:
        ends = [p.pos + p.size for p in whole.demux(video=0) if p.pos is not None and p.size]
    assert len(ends) == 120
    decoded_before = 0
    for cut in range(ends[9], len(data), len(data) // 31):
        _, end = run(written(tmp_path, data[:cut]))
        assert end.frames >= sum(at <= cut for at in ends) - 1
        assert decoded_before <= end.frames <= 120
        decoded_before = end.frames


def test_damaged_packets_are_skipped_and_counted(tmp_path: Path) -> None:
    times_s = steady(6)
    pictures = [
        np.random.default_rng(i).integers(0, 255, (240, 320, 3), np.uint8) for i in range(5)
    ]
    data = bytearray(clip(times_s, backdrops=pictures))
    third = len(data) // 3
    data[third : third + 30_000] = np.random.default_rng(1).bytes(30_000)
    frames, end = run(written(tmp_path, bytes(data)))
    assert end.integrity is Integrity.CORRUPT
    assert end.skipped >= 1 and end.recovered > 0.95
    assert end.damage is not None and "could not be decoded" in end.damage
    assert len(frames) >= 11


def test_transport_streams_written_one_behind_the_other_go_on_counting(tmp_path: Path) -> None:
    data = clip(steady(3), container="mpegts")
    frames, _ = run(written(tmp_path, data + data, "joined.ts"))
    assert [f.video_s for f in frames] == pytest.approx([i / 2 for i in range(12)], abs=0.02)
    assert [number_in(f.jpeg) for f in frames] == [0, 15, 30, 45, 60, 75] * 2


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_a_flipped_byte_costs_pictures_and_raises_nothing_else(
    tmp_path: Path, container: str
) -> None:
    data = clip(steady(1), container=container)
    rng = np.random.default_rng(11)
    for _ in range(MUTANTS):
        mutant = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            mutant[at] ^= 1 << int(rng.integers(8))
        file = written(tmp_path, bytes(mutant))
        try:
            facts = probe(file)
            frames = list(sample(file))
        except BadLog:
            continue
        assert facts.width_px > 0
        assert all(a.video_s < b.video_s for a, b in pairwise(frames))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be opened as a video"),
        (b"a log, not a video\n" * 100, "cannot be opened as a video"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(40), r"no index \(moov\)"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(BadLog, match=reason):
        probe(written(tmp_path, data))


def test_still_pictures_and_texts_are_not_taken_for_videos() -> None:
    assert not is_video(b"\x00\x00\x00\x18ftypheic" + bytes(20))
    assert not is_video(b"\xff\xd8\xff\xe0" + bytes(600))
    assert not is_video(b"G" + b"PS log\n" * 200)


def test_pictures_past_the_pixel_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, clip(steady(1)))
    monkeypatch.setattr(video_file, "MAX_PIXELS", 320 * 240 - 1)
    with pytest.raises(BadLog, match="320 x 240 px are outside the limit"):
        probe(file)


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, clip(steady(1)))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BadLog, match=r"pip install 'plumeline\[logs\]'"):
        probe(file)
