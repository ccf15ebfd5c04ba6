"""The recorder's side: one batch, one transaction, each record once."""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Table, insert, select
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from ingest.errors import ShelfRefused, ShelfUnavailable
from ingest.recorder import Arrival, Message, Stored
from ingest.records import Fix, Frame, Home, Key, Note, Record
from store import schema
from store.blobs import Blobs
from store.ledger import Said, append
from store.once import insert_new, stored_digests, take_numbers
from store.rows import lines_digest, rows_digest, to_row

ZLIB_LEVEL = 3
"""Of the raw payloads: a batch of 500 telemetry messages takes milliseconds."""

QUARANTINE = "quarantine"
"""The verb of an entry about messages that were not understood."""

TABLES: dict[type[Record], Table] = {
    Fix: schema.fix,
    Frame: schema.frame,
    Home: schema.note,
    Note: schema.note,
}
"""Where each kind of record lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One record on its way into its table."""

    record: Record
    message: Message
    columns: dict[str, Any]

    @property
    def key(self) -> tuple[int, int, int]:
        return self.columns["flight_n"], self.columns["seq"], self.columns["tie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """A message that goes to quarantine, whole."""

    message: Message
    reason: str
    device_id: str | None = None


class SqlShelf:
    """Puts batches into the database and their frames into the blob folder."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs
        self._flights: dict[tuple[str, str], int] = {}

    def put(self, batch: Sequence[Arrival]) -> Stored:
        """Frames first, each fsynced, then everything else in one transaction.

        Raises:
            ShelfUnavailable: disk full, database locked or gone; nothing was recorded.
            ShelfRefused: the database will never take this batch as it is.
        """
        frames = [r for arrival in batch for r in arrival.records if isinstance(r, Frame)]
        try:
            self._blobs.put((frame.sha256, frame.jpeg) for frame in frames)
            with self._engine.begin() as connection:
                return self._put(connection, batch)
        except (OSError, OperationalError, InterfaceError, InternalError) as exc:
            self._flights.clear()
            raise ShelfUnavailable(_reason(exc)) from exc
        except (DBAPIError, OverflowError, ValueError) as exc:
            self._flights.clear()
            raise ShelfRefused(_reason(exc)) from exc

    def _put(self, connection: Connection, batch: Sequence[Arrival]) -> Stored:
        size = sum(len(arrival.records) for arrival in batch)
        raw_n = take_numbers(connection, 1 + 2 * size + len(batch))
        rows = self._rows(connection, batch, raw_n)
        fresh, clashes = list[_Row](), list[_Row]()
        for table, of_table in _by_table(rows).items():
            inserted, clashing = _insert_each_once(connection, table, of_table)
            fresh += inserted
            clashes += clashing
        if fresh:
            raw = _raw(batch)
            connection.execute(insert(schema.raw).values(n=raw_n, **raw))
            append(connection, [_said(raw_n, raw, fresh)])
        faults = [*_undecoded(batch), *map(_clash, clashes)]
        quarantined = _quarantine(connection, faults, first_n=raw_n + 1 + size)
        lost = {id(row) for row in clashes}
        return Stored(
            last_n=raw_n + 2 * size + len(batch),
            keys=tuple((type(r.record), r.record.key) for r in rows if id(r) not in lost),
            new=len(fresh),
            redelivered=size - len(fresh) - len(clashes),
            quarantined=quarantined,
        )

    def _rows(self, connection: Connection, batch: Sequence[Arrival], raw_n: int) -> list[_Row]:
        rows: list[_Row] = []
        for arrival in batch:
            for record in arrival.records:
                flight_n = self._flight_n(connection, record.key, record.t_received_s)
                numbers = {"n": raw_n + 1 + len(rows), "raw_n": raw_n}
                columns = to_row(record, flight_n) | numbers
                rows.append(_Row(record=record, message=arrival.message, columns=columns))
        return rows

    def _flight_n(self, connection: Connection, key: Key, t_received_s: float) -> int:
        name = key.device_id, key.boot_id
        if name not in self._flights:
            self._flights[name] = find_or_open_flight(connection, *name, t_received_s)
        return self._flights[name]


def _reason(error: Exception) -> str:
    """What the database itself said, without SQLAlchemy's page of statement and parameters."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def find_or_open_flight(
    connection: Connection, device_id: str, boot_id: str, t_received_s: float
) -> int:
    """The number of a flight, given one if it is new."""
    flight = schema.flight
    known = select(flight.c.flight_n).where(
        flight.c.device_id == device_id, flight.c.boot_id == boot_id
    )
    opened = insert(flight).values(
        device_id=device_id, boot_id=boot_id, t_first_received_s=t_received_s
    )
    found: int | None = connection.scalar(known)
    if found is None:
        found = connection.scalar(opened.returning(flight.c.flight_n))
    assert found is not None
    return found


def _by_table(rows: Sequence[_Row]) -> dict[Table, list[_Row]]:
    tables: dict[Table, list[_Row]] = defaultdict(list)
    for row in rows:
        tables[TABLES[type(row.record)]].append(row)
    return tables


def _insert_each_once(
    connection: Connection, table: Table, rows: Sequence[_Row]
) -> tuple[list[_Row], list[_Row]]:
    """The rows that were new, and those whose key belongs to other contents."""
    inserted = insert_new(connection, table, [row.columns for row in rows])
    rest = [row for row in rows if row.columns["n"] not in inserted]
    same = stored_digests(connection, table, [row.key for row in rest])
    clashes = [row for row in rest if (*row.key, row.columns["digest"]) not in same]
    return [row for row in rows if row.columns["n"] in inserted], clashes


def _undecoded(batch: Sequence[Arrival]) -> list[_Fault]:
    return [_Fault(message=a.message, reason=a.fault) for a in batch if a.fault is not None]


def _clash(row: _Row) -> _Fault:
    key = row.record.key
    reason = (
        f"clash: {key.flight_id} already has another {type(row.record).__name__.lower()} "
        f"with seq {key.seq}: do two devices use this id?"
    )
    return _Fault(message=row.message, reason=reason, device_id=key.device_id)


def _quarantine(connection: Connection, faults: Sequence[_Fault], *, first_n: int) -> int:
    """Keep each faulty message once, whole; return how many were not there yet."""
    if not faults:
        return 0
    table = schema.quarantine
    by_digest = {_digest64(f.message.topic.encode() + f.message.payload): f for f in faults}
    known = set(connection.scalars(select(table.c.digest).where(table.c.digest.in_(by_digest))))
    rows = [
        {
            "n": n,
            "t_received_s": fault.message.t_received_s,
            "topic": fault.message.topic,
            "device_id": fault.device_id,
            "reason": fault.reason,
            "digest": digest,
            "payload": fault.message.payload,
        }
        for n, (digest, fault) in enumerate(by_digest.items(), start=first_n)
        if digest not in known
    ]
    if rows:
        connection.execute(insert(table), rows)
        append(connection, [_refused(rows)])
    return len(rows)


def quarantine_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """Of messages in quarantine in order of number, as the ledger keeps it."""
    names = [column.name for column in schema.quarantine.columns]
    return lines_digest([row[name] for name in names] for row in rows)


def _refused(rows: Sequence[Mapping[str, Any]]) -> Said:
    """What was not understood, as the ledger keeps it."""
    return Said(
        n=rows[0]["n"],
        t_s=rows[-1]["t_received_s"],
        actor="recorder",
        verb=QUARANTINE,
        subject=f"{len(rows)} messages",
        body=f'{{"{QUARANTINE}":"{quarantine_digest(rows)}"}}',
    )


def _raw(batch: Sequence[Arrival]) -> dict[str, Any]:
    """The batch as it came; a frame's own bytes are left to the blob that holds them."""
    times = [arrival.message.t_received_s for arrival in batch]
    messages = [(a.message.topic, a.message.t_received_s, _without_jpeg(a)) for a in batch]
    return {
        "t_first_s": min(times),
        "t_last_s": max(times),
        "messages": len(batch),
        "body": zlib.compress(msgspec.msgpack.encode(messages), ZLIB_LEVEL),
    }


def _without_jpeg(arrival: Arrival) -> bytes:
    payload = arrival.message.payload
    for record in arrival.records:
        if isinstance(record, Frame):
            payload = payload.removesuffix(record.jpeg)
    return payload


def _said(raw_n: int, raw: dict[str, Any], fresh: Sequence[_Row]) -> Said:
    """The batch as the ledger keeps it: digests of the messages and of the rows made of them, and
    whose flights these are."""
    tables = {name.name: [r.columns for r in of] for name, of in _by_table(fresh).items()}
    flights = {r.columns["flight_n"]: r.record.key.flight_id for r in fresh}
    body = {
        "raw": hashlib.sha256(raw["body"]).hexdigest(),
        "rows": rows_digest(tables),
        "flights": flights,
    }
    return Said(
        n=raw_n,
        t_s=raw["t_last_s"],
        actor="recorder",
        verb="batch",
        subject=f"{raw['messages']} messages",
        body=msgspec.json.encode(body).decode(),
    )


def _digest64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
