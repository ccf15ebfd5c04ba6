"""What partners sent, each message once, and what goes to them; who leads a shared hazard."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import msgspec
from sqlalchemy import Engine, func, select, update

from casework.words import Finding, Visit
from store import schema_casework as cases
from store import tally
from store.casework import to_finding, to_visit
from store.engine import reading
from store.ledger import Said, append
from store.once import insert_or_nothing, take_numbers
from store.schema_patrol import received
from store.standings import NoSuchWork

HAND_OVER = "hand_over"
"""The verb of an entry about who leads a hazard from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message of a partner, as it came and as it was answered."""

    partner: str
    key: str
    """The sender's own id: the same message again has the same."""
    digest: str
    """SHA-256 of its bytes."""
    t_received_s: float
    format: str
    """``json`` or ``cap``."""
    status: str
    """Of CAP: actual, exercise, test, or none of them; of the others empty."""
    subject: str
    """In a few words."""
    incident_id: str | None = None
    """The incident of ours that it is about."""
    answer_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one department has done in a stretch of time: a part of the city's figures."""

    department: str | None
    """A partner; None for our own people."""
    visits: int
    places: int
    """Distinct ones that it saw."""
    inspections: int
    found: int
    rectified: int
    """Of those found."""


class SqlExchange:
    """The exchange in the record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, partner: str, key: str) -> Received | None:
        """A message that came before."""
        query = select(*_TOLD).where(received.c.partner == partner, received.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else Received(**row)

    def keep(self, message: Received, body: bytes) -> bool:
        """Keep a message with its answer; False where another was quicker, and nothing changed."""
        row = msgspec.to_builtins(message) | {"body": body}
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            if not connection.execute(insert_or_nothing(connection, received), row).rowcount:
                return False
            said = Said(
                n=n,
                t_s=message.t_received_s,
                actor=message.partner,
                verb="receive",
                subject=f"message/{message.key}",
                body=msgspec.json.encode({"digest": message.digest}).decode(),
            )
            append(connection, [said])
        return True

    def newest(self, limit: int, partner: str | None = None) -> list[Received]:
        """The newest messages, of one partner or of all."""
        query = select(*_TOLD).order_by(received.c.t_received_s.desc(), received.c.key)
        if partner is not None:
            query = query.where(received.c.partner == partner)
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(limit)).mappings()
            return [Received(**row) for row in rows]

    def own_after(self, n: int, limit: int) -> tuple[list[tuple[int, Visit | Finding]], int]:
        """Our own visits in force and findings after a number, in order, at most ``limit``; and
        the number to go on after.
        """
        v, f = cases.visit, cases.finding
        visits = select(v).where(v.c.n > n, v.c.origin.is_(None), tally.in_force)
        findings = select(f).where(f.c.n > n, f.c.origin.is_(None))
        found: list[tuple[int, Visit | Finding]] = []
        with reading(self._engine) as connection:
            newest = [connection.scalar(select(func.max(t.c.n))) or 0 for t in (v, f)]
            for row in connection.execute(visits.order_by(v.c.n).limit(limit + 1)).mappings():
                found.append((row["n"], to_visit(row)))
            for row in connection.execute(findings.order_by(f.c.n).limit(limit + 1)).mappings():
                found.append((row["n"], to_finding(row)))
        found.sort(key=lambda one: one[0])
        if len(found) > limit:
            return found[:limit], found[limit - 1][0]
        return found, max(*newest, n)

    def hand_over(
        self, key: str, lead: str, co_owners: tuple[str, ...], said: dict[str, str], t_s: float
    ) -> Finding:
        """Give a finding another lead: one record of who, to whom and why, in one transaction.

        Raises:
            NoSuchWork: there is no such finding.
        """
        f = cases.finding
        told = msgspec.json.encode(co_owners).decode()
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            changed = update(f).where(f.c.key == key).values(lead=lead, co_owners_json=told)
            if not connection.execute(changed).rowcount:
                raise NoSuchWork(key)
            body = {"lead": lead, "co_owners": list(co_owners), **said}
            entry = Said(
                n=n,
                t_s=t_s,
                actor=said["actor"],
                verb=HAND_OVER,
                subject=f"finding/{key}",
                body=msgspec.json.encode(body).decode(),
            )
            append(connection, [entry])
            row = connection.execute(select(f).where(f.c.key == key)).mappings().one()
            return to_finding(row)

    def shares(
        self, first_day: str, last_day: str, orgs: tuple[str, ...] | None = None
    ) -> list[Share]:
        """成效共享: what each department did between two days of Beijing's, both included.

        ``orgs`` are those whose places are meant, None for all.

        The same rows as the statistics', by origin: the sums over departments are the totals.
        """
        v, f = cases.visit, cases.finding
        done = (
            select(
                v.c.origin,
                func.count().label("visits"),
                func.count(v.c.place_id.distinct()).label("places"),
                func.count().filter(v.c.method == "inspection").label("inspections"),
            )
            .where(v.c.day.between(first_day, last_day), tally.counted)
            .group_by(v.c.origin)
        )
        found = (
            select(
                f.c.origin,
                func.count().label("found"),
                func.count(f.c.rectified).label("rectified"),
            )
            .where(f.c.day.between(first_day, last_day))
            .group_by(f.c.origin)
        )
        if orgs is not None:
            done, found = (
                query.where(table.c.org_id.in_(orgs)) for query, table in ((done, v), (found, f))
            )
        told: dict[str | None, dict[str, Any]] = {None: {}}
        with reading(self._engine) as connection:
            for query in (done, found):
                for row in connection.execute(query).mappings():
                    told.setdefault(row["origin"], {}).update(row)
        counts = ("visits", "places", "inspections", "found", "rectified")
        return [
            Share(department=name, **{count: told[name].get(count, 0) for count in counts})
            for name in sorted(told, key=lambda name: (name is not None, name or ""))
        ]


_TOLD = tuple(received.c[field.name] for field in fields(Received))
