"""The patrol log in the record: flights with their visits, revised where late data changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, RowMapping, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from casework.patrol import PatrolFlight, visit_key
from casework.patrol_plan import PlannedPatrol
from casework.words import Method, Visit
from store import schema, schema_patrol, tally
from store import schema_casework as cases
from store.analysis import JUDGED
from store.casework import add_rows, digest, to_visit, visit_row
from store.engine import reading
from store.flights import flight_number
from store.ledger import Said, append
from store.once import take_numbers

ACTOR = "patrol log"
LOG = "log"
"""The verb of an entry about a flight's answer."""
_FLIGHT = msgspec.json.Decoder(PatrolFlight)
_SAME = frozenset({"key", "revises", "t_reported_s"})
"""What may differ between two answers that say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a flight's answer."""

    flight: PatrolFlight
    changed: bool
    revised: bool
    """Some visit that was in the log before says something else now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a flight has come into the record."""

    t_received_s: float
    """Of its newest record, on the station's clock."""
    unjudged: int
    """Pictures that no analysis has come to yet."""


class SqlPatrolLog:
    """Keeps the answers, and reads them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, flight: PatrolFlight, visits: Sequence[Visit], *, t_s: float) -> Kept:
        """Make this the log's answer for the flight, in one transaction.

        The same answer again changes nothing. Of another one, the visits that differ correct those
        that they replace; a visit that is no more is taken out of the counts and stays readable.
        """
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            before = _flight(connection, flight.flight_id)
            standing = {row["place_id"]: row for row in _standing(connection, flight.flight_id)}
            told = {visit.place_id: visit_row(visit) for visit in visits}
            new = [p for p, row in told.items() if not _same(row, standing.get(p))]
            gone = [p for p in standing if p not in told]
            replaced = [standing[p] for p in (*new, *gone) if p in standing]
            if before is not None and not new and not gone and _said(before) == _said(flight):
                return Kept(flight=before, changed=False, revised=False)
            revision = 0 if before is None else before.revision + 1
            flight = replace(flight, revision=revision, t_logged_s=t_s)
            _put(connection, flight)
            tally.supersede(connection, [standing[p] for p in gone], n)
            rows = [_revised(told[p], standing.get(p), revision) for p in new]
            if rows:
                add_rows(connection, cases.visit, rows, t_s, ACTOR)
            gone_keys = [standing[p]["key"] for p in gone]
            body = msgspec.json.encode(
                {"digest": digest([_said(flight)]), "revision": revision, "gone": gone_keys}
            )
            entry = Said(
                n=n,
                t_s=t_s,
                actor=ACTOR,
                verb=LOG,
                subject=f"patrol {flight.flight_id}",
                body=body.decode(),
            )
            append(connection, [entry])
        return Kept(flight=flight, changed=True, revised=bool(replaced))

    def flight(self, flight_id: str) -> PatrolFlight | None:
        """One flight of the log, None where it is not in it."""
        with reading(self._engine) as connection:
            return _flight(connection, flight_id)

    def flights(
        self, t0_s: float, t1_s: float, limit: int = 500, orgs: tuple[str, ...] | None = None
    ) -> list[PatrolFlight]:
        """The flights that began between two times, newest first; of some orgs' places alone."""
        table = schema_patrol.patrol
        query = (
            select(table.c.body_json)
            .where(table.c.t0_s >= t0_s, table.c.t0_s < t1_s)
            .order_by(table.c.t0_s.desc(), table.c.flight_id)
        )
        if orgs is not None:
            query = query.where(table.c.flight_id.in_(_that_visited(orgs)))
        with reading(self._engine) as connection:
            return [_FLIGHT.decode(body) for body in connection.scalars(query.limit(limit))]

    def earlier(self, flight_id: str) -> list[Visit]:
        """The visits of a flight that later ones correct, in the order in which they were kept."""
        table = cases.visit
        query = select(table).where(table.c.ref == flight_id, table.c.superseded_n.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.n)).mappings()
            return [to_visit(row) for row in rows]

    def progress(self, flight_id: str) -> Progress:
        """What is known of a flight's records so far."""
        fix, frame, run, look = schema.fix, schema.frame, schema.run, schema.look
        with reading(self._engine) as connection:
            flight_n = flight_number(connection, flight_id)
            last_s = [
                connection.scalar(
                    select(func.max(table.c.t_received_s)).where(table.c.flight_n == flight_n)
                )
                for table in (fix, frame)
            ]
            judged = (
                select(look.c.frame_n)
                .join_from(look, run)
                .where(run.c.kind.in_([kind.value for kind in JUDGED]))
            )
            waiting = select(func.count()).where(
                frame.c.flight_n == flight_n, frame.c.n.not_in(judged)
            )
            unjudged = connection.scalar(waiting) or 0
        heard_s = max((t_s for t_s in last_s if t_s is not None), default=0.0)
        return Progress(t_received_s=heard_s, unjudged=unjudged)

    def plan(self, plans: Iterable[PlannedPatrol], *, t_s: float, actor: str) -> int:
        """Make these planned patrols what they are told to be; returns how many were changed."""
        table = schema_patrol.patrol_plan
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            there = {
                row["plan_id"]: dict(row) for row in connection.execute(select(table)).mappings()
            }
            rows = [_plan_row(one) for one in plans]
            changed = [row for row in rows if there.get(row["plan_id"]) != row]
            if not changed:
                return 0
            new = _insert(connection)(table)
            told = {c.name: new.excluded[c.name] for c in table.columns if c.name != "plan_id"}
            connection.execute(
                new.on_conflict_do_update(index_elements=["plan_id"], set_=told), changed
            )
            body = msgspec.json.encode({"digest": digest(changed), "plans": changed}).decode()
            said = Said(n=n, t_s=t_s, actor=actor, verb="set", subject="patrol_plan", body=body)
            append(connection, [said])
            return len(changed)

    def plans(self, t0_s: float, t1_s: float) -> list[PlannedPatrol]:
        """The planned patrols whose time touches a stretch, in order of time."""
        table = schema_patrol.patrol_plan
        query = select(table).where(table.c.t0_s < t1_s, table.c.t1_s >= t0_s)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.t0_s, table.c.plan_id)).mappings()
            return [_to_plan(row) for row in rows]

    def flown(
        self, plan_ids: Sequence[str], orgs: tuple[str, ...] | None = None
    ) -> dict[str, list[str]]:
        """The flights of each planned patrol; those over some orgs' places alone."""
        table = schema_patrol.patrol
        query = select(table.c.plan_id, table.c.flight_id).where(table.c.plan_id.in_(plan_ids))
        if orgs is not None:
            query = query.where(table.c.flight_id.in_(_that_visited(orgs)))
        found: dict[str, list[str]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(table.c.t0_s)):
                found.setdefault(row.plan_id, []).append(row.flight_id)
        return found


