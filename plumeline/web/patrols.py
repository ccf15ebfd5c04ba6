"""The routes of the patrol log: visits of every kind, flights, the year so far, what is next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from casework.days import day_of, start_s
from casework.patrol import PatrolFlight
from casework.patrol_plan import Covered, Proposed, Stands, covered, kept_to, proposal, stands
from casework.words import Method, Place, PlaceClass, Result, Visit
from plumeline.casework import CaseworkSection
from plumeline.tables import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from plumeline.web.api import Limit, as_file, as_json
from plumeline.web.log_table import Language, header, row
from plumeline.web.may import READERS, Me, may
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.within import orgs_seen, places_seen
from store.people import ALL, Account
from store.statistics import SqlStatistics
from store.store import Store
from store.visits import COUNTED_UPTO, SqlVisits, VisitLine, Wanted

EXPORTED = 100_000
"""Rows of one file."""

Word = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[float | None, Query(ge=0, le=1e11)]
Year = Annotated[int | None, Query(ge=1990, le=2200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitList:
    """Part of the visits that were asked for, the newest first."""

    t_s: float
    total: int
    """Of those asked for; beyond `COUNTED_UPTO` it says only that there are more."""
    visits: Sequence[VisitLine]
    more: bool
    """Whether there are older ones: ask with ``before_s`` and ``before_n`` of the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolStory:
    """One flight of the log."""

    flight: PatrolFlight
    visits: Sequence[VisitLine]
    earlier: Sequence[Visit]
    """What was said before late data corrected it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCoverage:
    """How much of each class a year has seen so far, and what became of its planned patrols."""

    year: int
    classes: Sequence[Covered]
    plans: dict[Stands, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSeen:
    """One place, and when it was last seen by anybody."""

    place: Place
    last_seen_s: float | None
    visits: Sequence[Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which visits, as the address says. Times in seconds since 1970 UTC."""

    from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e11)] = None
    to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e11)] = None
    cls: PlaceClass | None = None
    result: Result | None = None
    method: Method | None = None
    place: Word = None
    org: Word = None
    flight: Word = None

    def wanted(self, orgs: tuple[str, ...] | None) -> Wanted:
        """In the record's words; ``orgs`` are those that the account sees."""
        return Wanted(
            t0_s=0.0 if self.from_s is None else self.from_s,
            t1_s=1e11 if self.to_s is None else self.to_s,
            cls=self.cls,
            result=self.result,
            method=self.method,
            place_id=self.place,
            orgs=orgs,
            ref=self.flight,
        )


Filtered = Annotated[Asked, Depends(Asked)]


def visit_routes(store: Store, *, zone: tzinfo, now_s: Callable[[], float]) -> APIRouter:
    """Lists of visits, drone and walk-in alike, and the same as files."""
    router = APIRouter(prefix="/api")
    visits, statistics = SqlVisits(store.engine), SqlStatistics(store.engine)

    def wanted(me: Account, asked: Asked) -> Wanted:
        return asked.wanted(orgs_seen(me, asked.org, statistics))

    @router.get("/visits")
    @may(READERS, scoped=True)
    def listed(
        me: Me,
        asked: Filtered,
        limit: Limit = 100,
        before_s: Moment = None,
        before_n: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    ) -> Response:
        before = None if before_s is None or before_n is None else (before_s, before_n)
        mine = wanted(me, asked)
        lines = visits.lines(mine, limit=limit + 1, before=before)
        return as_json(
            VisitList(
                t_s=now_s(),
                total=visits.count(mine),
                visits=lines[:limit],
                more=len(lines) > limit,
            )
        )

    @router.get("/visits.csv")
    @may(READERS, scoped=True)
    def as_csv_file(me: Me, asked: Filtered, lang: Language = "zh") -> Response:
        rows = (row(one, lang) for one in visits.every(wanted(me, asked), EXPORTED))
        return as_file(as_csv(header(lang), rows), CSV_TYPE, "visits.csv")

    @router.get("/visits.xlsx")
    @may(READERS, scoped=True)
    def as_xlsx_file(me: Me, asked: Filtered, lang: Language = "zh") -> Response:
        rows = (row(one, lang) for one in visits.every(wanted(me, asked), EXPORTED))
        title = "巡飞日志" if lang == "zh" else "Patrol log"
        return as_file(as_xlsx(title, header(lang), rows, zone), XLSX_TYPE, "visits.xlsx")

    @router.get("/places/{place_id:path}/visits")
    @may(READERS, scoped=True)
    def of_place(me: Me, place_id: str, limit: Limit = 100) -> Response:
        place = store.casework.place(place_id)
        orgs = orgs_seen(me, None, statistics)
        if place is None or (orgs is not None and place.org_id not in orgs):
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_PLACE, place_id=place_id)
        return as_json(
            PlaceSeen(
                place=place,
                last_seen_s=visits.last_seen_s().get(place_id),
                visits=store.casework.visits_of_place(place_id, limit),
            )
        )

    return router


