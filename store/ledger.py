"""The ledger: one chained entry for every change, written in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, func, insert, select

from store import schema
from store.chain import GENESIS, Entry, link
from store.engine import reading
from store.once import take_numbers

STEP = 1000
"""Entries read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry before it stands in the chain."""

    n: int
    """The number of what it is about."""
    t_s: float
    """The station's clock."""
    actor: str
    verb: str
    subject: str
    body: str
    """JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How the chain ends; of an empty one ``i`` is 0."""

    i: int
    n: int
    hash: bytes


def append(connection: Connection, said: Sequence[Said]) -> None:
    """Chain entries on, in the caller's transaction.

    The caller has taken a number before (`store.once.take_numbers`), so that writers queue here.
    """
    if not said:
        return
    head = _head(connection)
    i, before = head.i, head.hash
    rows = []
    for one in said:
        i += 1
        entry = _entry(i, one, before)
        before = entry.hash
        rows.append({name: getattr(entry, name) for name in _COLUMNS})
    connection.execute(insert(schema.ledger), rows)


class SqlLedger:
    """Reads the chain, and writes what has no other table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def say(self, *, t_s: float, actor: str, verb: str, subject: str, body: str = "{}") -> int:
        """One entry about something that is kept nowhere else; returns its place in the chain."""
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            said = Said(n=n, t_s=t_s, actor=actor, verb=verb, subject=subject, body=body)
            append(connection, [said])
            return _head(connection).i

    def head(self) -> Head:
        """How the chain ends now."""
        with reading(self._engine) as connection:
            return _head(connection)

    def entries(self, after_i: int = 0, upto_i: int | None = None) -> Iterator[Entry]:
        """The entries after one place, in order."""
        table = schema.ledger
        with reading(self._engine) as connection:
            while True:
                query = select(table).where(table.c.i > after_i).order_by(table.c.i).limit(STEP)
                if upto_i is not None:
                    query = query.where(table.c.i <= upto_i)
                rows = connection.execute(query).all()
                for i, n, t_us, actor, verb, subject, body, hash_ in rows:
                    yield Entry(
                        i=i,
                        n=n,
                        t_us=t_us,
                        actor=actor,
                        verb=verb,
                        subject=subject,
                        body=body,
                        hash=hash_,
                    )
                if len(rows) < STEP:
                    return
                after_i = rows[-1][0]


_COLUMNS = ("i", "n", "t_us", "actor", "verb", "subject", "body", "hash")


def _entry(i: int, said: Said, before: bytes) -> Entry:
    unhashed = Entry(
        i=i,
        n=said.n,
        t_us=round(said.t_s * 1e6),
        actor=said.actor,
        verb=said.verb,
        subject=said.subject,
        body=said.body,
        hash=b"",
    )
    return replace(unhashed, hash=link(before, unhashed.text))


def _head(connection: Connection) -> Head:
    table = schema.ledger
    last_i = select(func.max(table.c.i)).scalar_subquery()
    row = connection.execute(
        select(table.c.i, table.c.n, table.c.hash).where(table.c.i == last_i)
    ).one_or_none()
    if row is None:
        return Head(i=0, n=0, hash=GENESIS)
    return Head(i=row.i, n=row.n, hash=row.hash)
