"""The routes by which patrols are planned: routes on the map, and when which of them is flown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from casework.patrol_plan import (
    DAY_S,
    PlannedPatrol,
    Stands,
    kept_to,
    make_route,
    places_along,
    stands,
    waypoints,
)
from casework.words import Place, PlaceKind
from geo.planned import Waypoint
from plumeline.districts import NO_DISTRICTS, Districts
from plumeline.web.api import as_json
from plumeline.web.asking import Name, Said, asked
from plumeline.web.may import BRINGERS, READERS, Me, may
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.within import orgs_seen, places_seen
from store.people import ALL, Account
from store.statistics import SqlStatistics
from store.store import Store

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Point = tuple[
    Annotated[float, msgspec.Meta(ge=-180, le=180)], Annotated[float, msgspec.Meta(ge=-90, le=90)]
]
"""Longitude and latitude, WGS84."""


class RouteWanted(Said, frozen=True, kw_only=True):
    """A route that somebody has drawn."""

    name: Name
    points: Annotated[tuple[Point, ...], msgspec.Meta(min_length=2, max_length=500)]
    route_id: Id | None = None
    """Of the route to change; a new one without."""


class PlanWanted(Said, frozen=True, kw_only=True):
    """A patrol that somebody plans, or changes."""

    route_id: Id
    t0_s: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    t1_s: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    device_id: Id | None = None
    place_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=5000)] | None = None
    """Which premises it is to look at; those along the route without."""
    plan_id: Id | None = None
    cancelled: bool = False
    days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 1
    """The same on so many days, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRoute:
    """A route, and the premises along it."""

    route: Place
    place_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPlan:
    """A planned patrol, and what has become of it."""

    plan: PlannedPatrol
    stands: Stands
    flights: Sequence[str]


