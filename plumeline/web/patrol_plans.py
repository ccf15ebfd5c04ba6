"""The routes by which patrols are planned: routes on the map, and when which of them is flown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, HTTPException, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from casework.patrol_plan import (
    DAY_S,
    PlannedPatrol,
    Stands,
    make_route,
    places_along,
    stands,
    waypoints,
)
from casework.words import Place, PlaceKind
from geo.planned import Waypoint
from plumeline.web.api import as_json
from plumeline.web.asking import Name, Said, asked
from plumeline.web.may import BRINGERS, READERS, Me, may
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


def plan_routes(store: Store, *, now_s: Callable[[], float]) -> APIRouter:
    """Routes and planned patrols: read, drawn, changed."""
    router = APIRouter(prefix="/api")
    _route_routes(router, store, now_s)
    _plan_routes(router, store, now_s)
    return router


def _route_routes(router: APIRouter, store: Store, now_s: Callable[[], float]) -> None:
    @router.get("/patrol-routes")
    @may(READERS)
    def routes() -> Response:
        premises = store.casework.places(PlaceKind.PREMISES)
        return as_json(
            [
                PlannedRoute(route=one, place_ids=places_along(waypoints(one), premises))
                for one in store.casework.places(PlaceKind.ROUTE)
            ]
        )

    @router.post("/patrol-routes")
    @may(BRINGERS)
    async def draw(request: Request, me: Me) -> Response:
        wanted = await asked(request, RouteWanted)
        route = make_route(
            wanted.route_id or f"route-{uuid4().hex[:12]}",
            wanted.name,
            [Waypoint(lat_deg=lat, lon_deg=lon) for lon, lat in wanted.points],
        )

        def kept() -> PlannedRoute:
            known = store.casework.place(route.place_id)
            if known is not None and known.kind is not PlaceKind.ROUTE:
                raise HTTPException(HTTPStatus.CONFLICT, f"{route.place_id} is not a route")
            store.casework.put_places([route], t_s=now_s(), actor=me.name)
            premises = store.casework.places(PlaceKind.PREMISES)
            return PlannedRoute(route=route, place_ids=places_along(waypoints(route), premises))

        return as_json(await run_in_threadpool(kept))


def _plan_routes(router: APIRouter, store: Store, now_s: Callable[[], float]) -> None:
    log = store.patrol_log

    def told(plans: Sequence[PlannedPatrol]) -> list[ToldPlan]:
        flown = log.flown([plan.plan_id for plan in plans])
        return [
            ToldPlan(
                plan=plan,
                stands=stands(plan, flown=plan.plan_id in flown, now_s=now_s()),
                flights=flown.get(plan.plan_id, []),
            )
            for plan in plans
        ]

    @router.get("/patrol-plans")
    @may(READERS)
    def plans(
        from_s: Annotated[float, Query(alias="from", ge=0, le=1e11)] = 0.0,
        to_s: Annotated[float, Query(alias="to", ge=0, le=1e11)] = 1e11,
    ) -> Response:
        return as_json(told(log.plans(from_s, to_s)))

    @router.post("/patrol-plans")
    @may(BRINGERS)
    async def plan(request: Request, me: Me) -> Response:
        wanted = await asked(request, PlanWanted)
        if wanted.t1_s <= wanted.t0_s:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "it ends before it begins")

        def kept() -> list[ToldPlan]:
            route = store.casework.place(wanted.route_id)
            if route is None or route.kind is not PlaceKind.ROUTE:
                raise HTTPException(HTTPStatus.NOT_FOUND, f"no route {wanted.route_id}")
            place_ids = wanted.place_ids
            if place_ids is None:
                premises = store.casework.places(PlaceKind.PREMISES)
                place_ids = places_along(waypoints(route), premises)
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
            log.plan(made, t_s=now_s(), actor=me.name)
            return told(made)

        return as_json(await run_in_threadpool(kept))


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