def _that_visited(orgs: tuple[str, ...]) -> Select[tuple[str | None]]:
    """The flights that looked at these orgs' places."""
    return select(cases.visit.c.ref).where(cases.visit.c.org_id.in_(orgs), tally.in_force)


def _flight(connection: Connection, flight_id: str) -> PatrolFlight | None:
    table = schema_patrol.patrol
    body = connection.scalar(select(table.c.body_json).where(table.c.flight_id == flight_id))
    return None if body is None else _FLIGHT.decode(body)


def _standing(connection: Connection, flight_id: str) -> list[dict[str, Any]]:
    table = cases.visit
    query = select(table).where(
        table.c.ref == flight_id, table.c.method == Method.DRONE.value, tally.in_force
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _same(row: Mapping[str, Any], standing: Mapping[str, Any] | None) -> bool:
    return standing is not None and all(
        standing[name] == value for name, value in row.items() if name not in _SAME
    )


def _said(flight: PatrolFlight) -> dict[str, Any]:
    """What an answer says, without when and how often it was given."""
    bare = replace(flight, revision=0, t_logged_s=0.0)
    told: dict[str, Any] = msgspec.to_builtins(bare)
    return told


def _revised(
    row: dict[str, Any], standing: Mapping[str, Any] | None, revision: int
) -> dict[str, Any]:
    if revision == 0:
        return row
    key = visit_key(row["ref"], row["place_id"], revision)
    return row | {"key": key, "revises": None if standing is None else standing["key"]}


def _put(connection: Connection, flight: PatrolFlight) -> None:
    table = schema_patrol.patrol
    row = {
        "flight_id": flight.flight_id,
        "device_id": flight.device_id,
        "t0_s": flight.t0_s,
        "t1_s": flight.t1_s,
        "plan_id": flight.plan_id,
        "revision": flight.revision,
        "t_logged_s": flight.t_logged_s,
        "body_json": msgspec.json.encode(flight).decode(),
    }
    new = _insert(connection)(table)
    told = {name: new.excluded[name] for name in row if name != "flight_id"}
    connection.execute(new.on_conflict_do_update(index_elements=["flight_id"], set_=told), row)


def _plan_row(plan: PlannedPatrol) -> dict[str, Any]:
    row = {one.name: getattr(plan, one.name) for one in fields(plan)}
    row["places_json"] = msgspec.json.encode(row.pop("place_ids")).decode()
    return row | {"cancelled": int(plan.cancelled)}


def _to_plan(row: RowMapping) -> PlannedPatrol:
    said = {name.removesuffix("_json"): row[name] for name in map(str, row)}
    said["place_ids"] = msgspec.json.decode(said.pop("places"))
    return msgspec.convert(said, PlannedPatrol, strict=False)


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