def plan_routes(
    store: Store, *, now_s: Callable[[], float], districts: Districts = NO_DISTRICTS
) -> APIRouter:
    """Routes and planned patrols: read, drawn, changed."""
    router = APIRouter(prefix="/api")
    planning = _Planning(
        store=store, statistics=SqlStatistics(store.engine), districts=districts, now_s=now_s
    )

    @router.get("/patrol-routes")
    @may(READERS, scoped=True)
    def routes(me: Me) -> Response:
        return as_json(planning.routes(me))

    @router.post("/patrol-routes")
    @may(BRINGERS, scoped=True)
    async def draw(request: Request, me: Me) -> Response:
        wanted = await asked(request, RouteWanted)
        return as_json(await run_in_threadpool(planning.draw, me, wanted))

    @router.get("/patrol-plans")
    @may(READERS, scoped=True)
    def plans(
        me: Me,
        from_s: Annotated[float, Query(alias="from", ge=0, le=1e11)] = 0.0,
        to_s: Annotated[float, Query(alias="to", ge=0, le=1e11)] = 1e11,
    ) -> Response:
        return as_json(planning.told(me, store.patrol_log.plans(from_s, to_s)))

    @router.post("/patrol-plans")
    @may(BRINGERS, scoped=True)
    async def plan(request: Request, me: Me) -> Response:
        wanted = await asked(request, PlanWanted)
        if wanted.t1_s <= wanted.t0_s:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.ENDS_TOO_SOON)
        return as_json(await run_in_threadpool(planning.plan, me, wanted))

    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planning:
    """Routes and plans as an account sees them.

    To an account of one district a route, or a plan, is there where it looks at premises that the
    account sees, and names these alone. Every method that changes something raises `Refused`.
    """

    store: Store
    statistics: SqlStatistics
    districts: Districts
    now_s: Callable[[], float]

    def routes(self, me: Account) -> list[PlannedRoute]:
        """All, each with the premises along it."""
        premises = self._premises(me)
        told = [_along(one, premises) for one in self.store.casework.places(PlaceKind.ROUTE)]
        return [one for one in told if one.place_ids or me.district == ALL]

    def draw(self, me: Account, wanted: RouteWanted) -> PlannedRoute:
        """Keep a new route, or a changed one."""
        if me.district != ALL and wanted.route_id is not None:
            self._route(me, wanted.route_id)
        route = make_route(
            wanted.route_id or f"route-{uuid4().hex[:12]}",
            wanted.name,
            [Waypoint(lat_deg=lat, lon_deg=lon) for lon, lat in wanted.points],
        )
        known = self.store.casework.place(route.place_id)
        if known is not None and known.kind is not PlaceKind.ROUTE:
            raise Refused(HTTPStatus.CONFLICT, AskWhy.NOT_A_ROUTE, place_id=route.place_id)
        told = _along(route, self._premises(me))
        if me.district != ALL and not told.place_ids:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.ROUTE_ELSEWHERE)
        self.store.casework.put_places([route], t_s=self.now_s(), actor=me.name)
        return told

    def told(self, me: Account, plans: Sequence[PlannedPatrol]) -> list[ToldPlan]:
        """What has become of these, those that an account sees."""
        log, orgs = self.store.patrol_log, orgs_seen(me, None, self.statistics)
        if orgs is not None:
            plans = kept_to(plans, _ids(self._premises(me)))
        names = [plan.plan_id for plan in plans]
        flown = log.flown(names)
        shown = flown if orgs is None else log.flown(names, orgs)
        return [
            ToldPlan(
                plan=plan,
                stands=stands(plan, flown=plan.plan_id in flown, now_s=self.now_s()),
                flights=shown.get(plan.plan_id, []),
            )
            for plan in plans
        ]

    def plan(self, me: Account, wanted: PlanWanted) -> list[ToldPlan]:
        """Keep a new plan, or a changed one."""
        route = self._route(me, wanted.route_id)
        place_ids = wanted.place_ids
        if place_ids is None:
            place_ids = _along(route, self._premises(me)).place_ids
        first = PlannedPatrol(
            plan_id=wanted.plan_id or f"plan-{uuid4().hex[:12]}",
            route_id=wanted.route_id,
            device_id=wanted.device_id,
            t0_s=wanted.t0_s,
            t1_s=wanted.t1_s,
            place_ids=tuple(sorted(set(place_ids))),
            cancelled=wanted.cancelled,
        )
        made = [_days_later(first, days) for days in range(wanted.days)]
        if me.district != ALL:
            made = self._within(me, made, wanted)
        self.store.patrol_log.plan(made, t_s=self.now_s(), actor=me.name)
        return self.told(me, made)

    def _within(
        self, me: Account, made: Sequence[PlannedPatrol], wanted: PlanWanted
    ) -> list[PlannedPatrol]:
        """As one district may plan: what others want to have looked at on the same patrol stays."""
        mine, first = _ids(self._premises(me)), made[0]
        if foreign := set(first.place_ids) - mine:
            names = ", ".join(sorted(foreign))
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_PREMISES, place_ids=names)
        if not first.place_ids:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.LOOKS_AT_NOTHING)
        if first.device_id and not me.sees(self.districts.of_device(first.device_id)):
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_DEVICE, device_id=first.device_id)
        known = {plan.plan_id: set(plan.place_ids) for plan in self.store.patrol_log.plans(0, 1e11)}
        for plan in made:
            missing = plan.plan_id == wanted.plan_id and plan.plan_id not in known
            if missing or mine.isdisjoint(known.get(plan.plan_id, mine)):
                raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_PLAN, plan_id=plan.plan_id)
        others = [known.get(plan.plan_id, set()) - mine for plan in made]
        return [
            replace(plan, place_ids=tuple(sorted({*plan.place_ids, *theirs})))
            for plan, theirs in zip(made, others, strict=True)
        ]

    def _premises(self, me: Account) -> Sequence[Place]:
        return places_seen(me, self.store.casework.places(PlaceKind.PREMISES), self.statistics)

    def _route(self, me: Account, route_id: str) -> Place:
        route = self.store.casework.place(route_id)
        known = route is not None and route.kind is PlaceKind.ROUTE
        if route is None or not known or not self._is_theirs(me, route):
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_ROUTE, route_id=route_id)
        return route

    def _is_theirs(self, me: Account, route: Place) -> bool:
        return me.district == ALL or bool(_along(route, self._premises(me)).place_ids)


def _along(route: Place, premises: Sequence[Place]) -> PlannedRoute:
    return PlannedRoute(route=route, place_ids=places_along(waypoints(route), premises))


def _ids(places: Sequence[Place]) -> set[str]:
    return {one.place_id for one in places}


def _days_later(plan: PlannedPatrol, days: int) -> PlannedPatrol:
    """The same some days later; China has no summer time that would shift the hour."""
    if days == 0:
        return plan
    return replace(
        plan,
        plan_id=f"{plan.plan_id[:59]}+{days}",
        t0_s=plan.t0_s + days * DAY_S,
        t1_s=plan.t1_s + days * DAY_S,
    )
