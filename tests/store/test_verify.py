"""Every way of changing the record that we could think of is named: what, where, since when."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from alerts.events import Event, Kind
from alerts.handover.cap import MessageType
from alerts.lifecycle import Verb
from alerts.look import Look, LookStatus
from ingest.recorder import Arrival, Message
from store import schema
from store.analysis import RunKind
from store.chain import GENESIS, Entry, link
from store.checkpoint import Checkpoint, Signer, append, newest, read
from store.outbox import Planned
from store.store import Store, open_store
from store.verify import Verdict, verify
from tests.records import T0_S, frame
from tests.store.test_ledger import act, filled, raised

EVENTS = 60


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "record")
    filled(opened)
    run = opened.analysis.latest_run(RunKind.LIVE)
    assert run is not None
    first = raised()
    for i in range(EVENTS):
        again = replace(first, key=f"inc-1/{i + 2}", kind=Kind.SEEN)
        opened.analysis.append(run, [], [again], 1, T0_S + 3 + i)
    opened.acts.act("inc-1", lambda _: [act(Verb.ACKNOWLEDGE)], T0_S + 100)
    yield opened
    opened.close()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "keys" / "checkpoint.pem")


def signed(store: Store, signer: Signer, t_s: float = T0_S + 200) -> Checkpoint:
    head = store.ledger.head()
    return signer.sign("station", i=head.i, n=head.n, t_us=round(t_s * 1e6), hash_=head.hash)


def judged(store: Store, *checkpoints: Checkpoint, key: str | None = None) -> Verdict:
    return verify(store.engine, store.blobs, checkpoints, trusted_key=key)


def tamper(store: Store, change: Callable[[Connection], object]) -> None:
    with store.engine.begin() as connection:
        change(connection)


def run_sql(store: Store, *statements: str) -> None:
    tamper(store, lambda c: [c.execute(text(one)) for one in statements])


def test_an_untouched_record_is_well(store: Store, signer: Signer) -> None:
    verdict = judged(store, signed(store, signer), key=signer.public)
    assert (verdict.ok, verdict.findings) == (True, ())
    assert verdict.events == EVENTS + 2
    assert verdict.entries == verdict.events + 1


@pytest.mark.parametrize("seed", range(100))
def test_one_changed_byte_of_any_ledger_row_is_named_with_its_place(
    store: Store, signer: Signer, seed: int
) -> None:
    rng = random.Random(seed)
    checkpoint = signed(store, signer)
    i = rng.randrange(1, checkpoint.i + 1)
    column = rng.choice(["n", "t_us", "actor", "verb", "subject", "body", "hash"])
    with store.engine.begin() as connection:
        ledger = schema.ledger
        row = connection.execute(ledger.select().where(ledger.c.i == i)).one()
        changed = {column: _flipped(getattr(row, column), rng)}
        connection.execute(ledger.update().where(ledger.c.i == i).values(**changed))
    verdict = judged(store, checkpoint)
    assert not verdict.ok
    named = [f.where for f in verdict.findings if f.what in {"ledger", "checkpoint"}]
    assert any(f"entry {i} " in where or f"entry {i + 1} " in where for where in named), named
    assert all(f.since is not None for f in verdict.findings if f.what == "ledger")


def _flipped(value: int | str | bytes, rng: random.Random) -> int | str | bytes:
    if isinstance(value, int):
        return value ^ (1 << rng.randrange(8))
    at = rng.randrange(len(value))
    if isinstance(value, bytes):
        return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]


def test_a_deleted_middle_row_is_named(store: Store, signer: Signer) -> None:
    checkpoint = signed(store, signer)
    run_sql(store, "DELETE FROM ledger WHERE i = 17")
    (finding, *_) = judged(store, checkpoint).findings
    assert finding.where == "entry 17 is missing"


@pytest.mark.parametrize("k", [1, 2, 3, 40, 60])
def test_a_tail_cut_off_is_caught_by_the_checkpoint_and_by_nothing_else(
    store: Store, signer: Signer, k: int
) -> None:
    checkpoint = signed(store, signer)
    last = checkpoint.i - k
    run_sql(
        store,
        f"DELETE FROM event WHERE n IN (SELECT n FROM ledger WHERE i > {last})",
        f"DELETE FROM ledger WHERE i > {last}",
    )
    assert judged(store).ok, "the mutant: a chain without checkpoints sees nothing"
    (finding,) = judged(store, checkpoint).findings
    assert finding.what == "checkpoint"
    assert f"the ledger ends at entry {last}" in finding.where


def test_a_rollback_to_yesterday_is_caught_by_the_checkpoint(
    store: Store, signer: Signer, tmp_path: Path
) -> None:
    yesterday = signed(store, signer, T0_S + 200)
    backup = sqlite3.connect(tmp_path / "yesterday.db")
    with sqlite3.connect(store.engine.url.database or "") as now:
        now.backup(backup)
    now.close()
    backup.close()
    store.ledger.say(t_s=T0_S + 300, actor="chen", verb="view", subject="x")
    today = signed(store, signer, T0_S + 400)
    (tmp_path / "old").mkdir()
    (tmp_path / "yesterday.db").rename(tmp_path / "old" / "plumeline.db")
    old = open_store(tmp_path / "old")
    verdict = verify(old.engine, store.blobs, [yesterday, today])
    old.close()
    (finding,) = verdict.findings
    assert "is cut off" in finding.where
    assert finding.since == _utc(T0_S + 200)


def test_a_chain_recomputed_whole_is_caught_by_the_checkpoint(store: Store, signer: Signer) -> None:
    checkpoint = signed(store, signer)
    entries = list(store.ledger.entries())
    with store.engine.begin() as connection:
        before = GENESIS
        for entry in entries:
            told = entry if entry.i != 5 else replace(entry, t_us=entry.t_us + 1)
            told = replace(told, hash=link(before, told.text))
            before = told.hash
            connection.execute(
                schema.ledger.update()
                .where(schema.ledger.c.i == told.i)
                .values(t_us=told.t_us, hash=told.hash)
            )
    assert judged(store).ok, "the mutant: a chain without checkpoints sees nothing"
    (finding,) = judged(store, checkpoint).findings
    assert "the ledger up to here was replaced" in finding.where


def test_a_checkpoint_forged_with_another_key_is_no_checkpoint(
    store: Store, signer: Signer, tmp_path: Path
) -> None:
    other = Signer(tmp_path / "other.pem")
    forged = signed(store, other)
    assert judged(store, forged).ok, "whoever trusts any key trusts this one"
    (finding,) = judged(store, forged, key=signer.public).findings
    assert "not signed by the station's key" in finding.where
    good = signed(store, signer)
    (finding,) = judged(store, replace(good, i=good.i - 1), key=signer.public).findings
    assert "not signed" in finding.where


NINTH = "WHERE n = (SELECT n FROM ledger WHERE i = 9)"
COPY_FIX = """
CREATE TEMP TABLE one AS SELECT * FROM fix LIMIT 1;
UPDATE one SET seq = seq + 1, n = n + 100000, raw_n = 77;
INSERT INTO fix SELECT * FROM one;
"""


@pytest.mark.parametrize(
    ("statements", "where"),
    [
        (f"UPDATE event SET body_json = replace(body_json, '0.8', '0.9') {NINTH}", "was changed"),
        (f"UPDATE event SET incident_id = 'inc-2' {NINTH}", "column that was changed"),
        (f"UPDATE event SET kind = 'raised' {NINTH}", "column that was changed"),
        (f"UPDATE event SET t_s = t_s + 1 {NINTH}", "column that was changed"),
        (f"UPDATE event SET key = 'x' {NINTH}", "column that was changed"),
        (f"UPDATE event SET run_n = 2 {NINTH}", "column that was changed"),
        ("UPDATE run SET kind = 'range' WHERE kind = 'people'", "column that was changed"),
        (f"DELETE FROM event {NINTH}", "is missing"),
        (
            "INSERT INTO event SELECT n + 100000, run_n, 'x', incident_id, kind, t_s, body_json"
            " FROM event LIMIT 1",
            "not in the ledger",
        ),
        ("UPDATE fix SET lat_deg = lat_deg + 0.0001", "fixes, frames or notes"),
        ("UPDATE fix SET gimbal_yaw_deg = 3", "fixes, frames or notes"),
        ("DELETE FROM fix", "fixes, frames or notes"),
        ("UPDATE frame SET t_capture_s = t_capture_s + 1", "fixes, frames or notes"),
        ("UPDATE raw SET body = x'00'", "messages were changed"),
        ("DELETE FROM raw", "messages are missing"),
        (COPY_FIX, "not in the ledger"),
    ],
)
def test_what_is_changed_past_the_ledger_is_named(
    store: Store, statements: str, where: str
) -> None:
    run_sql(store, *filter(str.strip, statements.split(";")))
    findings = judged(store).findings
    assert findings and all(where in f.where for f in findings), findings


def with_everything(store: Store) -> None:
    """A look, a message in quarantine, and one that went to a partner."""
    run = store.analysis.latest_run(RunKind.LIVE)
    assert run is not None
    picture = frame(1.0)
    look = Look(frame_n=3, key=picture.key, t_capture_s=T0_S, status=LookStatus.NOTHING)
    store.analysis.append(run, [look], [], 3, T0_S + 110)
    strange = Message(topic="uav/nj-01/fix", payload=b"?", t_received_s=T0_S + 111)
    store.shelf.put([Arrival(message=strange, fault="not JSON")])
    letter = Planned(
        channel="fire",
        key="inc-1.4.fire",
        incident_id="inc-1",
        event_n=4,
        message=MessageType.ALERT,
        content_type="text/plain",
        subject="fire",
        body=b"fire",
    )
    store.outbox.cursor("fire")
    store.outbox.plan("fire", [letter], 4, T0_S)
    (due,) = store.outbox.due(T0_S + 1)
    store.outbox.delivered(due, T0_S + 112)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE look SET status = 'seen'", "look"),
        ("UPDATE look SET body_json = replace(body_json, 'nothing', 'seen')", "look"),
        ("UPDATE run SET detector = 'a better one' WHERE kind = 'live'", "look"),
        ("DELETE FROM look", "look"),
        ("INSERT INTO look SELECT run_n, frame_n + 99, status, body_json, NULL FROM look", "look"),
        ("INSERT INTO look SELECT run_n, frame_n + 99, status, body_json, 9 FROM look", "look"),
        ("UPDATE flight SET device_id = 'another'", "flight"),
        ("UPDATE quarantine SET payload = x'00'", "quarantine"),
        ("DELETE FROM quarantine", "quarantine"),
        ("UPDATE outbox SET body = x'00'", "letter"),
        ("DELETE FROM outbox", "letter"),
    ],
)
def test_what_was_made_of_the_record_is_held_against_the_ledger_too(
    store: Store, statement: str, what: str
) -> None:
    with_everything(store)
    assert judged(store).ok
    run_sql(store, statement)
    assert {f.what for f in judged(store).findings} == {what}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET hash = 'text' WHERE i = 9",
        "UPDATE ledger SET t_us = 'noon' WHERE i = 9",
        "UPDATE event SET body_json = x'00'",
        "UPDATE fix SET lat_deg = 'north'",
        "UPDATE frame SET sha256 = x'00'",
    ],
)
def test_a_value_of_another_type_is_named_and_stops_no_verification(
    store: Store, statement: str
) -> None:
    run_sql(store, statement)
    _, table, _, column, *_ = statement.split()
    found = [f.where for f in judged(store).findings]
    assert any(one.startswith(table) and f": {column} is none of" in one for one in found), found


SWAP = """
UPDATE ledger SET i = -1 WHERE i = 20; UPDATE ledger SET i = 20 WHERE i = 30;
UPDATE ledger SET i = 30 WHERE i = -1
"""
INSERT = """
UPDATE ledger SET i = -i WHERE i > 20; UPDATE ledger SET i = 1 - i WHERE i < 0;
INSERT INTO ledger SELECT 21, n + 100000, t_us, 'nobody', 'view', subject, '{}', hash
FROM ledger WHERE i = 20
"""


@pytest.mark.parametrize(("statements", "entry"), [(SWAP, 20), (INSERT, 21)])
def test_entries_that_are_swapped_or_slipped_in_are_named(
    store: Store, signer: Signer, statements: str, entry: int
) -> None:
    checkpoint = signed(store, signer)
    run_sql(store, *statements.split(";"))
    assert f"entry {entry} was changed" in judged(store, checkpoint).findings[0].where


def test_a_changed_or_missing_picture_is_named_and_so_is_one_whose_row_was_changed_with_it(
    store: Store,
) -> None:
    with store.engine.connect() as connection:
        name = connection.execute(text("SELECT sha256 FROM frame")).scalar_one()
    path = store.blobs.path(name)
    whole = path.read_bytes()
    path.write_bytes(whole + b"x")
    (finding,) = judged(store).findings
    assert (finding.what, f"picture {name}" in finding.where) == ("blob", True)
    path.unlink()
    (finding,) = judged(store).findings
    assert finding.where.endswith("is missing")
    path.write_bytes(whole)
    assert judged(store).ok

    other = "ab" * 32
    path.rename(store.blobs.path(other).parent.mkdir(exist_ok=True) or store.blobs.path(other))
    run_sql(store, f"UPDATE frame SET sha256 = '{other}'")
    whats = {f.what for f in judged(store).findings}
    assert whats == {"batch", "blob"}


def test_since_is_the_last_time_it_was_still_right(store: Store) -> None:
    i = store.ledger.head().i
    store.ledger.say(
        t_s=T0_S + 500, actor="system", verb="verified", subject="", body=f'{{"i":{i}}}'
    )
    run_sql(store, "UPDATE ledger SET actor = 'nobody' WHERE i = 9")
    findings = judged(store).findings
    assert {f.since for f in findings} == {_utc(T0_S + 500)}


def _utc(t_s: float) -> str:
    return datetime.fromtimestamp(t_s, UTC).isoformat(timespec="milliseconds")


def test_checkpoints_are_kept_line_by_line_and_a_cut_line_is_left_out(
    store: Store, signer: Signer, tmp_path: Path
) -> None:
    file = tmp_path / "witness" / "checkpoints.jsonl"
    first = signed(store, signer)
    append(file, first)
    store.ledger.say(t_s=T0_S, actor="a", verb="b", subject="c")
    append(file, signed(store, signer))
    with file.open("ab") as lines:
        lines.write(b'{"station":"x"')
    found = read(file)
    assert found[0] == first and newest(found) == found[1]
    assert all(one.genuine for one in found)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "checkpoint.pem"
    assert Signer(file).public == Signer(file).public
    assert file.stat().st_mode & 0o777 == 0o600


def test_entries_of_any_text_hash_to_what_they_say() -> None:
    entry = Entry(i=1, n=2, t_us=3, actor="陈\u2028", verb='"', subject="\\", body="{}", hash=b"")
    assert entry.text == '[1,2,3,"陈\u2028","\\"","\\\\","{}"]'.encode()
    assert isinstance(raised(), Event)
