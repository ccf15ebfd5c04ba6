"""An outbox killed at random twenty times delivers everything, each message under one key."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alerts.events import Event, Kind
from alerts.lifecycle import Act, Verb
from store.analysis import RunKind
from store.store import Store, open_store
from tests.delivery import outbox_process
from tests.delivery.conftest import Tell
from tests.delivery.teeth import found_out
from tests.store.test_ledger import raised

KILLS = 20
VERBS = (Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.HAND_OVER, Verb.RESOLVE)


class Partner(ThreadingHTTPServer):
    """Takes its time, and is out of order now and then."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.got: dict[str, list[bytes]] = defaultdict(list)
        self.order: list[str] = []
        self.rng = random.Random(3)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Taking(BaseHTTPRequestHandler):
    server: Partner
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # its sender was killed in the middle of the request
            return
        time.sleep(0.004)
        well = self.server.rng.random() > 0.05
        if well:
            self.server.got[self.headers["Idempotency-Key"]].append(body)
            self.server.order.append(self.headers["Idempotency-Key"])
        self.send_response(204 if well else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the outbox was killed in the middle
            super().handle()


@contextmanager
def partner() -> Iterator[Partner]:
    server = Partner()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def tell_more(store: Store, number: int) -> None:
    """One more incident, and how it went."""
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    incident_id = f"inc-{number}"
    now_s = time.time()
    store.analysis.append(run, [], [replace(raised(incident_id), t_s=now_s)], 0, now_s)
    for verb in VERBS:
        act = Act(verb=verb, actor="chen", t_s=now_s, to="119")
        event = Event(
            key=f"{incident_id}/{verb}", incident_id=incident_id, kind=Kind.ACT, t_s=now_s, act=act
        )
        store.acts.act(incident_id, lambda _, told=event: [told], now_s)  # type: ignore[misc]


def killed(
    folder: Path, server: Partner, *, mutant: bool, seed: int = 8
) -> tuple[set[str], set[str]]:
    """The keys that should have arrived and those that did."""
    rng = random.Random(seed)
    store = open_store(folder)
    store.outbox.cursor(outbox_process.CHANNEL)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.delivery.outbox_process"])
    for number in range(KILLS):
        up, told = context.Pipe(duplex=False)
        arguments = (folder, server.url, mutant, told)
        process = context.Process(target=outbox_process.run, args=arguments)
        process.start()
        assert up.poll(60), "the outbox did not come up"
        tell_more(store, number)
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
        process.join()
        process.close()
    settled(store, server)
    expected = {
        f"{numbered.event.incident_id}.{numbered.n}.{outbox_process.CHANNEL}"
        for numbered in store.reader.events_after(0, 10_000)
    }
    store.close()
    return expected, set(server.got)


def settled(store: Store, server: Partner) -> None:
    """The last outbox lives: it delivers what is left."""
    last = outbox_process.make_outbox(store, server.url)
    deadline_s = time.monotonic() + 30
    last.plan()
    while any(letter.state == "waiting" for letter in store.outbox.letters(limit=10_000)):
        last.deliver()
        time.sleep(0.05)
        assert time.monotonic() < deadline_s, "messages are left"
    last.close()


def test_twenty_kills_lose_no_message_and_give_none_two_keys(tmp_path: Path, tell: Tell) -> None:
    with partner() as server:
        expected, arrived = killed(tmp_path, server, mutant=False)
    again = sum(len(bodies) > 1 for bodies in server.got.values())
    tell("outbox kills", expected == arrived, kills=KILLS, messages=len(expected), repeated=again)
    assert arrived == expected
    assert len(expected) == KILLS * (1 + len(VERBS))
    changed = [set(bodies) for bodies in server.got.values() if len(set(bodies)) > 1]
    assert not changed, "one key, one message"
    assert _first_in_order(server.order)


def test_teeth_a_cursor_moved_before_its_messages_are_written_loses_some(
    tmp_path: Path, tell: Tell
) -> None:
    def attempt(folder: Path, seed: int) -> bool:
        with partner() as server:
            expected, arrived = killed(folder, server, mutant=True, seed=seed)
        lost = len(expected - arrived)
        tell("outbox kills teeth", lost > 0, lost=lost)
        return lost > 0

    assert found_out(attempt, tmp_path)


def _first_in_order(order: list[str]) -> bool:
    """No update has overtaken its alert."""
    newest: dict[str, int] = {}
    for key in dict.fromkeys(order):
        incident_id, n, _ = key.split(".")
        if int(n) < newest.get(incident_id, 0):
            return False
        newest[incident_id] = int(n)
    return True


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")
