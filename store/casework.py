"""Orgs, people, places, visits and findings in the record: each change with its ledger entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, RowMapping, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from casework.days import day_of
from casework.words import Finding, Org, Outcome, Person, Place, Visit
from store import schema_casework as schema
from store import tally
from store.engine import reading
from store.ledger import Said, append
from store.once import insert_new, take_numbers

T = TypeVar("T")
ADD = "add"
"""The verb of an entry about rows that came in."""
BATCH = 10_000
"""Rows of one transaction and one entry of the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of rows that were brought in."""

    new: int
    known: int
    """Their key was there: nothing was changed."""


class SqlCasework:
    """The daily work, written and read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put_orgs(self, orgs: Sequence[Org], *, t_s: float, actor: str) -> int:
        """Make these orgs what they are told to be; returns how many were new or changed."""
        return self._put(schema.org, [_org_row(one) for one in orgs], t_s, actor)

    def put_people(self, people: Sequence[Person], *, t_s: float, actor: str) -> int:
        """Make these people what they are told to be; returns how many were new or changed."""
        return self._put(schema.staff, [_row(one) for one in people], t_s, actor)

    def put_places(self, places: Sequence[Place], *, t_s: float, actor: str) -> int:
        """Make these places what they are told to be; returns how many were new or changed."""
        return self._put(schema.place, [_row(one) for one in places], t_s, actor)

    def add_visits(self, visits: Iterable[Visit], *, t_s: float, actor: str) -> Added:
        """Store visits, each key once, in batches of a transaction each."""
        return self._add(schema.visit, (visit_row(one) for one in visits), t_s, actor)

    def add_findings(self, findings: Iterable[Finding], *, t_s: float, actor: str) -> Added:
        """Store findings, each key once, in batches of a transaction each."""
        return self._add(schema.finding, (finding_row(one) for one in findings), t_s, actor)

    def orgs(self) -> list[Org]:
        """All of them, by id."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(schema.org).order_by(schema.org.c.org_id)).mappings()
            return [_to_org(row) for row in rows]

    def people(self, org_id: str | None = None) -> list[Person]:
        """The staff of an org, or everybody, by id."""
        table = schema.staff
        query = select(table).order_by(table.c.person_id)
        if org_id is not None:
            query = query.where(table.c.org_id == org_id)
        with reading(self._engine) as connection:
            return [_to(Person, row) for row in connection.execute(query).mappings()]

    def places(self, kind: str | None = None) -> list[Place]:
        """All places, or those of one kind, by id."""
        table = schema.place
        query = select(table).order_by(table.c.place_id)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        with reading(self._engine) as connection:
            return [_to(Place, row) for row in connection.execute(query).mappings()]

    def place(self, place_id: str) -> Place | None:
        """One place, None where there is none of this id."""
        table = schema.place
        with reading(self._engine) as connection:
            query = select(table).where(table.c.place_id == place_id)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _to(Place, row)

    def visits_of_place(self, place_id: str, limit: int = 100) -> list[Visit]:
        """The latest visits of a place, newest first."""
        table = schema.visit
        own = (table.c.place_id == place_id, tally.in_force)
        query = select(table).where(*own).order_by(table.c.t1_s.desc())
        with reading(self._engine) as connection:
            return [to_visit(row) for row in connection.execute(query.limit(limit)).mappings()]

    def visits_of_ref(self, ref: str) -> list[Visit]:
        """The visits of one flight, or of one inspection record, in order of time."""
        table = schema.visit
        own = (table.c.ref == ref, table.c.ref != "", tally.in_force)
        query = select(table).where(*own).order_by(table.c.t0_s, table.c.n)
        with reading(self._engine) as connection:
            return [to_visit(row) for row in connection.execute(query).mappings()]

    def finding(self, key: str) -> Finding | None:
        """One finding as it came in, None where there is none of this key."""
        table = schema.finding
        with reading(self._engine) as connection:
            query = select(table).where(table.c.key == key)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else to_finding(row)

    def _put(self, table: Table, rows: list[dict[str, Any]], t_s: float, actor: str) -> int:
        key = next(iter(table.primary_key.columns)).name
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            there = {row[key]: dict(row) for row in connection.execute(select(table)).mappings()}
            changed = [row for row in rows if there.get(row[key]) != row]
            if not changed:
                return 0
            new = _insert(connection)(table)
            told = {c.name: new.excluded[c.name] for c in table.columns if c.name != key}
            connection.execute(new.on_conflict_do_update(index_elements=[key], set_=told), changed)
            body = {"digest": digest(changed), "rows": len(changed)}
            append(connection, [_said(n, t_s, actor, "set", table, **body)])
            return len(changed)

    def _add(self, table: Table, rows: Iterable[dict[str, Any]], t_s: float, actor: str) -> Added:
        new = seen = 0
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                new += self._add_batch(table, batch, t_s, actor)
                seen += len(batch)
                batch = []
        if batch:
            new += self._add_batch(table, batch, t_s, actor)
            seen += len(batch)
        return Added(new=new, known=seen - new)

    def _add_batch(self, table: Table, rows: list[dict[str, Any]], t_s: float, actor: str) -> int:
        with self._engine.begin() as connection:
            return len(add_rows(connection, table, rows, t_s, actor))


def add_rows(
    connection: Connection, table: Table, rows: list[dict[str, Any]], t_s: float, actor: str
) -> list[dict[str, Any]]:
    """Store those whose key is free, count them, and say so in the ledger; returns them.

    ``table`` is that of visits or of findings; all in the caller's transaction.
    """
    first_n = take_numbers(connection, len(rows) + 1)
    for n, row in enumerate(rows, start=first_n + 1):
        row["n"] = n
    inserted = insert_new(connection, table, rows)
    new = [row for row in rows if row["n"] in inserted]
    if not new:
        return []
    if table is schema.visit:
        tally.add(connection, tally.of_visits(new))
        tally.add_to_places(connection, new)
        _correct(connection, new, first_n)
    else:
        tally.add(connection, tally.of_findings(new))
    body = {"casework": digest(born(row, table) for row in new), "upto": rows[-1]["n"]}
    append(connection, [_said(first_n, t_s, actor, ADD, table, **body)])
    return new


def _correct(connection: Connection, new: list[dict[str, Any]], n: int) -> None:
    """The visits that others revise count no more, also where a partner's correction came first."""
    table = schema.visit
    keys = {row["revises"] for row in new if row["revises"] is not None}
    brought = [row["key"] for row in new if row["origin"] is not None]
    if brought:
        keys |= set(connection.scalars(select(table.c.revises).where(table.c.revises.in_(brought))))
    if keys:
        query = select(table).where(table.c.key.in_(keys), tally.in_force)
        tally.supersede(connection, [dict(r) for r in connection.execute(query).mappings()], n)


