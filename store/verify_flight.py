"""Whether one flight still is what was recorded: the verdict on what a replay shows.

`store.verify` looks at everything; this looks at what one flight is made of. Its batches, pictures
and the events of its incidents are held against the ledger, and the ledger from the first of their
entries to the next signed checkpoint against itself and against that signature: the signed hash
stands for every entry before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from store import schema
from store.blobs import Blobs
from store.chain import GENESIS, Entry, breaks
from store.checkpoint import Checkpoint
from store.contents import Look, Wrong, events_told, wrong_batches, wrong_blob, wrong_event
from store.dropped import DROPPED
from store.engine import reading
from store.flights import flight_number
from store.ledger import SqlLedger
from store.rows import RECORDS
from store.verify import PURGED, Finding

STEP = 500
"""Numbers asked for at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightVerdict:
    """What was found of one flight."""

    flight_id: str
    ok: bool
    batches: int
    pictures: int
    purged: int
    """Of the pictures: deleted on purpose when their time was over, as the ledger tells."""
    events: int
    first_i: int
    """The first and the last entry of the ledger that this rests on; 0 where there is none."""
    last_i: int
    signed_s: float | None
    """When the checkpoint that stands for these entries was signed; None while there is none."""
    findings: tuple[Finding, ...]


def verify_flight(
    engine: Engine,
    blobs: Blobs,
    checkpoints: Sequence[Checkpoint],
    flight_id: str,
    *,
    incidents: Sequence[str] = (),
    trusted_key: str | None = None,
) -> FlightVerdict:
    """Look at one flight and at the events of these incidents.

    ``trusted_key`` is the public key that checkpoints must be signed by, in hexadecimal.

    Raises:
        UnknownFlight: there is none of this name.
    """
    with reading(engine) as connection:
        flight_n = flight_number(connection, flight_id)
        batches = _batches(connection, flight_n)
        events = _events(connection, incidents)
        looks = _looks(connection, batches)
        wrong = wrong_batches(connection, looks, batches)
        wrong += filter(None, map(wrong_event, events))
        pictures = _pictures(connection, flight_n)
        purged = pictures & _purged(connection)
    for sha256 in sorted(pictures - purged):
        fault = wrong_blob(blobs, sha256)
        if fault is not None:
            wrong.append(Wrong(what="blob", where=f"picture {sha256} {fault}", i=None))
    told_i = [look.i for look in looks.values()] + [row.i for row in events if row.i]
    first_i, last_i = min(told_i, default=0), max(told_i, default=0)
    seal = _seal(checkpoints, last_i, trusted_key)
    wrong += _chain(SqlLedger(engine), first_i, last_i, seal)
    return FlightVerdict(
        flight_id=flight_id,
        ok=not wrong,
        batches=len(batches),
        pictures=len(pictures),
        purged=len(purged),
        events=len(events),
        first_i=first_i,
        last_i=last_i,
        signed_s=None if seal is None else seal.t_us / 1e6,
        findings=tuple(
            Finding(what=one.what, where=one.where, since=_since(one, seal)) for one in wrong
        ),
    )


def _seal(
    checkpoints: Sequence[Checkpoint], last_i: int, trusted_key: str | None
) -> Checkpoint | None:
    """The first signed checkpoint that stands for everything up to an entry."""
    good = (
        one
        for one in checkpoints
        if one.i >= last_i > 0 and one.genuine and trusted_key in (None, one.key)
    )
    return min(good, key=lambda one: one.i, default=None)


def _chain(
    ledger: SqlLedger, first_i: int, last_i: int, seal: Checkpoint | None
) -> Iterator[Wrong]:
    """The entries from the first to the seal (or the last), linked, and ending as was signed."""
    if not first_i:
        return
    end_i = last_i if seal is None else seal.i
    before = GENESIS
    if first_i > 1:
        for entry in ledger.entries(after_i=first_i - 2, upto_i=first_i - 1):
            before = entry.hash
    ended: list[bytes] = []

    def remembered() -> Iterator[Entry]:
        for entry in ledger.entries(after_i=first_i - 1, upto_i=end_i):
            if entry.i == end_i:
                ended.append(entry.hash)
            yield entry

    for one in breaks(remembered(), before, first_i):
        yield Wrong(what="ledger", where=one.reason, i=one.i)
    if seal is not None and [seal.hash] != [one.hex() for one in ended]:
        where = f"the ledger at entry {seal.i} is not what was signed then"
        yield Wrong(what="checkpoint", where=where, i=None)


def _since(wrong: Wrong, seal: Checkpoint | None) -> str | None:
    """A signed entry was right when it was signed."""
    if seal is None or wrong.i is None:
        return None
    return datetime.fromtimestamp(seal.t_us / 1e6, UTC).isoformat(timespec="milliseconds")


def _batches(connection: Connection, flight_n: int) -> list[int]:
    found: set[int] = set()
    for table in RECORDS:
        query = select(table.c.raw_n).where(table.c.flight_n == flight_n).distinct()
        found.update(connection.scalars(query))
    return sorted(found)


def _events(connection: Connection, incidents: Sequence[str]) -> list[Row[Any]]:
    t = schema.event
    return [
        row
        for start in range(0, len(incidents), STEP)
        for row in connection.execute(
            events_told()
            .where(t.c.incident_id.in_(incidents[start : start + STEP]))
            .order_by(t.c.n)
        )
    ]


def _looks(connection: Connection, numbers: Sequence[int]) -> dict[int, Look]:
    t = schema.ledger
    found: dict[int, Look] = {}
    for start in range(0, len(numbers), STEP):
        query = select(t.c.i, t.c.n, t.c.subject, t.c.body).where(
            t.c.n.in_(numbers[start : start + STEP]), t.c.body != "{}"
        )
        for row in connection.execute(query):
            found[row.n] = Look(i=row.i, subject=row.subject, body=row.body)
    return found


def _pictures(connection: Connection, flight_n: int) -> set[str]:
    frame = schema.frame
    return set(connection.scalars(select(frame.c.sha256).where(frame.c.flight_n == flight_n)))


def _purged(connection: Connection) -> set[str]:
    t = schema.ledger
    bodies = connection.scalars(select(t.c.body).where(t.c.verb.in_((PURGED, DROPPED))))
    return {sha256 for body in bodies for sha256 in json.loads(body).get("blobs", ())}
