"""The parts put together: broker, recorder, analyst, web, each in a thread that must not die.

A part that dies takes the process down, so that a supervisor can start it again; nothing that was
acknowledged is lost by that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import uvicorn

from alerts.events import NumberedEvent
from ingest.mqtt import Address, Consumer
from ingest.recorder import Recorder, Stored
from ingest.trouble import Trouble
from ingest.wire.table import Decoders
from plumeline.analyst import Analyst
from plumeline.broker import BrokerGone, EmbeddedBroker
from plumeline.config import Config
from plumeline.judges import Judges, make_placer
from plumeline.notifier import Notifier, PartWhy
from plumeline.patrol_log import PatrolLogger
from plumeline.telling import make_notifier, make_outbox
from plumeline.upload import Uploads
from plumeline.web.bell import Bell
from plumeline.web.desk import Desk
from plumeline.web.door import StationDoor
from plumeline.web.inbox import Inbox
from plumeline.web.server import Server
from plumeline.web.station import make_app
from store.store import Store, open_store

log = logging.getLogger(__name__)

SUBSCRIBE_TIMEOUT_S = 10.0
"""For the embedded broker, which nobody can have reached before us."""


class Part(StrEnum):
    """What one process may do; the record connects them."""

    RECORDER = "recorder"
    ANALYST = "analyst"
    WEB = "web"
    NOTIFIER = "notifier"


class Pipeline:
    """A running Plumeline. Use it as a context; ``wait`` until it ends."""

    def __init__(self, config: Config, parts: Sequence[Part] = tuple(Part)) -> None:
        self._config = config
        self._parts = frozenset(parts)
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._news = threading.Event()
        self._mail = threading.Event()
        self._bell = Bell()
        self._stack = ExitStack()
        self._threads: list[threading.Thread] = []
        self._consumer: Consumer | None = None
        self._server: Server | None = None
        self._notifier: Notifier | None = None
        self._broker: EmbeddedBroker | None = None
        self.failure: Exception | None = None
        """What ended it, if anything did."""
        self.address: Address
        """The broker's, once started."""
        self.store: Store
        self.door: StationDoor

    def __enter__(self) -> Pipeline:
        """Open the record, start the parts.

        Raises:
            StoreError, BrokerError, ConfigError, DetectError: a part cannot start; none does then.
        """
        with self._stack:
            config = self._config
            self.store = open_store(Path(config.data.folder), config.data.database)
            self._stack.callback(self.store.close)
            self.door = StationDoor(self.store.people, self.store.ledger, now_s=time.time)
            self._start_parts(config)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(timeout=10)
        self._stack.close()

    def stop(self) -> None:
        """Tell every part to end; safe from any thread and signal handler."""
        self._stop.set()
        self._wake.set()
        self._news.set()
        self._mail.set()
        self._bell.stop()
        if self._server is not None:
            self._server.should_exit = True

    def wait(self) -> None:
        """Until told to stop, or until a part has died.

        Raises:
            Exception: what the dead part died of.
        """
        while not self._stop.wait(0.2):
            if self._broker is not None and not self._broker.is_running:
                self.failure = BrokerGone()
                self.stop()
        if self.failure is not None:
            raise self.failure

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self._config.web.host}:{self._config.web.port}/"

    def health(self) -> list[Trouble]:
        """What is wrong now; empty when all is well."""
        complaints = [Trouble(PartWhy.STOPPED, str(self.failure))] if self.failure else []
        if self._consumer is not None and self._consumer.trouble:
            complaints.append(self._consumer.trouble)
        if self._notifier is not None and self._notifier.trouble:
            complaints.append(self._notifier.trouble)
        return complaints

    def _start_parts(self, config: Config) -> None:
        """Make every part first, then start them: what cannot be made starts nothing."""
        work: list[tuple[Part, Callable[[], None]]] = []
        if Part.ANALYST in self._parts:
            analyst = self._make_analyst(config)
            work.append((Part.ANALYST, lambda: analyst.run(self._wake, self._stop)))
            if config.station.premises is not None:
                logger = self._make_logger(config)
                work.append((Part.ANALYST, lambda: logger.run(self._stop)))
        self.address = config.address()
        if Part.RECORDER in self._parts:
            self.address = self._find_broker(config)
            consumer = self._consumer = self._make_consumer(config)
            work.append((Part.RECORDER, lambda: consumer.run(self._stop)))
        if Part.WEB in self._parts:
            desk = self._make_desk(config)
            self._server = self._make_server(config, desk)
            work += [(Part.WEB, self._server.run), (Part.WEB, lambda: desk.run(self._stop))]
        if Part.NOTIFIER in self._parts:
            notifier = self._notifier = make_notifier(
                config, self.store, now_s=time.time, tell=self._told
            )
            outbox = make_outbox(config, self.store, self.address, now_s=time.time)
            work.append((Part.NOTIFIER, lambda: notifier.run(self._news, self._stop)))
            work.append((Part.NOTIFIER, lambda: outbox.run(self._mail, self._stop)))
        for part, run in work:
            self._spawn(part, run)
        if self._consumer is not None and config.mqtt.broker == "embedded":
            self._await(self._consumer.subscribed)

    def _await(self, subscribed: threading.Event) -> None:
        """Until the recorder misses nothing any more, unless something has died meanwhile."""
        deadline_s = time.monotonic() + SUBSCRIBE_TIMEOUT_S
        while not subscribed.wait(0.05) and not self._stop.is_set():
            if time.monotonic() > deadline_s:
                return

    def _make_analyst(self, config: Config) -> Analyst:
        judges = Judges.of(config)
        return Analyst(
            self.store.analysis,
            judges.detector,
            judges.placer,
            judges.rules,
            now_s=time.time,
            pace=config.pace,
            tell=self._told,
        )

    def _make_logger(self, config: Config) -> PatrolLogger:
        return PatrolLogger(
            self.store, make_placer(config), org_id=config.casework.station, now_s=time.time
        )

    def _find_broker(self, config: Config) -> Address:
        address = config.address()
        if config.mqtt.broker == "external":
            return address
        self._broker = EmbeddedBroker(host=address.host, port=address.port)
        self._stack.enter_context(self._broker)
        return replace(address, port=self._broker.port)

    def _make_consumer(self, config: Config) -> Consumer:
        decoders = Decoders(config.mqtt.mappings)
        recorder = Recorder(self.store.shelf, decoders, known_devices=config.known_devices())
        return Consumer(
            self.address,
            decoders.subscriptions(),
            recorder,
            now_s=time.time,
            on_stored=self._stored,
        )

    def _make_desk(self, config: Config) -> Desk:
        uploads = Uploads(
            self.store,
            lambda: Judges.of(config),
            zone=config.zone(),
            now_s=time.time,
            decoders=Decoders(config.mqtt.mappings),
            tell=self._told,
        )
        return Desk(Inbox(Path(config.data.folder) / "inbox", now_s=time.time), uploads)

    def _make_server(self, config: Config, desk: Desk) -> Server:
        app = make_app(
            config,
            self.store,
            self._bell,
            desk,
            self.door,
            now_s=time.time,
            health=self.health,
            ring=self._ring,
        )
        options = uvicorn.Config(
            app, host=config.web.host, port=config.web.port, log_config=None, access_log=False
        )
        return Server(options, self._bell)

    def _stored(self, _stored: Stored) -> None:
        self._wake.set()

    def _told(self, events: Sequence[NumberedEvent]) -> None:
        for numbered in events:
            event = numbered.event
            log.info("event n=%d incident=%s kind=%s", numbered.n, event.incident_id, event.kind)
        self._ring()

    def _ring(self) -> None:
        self._bell.ring()
        self._news.set()
        self._mail.set()

    def _spawn(self, part: Part, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=self._guard, args=(part, work), name=part, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guard(self, part: Part, work: Callable[[], None]) -> None:
        """Run a part; when it ends by itself, everything ends."""
        try:
            work()
        except Exception as exc:
            log.exception("part died part=%s", part)
            self.failure = self.failure or exc
        except SystemExit:  # uvicorn, when its port is taken
            reason = f"{part} could not start: is {self.url} in use?"
            self.failure = self.failure or OSError(reason)
        self.stop()
