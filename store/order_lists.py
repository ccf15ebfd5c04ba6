"""Orders as they are read: one, its history, and lists by state, owner, station and lateness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, func, select

from casework.intake import key_of_incident
from casework.life import Standing, Step
from casework.orders import ENDS, OrderState
from casework.words import Finding, Task, Visit
from store import schema_casework as schema
from store import standings
from store.casework import to_finding
from store.engine import reading
from store.reflights import brought
from store.standings import NoSuchWork

_T, _F = schema.task, schema.finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A work order with how it stands."""

    n: int
    task: Task
    standing: Standing
    repeat_of: str | None
    """The finding that this one repeats: maybe a sham repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStep:
    """A step with its number in the record."""

    n: int
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything about one hazard."""

    order: Order | None
    finding: Finding
    place: str | None
    """As the register names it."""
    place_en: str | None
    listing: Standing | None
    steps: tuple[ToldStep, ...]
    listing_steps: tuple[ToldStep, ...]
    flown: tuple[Visit, ...]
    """While a verifier waits for a new flight: what drones have brought of the place since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which orders are wanted."""

    orgs: tuple[str, ...] | None = None
    state: str | None = None
    """None for those that are not ended."""
    owner: str | None = None
    overdue_on: date | None = None
    """Only those that were due before this day."""
    repeats: bool = False
    refly: bool = False
    """Only those whose verifier waits for a new flight."""
    place_id: str | None = None
    incident_id: str | None = None
    """The order of its hazard, in any state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order in a list, with the hazard it is about."""

    order: Order
    kind: str
    level: str
    address: str
    place: str | None
    listing_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """A page of a list, the most urgent first."""

    total: int
    overdue: int
    orders: tuple[Listed, ...]


class SqlOrderLists:
    """Reads orders."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def order(self, key: str) -> Order:
        """One order as it stands.

        Raises:
            NoSuchWork: there is no such order.
        """
        with reading(self._engine) as connection:
            row = standings.rows_of(connection, _T, {key}).get(key)
        if row is None:
            raise NoSuchWork(key)
        return _order(row)

    def case(self, key: str) -> Case:
        """A hazard with its order, its listing and all steps.

        Raises:
            NoSuchWork: there is no such finding.
        """
        with reading(self._engine) as connection:
            p = schema.place
            named = select(_F, p.c.name.label("place"), p.c.name_en.label("place_en")).outerjoin(
                p, p.c.place_id == _F.c.place_id
            )
            row = connection.execute(named.where(_F.c.key == key)).mappings().one_or_none()
            if row is None:
                raise NoSuchWork(key)
            order = standings.rows_of(connection, _T, {key}).get(key)
            steps = standings.history(connection, f"task/{key}")
            listing_steps = standings.history(connection, f"listing/{key}")
            told = None if order is None else _order(order)
            listing = row["standing_json"] and standings.STANDING.decode(row["standing_json"])
            lives = ((told and told.standing, steps), (listing, listing_steps))
            waits = [own for standing, own in lives if standing and standing.refly == "asked"]
            flown = [
                visit
                for own in waits
                for visit in brought(connection, row["place_id"], [step for _, step in own])
            ]
        return Case(
            order=told,
            finding=to_finding(row),
            place=row["place"],
            place_en=row["place_en"],
            listing=listing,
            steps=tuple(ToldStep(n=n, step=step) for n, step in steps),
            listing_steps=tuple(ToldStep(n=n, step=step) for n, step in listing_steps),
            flown=tuple(dict.fromkeys(flown)),
        )

    def history(self, subject: str) -> list[ToldStep]:
        """The steps of ``task/KEY`` or ``listing/KEY``, in order."""
        with reading(self._engine) as connection:
            found = standings.history(connection, subject)
        return [ToldStep(n=n, step=step) for n, step in found]

    def list(self, wanted: Filter, today: date, *, skip: int, limit: int) -> Orders:
        """Orders, the longest due first, then those that are ended, the newest first."""
        where = _where(wanted)
        late = [*where, _T.c.due < today.isoformat()]
        p = schema.place
        query = (
            select(
                _T,
                _F.c.kind.label("hazard"),
                _F.c.level,
                _F.c.address,
                _F.c.listing_state,
                p.c.name.label("place"),
            )
            .select_from(
                _T.join(_F, _F.c.key == _T.c.finding_key).outerjoin(
                    p, p.c.place_id == _T.c.place_id
                )
            )
            .where(*where)
            .order_by(_T.c.due.is_(None), _T.c.due, _T.c.n.desc())
            .offset(skip)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            total = connection.scalar(select(func.count()).select_from(_T).where(*where)) or 0
            overdue = connection.scalar(select(func.count()).select_from(_T).where(*late)) or 0
            rows = connection.execute(query).all()
        return Orders(total=total, overdue=overdue, orders=tuple(map(_listed, rows)))

    def stuck(self) -> Sequence[str]:
        """Open orders that nobody owns, or that are due on no day: there must be none."""
        lost = (_T.c.owner == "") | _T.c.due.is_(None)
        query = select(_T.c.key).where(_T.c.state.not_in(ENDS), lost)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))


def _where(wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.incident_id is not None:
        where.append(_T.c.key == key_of_incident(wanted.incident_id))
    elif wanted.state is None:
        where.append(_T.c.state.not_in(sorted(ENDS)))
    else:
        where.append(_T.c.state == wanted.state)
    if wanted.orgs is not None:
        where.append(_T.c.org_id.in_(wanted.orgs))
    if wanted.owner is not None:
        where.append(_T.c.owner == wanted.owner)
    if wanted.overdue_on is not None:
        where.append(_T.c.due < wanted.overdue_on.isoformat())
    if wanted.repeats:
        where.append(_T.c.repeat_of.is_not(None))
    if wanted.refly:
        asked = _T.c.standing_json.contains('"refly":"asked"')
        where += [_T.c.state == OrderState.REPORTED_DONE.value, asked]
    if wanted.place_id is not None:
        where.append(_T.c.place_id == wanted.place_id)
    return where


def _order(row: Any) -> Order:
    said = {name: row[name] for name in Task.__dataclass_fields__}
    return Order(
        n=row["n"],
        task=msgspec.convert(said, Task, strict=False),
        standing=standings.STANDING.decode(row["standing_json"]),
        repeat_of=row["repeat_of"],
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        order=_order(row._mapping),
        kind=row.hazard,
        level=row.level,
        address=row.address,
        place=row.place,
        listing_state=row.listing_state,
    )
