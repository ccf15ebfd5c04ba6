"""``plumeline upload``: a card goes in, a table or JSON comes out, the exit code tells."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from ingest.logs import table
from ingest.logs.flight import Clock, Flight, GimbalKnown, Rejection, Track
from ingest.logs.reader import LogReader
from ingest.logs.report import Gap, Report
from plumeline import upload_show
from plumeline.card import items_of
from plumeline.upload import Uploads
from plumeline.upload_cli import upload
from tests.records import T0_S

MAGIC = b"made-up log\n"
APP = typer.Typer()
APP.command()(upload)


def read(path: Path) -> Flight:
    """Lines of t_s lat lon after the magic."""
    rows = [list(map(float, line.split())) for line in path.read_text().splitlines()[1:]]
    t_s, lat_deg, lon_deg = zip(*rows, strict=True)
    track = Track.of(len(rows), t_s=t_s, lat_deg=lat_deg, lon_deg=lon_deg)
    local = b"local" in path.read_bytes().splitlines()[0]
    return Flight(format="made-up", clock=Clock.LOCAL if local else Clock.UTC, track=track)


@pytest.fixture(autouse=True)
def one_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = LogReader(
        name="made-up",
        title="Made up",
        recognise=lambda head: head.startswith(MAGIC[:7]),
        read=read,
    )
    monkeypatch.setattr(table, "READERS", (reader,))


def log(folder: Path, name: str, *, t0_s: float = T0_S, local: bool = False) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "made-up local\n" if local else "made-up log\n"
    path.write_text(head + "".join(f"{t0_s + i} {31.95 + i / 1e4} 118.84\n" for i in range(20)))
    return path


def run(*arguments: object) -> tuple[Result, list[dict[str, object]]]:
    done = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    assert done.exit_code in {0, 1, 2}, done.output
    lines = done.stdout.splitlines() if "--json" in arguments else []
    return done, [json.loads(line) for line in lines if line.startswith("{")]


def test_a_card_is_taken_whole_and_what_is_no_log_is_named(tmp_path: Path) -> None:
    card = tmp_path / "card"
    log(card, "DCIM/100MEDIA/A.LOG")
    log(card, "DCIM/100MEDIA/B.LOG", t0_s=T0_S + 3600)
    (card / "DCIM/README.TXT").write_text("no log")
    (card / ".Trashes").mkdir()
    (card / ".Trashes/._A.LOG").write_text("made-up")
    done, told = run(card, "--json", "--data", tmp_path / "record")
    assert [one["file"] for one in told] == ["A.LOG", "B.LOG"]
    assert done.exit_code == 0
    assert done.stderr.count("skipped: ") == 1
    assert "README.TXT: not a flight log that Plumeline knows" in done.stderr
    assert all(one["flight_id"] and one["fixes"] == 20 for one in told)
    _, again = run(card, "--json", "--data", tmp_path / "record")
    assert all(one["already_known"] for one in again)


def test_the_cameras_small_copies_are_passed_over(tmp_path: Path) -> None:
    log(tmp_path, "DJI_0001.LRF")
    log(tmp_path, "DJI_0001.LOG")
    done, told = run(tmp_path, "--json", "--dry-run")
    assert [one["file"] for one in told] == ["DJI_0001.LOG"]
    assert "DJI_0001.LRF: the camera's small copy" in done.stderr
    _, told = run(tmp_path / "DJI_0001.LRF", "--json", "--dry-run")
    assert [one["status"] for one in told] == ["complete"], "asked for by name it is taken"


def test_whoever_stops_it_sees_what_is_in_and_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = log(tmp_path, "A.LOG"), log(tmp_path, "B.LOG", t0_s=T0_S + 3600)
    take = Uploads.take

    def stopped(self: Uploads, path: Path, **options: Any) -> Report:
        if path != first:
            raise KeyboardInterrupt
        return take(self, path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Uploads, "take", stopped)
        done = CliRunner().invoke(APP, [str(tmp_path), "--data", str(tmp_path / "record")])
    assert done.exit_code == 130 and "A.LOG" in done.stdout and "1 file: 1 complete" in done.stdout
    _, told = run(tmp_path, "--json", "--data", tmp_path / "record")
    assert [one["already_known"] for one in told[:2]] == [True, False]


def test_a_dry_run_opens_no_record(tmp_path: Path) -> None:
    path = log(tmp_path, "a.log")
    _, told = run(path, "--json", "--dry-run", "--data", tmp_path / "record")
    assert told[0]["t_first"] == "2026-09-21T14:13:20.000Z"
    assert told[0]["first_position"] == [31.95, 118.84]
    assert told[0]["flight_id"] is None
    assert not (tmp_path / "record").exists()


def test_a_refused_file_makes_the_answer_no(tmp_path: Path) -> None:
    good, bad = log(tmp_path, "a.log"), tmp_path / "b.txt"
    bad.write_text("what is this")
    done, told = run(good, bad, "--json", "--dry-run")
    assert done.exit_code == 1
    assert [one["status"] for one in told] == ["complete", "refused"]
    assert "docs/logs.md" in str(told[1]["reason"])


def test_zone_start_and_offset_are_the_operators(tmp_path: Path) -> None:
    wall_s = datetime(2026, 5, 1, 10, tzinfo=UTC).timestamp()
    path = log(tmp_path, "a.log", t0_s=wall_s, local=True)
    said = {
        (): "2026-05-01T02:00:00.000Z",
        ("--zone", "+09:30"): "2026-05-01T00:30:00.000Z",
        ("--zone", "Asia/Tokyo", "--offset", "1.5"): "2026-05-01T01:00:01.500Z",
        ("--start", "2026-05-02T10:00:00"): "2026-05-02T02:00:00.000Z",
        ("--start", "2026-05-02T10:00:00Z"): "2026-05-02T10:00:00.000Z",
    }
    for options, first in said.items():
        _, told = run(path, "--json", "--dry-run", *options)
        assert told[0]["t_first"] == first, options


@pytest.mark.parametrize(
    "options", [("--zone", "Nowhere/Land"), ("--start", "noon"), ("--device", "a/b")]
)
def test_a_mistyped_option_is_explained(tmp_path: Path, options: tuple[str, str]) -> None:
    done, _ = run(log(tmp_path, "a.log"), "--dry-run", *options)
    assert done.exit_code == 2 and options[0] in done.output


def test_a_video_comes_before_the_subtitles_of_its_name_and_takes_them_along(
    tmp_path: Path,
) -> None:
    srt, other = log(tmp_path, "DJI_0001.SRT"), log(tmp_path, "DJI_0002.SRT")
    video = tmp_path / "DJI_0001.MP4"
    video.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(64))
    items = items_of([tmp_path], lambda path: None)
    assert [(item.path, item.beside) for item in items] == [
        (video, srt),
        (srt, None),
        (other, None),
    ]


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_table_tells_everything_at_any_width(width: int) -> None:
    report = Report(
        file="DJI_20260501.SRT",
        format="dji-srt",
        dialect="bracketed",
        status="truncated",
        reason="cut inside cue 812",
        fixes=811,
        fixes_with_position=790,
        t_first="2026-05-01T02:00:00.000Z",
        t_last="2026-05-01T02:10:05.000Z",
        time_source=Clock.LOCAL,
        gimbal=GimbalKnown.WORLD,
        height_datum="takeoff+msl",
        gaps=(Gap(after_s=3.0, seconds=4.5),),
        rejected=(Rejection(reason="no number", count=2, where="cue 4"),),
        clock_offset_s=1.25,
        flight_id="nj-01.b1",
        recovered=0.97,
        disagreements=("positions up to 50 m apart",),
        notes=("a note with [brackets]",),
    )
    console = Console(width=width, record=True, force_terminal=False)
    upload_show.reports(console, [report], ZoneInfo("Asia/Shanghai"))
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= max(width, 80)
    for words in ("cut inside cue 812", "2 x no number", "4.5 s after 3.0 s", "[brackets]", "50 m"):
        assert words in text
    assert "takeoff," in text and "msl" in text and "axis" in text
    assert "790 of" in text and "flight" in text and "1 file: 1 truncated" in text
    if width == 200:
        assert "begins (CST)" in text and "2026-05-01 10:00:00 local" in text
        assert "10:05.0" in text and "truncated 97%: dji-srt bracketed" in text


def test_what_many_files_say_is_said_once_and_a_refusal_by_name() -> None:
    refused, note = "the file is empty", "local time read as UTC+08:00"
    told = [Report(file=f"{i}.SRT", status="complete", notes=(note,)) for i in range(5)]
    told += [Report(file=f"bad{i}.SRT", status="refused", reason=refused) for i in range(3)]
    console = Console(width=80, record=True, force_terminal=False)
    upload_show.reports(console, told, ZoneInfo("Asia/Shanghai"))
    text = console.export_text()
    assert text.count(note) == 1 and f"5 files: {note}" in text
    assert text.count(refused) == 3 and "8 files: 5 complete, 3 refused" in text


def test_names_of_any_bytes_are_told_and_steer_nothing(tmp_path: Path) -> None:
    log(tmp_path, "a\nb\x1b[31m [bold]x.LOG")
    log(tmp_path, os.fsdecode(b"\xff\xfe bad.LOG"), t0_s=T0_S + 3600)
    log(tmp_path, "-=飞行 日志.LOG", t0_s=T0_S + 7200)
    for options in (("--dry-run",), ("--data", tmp_path / "record")):
        done, told = run(tmp_path, "--json", *options)
        assert done.exit_code == 0
        assert [str(one["file"]) for one in told] == [
            "-=飞行 日志.LOG", "a\ufffdb\ufffd[31m [bold]x.LOG", "\ufffd\ufffd bad.LOG",
        ]  # fmt: skip
    table = run(tmp_path, "--dry-run")[0].stdout
    assert "\x1b" not in table and "[bold]" in table


def test_what_is_neither_file_nor_folder_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to would be read for ever."""
    os.mkfifo(tmp_path / "pipe.LOG")
    done, _ = run(tmp_path / "pipe.LOG", "--dry-run")
    assert done.exit_code == 2 and "neither a file nor a folder" in done.output
    assert run(tmp_path, "--dry-run")[0].exit_code == 0


def test_in_a_folder_what_is_named_like_a_log_and_is_none_is_refused(tmp_path: Path) -> None:
    log(tmp_path, "A.LOG")
    (tmp_path / "DJI_0002.SRT").write_bytes(b"")
    (tmp_path / "DJI_0003.JPG").write_bytes(bytes(100))
    done, told = run(tmp_path, "--json", "--dry-run")
    assert done.exit_code == 1 and "skipped" not in done.stderr
    assert [one["status"] for one in told] == ["complete", "refused", "refused"]
    assert "the file is empty" in str(told[1]["reason"])
