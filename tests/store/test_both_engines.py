"""The same record on SQLite and on PostgreSQL, and numbers that become visible in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from alerts.events import Event, Evidence, Kind
from alerts.handover.cap import MessageType
from alerts.look import Look, LookStatus
from casework.life import Step, Verb
from detect.detection import Box, Label
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame, Key
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.work import Work
from store import once, tally
from store.analysis import RunKind
from store.order_lists import Filter
from store.outbox import Planned
from store.statistics import Scope, SqlStatistics
from store.store import Store, open_store
from store.verify import verify
from tests.records import T0_S, fix, frame, home
from tools.make_city import make_city


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    database = request.getfixturevalue("database") if request.param == "postgresql" else None
    opened = open_store(tmp_path, database)
    yield opened
    opened.close()


def put(store: Store, *records: Fix | Frame) -> tuple[int, int, int]:
    message = Message(topic="t", payload=repr(records).encode(), t_received_s=T0_S)
    stored = store.shelf.put([Arrival(message=message, records=records)])
    return stored.new, stored.redelivered, stored.quarantined


def event(number: int) -> Event:
    seen = Evidence(
        key=Key(device_id="nj-01", boot_id="b1", seq=number),
        t_capture_s=T0_S + number,
        t_received_s=T0_S,
        historic=False,
        sha256="0" * 64,
        width_px=1280,
        height_px=720,
        label=Label.SMOKE,
        score=0.5,
        box=Box(x0_px=0, y0_px=0, x1_px=1, y1_px=1),
        unlocated="no telemetry",
    )
    return Event(key=f"e{number}", incident_id="i", kind=Kind.SEEN, t_s=T0_S, evidence=seen)


def test_the_stream_comes_back_in_order_and_each_record_once(store: Store) -> None:
    records = [fix(0.0), frame(0.25), fix(0.5)]
    assert put(store, *records) == (3, 0, 0)
    assert put(store, *records, fix(1.0)) == (1, 3, 0)
    assert put(store, fix(1.0, digest=7)) == (0, 0, 1)
    stream = store.analysis.records(0)
    assert [type(record) for _, record in stream] == [Fix, Frame, Fix, Fix]
    assert stream[0][1] == records[0]
    assert [n for n, _ in stream] == sorted(n for n, _ in stream)


def test_home_points_and_status_read_the_same(store: Store) -> None:
    message = Message(topic="t", payload=b"", t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=(home(),))])
    put(store, fix(0.0), fix(0.5), frame(0.25))
    status = store.reader.status()
    assert (status.totals.fixes, status.totals.fixes_mappable, status.totals.frames) == (2, 2, 1)
    assert status.devices[0].clock_offset_s == pytest.approx(0.05, abs=1e-6)
    assert len(store.reader.track("nj-01", T0_S - 1, T0_S + 1)) == 2


def test_an_event_worked_out_twice_is_told_once(store: Store) -> None:
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d")
    assert len(store.analysis.append(run, [], [event(1), event(2)], 5, 0.0)) == 2
    again = store.analysis.append(run, [], [event(2), event(3)], 9, 0.0)
    assert [e.event.key for e in again] == ["e3"]
    numbered = store.reader.events_after(0, 10)
    assert [e.event for e in numbered] == [event(1), event(2), event(3)]
    assert (
        store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d").cursor_n
        == 9
    )


def test_the_ledger_verifies_and_names_what_was_changed(store: Store) -> None:
    put(store, fix(0.0), fix(0.5), frame(0.25))
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d")
    store.analysis.append(run, [], [event(1)], 5, T0_S)
    assert verify(store.engine, store.blobs, []).ok
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE fix SET lat_deg = lat_deg + 0.001 WHERE lat_deg > 0"))
        connection.execute(text("UPDATE ledger SET t_us = t_us + 1 WHERE i = 2"))
    assert [f.what for f in verify(store.engine, store.blobs, []).findings] == ["ledger", "batch"]


def test_an_outbox_hands_out_the_oldest_message_of_each_incident(store: Store) -> None:
    box = store.outbox
    assert box.cursor("p") == 0
    messages = [
        Planned(
            channel="p",
            key=f"{incident}.{n}.p",
            incident_id=incident,
            event_n=n,
            message=MessageType.ALERT,
            content_type="application/json",
            subject="烟雾",
            body=b"{}",
        )
        for n, incident in enumerate(["inc-1", "inc-1", "inc-2"], start=1)
    ]
    box.plan("p", messages, 3, T0_S)
    assert box.cursor("p") == 3
    first, other = box.due(T0_S)
    assert [first.planned.key, other.planned.key] == ["inc-1.1.p", "inc-2.3.p"]
    box.delivered(first, T0_S)
    box.postpone(other, T0_S + 60, "down")
    assert [waiting.planned.key for waiting in box.due(T0_S)] == ["inc-1.2.p"]
    assert len(box.letters()) == 3


def test_the_daily_work_counts_and_lists_the_same(store: Store) -> None:
    make_city(store, scale=0.0002)
    scope = Scope(first=date(2026, 1, 1), last=date(2026, 12, 31))
    counts = SqlStatistics(store.engine)
    cells = counts.cells(scope)
    assert sum(cell.counts["visits"] for cell in cells) == 214
    assert sum(cell.counts["places"] for cell in cells) > 0
    assert sum(home.members for home in counts.homes()) == 691
    assert len(counts.months(scope)) == 6
    section = CaseworkSection(station="320116-01", partners={"grid": PartnerSection(own=True)})
    work = Work(store, section, now_s=lambda: T0_S)
    row = {"number": "1", "kind": "gas", "found": "2026-06-01T08:00", "address": "x"}
    for _ in range(2):
        work.receive([row], "grid", actor="grid")
    work.step("grid/1", Step(verb=Verb.ACCEPT, actor="chen", t_s=T0_S))
    listed = store.order_lists.list(Filter(owner="chen"), date(2030, 1, 1), skip=0, limit=5)
    assert (listed.total, listed.overdue) == (1, 1)
    with store.engine.begin() as connection:
        assert tally.kept(connection) == tally.recount(connection)
    assert verify(store.engine, store.blobs, []).ok


def missed_by_a_follower(store: Store, writes: int = 150) -> int:
    """Two writers, and a reader that asks for what came after the last number it saw."""
    seen: list[int] = []
    writing = threading.Event()

    def write(device_id: str) -> None:
        shelf = type(store.shelf)(store.engine, store.blobs)
        for i in range(writes):
            fixes = (fix(i + j / 10, device_id=device_id) for j in range(2))
            records = (*fixes, frame(float(i), device_id=device_id))
            message = Message(topic="t", payload=b"", t_received_s=T0_S)
            shelf.put([Arrival(message=message, records=records)])

    def follow() -> None:
        while True:
            last_round = not writing.is_set()
            while page := store.analysis.records(seen[-1] if seen else 0, limit=50):
                seen.extend(n for n, _ in page)
            if last_round:
                return

    put(store, fix(-1.0), fix(-1.0, device_id="nj-02"))
    writing.set()
    writers = [threading.Thread(target=write, args=(name,)) for name in ("nj-01", "nj-02")]
    reader = threading.Thread(target=follow)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    reader.join()
    return 2 + 2 * 3 * writes - len(set(seen))


def test_a_follower_misses_nothing_while_two_write(store: Store) -> None:
    assert missed_by_a_follower(store) == 0


@pytest.mark.postgres
def test_numbers_taken_outside_the_transaction_would_be_missed(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: a sequence gives numbers before the commit, and a cursor passes them by."""
    store = open_store(tmp_path, database)
    with store.engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE hasty"))

    def from_sequence(connection: Connection, count: int) -> int:
        query = text("SELECT setval('hasty', nextval('hasty') + :count)")
        return int(connection.execute(query, {"count": count}).scalar_one()) - count + 1

    monkeypatch.setattr("store.shelf.take_numbers", from_sequence)
    monkeypatch.setattr(once, "take_numbers", from_sequence)
    monkeypatch.setattr("store.shelf.append", lambda *_: None)  # a chain would clash, and tell
    try:
        assert missed_by_a_follower(store, writes=400) > 0
    finally:
        store.close()


def test_what_was_made_of_the_record_is_verified_too(store: Store) -> None:
    put(store, fix(0.0), frame(0.25))
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live d")
    (n,) = [n for n, record in store.analysis.records(0) if isinstance(record, Frame)]
    seen = Look(frame_n=n, key=frame(0.25).key, t_capture_s=T0_S, status=LookStatus.NOTHING)
    store.analysis.append(run, [seen], [], n, T0_S)
    assert verify(store.engine, store.blobs, []).ok
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE look SET status = 'seen'"))
        connection.execute(text("UPDATE flight SET device_id = 'another'"))
    assert [f.what for f in verify(store.engine, store.blobs, []).findings] == ["look", "flight"]
