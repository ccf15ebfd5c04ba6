"""Files in pieces, over HTTP: what is answered, what is kept, what is refused."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from plumeline.web.desk import Desk
from plumeline.web.inbox import Inbox, Limits
from tests.fakes import MemoryRecord
from tests.plumeline.web_served import Served, served
from tests.plumeline.web_uploads import OURS, KeptFiles, Sender, some_bytes, until

LIMITS = Limits(file_bytes=1_000_000, chunk_bytes=200_000, open_uploads=3, spare_bytes=0)
DATA = some_bytes(500_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def kept(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "kept")


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", now_s=lambda: 0.0, limits=LIMITS)


@pytest.fixture
def here(tmp_path: Path, inbox: Inbox, kept: KeptFiles) -> Iterator[Served]:
    with served(MemoryRecord(tmp_path), desk=Desk(inbox, kept)) as running:
        yield running


@pytest.fixture
def sender(here: Served) -> Iterator[Sender]:
    with Sender(here.url, DATA, chunk=150_000) as one:
        yield one


@pytest.fixture
def client(here: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=here.url, headers=OURS) as one:
        yield one


def test_a_file_in_chunks_is_read_and_its_report_is_answered(
    sender: Sender, client: httpx.Client, inbox: Inbox, tmp_path: Path
) -> None:
    told = sender.deliver()
    assert (told["stage"], told["sha256"], told["offset"]) == ("done", SHA256, len(DATA))
    assert told["report"]["file"] == "DJI_0001.SRT"
    assert (tmp_path / "kept" / SHA256).read_bytes() == DATA
    assert [one["sha256"] for one in client.get("/api/uploads").json()] == [SHA256]
    assert not inbox.whole()


def test_a_chunk_at_the_wrong_place_is_refused_with_the_right_one(sender: Sender) -> None:
    sender.begin()
    sender.send(until=150_000)
    for wrong in (0, 149_999, 150_001, 400_000):
        answer = sender.ask(
            "PATCH", sender.path, content=b"x" * 10, headers={"Upload-Offset": str(wrong)}
        )
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "150000")
    assert sender.ask("HEAD", sender.path).headers["Upload-Offset"] == "150000"


def test_a_file_that_is_not_what_was_sent_is_refused_and_nothing_is_kept(
    sender: Sender, kept: KeptFiles, tmp_path: Path
) -> None:
    sender.begin()
    sender.send()
    sender.sha256 = "0" * 64
    answer = sender.finish()
    assert answer.status_code == 422
    assert SHA256 in answer.json()["error"]
    assert sender.ask("GET", sender.path).status_code == 404
    assert not list((tmp_path / "inbox").iterdir())
    assert kept.taken == []


def test_a_known_file_is_answered_at_once_and_need_not_be_sent(
    sender: Sender, client: httpx.Client, kept: KeptFiles
) -> None:
    sender.deliver()
    wanted = {"name": "again.srt", "size_bytes": len(DATA), "sha256": SHA256}
    answer = client.post("/api/uploads", json=wanted)
    assert (answer.status_code, answer.json()["upload_id"]) == (200, None)
    assert answer.json()["report"]["already_known"] is True
    assert kept.taken == ["DJI_0001.SRT"]


def test_two_senders_of_one_file_end_in_one_copy(here: Served, kept: KeptFiles) -> None:
    kept.may_read.clear()
    with Sender(here.url, DATA) as first, Sender(here.url, DATA, chunk=90_000) as second:
        first._chunk = 200_000
        for one in (first, second):
            one.begin()
        first.send(until=200_000)
        second.send()
        first.send()
        assert {one.finish().status_code for one in (first, second)} == {202}
        kept.may_read.set()
        known = [one.result()["report"]["already_known"] for one in (first, second)]
    assert known == [False, True]
    assert [path.name for path in kept.folder.iterdir()] == [SHA256]


def test_finishing_twice_is_reading_once(sender: Sender, kept: KeptFiles) -> None:
    kept.may_read.clear()
    sender.begin()
    sender.send()
    assert [sender.finish().status_code for _ in range(3)] == [202] * 3
    kept.may_read.set()
    assert sender.result()["stage"] == "done"
    assert sender.finish().json()["stage"] == "done"
    assert len(kept.taken) == 1


def test_finishing_too_early_says_how_much_is_missing(sender: Sender) -> None:
    sender.begin()
    sender.send(until=150_000)
    answer = sender.finish()
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "150000")
    assert "150000 of 500000 bytes" in answer.json()["error"]


def test_an_abandoned_upload_leaves_nothing(sender: Sender, tmp_path: Path) -> None:
    sender.begin()
    sender.send(until=150_000)
    assert sender.ask("DELETE", sender.path).status_code == 204
    assert not list((tmp_path / "inbox").iterdir())
    answer = sender.ask("PATCH", sender.path, content=b"x", headers={"Upload-Offset": "150000"})
    assert answer.status_code == 404


def test_a_half_dead_link_cannot_write_once_somebody_else_has_asked(
    here: Served, sender: Sender, tmp_path: Path
) -> None:
    sender.begin()
    host, port = here.url.removeprefix("http://").split(":")
    head = (
        f"PATCH {sender.path} HTTP/1.1\r\nHost: x\r\nX-Plumeline: 1\r\n"
        "Upload-Offset: 0\r\nContent-Length: 100000\r\n\r\n"
    )
    (part,) = (tmp_path / "inbox").glob("*.part")
    with socket.create_connection((host, int(port))) as old:
        old.sendall(head.encode() + b"old!" * 1000)
        until(lambda: part.stat().st_size == 4000)
        sender.offset = int(sender.ask("HEAD", sender.path).headers["Upload-Offset"])
        assert sender.offset == 4000
        old.sendall(b"old!" * 1000)
        assert b"409" in old.recv(200)
    assert part.stat().st_size == 4000


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"name": "big.mp4", "size_bytes": 1_000_001}, 413),
        ({"name": "a.srt", "size_bytes": -1}, 422),
        ({"name": "a.srt"}, 422),
        ({"name": "", "size_bytes": 1}, 422),
        ({"name": "a\nb", "size_bytes": 1}, 422),
        ({"name": "a" * 1025, "size_bytes": 1}, 422),
        ({"name": "a.srt", "size_bytes": 1, "sha256": "A" * 64}, 422),
        ({"name": "a.srt", "size_bytes": 1, "path": "/etc"}, 422),
        ({"name": "a" * 20_000, "size_bytes": 1}, 413),
    ],
)
def test_what_cannot_be_begun_says_why(
    client: httpx.Client, tmp_path: Path, wanted: dict[str, object], status: int
) -> None:
    answer = client.post("/api/uploads", json=wanted)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert not list((tmp_path / "inbox").iterdir())


def test_more_than_a_chunk_or_than_the_file_is_refused(sender: Sender) -> None:
    sender.begin()
    start = {"Upload-Offset": "0"}
    answer = sender.ask("PATCH", sender.path, content=DATA[:200_001], headers=start)
    assert answer.status_code == 413
    sender.offset = int(sender.ask("HEAD", sender.path).headers["Upload-Offset"])
    sender.send()
    answer = sender.ask("PATCH", sender.path, content=b"x", headers={"Upload-Offset": "500000"})
    assert answer.status_code == 413
    assert sender.finish().status_code == 202


def test_only_so_many_files_arrive_at_the_same_time(client: httpx.Client) -> None:
    wanted = {"name": "a.srt", "size_bytes": 10}
    answers = [client.post("/api/uploads", json=wanted) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    client.delete(f"/api/uploads/{answers[0].json()['upload_id']}")
    assert client.post("/api/uploads", json=wanted).status_code == 201


def test_no_file_is_begun_that_the_disk_has_no_room_for(tmp_path: Path, kept: KeptFiles) -> None:
    limits = replace(LIMITS, spare_bytes=1 << 60)
    desk = Desk(Inbox(tmp_path / "full", now_s=lambda: 0.0, limits=limits), kept)
    with served(MemoryRecord(tmp_path), desk=desk) as here:
        answer = httpx.post(
            f"{here.url}/api/uploads", json={"name": "a", "size_bytes": 1}, headers=OURS
        )
    assert answer.status_code == 507
    assert not list((tmp_path / "full").iterdir())


@pytest.mark.parametrize("name", ["../../secret.srt", "/etc/passwd", "C:\\a.srt", "卡/航拍 1.srt"])
def test_a_name_is_shown_and_never_a_path(
    here: Served, tmp_path: Path, kept: KeptFiles, name: str
) -> None:
    before = set(tmp_path.parent.rglob("*"))
    with Sender(here.url, DATA, chunk=200_000) as sender:
        upload_id = sender.begin(name)["upload_id"]
        made = set(tmp_path.parent.rglob("*")) - before
        assert {path.name for path in made} == {f"{upload_id}.part", f"{upload_id}.json"}
        sender.send()
        sender.finish()
        assert sender.result()["name"] == name
    assert kept.taken == [name]


@pytest.mark.parametrize(
    "headers",
    [{}, {**OURS, "Sec-Fetch-Site": "cross-site"}, {**OURS, "Sec-Fetch-Site": "same-site"}],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("PATCH", "/" + "0" * 32), ("POST", "/x/finish"), ("DELETE", "/x")],
)
def test_a_foreign_page_cannot_write(
    here: Served, headers: dict[str, str], method: str, path: str
) -> None:
    answer = httpx.request(
        method, f"{here.url}/api/uploads{path}", headers={**headers, "Upload-Offset": "0"}
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_of_a_foreign_page_is_not_granted(here: Served) -> None:
    asked = {
        "Origin": "http://elsewhere",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-plumeline",
    }
    answer = httpx.options(f"{here.url}/api/uploads", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
