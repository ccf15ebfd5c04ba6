"""The statistics' side of the record: counts by org and class, and the rows behind each count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Integer, Table, and_, cast, func, select

from casework.figures import LATE, Figure
from casework.statistics import Cell, Home
from casework.words import Finding, Person, Visit
from store import schema_casework as schema
from store import tally
from store.casework import SqlCasework, to_finding, to_visit
from store.engine import reading

SUMS = (
    Figure.VISITS,
    Figure.INSPECTIONS,
    Figure.FOUND,
    Figure.RECTIFIED,
    Figure.LISTED,
    Figure.DELISTED,
    Figure.CASES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows are meant."""

    first: date
    last: date
    """With this day."""
    orgs: tuple[str, ...] | None = None
    """None for all."""
    cls: str | None = None
    """None for all, empty for unclassified."""
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some of the rows behind a figure, in order of number."""

    total: int
    """Of all: the figure itself."""
    last_n: int
    """Where to go on from."""
    visits: tuple[Visit, ...] = ()
    findings: tuple[Finding, ...] = ()


class SqlStatistics:
    """Reads the counts and what they count."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._work = SqlCasework(engine)

    sums = SUMS
    """The figures that are told of people."""

    def staff(self, org_id: str) -> list[Person]:
        """The people of a station."""
        return self._work.people(org_id)

    def homes(self) -> list[Home]:
        """The org tree with its staff as it is now."""
        table = schema.staff
        members = func.sum(cast(table.c.party_member, Integer))
        query = select(table.c.org_id, func.count(), members).group_by(table.c.org_id)
        with reading(self._engine) as connection:
            found = {org_id: (count, of) for org_id, count, of in connection.execute(query)}
        homes = []
        for org in self._work.orgs():
            staff, of = found.get(org.org_id, (0, 0))
            homes.append(Home(org=org, staff=staff, members=of))
        return homes

    def cells(self, scope: Scope) -> list[Cell]:
        """The counts of a period by org and class."""
        t = schema.tally
        names = (*SUMS, *(f"late_{figure}" for figure in LATE))
        query = (
            select(t.c.org_id, t.c.cls, *(func.sum(t.c[name]).label(name) for name in names))
            .where(*_within(t, scope, t.c.day))
            .group_by(t.c.org_id, t.c.cls)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            places = self._places(connection, scope)
        cells = {
            (row["org_id"], row["cls"]): Cell(
                org_id=row["org_id"],
                cls=row["cls"],
                counts={figure: int(row[figure]) for figure in SUMS},
                late={figure: int(row[f"late_{figure}"]) for figure in LATE},
            )
            for row in rows
        }
        if places is None:
            return list(cells.values())
        for key in places.keys() | cells.keys():
            one = cells.get(key) or Cell(org_id=key[0], cls=key[1], counts={}, late={})
            cells[key] = replace(one, counts={**one.counts, Figure.PLACES: places.get(key, 0)})
        return list(cells.values())

    def months(self, scope: Scope) -> dict[str, dict[str, int]]:
        """The sums of each month of a period, by ``YYYY-MM``, from the first that has any to the
        last that has; one between them without any is there with zeros."""
        t = schema.tally
        month = func.substr(t.c.day, 1, 7).label("month")
        query = (
            select(month, *(func.sum(t.c[name]).label(name) for name in SUMS))
            .where(*_within(t, scope, t.c.day))
            .group_by(month)
            .order_by(month)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        found = {row["month"]: row for row in rows}
        return {
            month: {name: int(found[month][name]) if month in found else 0 for name in SUMS}
            for month in _every_month(sorted(found))
        }

    def people(self, scope: Scope) -> dict[str, dict[str, int]]:
        """The counts of each person, by id; of what no person is named for, under an empty id."""
        found: dict[str, dict[str, int]] = {}
        with reading(self._engine) as connection:
            for figure in SUMS:
                query = _of(figure, scope)
                table = query.table
                by = select(table.c.person_id, func.count()).where(*query.where)
                for person_id, count in connection.execute(by.group_by(table.c.person_id)):
                    found.setdefault(person_id or "", {})[figure] = count
        return found

    def rows(self, figure: Figure, scope: Scope, *, after_n: int, limit: int) -> Rows:
        """The rows that a figure counts, after a number, in order.

        Raises:
            ValueError: the figure counts no rows.
        """
        query = _of(figure, scope)
        t = query.table
        some = select(t).where(*query.where, t.c.n > after_n).order_by(t.c.n).limit(limit)
        with reading(self._engine) as connection:
            total = connection.scalar(select(func.count()).select_from(t).where(*query.where))
            rows = connection.execute(some).mappings().all()
        told = Rows(total=int(total or 0), last_n=rows[-1]["n"] if rows else after_n)
        if t is schema.visit:
            return replace(told, visits=tuple(map(to_visit, rows)))
        return replace(told, findings=tuple(map(to_finding, rows)))

    def _places(self, connection: Connection, scope: Scope) -> dict[tuple[str, str], int] | None:
        """Different places by org and class; None where the period is not a year so far."""
        t = schema.place_year
        year = scope.first.year
        last = connection.scalar(
            select(func.max(schema.tally.c.day)).where(schema.tally.c.day <= f"{year}-12-31")
        )
        whole = scope.first == date(year, 1, 1) and scope.last.year == year
        if not whole or (last or "") > scope.last.isoformat():
            return None
        query = select(t.c.org_id, t.c.cls, func.count()).where(t.c.year == year)
        if scope.orgs is not None:
            query = query.where(t.c.org_id.in_(scope.orgs))
        if scope.cls is not None:
            query = query.where(t.c.cls == scope.cls)
        counted = connection.execute(query.group_by(t.c.org_id, t.c.cls))
        return {(org_id, cls): count for org_id, cls, count in counted}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    table: Table
    where: tuple[ColumnElement[bool], ...]


def _of(figure: Figure, scope: Scope) -> _Query:
    """The table and the condition of what a figure counts."""
    v, f = schema.visit, schema.finding
    match figure:
        case Figure.VISITS:
            return _query(v, scope, v.c.day, tally.counted)
        case Figure.INSPECTIONS:
            return _query(v, scope, v.c.day, and_(tally.counted, v.c.method == "inspection"))
        case Figure.FOUND:
            return _query(f, scope, f.c.day)
        case Figure.RECTIFIED | Figure.LISTED | Figure.DELISTED:
            return _query(f, scope, f.c[figure])
        case Figure.CASES:
            return _query(f, scope, f.c.case_filed)
        case _:
            reason = f"{figure} counts no rows"
            raise ValueError(reason)


def _query(
    table: Table, scope: Scope, day: ColumnElement[Any], *more: ColumnElement[bool]
) -> _Query:
    where = [*_within(table, scope, day), *more]
    if scope.person_id is not None:
        where.append(table.c.person_id == scope.person_id)
    return _Query(table=table, where=tuple(where))


def _every_month(months: Sequence[str]) -> Iterator[str]:
    """From the first to the last, ``YYYY-MM``."""
    if months:
        first, last = (12 * int(one[:4]) + int(one[5:]) - 1 for one in (months[0], months[-1]))
        yield from (f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1))


def _within(table: Table, scope: Scope, day: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        day.between(scope.first.isoformat(), scope.last.isoformat())
    ]
    if scope.orgs is not None:
        where.append(table.c.org_id.in_(scope.orgs))
    if scope.cls is not None:
        where.append(func.coalesce(table.c.cls, "") == scope.cls)
    return where
