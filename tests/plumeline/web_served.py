"""The application on a free port of this machine, as long as a test needs it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.desk import Desk
from plumeline.web.server import Server
from tests.fakes import MemoryRecord
from tests.plumeline.web_scene import STATION, T0_S


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    record: MemoryRecord
    bell: Bell
    server: Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=20)
        assert not self.thread.is_alive(), "the server did not stop"


@contextmanager
def served(record: MemoryRecord, port: int = 0, *, desk: Desk | None = None) -> Iterator[Served]:
    bell, started = Bell(), threading.Event()
    app = create_app(record, bell, station=STATION, now_s=lambda: T0_S + 75.0, desk=desk)
    server = Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"), bell)
    thread = threading.Thread(target=server.run)
    stop = threading.Event()
    reading = threading.Thread(target=desk.run, args=(stop,)) if desk else None
    thread.start()
    if reading is not None:
        reading.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            started.wait(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        here = Served(
            url=f"http://127.0.0.1:{port}", record=record, bell=bell, server=server, thread=thread
        )
        yield here
    finally:
        stop.set()
        if reading is not None:
            reading.join(timeout=20)
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def stream(here: Served, **asked: Any) -> Iterator[Iterator[dict[str, Any]]]:
    """The messages of a live stream, each with its fields and its data decoded."""
    with (
        httpx.Client(timeout=20) as client,
        client.stream("GET", f"{here.url}/api/stream", **asked) as answer,
    ):
        assert answer.status_code == 200
        yield _messages(answer.iter_lines())


def _messages(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    message: dict[str, Any] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            message[name] = json.loads(value) if name == "data" else value
        else:
            yield message
            message = {}
