"""Sending files over bad links: a record that keeps them, a link that breaks, a sender."""

from __future__ import annotations

import contextlib
import hashlib
import random
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from ingest.logs.flight import Clock, GimbalKnown, Rejection
from ingest.logs.report import Gap, Report

OURS = {"X-Plumeline": "1"}
PIECE = 16_384


def made_up(sha256: str, name: str) -> Report:
    """What the fake below says of every file."""
    return Report(
        file=name,
        format="dji-srt",
        dialect="bracketed",
        status="truncated",
        reason="cut inside cue 3001",
        fixes=3000,
        fixes_with_position=2950,
        t_first="2026-11-24T07:00:00Z",
        t_last="2026-11-24T07:10:00Z",
        time_source=Clock.LOCAL,
        first_position=(31.9496, 118.8436),
        last_position=(31.9511, 118.8423),
        height_datum="takeoff+msl",
        gimbal=GimbalKnown.WORLD,
        gaps=(Gap(after_s=240.0, seconds=7.5),),
        rejected=(Rejection(reason="no fix", count=50, where="cue 1"),),
        clock_offset_s=-1.4,
        device_id="UAV-07",
        flight_id="UAV-07.log-20261124T070000Z",
        sha256=sha256,
        recovered=0.92,
        notes=(
            "the clock jumps by +14.0 s at cue 1203 of the file: "
            "joined clips, or the clock was set",
        ),
        disagreements=("00:03:10 to 00:03:22: 60 m off for 12 s",),
        frames=12,
        incidents=("fire-1",),
    )


class KeptFiles:
    """A record that keeps whole files in a folder, by hash, and reads nothing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.taken: list[str] = []
        self.may_read = threading.Event()
        self.may_read.set()
        self.trouble: Exception | None = None
        self.refuses: str | None = None

    def take(self, path: Path, *, name: str, on_progress: Callable[[float], None]) -> Report:
        while not self.may_read.wait(0.02):
            on_progress(0.5)
        if self.trouble:
            raise self.trouble
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.taken.append(name)
        if self.refuses:
            return Report(file=name, status="refused", reason=self.refuses, sha256=sha256)
        if (known := self.report(sha256)) is not None:
            return replace(known, already_known=True)
        shutil.copyfile(path, self.folder / sha256)
        on_progress(1.0)
        return made_up(sha256, name)

    def list(self) -> Sequence[Report]:
        return [made_up(path.name, "earlier") for path in sorted(self.folder.iterdir())]

    def report(self, sha256: str) -> Report | None:
        return made_up(sha256, "earlier") if (self.folder / sha256).exists() else None


class BadLink:
    """A TCP relay that cuts every connection open at the moment when a cut is due.

    ``cuts`` are counts of bytes that went towards the server, in order. At an odd one the server
    still gets everything, and it is the next answer that is lost.
    """

    def __init__(self, target: int, cuts: Sequence[int]) -> None:
        self._target, self._cuts = target, sorted(cuts)
        self._sent = 0
        self._lock = threading.Lock()
        self.made = 0
        self._relays: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=20)
        self._listener.close()
        for relay in self._relays:
            relay.join(timeout=20)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                relay = threading.Thread(target=self._relay, args=(client,), daemon=True)
                relay.start()
                self._relays.append(relay)

    def _relay(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self._target)) as server,
        ):
            lost = threading.Event()
            back = threading.Thread(target=self._answers, args=(server, client, lost), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                self._requests(client, server, lost)
            _shut(server)
            _shut(client)
            back.join(timeout=20)

    def _requests(
        self, client: socket.socket, server: socket.socket, lost: threading.Event
    ) -> None:
        while piece := client.recv(PIECE):
            with self._lock:
                due = bool(self._cuts) and self._sent + len(piece) > self._cuts[0]
                if due:
                    cut, self.made = self._cuts.pop(0), self.made + 1
                    if cut % 2:
                        lost.set()
                    else:
                        piece = piece[: max(cut - self._sent, 0)]
                self._sent += len(piece)
            server.sendall(piece)
            if due and not cut % 2:
                return

    def _answers(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while (piece := server.recv(PIECE)) and not lost.is_set():
                client.sendall(piece)
        _shut(server)
        _shut(client)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def bad_link(url: str, cuts: Sequence[int]) -> Iterator[tuple[str, BadLink]]:
    link = BadLink(int(url.rsplit(":", 1)[1]), cuts)
    try:
        yield f"http://127.0.0.1:{link.port}", link
    finally:
        link.close()


class Sender:
    """Sends one file and does not give up. After a cut it asks, or just tries where it was."""

    def __init__(self, url: str, data: bytes, *, chunk: int = 1 << 20, seed: int = 1) -> None:
        self._data, self._chunk = data, chunk
        self._choice = random.Random(seed)
        self.url = url
        self._client = httpx.Client(base_url=url, headers=OURS, timeout=20)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.path = ""
        self.offset = 0

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def move(self, url: str) -> None:
        """The server is somewhere else now."""
        self._client.close()
        self.url = url
        self._client = httpx.Client(base_url=url, headers=OURS, timeout=20)

    def ask(self, method: str, path: str, **asked: Any) -> httpx.Response:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                return self._client.request(method, path, **asked)
        raise AssertionError("the link never came back")

    def begin(self, name: str = "DJI_0001.SRT") -> dict[str, Any]:
        wanted = {"name": name, "size_bytes": len(self._data)}
        answer = self.ask("POST", "/api/uploads", json=wanted)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        self.path = f"/api/uploads/{told['upload_id']}"
        return told

    def send(self, until: int | None = None) -> None:
        until = len(self._data) if until is None else until
        for _ in range(1000):
            if self.offset >= until:
                return
            self._send_chunk()
        raise AssertionError(f"no way past byte {self.offset}")

    def _send_chunk(self) -> None:
        piece = self._data[self.offset : self.offset + self._chunk]
        headers = {"Upload-Offset": str(self.offset)}
        try:
            answer = self._client.patch(self.path, content=piece, headers=headers)
        except httpx.TransportError:
            if self._choice.random() < 0.5:
                self.offset = int(self.ask("HEAD", self.path).headers["Upload-Offset"])
            return
        assert answer.status_code in {204, 409}, answer.text
        self.offset = int(answer.headers["Upload-Offset"])

    def finish(self) -> httpx.Response:
        return self.ask("POST", f"{self.path}/finish", json={"sha256": self.sha256})

    def result(self) -> dict[str, Any]:
        """What has become of it, once it is read."""
        for _ in range(400):
            told: dict[str, Any] = self.ask("GET", self.path).json()
            if told["stage"] in {"done", "failed"}:
                return told
            time.sleep(0.02)
        raise AssertionError(f"still {told['stage']}")

    def deliver(self) -> dict[str, Any]:
        self.begin()
        self.send()
        answer = self.finish()
        assert answer.status_code in {200, 202}, answer.text
        return self.result()


def some_bytes(size: int) -> bytes:
    """No two chunks of it are alike."""
    return random.Random(4).randbytes(size)


def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")
