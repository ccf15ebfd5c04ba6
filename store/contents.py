"""What is stored, held against the digests that the ledger keeps of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from alerts.events import Kind
from store import schema
from store.analysis import RunKind
from store.blobs import Blobs
from store.rows import RECORDS, rows_digest

STEP = 1000
"""Events read at a time."""
BATCHES = 100
"""Batches read at a time."""
LAST_N = 2**63 - 1
_EVENT_SAID = '{"event":"'
_EVENT_DIGEST = slice(len(_EVENT_SAID), len(_EVENT_SAID) + 64)
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an entry of the ledger says of what is stored under its number."""

    i: int
    subject: str
    body: str

    def digest(self, name: str) -> str | None:
        """One of the digests, None where it says none."""
        start = self.body.find(f'"{name}":"')
        if start < 0:
            return None
        start += len(name) + 4
        return self.body[start : start + 64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something stored that is not what the ledger says."""

    what: str
    where: str
    i: int | None
    """The entry that says otherwise; None where there is no entry at all."""


def wrong_events(connection: Connection) -> tuple[int, list[Wrong]]:
    """How many events there are, and those that were changed, added or taken away.

    Events and their entries are read side by side, so that a record of any length needs no more
    memory than a short one. Events from before the ledger began have no entry.
    """
    t, told = schema.event, schema.ledger
    tells = told.c.body.startswith(_EVENT_SAID)
    first_n: int = connection.scalar(select(func.min(told.c.n)).where(tells)) or 2**63
    count, wrong = 0, list[Wrong]()
    reading = connection.execution_options(yield_per=STEP)
    for row in reading.execute(events_told().order_by(t.c.n)):
        count += 1
        fault = wrong_event(row)
        if fault is not None and (fault.i is not None or row.n >= first_n):
            wrong.append(fault)
    gone = (
        select(told.c.n, told.c.subject, told.c.i)
        .outerjoin_from(told, t, t.c.n == told.c.n)
        .where(tells, t.c.n.is_(None))
        .order_by(told.c.n)
    )
    wrong += [
        Wrong(what="event", where=f"event {n} of {subject} is missing", i=i)
        for n, subject, i in connection.execute(gone)
    ]
    return count, wrong


def events_told() -> Select[Any]:
    """Events, each beside its entry in the ledger and the kind of its run."""
    t, told, run = schema.event, schema.ledger, schema.run
    columns = (t.c.n, t.c.run_n, t.c.key, t.c.incident_id, t.c.kind, t.c.t_s, t.c.body_json)
    says = (told.c.i, told.c.actor, told.c.subject, told.c.body, run.c.kind.label("run_kind"))
    return (
        select(*columns, *says)
        .outerjoin_from(t, told, told.c.n == t.c.n)
        .outerjoin(run, run.c.run_n == t.c.run_n)
    )


def wrong_event(row: Sequence[Any]) -> Wrong | None:
    """What is wrong with one of `events_told`; None where nothing is."""
    n, run_n, key, incident_id, kind, t_s, text, i, actor, subject, says, run_kind = row
    body = text.encode()
    columns = {"key": key, "incident_id": incident_id, "kind": kind, "t_s": t_s}
    by_people = kind == Kind.ACT
    fault = None
    if i is None or not says.startswith(_EVENT_SAID):
        fault = "is not in the ledger"
    elif hashlib.sha256(body).hexdigest() != says[_EVENT_DIGEST]:
        fault = "was changed"
    elif (
        not body.startswith(_ENCODER.encode(columns)[:-1])
        or subject != incident_id
        or (run_kind != RunKind.PEOPLE if by_people else actor != f"run {run_n}")
    ):
        fault = "has a column that was changed"
    if fault is None:
        return None
    return Wrong(what="event", where=f"event {n} of {incident_id} {fault}", i=i)


def wrong_rows(connection: Connection, looks: Mapping[int, Look]) -> list[Wrong]:
    """Batches whose messages, or whose rows of telemetry and frames, are not what they were.

    A batch's rows have the numbers after its own, up to the next batch.
    """
    batches = sorted(n for n, look in looks.items() if '"rows":"' in look.body)
    wrong: list[Wrong] = []
    for start in range(0, len(batches), BATCHES):
        some = batches[start : start + BATCHES]
        after = batches[start + BATCHES : start + BATCHES + 1]
        found, strange = _compared(connection, looks, some, after[0] if after else LAST_N)
        wrong += found
        wrong += [
            Wrong(what="batch", where=f"rows of batch {n} are not in the ledger", i=None)
            for n in sorted(strange)
        ]
    return wrong


def wrong_batches(
    connection: Connection, looks: Mapping[int, Look], batches: Sequence[int]
) -> list[Wrong]:
    """The same of these batches alone (in order), whatever came between them."""
    ledger = schema.ledger
    wrong: list[Wrong] = []
    for start in range(0, len(batches), BATCHES):
        some = batches[start : start + BATCHES]
        after = select(func.min(ledger.c.n)).where(ledger.c.n > some[-1])
        upto_n = connection.scalar(after) or LAST_N
        told = [n for n in some if n in looks]
        wrong += [
            Wrong(what="batch", where=f"batch {n} is not in the ledger", i=None)
            for n in some
            if n not in looks
        ]
        wrong += _compared(connection, looks, told, upto_n, only=some)[0]
    return wrong


def _compared(
    connection: Connection,
    looks: Mapping[int, Look],
    batches: Sequence[int],
    upto_n: int,
    *,
    only: Sequence[int] | None = None,
) -> tuple[list[Wrong], set[int]]:
    """What is wrong with some batches; and the batches that rows name and the ledger does not."""
    if not batches:
        return [], set()
    bodies = _messages(connection, batches[0], upto_n, only)
    rows = _rows(connection, batches[0], upto_n, only)
    wrong = [one for n in batches for one in _of_batch(n, looks[n], bodies.get(n), rows.pop(n, {}))]
    return wrong, set(rows)


def _of_batch(
    n: int, look: Look, messages: str | None, rows: Mapping[str, list[dict[str, Any]]]
) -> Iterator[Wrong]:
    where = f"batch {n} of {look.subject}"
    if look.digest("raw") not in (None, messages):
        fault = "messages are missing" if messages is None else "messages were changed"
        yield Wrong(what="batch", where=f"{where}: {fault}", i=look.i)
    if rows_digest(rows) != look.digest("rows"):
        fault = "fixes, frames or notes were changed"
        yield Wrong(what="batch", where=f"{where}: {fault}", i=look.i)


def wrong_blobs(connection: Connection, blobs: Blobs, purged: set[str]) -> list[Wrong]:
    """Pictures and uploaded files that are gone without a purge, or have other bytes than then."""
    frame, upload = schema.frame, schema.upload
    named = [("picture {} of frame {}", select(frame.c.sha256, frame.c.n).order_by(frame.c.n))]
    named += [("file {} of upload {}", select(upload.c.sha256, upload.c.n).order_by(upload.c.n))]
    return [
        Wrong(what="blob", where=f"{where.format(sha256, n)} {fault}", i=None)
        for where, query in named
        for sha256, n in connection.execute(query)
        if sha256 not in purged and (fault := wrong_blob(blobs, sha256))
    ]


def wrong_blob(blobs: Blobs, sha256: str) -> str | None:
    """What is wrong with the bytes of this name; None where nothing is."""
    try:
        with blobs.path(sha256).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (OSError, ValueError):
        return "is missing"
    return None if same else "was changed"


def _messages(
    connection: Connection, from_n: int, upto_n: int, only: Sequence[int] | None
) -> dict[int, str]:
    raw = schema.raw
    query = select(raw.c.n, raw.c.body).where(raw.c.n >= from_n, raw.c.n < upto_n)
    if only is not None:
        query = query.where(raw.c.n.in_(only))
    return {n: hashlib.sha256(body).hexdigest() for n, body in connection.execute(query)}


def _rows(
    connection: Connection, from_n: int, upto_n: int, only: Sequence[int] | None
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """By batch and table."""
    found: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for table in RECORDS:
        query = select(table).where(table.c.n >= from_n, table.c.n < upto_n)
        if only is not None:
            query = query.where(table.c.raw_n.in_(only))
        for row in connection.execute(query).mappings():
            found[row["raw_n"]][table.name].append(dict(row))
    return found
