"""Patrols that are planned: which flight flew which, what is due next, what the year has seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely

from casework.refly import Refly
from casework.words import Place, PlaceClass, PlaceKind
from geo.geodesy import Array, east_north
from geo.planned import Waypoint

DAY_S = 86_400.0
REACH_M = 60.0
"""From a route to the premises that it is flown for."""
GOALS: Mapping[PlaceClass, float] = {
    PlaceClass.PRODUCTION_UNIT: 0.30,
    PlaceClass.SMALL_PLACE: 0.15,
}
"""The share of a class that a year is to cover: Nanjing's goal for its stations. The other two
classes have no public one."""
INTERVAL_DAYS: tuple[float, float, float, float] = (7.0, 14.0, 30.0, 90.0)
"""How long premises may go unseen, by risk grade from 1 (red) to 4 (blue). Ours, not a rule's: the
configuration sets them."""
NEVER_DAYS = 365.0
"""What was never seen counts as unseen for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPatrol:
    """A route to be flown within some time, and the premises it is to look at."""

    plan_id: str
    route_id: str
    """A place of the kind route."""
    device_id: str | None = None
    """None for any."""
    t0_s: float
    t1_s: float
    place_ids: tuple[str, ...]
    cancelled: bool = False


class Stands(StrEnum):
    """What has become of a planned patrol."""

    DUE = "due"
    FLOWN = "flown"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One class of premises in a year so far."""

    cls: PlaceClass | None
    places: int
    seen: int
    """Distinct premises with a visit that saw them: by drone, on foot, or a partner's."""
    share: float
    goal: float | None
    """The share that the year is to cover, where one is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Premises for the next patrol, and why; or a hazard at no premises that is to be flown to."""

    place_id: str | None
    name: str
    name_en: str | None
    cls: PlaceClass | None
    risk: int | None
    lat_deg: float | None
    lon_deg: float | None
    last_seen_s: float | None
    interval_days: float | None
    """How long it may go unseen; None for what is no premises."""
    urgency: float | None
    """Days unseen over that; above 1 it is overdue."""
    reflights: tuple[Refly, ...] = ()
    """New flights that verifiers wait for."""


def stands(plan: PlannedPatrol, *, flown: bool, now_s: float) -> Stands:
    """What has become of it by now."""
    if flown:
        return Stands.FLOWN
    if plan.cancelled:
        return Stands.CANCELLED
    return Stands.MISSED if now_s > plan.t1_s else Stands.DUE


def kept_to(plans: Iterable[PlannedPatrol], place_ids: Collection[str]) -> list[PlannedPatrol]:
    """The planned patrols that look at some of these premises, told of these alone."""
    kept = [
        replace(plan, place_ids=tuple(one for one in plan.place_ids if one in place_ids))
        for plan in plans
    ]
    return [plan for plan in kept if plan.place_ids]


def plan_of(
    plans: Iterable[PlannedPatrol],
    *,
    device_id: str,
    t0_s: float,
    t1_s: float,
    flown: Callable[[PlannedPatrol], float],
) -> PlannedPatrol | None:
    """What a flight between two times was to fly: its time and its device fit, and of several
    plans the one of whose route it has flown most. ``flown`` is that share, 0 to 1.
    """
    fits = [
        plan
        for plan in plans
        if not plan.cancelled
        and plan.t0_s <= t1_s
        and plan.t1_s >= t0_s
        and plan.device_id in {None, device_id}
    ]
    return max(fits, key=lambda plan: (flown(plan), -plan.t0_s, plan.plan_id), default=None)


def make_route(route_id: str, name: str, points: Sequence[Waypoint]) -> Place:
    """A planned route as a place, from two points or more."""
    line = [[one.lon_deg, one.lat_deg] for one in points]
    return Place(
        place_id=route_id,
        kind=PlaceKind.ROUTE,
        name=name,
        lat_deg=points[0].lat_deg,
        lon_deg=points[0].lon_deg,
        outline_json=json.dumps({"type": "LineString", "coordinates": line}),
    )


def waypoints(route: Place) -> tuple[Waypoint, ...]:
    """The corners of such a place."""
    assert route.outline_json is not None, "a route has a line"
    corners = shapely.get_coordinates(shapely.from_geojson(route.outline_json))
    return tuple(Waypoint(lat_deg=float(lat), lon_deg=float(lon)) for lon, lat in corners)


