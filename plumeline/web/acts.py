"""The routes by which people act on incidents, and see how long it took. See docs/response.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, HTTPException, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from alerts import acts as rules
from alerts.errors import ActRefused
from alerts.lifecycle import Reason, Verb
from alerts.response_clock import (
    SHIFTS,
    By,
    Clock,
    Group,
    clock,
    day_of,
    percentiles,
    raised_s,
    shift_of,
)
from plumeline.known_places import known_places
from plumeline.web.answers import ToldIncident, tell
from plumeline.web.api import as_json
from plumeline.web.asking import Name, Said, Text, asked
from plumeline.web.may import ACTORS, READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from store.acts import SqlActs
from store.errors import UnknownIncident
from store.people import Account
from store.response import SqlResponse

WEEK_S = 7 * 86_400.0


class Wanted(Said, frozen=True):
    """What a person wants done."""

    verb: Verb
    reason: Reason | None = None
    text: Text = ""
    to: Name | None = None
    """Whom it is handed to, or the incident it is merged into."""
    known_hours: Annotated[float, msgspec.Meta(ge=0, le=8784)] | None = None
    """Of a dismissal: how long its place is known; left out, as the reason has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """How fast the alarms of a stretch of time were answered."""

    t0_s: float
    t1_s: float
    by: By
    groups: Sequence[Group]


def act_routes(
    acts: SqlActs,
    incidents: Incidents,
    *,
    now_s: Callable[[], float],
    ring: Callable[[], None],
) -> APIRouter:
    """Acting on an incident. ``ring`` is called after each act: the stream tells it at once."""
    router = APIRouter(prefix="/api/incidents")

    def done(me: Account, incident_id: str, request: rules.Request) -> ToldIncident:
        t_s, mine = now_s(), incidents.of(me).incidents
        try:
            if incident_id not in mine:
                raise UnknownIncident(incident_id)
            acts.act(incident_id, lambda one: rules.events_for(request, one, t_s, mine.get), t_s)
            return tell(incidents.now().incidents[incident_id])
        except UnknownIncident as exc:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
        except ActRefused as exc:
            raise HTTPException(HTTPStatus.CONFLICT, str(exc)) from exc

    @router.post("/{incident_id}/acts")
    @may(ACTORS, scoped=True)
    async def act(request: Request, me: Me, incident_id: str) -> Response:
        wanted = await asked(request, Wanted)
        act_request = rules.Request(
            verb=wanted.verb,
            actor=me.name,
            seat=me.seat,
            reason=wanted.reason,
            text=wanted.text,
            to=wanted.to or "",
            known_hours=wanted.known_hours,
        )
        told = await run_in_threadpool(done, me, incident_id, act_request)
        ring()
        return as_json(told)

    return router


def known_routes(incidents: Incidents, *, now_s: Callable[[], float]) -> APIRouter:
    """The places that dismissals made known; one is forgotten by an act on its incident."""
    router = APIRouter(prefix="/api")

    @router.get("/known-areas")
    @may(READERS, scoped=True)
    def known(me: Me) -> Response:
        return as_json(known_places(incidents.of(me).incidents.values(), now_s()))

    return router


def response_routes(
    responses: SqlResponse,
    incidents: Incidents,
    *,
    zone: tzinfo,
    now_s: Callable[[], float],
    shifts: Sequence[int] = SHIFTS,
) -> APIRouter:
    """The response clock of one incident, and of all in a stretch of time."""
    router = APIRouter(prefix="/api")

    @router.get("/incidents/{incident_id}/clock")
    @may(READERS, scoped=True)
    def one(me: Me, incident_id: str) -> Response:
        incident = incidents.of(me).incidents.get(incident_id)
        beginning = responses.beginning(incident_id)
        if incident is None or beginning is None:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=incident_id)
        return as_json(clock(incident, beginning))

    @router.get("/response")
    @may(READERS, scoped=True)
    def many(
        me: Me,
        by: By = By.DAY,
        from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e11)] = None,
        to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e11)] = None,
    ) -> Response:
        t1_s = now_s() if to_s is None else to_s
        t0_s = max(t1_s - WEEK_S, 0.0) if from_s is None else from_s
        standing = incidents.of(me).incidents

        def key(one: Clock) -> str | None:
            match by:
                case By.DAY:
                    return day_of(raised_s(one), zone)
                case By.SHIFT:
                    return shift_of(raised_s(one), zone, shifts)
                case By.DISTRICT:
                    return incidents.districts.likeliest(standing[one.incident_id])

        began = responses.began_between(t0_s, t1_s)
        alarms = ((standing.get(b.incident_id), b) for b in began)
        clocks = [clock(one, b) for one, b in alarms if one is not None and one.known is None]
        return as_json(Responses(t0_s=t0_s, t1_s=t1_s, by=by, groups=percentiles(clocks, key)))

    return router
