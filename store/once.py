"""Each record once: natural keys make redelivery harmless and tell a clash from a repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from store import schema


def take_numbers(connection: Connection, count: int) -> int:
    """Reserve ``count`` numbers and return the first: writers queue here until they commit."""
    counter = schema.counter
    last = connection.scalar(
        update(counter)
        .where(counter.c.name == "n")
        .values(value=counter.c.value + count)
        .returning(counter.c.value)
    )
    assert last is not None, "migration 0001 puts the counter there"
    return int(last) - count + 1


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> set[int]:
    """Insert the rows whose key is free, and return the numbers of those that went in.

    Every row has a number ``n`` of its own that no row in the table has yet.
    """
    connection.execute(insert_or_nothing(connection, table), rows)
    numbers = [row["n"] for row in rows]
    inserted = select(table.c.n).where(table.c.n.between(min(numbers), max(numbers)))
    return set(connection.scalars(inserted))


def stored_digests(
    connection: Connection, table: Table, keys: Sequence[tuple[int, int, int]]
) -> set[tuple[int, int, int, int]]:
    """(flight_n, seq, tie, digest) of the rows that hold these keys."""
    if not keys:
        return set()
    c = table.c
    holders = select(c.flight_n, c.seq, c.tie, c.digest).where(
        tuple_(c.flight_n, c.seq, c.tie).in_(keys)
    )
    return {(row.flight_n, row.seq, row.tie, row.digest) for row in connection.execute(holders)}


def insert_or_nothing(connection: Connection, table: Table) -> Insert:
    """An insert that leaves alone the rows whose key is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
