"""A link cut twenty times, a killed server: one copy, the right hash."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from plumeline.web import uploads
from plumeline.web.desk import Desk
from plumeline.web.inbox import Inbox
from plumeline.web.parcel import Parcel, Turn
from tests.fakes import MemoryRecord
from tests.plumeline.web_served import served
from tests.plumeline.web_uploads import KeptFiles, Sender, bad_link, some_bytes

ROOT = Path(__file__).parents[2]
MB = 1_000_000
CUTS = 20


def over_a_bad_link(folder: Path, size: int, chunk: int) -> None:
    """Send a file of so many bytes over a link that is cut 20 times at places of a fixed seed."""
    kept = KeptFiles(folder / "kept")
    desk = Desk(Inbox(folder / "inbox", now_s=lambda: 0.0), kept)
    data = some_bytes(size)
    cuts = random.Random(11).sample(range(size), CUTS)
    with (
        served(MemoryRecord(folder), desk=desk) as here,
        bad_link(here.url, cuts) as (url, link),
        Sender(url, data, chunk=chunk) as sender,
    ):
        told = sender.deliver()
        assert link.made == CUTS
    assert told["stage"] == "done"
    copies = list(kept.folder.iterdir())
    assert [path.name for path in copies] == [hashlib.sha256(data).hexdigest()]
    assert copies[0].read_bytes() == data
    assert kept.taken == ["DJI_0001.SRT"]
    assert not list((folder / "inbox").glob("*.part"))


def test_a_link_cut_twenty_times_ends_in_one_copy_with_the_right_hash(tmp_path: Path) -> None:
    over_a_bad_link(tmp_path, 24 * MB, 1 << 20)


@pytest.mark.slow
def test_two_hundred_megabytes_over_a_link_cut_twenty_times(tmp_path: Path) -> None:
    over_a_bad_link(tmp_path, 200 * MB, 8 << 20)


def test_a_server_that_appends_without_checking_the_offset_would_be_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(self: Parcel, _offset: int) -> Turn:
        here = self.offset()
        return Turn(self, self._turn, here)

    monkeypatch.setattr(Parcel, "begin", begin)
    with pytest.raises(AssertionError, match="nothing was kept"):
        over_a_bad_link(tmp_path, 24 * MB, 1 << 20)


def test_a_server_that_trusts_the_clients_count_would_be_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = uploads._receive

    async def trusting(request: Any, turn: Turn, limit: int) -> None:
        parcel = turn._parcel
        os.truncate(parcel.path, turn._at + int(request.headers["content-length"]))
        await receive(request, turn, limit)

    monkeypatch.setattr(uploads, "_receive", trusting)
    with pytest.raises(AssertionError, match="nothing was kept"):
        over_a_bad_link(tmp_path, 24 * MB, 1 << 20)


def test_an_upload_outlives_a_server_killed_in_the_middle_of_a_chunk(tmp_path: Path) -> None:
    data = some_bytes(6 * MB)
    with Sender("http://127.0.0.1:1", data) as sender:
        with process(tmp_path) as (running, url):
            sender.move(url)
            sender.begin()
            sender.send(until=3 * MB)
            safe = sender.offset
            with half_a_chunk(sender, data, tmp_path / "inbox"):
                running.send_signal(signal.SIGKILL)
                running.wait(timeout=20)
        with process(tmp_path) as (_, url):
            sender.move(url)
            here = int(sender.ask("HEAD", sender.path).headers["Upload-Offset"])
            assert safe < here < safe + MB, "the chunk that was cut is kept, as far as it came"
            sender.send()
            sender.finish()
            assert sender.result()["report"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [path.read_bytes() for path in (tmp_path / "kept").iterdir()] == [data]


@contextmanager
def half_a_chunk(sender: Sender, data: bytes, inbox: Path) -> Iterator[socket.socket]:
    """Begin a chunk of a million bytes, send half of it, wait until it lies there."""
    host, port = sender.url.removeprefix("http://").split(":")
    head = (
        f"PATCH {sender.path} HTTP/1.1\r\nHost: {host}\r\nX-Plumeline: 1\r\n"
        f"Upload-Offset: {sender.offset}\r\nContent-Length: {MB}\r\n\r\n"
    )
    (part,) = inbox.glob("*.part")
    half = sender.offset + MB // 2
    with socket.create_connection((host, int(port))) as link:
        link.sendall(head.encode() + data[sender.offset : half])
        for _ in range(1000):
            if part.stat().st_size == half:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("half a chunk never arrived")
        yield link


def test_a_link_that_falls_silent_is_given_up_and_what_came_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "QUIET_S", 0.2)
    desk = Desk(Inbox(tmp_path / "inbox", now_s=lambda: 0.0), KeptFiles(tmp_path / "kept"))
    data = some_bytes(2 * MB)
    with served(MemoryRecord(tmp_path), desk=desk) as here, Sender(here.url, data) as sender:
        sender.begin()
        with half_a_chunk(sender, data, tmp_path / "inbox") as link:
            answer = link.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"upload-offset: 500000" in answer.lower()


def test_a_full_disk_is_said_and_what_had_room_is_kept(tmp_path: Path) -> None:
    """The kernel refuses to let any file of that process grow over 2.5 MB."""
    data, room = some_bytes(4 * MB), 2_500_000
    with Sender("http://127.0.0.1:1", data) as sender:
        with process(tmp_path, room) as (_, url):
            sender.move(url)
            sender.begin()
            sender.send(until=2 * MB)
            headers = {"Upload-Offset": str(sender.offset)}
            rest = data[sender.offset :]
            answer = sender.ask("PATCH", sender.path, content=rest, headers=headers)
            assert answer.status_code == 507
            assert "disk is too full" in answer.json()["error"]
            assert int(answer.headers["Upload-Offset"]) == room
        with process(tmp_path) as (_, url):
            sender.move(url)
            sender.offset = room
            sender.send()
            sender.finish()
            assert sender.result()["report"]["sha256"] == hashlib.sha256(data).hexdigest()


@contextmanager
def process(folder: Path, file_limit: int = -1) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, which says where it listens."""
    command = [sys.executable, "-m", "tests.plumeline.web_upload_process", str(folder)]
    running = subprocess.Popen(
        [*command, str(file_limit)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline().strip()
    finally:
        running.kill()
        running.wait(timeout=20)
        running.stdout.close()
