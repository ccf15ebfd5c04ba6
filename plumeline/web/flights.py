"""The routes of the replay: which flights there are, and everything one of them shows.

To an account of one district a flight is there where its device is the district's. What is told of
it beside the pictures, its incidents and the premises it looked at, is that district's alone.

A flight's id may hold slashes where an operator named the device; its boot never does, so what
follows the last slash is always ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.responses import Response

from alerts.incident import Incident
from plumeline.districts import Districts
from plumeline.flown import Asked, Flown
from plumeline.flown_told import FlightEvent, FlightLine, Source, events_of
from plumeline.web.answers import ToldIncident, tell
from plumeline.web.api import Limit, as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.seams import Record
from store.evidence import UnknownFlight
from store.people import Account
from store.verify_flight import FlightVerdict

STORY = 100_000
"""Events of one incident: all that one can have."""

VerdictOf = Callable[[str, Sequence[str]], FlightVerdict]
"""The ledger's word on a flight and on its incidents."""

Word = Annotated[str | None, Query(max_length=200)]
Time = Annotated[float | None, Query(ge=0, le=1e11)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightList:
    """Part of the flights that were asked for, the newest first."""

    t_s: float
    total: int
    """Of those asked for, also beyond this part."""
    offset: int
    devices: Sequence[str]
    """Every device of the record that has flown."""
    flights: Sequence[FlightLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightStory:
    """What happened during a flight."""

    incidents: Sequence[ToldIncident]
    """As they stand now."""
    events: Sequence[FlightEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which flights are asked for, as the address says."""

    device: Word = None
    district: Word = None
    premises: Word = None
    near: Word = None
    """A flight: those that were where it was."""
    source: Source | None = None
    from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e11)] = None
    to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e11)] = None


def flight_routes(
    flown: Flown,
    incidents: Incidents,
    record: Record,
    *,
    now_s: Callable[[], float],
    verdict: VerdictOf,
) -> APIRouter:
    """The list and one flight: its card, track, pictures, events, coverage, and verdict."""
    router = APIRouter(prefix="/api/flights")
    _list_route(router, flown, incidents, now_s)
    _record_routes(router, flown, incidents.districts)
    _incident_routes(router, flown, incidents, record, verdict)
    return router


def _list_route(
    router: APIRouter, flown: Flown, incidents: Incidents, now_s: Callable[[], float]
) -> None:
    districts = incidents.districts

    @router.get("")
    @may(READERS, scoped=True)
    def listed(
        me: Me,
        wanted: Annotated[Filter, Depends(Filter)],
        limit: Limit = 100,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        with _known():
            asked = _asked(flown, districts, me, wanted)
        lines = flown.lines(asked, incidents.of(me).incidents.values())
        flying = {part.device_id for part in flown.now().values()}
        return as_json(
            FlightList(
                t_s=now_s(),
                total=len(lines),
                offset=offset,
                devices=sorted(filter(asked.devices, flying)),
                flights=lines[offset : offset + limit],
            )
        )


def _record_routes(router: APIRouter, flown: Flown, districts: Districts) -> None:
    @router.get("/{flight_id:path}/track")
    @may(READERS, scoped=True)
    def track(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, districts, me, flight_id)
            return as_json(flown.track(flight_id))

    @router.get("/{flight_id:path}/frames")
    @may(READERS, scoped=True)
    def frames(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, districts, me, flight_id)
            return as_json(flown.pictures(flight_id))

    @router.get("/{flight_id:path}/coverage")
    @may(READERS, scoped=True)
    def coverage(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, districts, me, flight_id)
            found = flown.coverage(flight_id)
        return as_json([one for one in found if me.sees(districts.of_premises(one.premises_id))])


def _incident_routes(
    router: APIRouter, flown: Flown, incidents: Incidents, record: Record, verdict: VerdictOf
) -> None:
    @router.get("/{flight_id:path}/events")
    @may(READERS, scoped=True)
    def events(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, incidents.districts, me, flight_id)
        standing = incidents.of(me)
        seen = _seen_by(flight_id, standing.incidents)
        stories = [record.events_of(one.incident_id, STORY) for one in seen]
        return as_json(
            FlightStory(
                incidents=[tell(one, standing.raised_s.get(one.incident_id)) for one in seen],
                events=events_of(flight_id, stories),
            )
        )

    @router.get("/{flight_id:path}/verdict")
    @may(READERS, scoped=True)
    def judged(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, incidents.districts, me, flight_id)
            seen = _seen_by(flight_id, incidents.of(me).incidents)
            return as_json(verdict(flight_id, [one.incident_id for one in seen]))

    @router.get("/{flight_id:path}")
    @may(READERS, scoped=True)
    def card(me: Me, flight_id: str) -> Response:
        with _known():
            _check_seen(flown, incidents.districts, me, flight_id)
            return as_json(flown.one(flight_id, incidents.of(me).incidents.values()))


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except UnknownFlight as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc


def _check_seen(flown: Flown, districts: Districts, me: Account, flight_id: str) -> None:
    """Raises UnknownFlight also where it is another district's."""
    if not me.sees(districts.of_device(flown.device_of(flight_id))):
        raise UnknownFlight(flight_id)


def _asked(flown: Flown, districts: Districts, me: Account, wanted: Filter) -> Asked:
    """Raises UnknownFlight where ``near`` is none."""
    near = None
    if wanted.near is not None:
        _check_seen(flown, districts, me, wanted.near)
        near = flown.cells(wanted.near)
    if wanted.premises is not None or wanted.district is not None:
        places = flown.cells_of(
            lambda one: (
                wanted.premises in (None, one.premises_id)
                and wanted.district in (None, one.district)
                and me.sees(districts.of_premises(one.premises_id))
            )
        )
        near = places if near is None else near & places
    return Asked(
        device=wanted.device,
        since_s=wanted.from_s,
        until_s=wanted.to_s,
        source=wanted.source,
        near=near,
        devices=lambda device_id: me.sees(districts.of_device(device_id)),
    )


def _seen_by(flight_id: str, incidents: dict[str, Incident]) -> list[Incident]:
    return [one for one in incidents.values() if flight_id in one.flights]
