"""Visits as lists ask for them: filtered, newest first; and what was seen of each place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping, Select, func, select, tuple_

from casework.words import Method, PlaceClass, Result, Visit
from store import schema_casework as schema
from store import tally
from store.casework import to_visit
from store.engine import reading

COUNTED_UPTO = 10_000
"""A list that is longer is told as that, and counted no further."""
STEP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which visits are asked for; None for any."""

    t0_s: float = 0.0
    t1_s: float = 1e11
    cls: PlaceClass | None = None
    result: Result | None = None
    method: Method | None = None
    place_id: str | None = None
    orgs: tuple[str, ...] | None = None
    """In charge of the places."""
    ref: str | None = None
    """A flight, or an inspection record's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit in a list, with its place."""

    n: int
    """What the next page begins before, with the visit's time."""
    visit: Visit
    place: str
    """As the register names it; the id where it does not."""
    place_en: str | None
    address: str | None
    risk: int | None


class SqlVisits:
    """Answers questions about visits; changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(
        self, wanted: Wanted, *, limit: int, before: tuple[float, int] | None = None
    ) -> list[VisitLine]:
        """The newest of them, or the newest before a time and number."""
        visit = schema.visit
        query = _lines(wanted).limit(limit)
        if before is not None:
            query = query.where(tuple_(visit.c.t0_s, visit.c.n) < before)
        with reading(self._engine) as connection:
            return [_line(row) for row in connection.execute(query).mappings()]

    def every(self, wanted: Wanted, limit: int) -> Iterator[VisitLine]:
        """All of them up to a number, read as they are asked for."""
        query = _lines(wanted).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=STEP).execute(query).mappings()
            for row in rows:
                yield _line(row)

    def count(self, wanted: Wanted) -> int:
        """How many there are; more than `COUNTED_UPTO` are told as one more than that."""
        some = _where(select(schema.visit.c.n), wanted).limit(COUNTED_UPTO + 1).subquery()
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(some)) or 0

    def last_seen_s(self) -> dict[str, float]:
        """When each place was last seen by anybody; without those that never were."""
        years = schema.place_year
        query = select(years.c.place_id, func.max(years.c.t_last_s)).group_by(years.c.place_id)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def seen_in(self, year: int) -> dict[str, float]:
        """The places that were seen in a year, each with when last."""
        years = schema.place_year
        query = select(years.c.place_id, years.c.t_last_s).where(years.c.year == year)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _lines(wanted: Wanted) -> Select[Any]:
    visit, place = schema.visit, schema.place
    query = select(
        visit,
        place.c.name.label("place_name"),
        place.c.name_en.label("place_name_en"),
        place.c.address.label("place_address"),
        place.c.risk.label("place_risk"),
    ).outerjoin(place, place.c.place_id == visit.c.place_id)
    return _where(query, wanted).order_by(visit.c.t0_s.desc(), visit.c.n.desc())


def _where(query: Select[Any], wanted: Wanted) -> Select[Any]:
    visit = schema.visit
    query = query.where(visit.c.t0_s >= wanted.t0_s, visit.c.t0_s < wanted.t1_s, tally.in_force)
    for name in ("cls", "result", "method", "place_id", "ref"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(visit.c[name] == str(value))
    return query if wanted.orgs is None else query.where(visit.c.org_id.in_(wanted.orgs))


def _line(row: RowMapping) -> VisitLine:
    return VisitLine(
        n=row["n"],
        visit=to_visit(row),
        place=row["place_name"] or row["place_id"],
        place_en=row["place_name_en"],
        address=row["place_address"],
        risk=row["place_risk"],
    )
