"""The route of the printed report of an incident."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.incident import Incident
from alerts.response_clock import clock
from alerts.words import Language
from casework.days import day_of
from geo.premises import Premises
from plumeline.incident_paper import Paper, page
from plumeline.version import version_line
from plumeline.web.flights import VerdictOf
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.seams import Station
from store.errors import UnknownIncident
from store.evidence import About, Subject, gather
from store.order_lists import Filter, Listed
from store.response import SqlResponse
from store.store import Store


def paper_routes(
    store: Store,
    incidents: Incidents,
    *,
    station: Station,
    premises: Sequence[Premises],
    zone: tzinfo,
    now_s: Callable[[], float],
    verdict: VerdictOf,
    page_url: str | None = None,
) -> APIRouter:
    """The report. ``page_url`` is the page's address for others; without it, the one asked at."""
    router = APIRouter()
    responses = SqlResponse(store.engine)

    @router.get("/report/{incident_id:path}", include_in_schema=False)
    @may(READERS, scoped=True)
    def report(request: Request, me: Me, incident_id: str, lang: Language = "zh") -> Response:
        if incident_id not in incidents.of(me).incidents:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=incident_id)
        try:
            case = gather(store.engine, Subject(about=About.INCIDENT, name=incident_id))
        except UnknownIncident as exc:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
        incident = case.incidents[incident_id]
        beginning = responses.beginning(incident_id)
        paper = Paper(
            case=case,
            premises=premises,
            order=next(iter(_orders(store, incident_id, now_s())), None),
            clock=None if beginning is None else clock(incident, beginning),
            verdicts=[verdict(flight_id, [incident_id]) for flight_id in case.flight_ids],
            station_zh=station.name_zh,
            station_en=station.name_en,
            zone=zone,
            t_made_s=now_s(),
            program=version_line(),
            link=replay_link(page_url or str(request.base_url), incident),
            replayed=me.sees(incidents.districts.of_device(incident.best.key.device_id)),
        )
        headers = {"Cache-Control": "no-store"}
        return Response(page(paper, lang), headers=headers, media_type="text/html")

    return router


def _orders(store: Store, incident_id: str, t_s: float) -> Sequence[Listed]:
    wanted = Filter(incident_id=incident_id)
    return store.order_lists.list(wanted, day_of(t_s), skip=0, limit=1).orders


def replay_link(page_url: str, incident: Incident) -> str:
    """Where the replay shows the clearest picture of an incident."""
    best = incident.best
    said = {
        "f": best.key.flight_id,
        "t": f"{best.t_capture_s:.3f}",
        "sel": incident.incident_id,
    }
    return f"{page_url.rstrip('/')}/replay#{urlencode(said)}"
