"""Steps taken in the record: checked against how things stand in the very transaction, and kept.

How something stands is a cache in its row; every step is an entry of the ledger, with the digest of
the standing it led to, so that one that was changed by no step is found (`store.casework_check`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, select, update

from casework.days import day_of
from casework.errors import CaseworkError, StepRefused, StepWhy
from casework.life import Standing, Step
from casework.listing import ENDS as LISTING_ENDS
from casework.orders import ENDS as ORDER_ENDS
from store import schema_casework as schema
from store import tally
from store.ledger import Said, append
from store.once import take_numbers
from store.schema import ledger

Take = Callable[[Standing, Step], Standing]
"""A machine's `take`."""
PART = 500
"""Keys of one query."""


class NoSuchWork(CaseworkError):
    """There is no order or listing of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no work under {key}")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the standing of a kind of thing is kept."""

    table: Table
    subject: str
    """Begins the name of it in the ledger: ``task`` of ``task/KEY``."""
    columns: tuple[tuple[str, str], ...]
    """A column and the part of the standing that it shows."""


ORDERS = Kept(
    table=schema.task,
    subject="task",
    columns=(("state", "state"), ("owner", "owner"), ("due", "due")),
)
LISTINGS = Kept(
    table=schema.finding,
    subject="listing",
    columns=(("listing_state", "state"), ("listing_due", "due")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken."""

    row: dict[str, Any]
    before: Standing
    after: Standing
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A step as the ledger keeps it."""

    step: Step
    standing: str
    """The digest of how it stood afterwards."""


def take_steps(
    connection: Connection,
    kept: Kept,
    wanted: Sequence[tuple[str, Step]],
    take: Take,
    *,
    has: Callable[[str], bool],
) -> list[Taken | CaseworkError]:
    """Take steps in order, in the caller's transaction; what is refused changes nothing.

    ``has`` tells whether the record has a picture of this sha256.
    """
    n = take_numbers(connection, len(wanted))  # from here on nobody else writes
    rows = rows_of(connection, kept.table, {key for key, _ in wanted})
    standing = {
        key: STANDING.decode(row["standing_json"]) for key, row in rows.items()
        if row["standing_json"] is not None
    }  # fmt: skip
    results: list[Taken | CaseworkError] = []
    said: list[Said] = []
    for i, (key, step) in enumerate(wanted):
        before = standing.get(key)
        try:
            if before is None:
                raise NoSuchWork(key)
            _check_pictures(step, has)
            after = take(before, step)
        except CaseworkError as exc:
            results.append(exc)
            continue
        standing[key] = after
        said.append(entry(n + i, kept.subject, key, step, after))
        results.append(Taken(row=rows[key], before=before, after=after, step=step))
    changed = {taken.row["key"] for taken in results if isinstance(taken, Taken)}
    write(connection, kept, {key: standing[key] for key in changed})
    append(connection, said)
    return results


def write(connection: Connection, kept: Kept, standing: dict[str, Standing]) -> None:
    """Keep how things stand now."""
    if not standing:
        return
    t = kept.table
    names = ["standing_json", *(column for column, _ in kept.columns)]
    statement = (
        update(t)
        .where(t.c.key == bindparam("its_key"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    connection.execute(statement, [_changed(kept, key, one) for key, one in standing.items()])


def columns_of(kept: Kept, standing: Standing) -> dict[str, Any]:
    """The columns of a row that show a standing."""
    shown = {column: _plain(getattr(standing, name)) for column, name in kept.columns}
    return shown | {"standing_json": encoded(standing).decode()}


def entry(n: int, subject: str, key: str, step: Step, after: Standing) -> Said:
    """The ledger's entry of a step."""
    told = Entry(step=step, standing=hashlib.sha256(encoded(after)).hexdigest())
    body = msgspec.json.encode(told).decode()
    return Said(
        n=n, t_s=step.t_s, actor=step.actor, verb=step.verb, subject=f"{subject}/{key}", body=body
    )


def settle(connection: Connection, outcomes: Sequence[tuple[str, str, date | None]]) -> None:
    """Write what has become of findings, and count it: (key, column, day or None for undone)."""
    rows = rows_of(connection, schema.finding, {key for key, *_ in outcomes})
    deltas: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for key, column, day in outcomes:
        row = rows[key]
        name = tally.OUTCOMES[column]
        if row[column]:
            deltas[row[column], row["org_id"], row["cls"] or ""][name] -= 1
        row[column] = day and day.isoformat()
        if day:
            deltas[row[column], row["org_id"], row["cls"] or ""][name] += 1
        t = schema.finding
        connection.execute(update(t).where(t.c.key == key).values({column: row[column]}))
    tally.add(connection, deltas)


def rows_of(connection: Connection, table: Table, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows of these keys, by key."""
    wanted = sorted(keys)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), PART):
        some = select(table).where(table.c.key.in_(wanted[start : start + PART]))
        found |= {row["key"]: dict(row) for row in connection.execute(some).mappings()}
    return found


def history(connection: Connection, subject: str) -> list[tuple[int, Step]]:
    """The steps of ``task/KEY`` or ``listing/KEY`` with their numbers, in order."""
    return histories(connection, [subject]).get(subject, [])


def histories(connection: Connection, subjects: Sequence[str]) -> dict[str, list[tuple[int, Step]]]:
    """The same of several, by subject."""
    found: dict[str, list[tuple[int, Step]]] = defaultdict(list)
    for start in range(0, len(subjects), PART):
        query = select(ledger.c.subject, ledger.c.n, ledger.c.body).where(
            ledger.c.subject.in_(subjects[start : start + PART])
        )
        for subject, n, body in connection.execute(query.order_by(ledger.c.i)):
            found[subject].append((n, ENTRY.decode(body).step))
    return found


def evidence(connection: Connection, *, needed: bool = False) -> dict[str, str]:
    """The pictures that hazards, orders and listings rest on, each with the key of one of them.

    With ``needed`` only those of what is still open, or has become a case.
    """
    f, t = schema.finding, schema.task
    found = select(f.c.key, f.c.evidence_json, f.c.standing_json).where(
        (f.c.evidence_json != "[]") | f.c.standing_json.is_not(None)
    )
    orders = select(t.c.key, t.c.standing_json)
    if needed:
        ended = f.c.rectified.is_not(None) & f.c.listing_state.in_(LISTING_ENDS).is_not(False)
        found = found.where(~ended | f.c.case_filed.is_not(None))
        orders = orders.where(t.c.state.not_in(ORDER_ENDS))
    named: dict[str, str] = {}
    for key, told, standing in connection.execute(found):
        named |= dict.fromkeys(msgspec.json.decode(told), key)
        named |= _shown(key, standing)
    for key, standing in connection.execute(orders):
        named |= _shown(key, standing)
    return named


def _shown(key: str, standing: str | None) -> dict[str, str]:
    return {} if standing is None else dict.fromkeys(STANDING.decode(standing).evidence, key)


def encoded(standing: Standing) -> bytes:
    """As it is kept."""
    return msgspec.json.encode(standing)


STANDING = msgspec.json.Decoder(Standing)
ENTRY = msgspec.json.Decoder(Entry)


def _check_pictures(step: Step, has: Callable[[str], bool]) -> None:
    for sha256 in step.evidence:
        if not has(sha256):
            raise StepRefused(step.verb, StepWhy.NO_PICTURE, picture=sha256[:12])


def _changed(kept: Kept, key: str, standing: Standing) -> dict[str, Any]:
    named = {f"new_{name}": value for name, value in columns_of(kept, standing).items()}
    return named | {"its_key": key}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def day(step: Step) -> date:
    """The day of a step, in Beijing."""
    return day_of(step.t_s)