def born(row: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """What a row said at birth: what the ledger's digest covers."""
    cached = _CACHED.get(table.name, frozenset())
    return {c.name: row[c.name] for c in table.columns if c.name not in cached}


def digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over rows, each as JSON with its names in order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(_JSON.encode(row))
        found.update(b"\n")
    return found.hexdigest()


def visit_row(visit: Visit) -> dict[str, Any]:
    """As it is stored, without its number."""
    row = _row(visit)
    row["evidence_json"] = _text(row.pop("evidence"))
    row["day"] = day_of(visit.t0_s).isoformat()
    return row | {"superseded_n": None}


def to_visit(row: RowMapping) -> Visit:
    """A visit from its row."""
    return _to(Visit, row, evidence=tuple(msgspec.json.decode(row["evidence_json"])))


def finding_row(finding: Finding) -> dict[str, Any]:
    """As it is stored, without its number."""
    row = _row(finding)
    row.pop("outcome")
    row["evidence_json"] = _text(row.pop("evidence"))
    row["co_owners_json"] = _text(row.pop("co_owners"))
    outcome = _row(finding.outcome)
    row["born_json"] = _text({"lead": finding.lead} | {k: v for k, v in outcome.items() if v})
    row["day"] = day_of(finding.t_found_s).isoformat()
    return row | outcome | {"listing_state": None, "listing_due": None, "standing_json": None}


def to_finding(row: RowMapping) -> Finding:
    """A finding from its row, with the outcome it has by now."""
    return _to(
        Finding,
        row,
        evidence=tuple(msgspec.json.decode(row["evidence_json"])),
        co_owners=tuple(msgspec.json.decode(row["co_owners_json"])),
        outcome=msgspec.convert({name: row[name] for name in _OUTCOME}, Outcome, strict=False),
    )


_JSON = msgspec.json.Encoder(order="sorted")
_OUTCOME = tuple(field.name for field in fields(Outcome))
_CACHED: dict[str, frozenset[str]] = {
    "visit": frozenset({"superseded_n"}),
    "finding": frozenset(
        {"lead", "co_owners_json", "listing_state", "listing_due", "standing_json", *_OUTCOME}
    ),
    "task": frozenset({"state", "owner", "due", "standing_json"}),
}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _row(word: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(word, field.name)) for field in fields(word)}


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _to(kind: type[T], row: RowMapping, **more: object) -> T:
    said = {f.name: row[f.name] for f in fields(kind) if f.name in row}  # type: ignore[arg-type]
    return msgspec.convert(said | more, kind, strict=False)


def _org_row(org: Org) -> dict[str, Any]:
    row = _row(org)
    row["build_json"] = _text(row.pop("build"))
    return row


def _to_org(row: RowMapping) -> Org:
    return _to(Org, row, build=tuple(msgspec.json.decode(row["build_json"])))


def _said(n: int, t_s: float, actor: str, verb: str, table: Table, **body: object) -> Said:
    return Said(n=n, t_s=t_s, actor=actor, verb=verb, subject=table.name, body=_text(body))


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
