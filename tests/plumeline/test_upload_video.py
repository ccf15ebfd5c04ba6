"""A video with its subtitles: pictures at their places on the track, through the same watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.logs.flight import Clock, Flight
from plumeline.brought import Options, look
from tests.plumeline.upload_scene import NANJING, Station, flown, station
from tests.records import LAT_DEG, T0_S

pytest.importorskip("av", reason="the extra `logs` is not installed")

from tools.log_writers.video import clip

SECONDS = 8.0
WHITE = np.full((180, 320, 3), 220, np.uint8)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Station]:
    with station(tmp_path) as opened:
        yield opened


def video(desk: Station, name: str = "DJI_0001.MP4") -> Path:
    path = desk.folder / name
    path.write_bytes(clip(np.arange(0, SECONDS, 0.1).tolist(), backdrops=[WHITE]))
    return path


def subtitles() -> Flight:
    """A cue every half second, on a wall clock in Nanjing."""
    log = flown(SECONDS + 0.5)
    video_s = log.track.t_s - T0_S
    track = replace(log.track, video_s=video_s, t_s=log.track.t_s + 8 * 3600)
    return replace(log, format="dji-srt", clock=Clock.LOCAL, track=track)


def frames(desk: Station) -> list[tuple[float, float]]:
    """Capture time after T0 and latitude of every judged picture, from the looks."""
    from store.analysis import RunKind

    run = desk.store.analysis.latest_run(RunKind.UPLOAD)
    assert run is not None
    looks = desk.store.analysis.looks(run, 0).values()
    placed = [(one.t_capture_s - T0_S, one.pose.lat_deg) for one in looks if one.pose is not None]
    assert len(placed) == len(looks) > 0
    return placed


def test_pictures_of_a_video_lie_where_the_drone_was(desk: Station) -> None:
    srt = desk.file(subtitles(), "DJI_0001.SRT")
    report = desk.uploads().take(video(desk), options=Options(beside=srt))
    assert (report.format, report.dialect, report.fixes) == ("video", "dji-srt", 17)
    assert report.frames > 2 * SECONDS, "denser where the detector stirs"
    for t_s, lat_deg in frames(desk):
        assert lat_deg == pytest.approx(LAT_DEG + 5 * t_s / 111_132, abs=2 / 111_132)
    assert len(report.incidents) == 1
    assert desk.detector.asked == report.frames, "each picture is judged once"


def test_the_subtitles_of_a_video_that_was_taken_land_on_its_rows(desk: Station) -> None:
    srt = desk.file(subtitles(), "DJI_0001.SRT")
    first = desk.uploads().take(video(desk), options=Options(beside=srt))
    second = desk.uploads().take(srt)
    assert first.flight_id == second.flight_id
    assert desk.counts()["fix"] == 17


def test_a_video_that_comes_alone_takes_the_log_of_its_name_that_came_before(
    desk: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.uploads().take(desk.file(subtitles(), "DJI_0001.SRT"))
    report = desk.uploads().take(video(desk, "upload-7"), name="dji_0001.mp4")
    assert report.flight_id == "1581F4ABC.log-20260921T141320Z" and report.frames > 0
    assert desk.counts()["fix"] == 17


def test_a_video_without_telemetry_is_kept_and_asks_for_it(desk: Station) -> None:
    path = video(desk)
    report = desk.uploads().take(path)
    assert report.flight_id is None and ".SRT" in (report.reason or "")
    assert desk.detector.asked == 0
    desk.uploads().take(desk.file(subtitles(), "DJI_0001.SRT"))
    assert desk.uploads().take(path).frames > 0, "once the log is there, it is taken"


def test_a_dry_run_judges_no_picture(desk: Station) -> None:
    srt = desk.file(subtitles(), "DJI_0001.SRT")
    report = look(video(desk), Options(beside=srt), NANJING, read=desk.read)
    assert (report.fixes, report.t_first) == (17, "2026-09-21T14:13:20.000Z")