def patrol_routes(
    store: Store, section: CaseworkSection, *, now_s: Callable[[], float]
) -> APIRouter:
    """The flights of the log, the year against its goals, and what should be flown next."""
    router = APIRouter(prefix="/api")
    visits, statistics = SqlVisits(store.engine), SqlStatistics(store.engine)

    @router.get("/patrols")
    @may(READERS, scoped=True)
    def flights(
        me: Me,
        from_s: Annotated[float, Query(alias="from", ge=0, le=1e11)] = 0.0,
        to_s: Annotated[float, Query(alias="to", ge=0, le=1e11)] = 1e11,
        limit: Limit = 200,
    ) -> Response:
        orgs = orgs_seen(me, None, statistics)
        return as_json(store.patrol_log.flights(from_s, to_s, limit, orgs))

    @router.get("/patrols/{flight_id:path}")
    @may(READERS, scoped=True)
    def story(me: Me, flight_id: str) -> Response:
        flight = store.patrol_log.flight(flight_id)
        orgs = orgs_seen(me, None, statistics)
        lines = visits.lines(Wanted(ref=flight_id, orgs=orgs), limit=COUNTED_UPTO)
        if flight is None or (orgs is not None and not lines):
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_FLIGHT, flight_id=flight_id)
        earlier = store.patrol_log.earlier(flight_id)
        if orgs is not None:
            earlier = [one for one in earlier if one.org_id in orgs]
        return as_json(PatrolStory(flight=flight, visits=lines[::-1], earlier=earlier))

    _year_routes(router, store, section, now_s)
    return router


def _year_routes(
    router: APIRouter, store: Store, section: CaseworkSection, now_s: Callable[[], float]
) -> None:
    visits, statistics = SqlVisits(store.engine), SqlStatistics(store.engine)

    def places(me: Account) -> Sequence[Place]:
        return places_seen(me, store.casework.places(), statistics)

    @router.get("/places/seen")
    @may(READERS, scoped=True)
    def seen(me: Me, year: Year = None) -> Response:
        found = visits.seen_in(day_of(now_s()).year if year is None else year)
        return as_json({p.place_id: found[p.place_id] for p in places(me) if p.place_id in found})

    @router.get("/patrol-coverage")
    @may(READERS, scoped=True)
    def year_coverage(me: Me, year: Year = None) -> Response:
        asked = day_of(now_s()).year if year is None else year
        first_s, end_s = (start_s(date(y, 1, 1)) for y in (asked, asked + 1))
        plans, mine = store.patrol_log.plans(first_s, end_s), places(me)
        if me.district != ALL:
            plans = kept_to(plans, {one.place_id for one in mine})
        flown = store.patrol_log.flown([plan.plan_id for plan in plans])
        told = [stands(plan, flown=plan.plan_id in flown, now_s=now_s()) for plan in plans]
        return as_json(
            YearCoverage(
                year=asked,
                classes=covered(mine, visits.seen_in(asked), section.goals),
                plans={one: told.count(one) for one in Stands},
            )
        )

    @router.get("/patrol-proposal")
    @may(READERS, scoped=True)
    def proposed(me: Me, limit: Limit = 50) -> Response:
        ranked: Sequence[Proposed] = proposal(
            places(me),
            visits.last_seen_s(),
            now_s=now_s(),
            intervals_days=section.unseen_days,
            reflights=store.reflights.open(orgs_seen(me, None, statistics)),
        )
        return as_json(ranked[:limit])
