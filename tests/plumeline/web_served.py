"""The application on a free port of this machine, as long as a test needs it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import APIRouter, Response

from alerts.response_clock import Beginning, clock
from plumeline.web.acts import known_routes
from plumeline.web.api import as_json
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart
from plumeline.web.desk import Desk
from plumeline.web.may import READERS, may
from plumeline.web.projection import Incidents
from plumeline.web.seams import Record, Station
from plumeline.web.server import Server
from plumeline.web.viewing import Footage
from tests.plumeline.web_door import FakeDoor, on_duty
from tests.plumeline.web_scene import STATION, T0_S


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    record: Any
    """A `MemoryRecord` unless the test brought another."""
    bell: Bell
    server: Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=20)
        assert not self.thread.is_alive(), "the server did not stop"


def at_once(_bell: Bell, incidents: Incidents) -> Sequence[APIRouter]:
    """The response clock of a record that does not know how its alarms began."""
    router = APIRouter()

    @router.get("/api/incidents/{incident_id}/clock")
    @may(READERS)
    def told(incident_id: str) -> Response:
        incident = incidents.now().incidents[incident_id]
        beginning = Beginning(
            incident_id=incident_id,
            t_capture_s=incident.t_first_s,
            offset_s=0.0,
            t_received_s=incident.t_first_s + 0.4,
            t_detected_s=incident.t_first_s + 1.2,
            t_raised_s=incident.t_first_s + 2.6,
            t_notified_s=None,
        )
        return as_json(clock(incident, beginning))

    return [router, known_routes(incidents, now_s=lambda: T0_S + 75.0)]


@contextmanager
def served(
    record: Record,
    port: int = 0,
    *,
    desk: Desk | None = None,
    chart: Chart | None = None,
    station: Station = STATION,
    now_s: Callable[[], float] = lambda: T0_S + 75.0,
    footage: Callable[[Incidents], Footage] | None = None,
    more: Callable[[Bell, Incidents], Sequence[APIRouter]] = at_once,
) -> Iterator[Served]:
    bell, started = Bell(), threading.Event()
    app = create_app(
        record,
        bell,
        station=station,
        now_s=now_s,
        door=FakeDoor(),
        desk=desk,
        chart=chart,
        footage=footage,
        more=lambda incidents: more(bell, incidents),
    )
    server = Server(uvicorn.Config(on_duty(app), port=port, log_config=None, lifespan="off"), bell)
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
            url=f"http://127.0.0.1:{port}",
            record=record,
            bell=bell,
            server=server,
            thread=thread,
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
