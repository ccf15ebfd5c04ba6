"""The recorder's side: one batch, one transaction, each record once."""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Sequence
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
from store.quarantine import Fault, quarantine
from store.rows import rows_digest, to_row

ZLIB_LEVEL = 3
"""Of the raw payloads: a batch of 500 telemetry messages takes milliseconds."""


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
        quarantined = quarantine(connection, faults, first_n=raw_n + 1 + size)
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


def _undecoded(batch: Sequence[Arrival]) -> list[Fault]:
    return [Fault(message=a.message, reason=a.fault) for a in batch if a.fault is not None]


def _clash(row: _Row) -> Fault:
    key = row.record.key
    reason = (
        f"clash: {key.flight_id} already has another {type(row.record).__name__.lower()} "
        f"with seq {key.seq}: do two devices use this id?"
    )
    return Fault(message=row.message, reason=reason, device_id=key.device_id)


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
