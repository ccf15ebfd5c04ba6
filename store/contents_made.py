"""What was made of the record, held against the ledger: looks, flights, quarantine, letters.

What is older than entries of its kind has none, and is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from store import schema
from store.analysis import LOOKS, looks_digest, looks_told
from store.contents import Wrong
from store.outbox import Delivery, letter_digest
from store.quarantine import QUARANTINE, quarantine_digest

STEP = 500
"""Entries read at a time."""


def wrong_made(connection: Connection) -> Iterator[Wrong]:
    """Whatever is not as the ledger says."""
    yield from _wrong_looks(connection)
    yield from _wrong_quarantine(connection)
    yield from _wrong_flights(connection)
    yield from _wrong_letters(connection)


def _entries(connection: Connection, *verbs: str) -> Iterator[Sequence[Any]]:
    """(i, n, body) of the entries of some verbs, in order, some at a time."""
    t, after_i = schema.ledger, 0
    query = select(t.c.i, t.c.n, t.c.body).where(t.c.verb.in_(verbs)).order_by(t.c.i).limit(STEP)
    while rows := list(connection.execute(query.where(t.c.i > after_i))):
        yield rows
        after_i = rows[-1].i


def _wrong_looks(connection: Connection) -> Iterator[Wrong]:
    look = schema.look
    after_n = first_n = 0
    for entries in _entries(connection, LOOKS):
        first_n = first_n or entries[0].n
        rows = looks_told(connection, after_n + 1, entries[-1].n)
        found = {n: looks_digest(of) for n, of in groupby(rows, itemgetter(0))}
        for entry in entries:
            if found.pop(entry.n, None) != json.loads(entry.body)[LOOKS]:
                where = f"what was made of pictures under number {entry.n} was changed"
                yield Wrong(what="look", where=where, i=entry.i)
        yield from map(_strange_look, found)
        after_n = entries[-1].n
    strange = (look.c.told_n > after_n) | (look.c.told_n.is_(None) & (look.c.frame_n > first_n))
    if first_n:
        yield from map(_strange_look, connection.scalars(select(look.c.frame_n).where(strange)))


def _strange_look(n: int) -> Wrong:
    return Wrong(what="look", where=f"what was made of picture {n} is not in the ledger", i=None)


def _wrong_quarantine(connection: Connection) -> Iterator[Wrong]:
    """The messages of an entry have its number and those after it, up to the next entry."""
    t = schema.quarantine
    entries = [one for some in _entries(connection, QUARANTINE) for one in some]
    for entry, after in pairwise([*entries, None]):
        assert entry is not None, "only the last one is None"
        query = select(t).where(t.c.n >= entry.n).order_by(t.c.n)
        rows = connection.execute(query if after is None else query.where(t.c.n < after.n))
        if (
            quarantine_digest(dict(row._mapping) for row in rows)
            != json.loads(entry.body)[QUARANTINE]
        ):
            where = f"messages in quarantine from number {entry.n} on were changed"
            yield Wrong(what="quarantine", where=where, i=entry.i)


def _wrong_flights(connection: Connection) -> Iterator[Wrong]:
    """Whose a flight is, every batch and file of it says."""
    flight = schema.flight
    name = flight.c.device_id + "." + flight.c.boot_id
    names = {str(n): name for n, name in connection.execute(select(flight.c.flight_n, name))}
    told: set[tuple[str, str]] = set()
    for entries in _entries(connection, "batch", "upload"):
        for entry in entries:
            for n, name in json.loads(entry.body).get("flights", {}).items():
                if names.get(n) != name and (n, name) not in told:
                    told.add((n, name))
                    where = f"flight {n} was {name} and is {names.get(n, 'missing')}"
                    yield Wrong(what="flight", where=where, i=entry.i)


def _wrong_letters(connection: Connection) -> Iterator[Wrong]:
    """What left the station, and what could not."""
    t = schema.outbox
    for entries in _entries(connection, Delivery.DELIVERED.value, Delivery.DEAD.value):
        said = {entry.i: json.loads(entry.body) for entry in entries}
        keys = [one["key"] for one in said.values()]
        query = select(t.c.key, t.c.body).where(t.c.key.in_(keys))
        found = {key: letter_digest(body) for key, body in connection.execute(query)}
        for i, one in said.items():
            if one.get("message") not in (None, found.get(one["key"])):
                fault = "was changed" if one["key"] in found else "is missing"
                yield Wrong(what="letter", where=f"message {one['key']} {fault}", i=i)