def places_along(
    route: Sequence[Waypoint], places: Iterable[Place], reach_m: float = REACH_M
) -> tuple[str, ...]:
    """The premises within some distance of a route, by id: what flying it is to look at."""
    origin = route[0]
    line = shapely.LineString(_metres(np.array([[p.lon_deg, p.lat_deg] for p in route]), origin))
    found = []
    for place in places:
        if place.kind is PlaceKind.PREMISES and place.outline_json is not None:
            outline = shapely.transform(
                shapely.from_geojson(place.outline_json), lambda xy: _metres(xy, origin)
            )
            if shapely.dwithin(outline, line, reach_m):
                found.append(place.place_id)
    return tuple(sorted(found))


def _metres(lonlat: Array, origin: Waypoint) -> Array:
    """(n, 2) east and north of a place."""
    east, north = east_north(lonlat[:, 1], lonlat[:, 0], origin.lat_deg, origin.lon_deg)
    return np.stack((east, north), axis=-1)


def covered(
    places: Iterable[Place], seen: Mapping[str, float], goals: Mapping[PlaceClass, float]
) -> list[Covered]:
    """The classes in their order, then the unclassified; ``seen`` holds the premises seen."""
    counts: dict[PlaceClass | None, list[int]] = {cls: [0, 0] for cls in (*PlaceClass, None)}
    for place in places:
        if place.kind is PlaceKind.PREMISES:
            counts[place.cls][0] += 1
            counts[place.cls][1] += place.place_id in seen
    return [
        Covered(
            cls=cls,
            places=every,
            seen=some,
            share=some / every if every else 0.0,
            goal=None if cls is None else goals.get(cls),
        )
        for cls, (every, some) in counts.items()
        if every or cls is not None
    ]


def proposal(
    places: Iterable[Place],
    last_seen_s: Mapping[str, float],
    *,
    now_s: float,
    intervals_days: Sequence[float] = INTERVAL_DAYS,
    reflights: Iterable[Refly] = (),
) -> list[Proposed]:
    """What a verifier waits for, in the order given; then all premises, the most urgent first: the
    longest unseen for their risk.

    Premises that nobody has graded count as yellow, or as red where they are hazardous chemicals.
    """
    ranked = [
        _proposed(place, last_seen_s.get(place.place_id), now_s, intervals_days)
        for place in places
        if place.kind is PlaceKind.PREMISES
    ]
    ranked.sort(key=lambda one: (-(one.urgency or 0.0), one.risk or 5, one.place_id or ""))
    by_id = {one.place_id: one for one in ranked}
    head: dict[tuple[str | None, str], Proposed] = {}
    for refly in reflights:
        premises = by_id.get(refly.place_id)
        where = (None, refly.key) if premises is None else (premises.place_id, "")
        one = head.get(where) or premises or _beside_premises(refly)
        head[where] = replace(one, reflights=(*one.reflights, refly))
    return [*head.values(), *(one for one in ranked if (one.place_id, "") not in head)]


def _proposed(
    place: Place, seen_s: float | None, now_s: float, intervals_days: Sequence[float]
) -> Proposed:
    assumed = 1 if place.cls is PlaceClass.HAZCHEM else 3
    grade = min(max(place.risk or assumed, 1), len(intervals_days))
    days = NEVER_DAYS if seen_s is None else max(now_s - seen_s, 0.0) / DAY_S
    return Proposed(
        place_id=place.place_id,
        name=place.name,
        name_en=place.name_en,
        cls=place.cls,
        risk=place.risk,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        last_seen_s=seen_s,
        interval_days=intervals_days[grade - 1],
        urgency=days / intervals_days[grade - 1],
    )


def _beside_premises(refly: Refly) -> Proposed:
    """A hazard at an address or a position of its own."""
    return Proposed(
        place_id=None,
        name=refly.address,
        name_en=None,
        cls=None,
        risk=None,
        lat_deg=refly.lat_deg,
        lon_deg=refly.lon_deg,
        last_seen_s=None,
        interval_days=None,
        urgency=None,
    )
