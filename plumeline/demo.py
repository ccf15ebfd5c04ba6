"""The demonstration: a whole Plumeline in a folder of its own, and sample patrols flown into it."""

from __future__ import annotations

import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import islice
from pathlib import Path

import msgspec

from alerts.incident import fold
from ingest.errors import BadMessage
from ingest.records import Fix, Frame
from ingest.wire.table import Decoders
from plumeline.config import Config
from plumeline.flights import RecordedFlight, load_flight, samples_folder
from plumeline.passwords import hashed
from plumeline.pipeline import Pipeline
from plumeline.publisher import publish
from plumeline.sections import DataSection, MqttSection, StationSection, WebSection
from plumeline.summary import IncidentLine, line_of
from plumeline.web.may import COOKIE
from store.people import COMMAND_LINE, Account, Role

DRAIN_S = 30.0
VISITOR = Account(login="demo", name="演示 Demo", role=Role.COMMAND)
"""Who looks at the demonstration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """How the demonstration went up to its first incident."""

    seconds_to_first_incident: float | None
    """From the first message published until the page's API listed it; None without one."""
    seconds_from_start: float | None
    """The same from the start of the program."""
    incident: IncidentLine | None
    fixes: int
    """Stored."""
    frames: int
    """Stored."""
    lost: int
    """Published, acknowledged by the broker, and not stored."""
    url: str


def demo_config(folder: Path, port: int) -> Config:
    """A station of its own: embedded broker on any free port, the sample district's premises."""
    return Config(
        station=StationSection(premises=str(samples_folder() / "premises.geojson")),
        data=DataSection(folder=str(folder)),
        mqtt=MqttSection(port=0),
        web=WebSection(port=port),
    )


class Demo:
    """Runs the pipeline and flies patrols into it. Use it as a context."""

    def __init__(self, flights: list[str], *, speed: float, folder: Path | None, port: int) -> None:
        self._flights = [load_flight(name) for name in flights]
        self._speed = speed
        self._stack = ExitStack()
        self._folder = folder
        self._port = port or _free_port()
        self._sent: list[tuple[RecordedFlight, int]] = []
        self._page = HTTPConnection("127.0.0.1", self._port, timeout=5)
        self._published = threading.Event()
        self._land = threading.Event()
        self.pipeline: Pipeline

    def __enter__(self) -> Demo:
        with self._stack:
            folder = self._folder or Path(
                self._stack.enter_context(tempfile.TemporaryDirectory(prefix="plumeline-demo-"))
            )
            self.pipeline = self._stack.enter_context(Pipeline(demo_config(folder, self._port)))
            self._link = self._let_in()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._land.set()
        self._stack.close()

    @property
    def link(self) -> str:
        """To the page, for the visitor: what stands behind the # stays in the browser."""
        return self._link

    def fly(self, on_progress: Callable[[str, int, int], None]) -> None:
        """Publish the patrols one after the other; tells (flight, sent, of) as it goes."""
        for flight in self._flights:
            if self._land.is_set():
                return
            place = len(self._sent)
            self._sent.append((flight, 0))

            def note(sent: int, flight: RecordedFlight = flight, place: int = place) -> None:
                self._sent[place] = (flight, sent)
                self._published.set()
                on_progress(flight.name, sent, len(flight.lines))

            publish(
                flight,
                self.pipeline.address,
                speed=self._speed,
                on_sent=note,
                stop=self._land,
            )

    def land(self) -> None:
        """Stop publishing."""
        self._land.set()

    def wait_for_incident(self, flying: threading.Thread, started_s: float) -> DemoResult:
        """Until the page's API lists an incident, or all patrols have been flown in vain."""
        self._published.wait(timeout=60)
        first_s = time.monotonic()
        seen_s: float | None = None
        while seen_s is None and (flying.is_alive() or time.monotonic() - first_s < DRAIN_S):
            if self._listed():
                seen_s = time.monotonic()
            else:
                time.sleep(0.05)
        self.land()
        flying.join()
        lost = self._lost()
        reader = self.pipeline.store.reader
        incidents = fold(numbered.event for numbered in reader.events_after(0, 10_000))
        totals = reader.status().totals
        return DemoResult(
            seconds_to_first_incident=None if seen_s is None else round(seen_s - first_s, 3),
            seconds_from_start=None if seen_s is None else round(seen_s - started_s, 3),
            incident=next((line_of(incident) for incident in incidents.values()), None),
            fixes=totals.fixes,
            frames=totals.frames,
            lost=lost,
            url=self.pipeline.url,
        )

    def _listed(self) -> bool:
        try:
            self._page.request("GET", "/api/incidents", headers=self._session)
            return bool(msgspec.json.decode(self._page.getresponse().read())["incidents"])
        except (OSError, HTTPException):
            self._page.close()
            return False

    def _let_in(self) -> str:
        """A visitor with a password of this demonstration alone, which nobody needs to type."""
        people, password, t_s = self.pipeline.store.people, secrets.token_urlsafe(16), time.time()
        if people.password(VISITOR.login) is None:
            people.add(VISITOR, hashed(password), by=COMMAND_LINE, t_s=t_s)
        else:
            people.change(VISITOR.login, by=COMMAND_LINE, t_s=t_s, password=hashed(password))
        self._session = {"Cookie": f"{COOKIE}={self.pipeline.door.let_in(VISITOR)}"}
        return f"{self.pipeline.url}login#{VISITOR.login}:{password}"

    def _lost(self) -> int:
        """What the broker has acknowledged and the record lacks, once nothing moves any more."""
        offered = _keys(self._sent)
        deadline_s = time.monotonic() + DRAIN_S
        while (missing := len(offered) - self._stored()) > 0 and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return missing

    def _stored(self) -> int:
        totals = self.pipeline.store.reader.status().totals
        return totals.fixes + totals.frames


def _keys(sent: list[tuple[RecordedFlight, int]]) -> set[tuple[str, str, int, int, str]]:
    """The natural keys of the fixes and frames among the messages sent."""
    decoders = Decoders()
    keys: set[tuple[str, str, int, int, str]] = set()
    for flight, count in sent:
        for message in islice(flight.messages(), count):
            try:
                decoded = decoders.decode(message.topic, message.payload, message.t_received_s)
            except BadMessage:
                continue
            for record in decoded.records:
                if isinstance(record, Fix | Frame):
                    key = record.key
                    kind = type(record).__name__
                    keys.add((key.device_id, key.boot_id, key.seq, key.tie, kind))
    return keys


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
