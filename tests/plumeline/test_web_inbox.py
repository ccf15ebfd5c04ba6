"""Uploads over a restart, a stop, a failure and a night."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from plumeline.web.desk import MAX_TRIES, Desk, Stage
from plumeline.web.inbox import DAY_S, Inbox
from plumeline.web.refusals import NoSuchUpload
from tests.fakes import MemoryRecord
from tests.plumeline.web_served import served
from tests.plumeline.web_uploads import KeptFiles, Sender, some_bytes, until

DATA = some_bytes(500_000)


@pytest.fixture
def kept(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "kept")


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", now_s=lambda: 0.0)


def test_a_failed_reading_keeps_the_file_and_can_be_tried_again(
    inbox: Inbox, kept: KeptFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept.trouble = OSError("the record is locked")
    with (
        served(MemoryRecord(tmp_path), desk=Desk(inbox, kept)) as here,
        Sender(here.url, DATA) as sender,
    ):
        told = sender.deliver()
        assert (told["stage"], told["error"]) == ("failed", "the record is locked")
        assert "upload not read" in caplog.text
        kept.trouble = None
        assert sender.finish().status_code == 202
        assert sender.result()["stage"] == "done"


def test_what_was_being_read_at_a_stop_is_read_after_the_next_start(
    tmp_path: Path, inbox: Inbox, kept: KeptFiles
) -> None:
    kept.may_read.clear()
    with (
        served(MemoryRecord(tmp_path), desk=Desk(inbox, kept)) as here,
        Sender(here.url, DATA, chunk=200_000) as sender,
    ):
        sender.begin()
        sender.send()
        sender.finish()
        until(lambda: sender.ask("GET", sender.path).json()["stage"] == "reading")
        assert sender.ask("GET", sender.path).json()["share"] in {0.0, 0.5}
        assert sender.ask("DELETE", sender.path).status_code == 409, "it is being read"
        path = sender.path
    assert kept.taken == []
    kept.may_read.set()
    again = Inbox(tmp_path / "inbox", now_s=lambda: 0.0)
    with (
        served(MemoryRecord(tmp_path), desk=Desk(again, kept)) as here,
        Sender(here.url, DATA) as sender,
    ):
        sender.path = path
        assert sender.result()["stage"] == "done"
    assert kept.taken == ["DJI_0001.SRT"]


def test_a_file_that_ended_the_process_twice_is_not_read_a_third_time(
    inbox: Inbox, kept: KeptFiles
) -> None:
    parcel = inbox.open("bomb.kmz", 0)
    parcel.check(None)
    parcel.keep(replace(parcel.card, tries=MAX_TRIES))
    stop = threading.Event()
    stop.set()
    desk = Desk(inbox, kept)
    desk.run(stop)
    assert desk.progress(parcel).stage is Stage.FAILED
    assert kept.taken == []


def test_an_unfinished_upload_outlives_a_restart_and_is_swept_after_a_day(tmp_path: Path) -> None:
    now_s = 1_000_000.0
    inbox = Inbox(tmp_path, now_s=lambda: now_s)
    parcel = inbox.open("a.srt", 10)
    parcel.begin(0).write(b"12345")
    upload_id = parcel.card.upload_id
    stray = tmp_path / "stray.new"
    stray.write_bytes(b"of a crash")
    for path in tmp_path.iterdir():
        os.utime(path, (now_s, now_s))
    now_s += DAY_S - 1
    again = Inbox(tmp_path, now_s=lambda: now_s)
    assert again.find(upload_id).offset() == 5
    now_s += 2
    swept = Inbox(tmp_path, now_s=lambda: now_s)
    with pytest.raises(NoSuchUpload, match="begin again"):
        swept.find(upload_id)
    assert not list(tmp_path.iterdir())


def test_a_damaged_card_is_no_upload(tmp_path: Path) -> None:
    (tmp_path / ("0" * 32 + ".json")).write_bytes(b"{")
    (tmp_path / ("1" * 32 + ".json")).write_bytes(
        msgspec.json.encode({"upload_id": "../x", "name": "a", "size_bytes": 1})
    )
    inbox = Inbox(tmp_path, now_s=lambda: 0.0)
    for upload_id in ("0" * 32, "1" * 32, "../x"):
        with pytest.raises(NoSuchUpload):
            inbox.find(upload_id)
