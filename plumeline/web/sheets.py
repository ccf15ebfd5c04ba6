"""The 119 hand-over sheet of an incident: as data, as a page, as paper. See docs/response.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from alerts.handover.sheet import Item, Sheet, items, page, spoken
from alerts.words import Language
from plumeline.paper import pdf
from plumeline.web.api import as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from store.people import Account

Word = Annotated[str | None, Query(max_length=200)]
AddressOf = Callable[[str], str | None]
"""The address of premises by their id, None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What only people know; it comes with the question and is not kept."""

    phone: Word = None
    people_at_risk: bool | None = None
    access: Word = None


Asked = Annotated[Known, Depends(Known)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSheet:
    """The sheet in one language: its eleven items, and the same in sentences to read out."""

    incident_id: str
    t_s: float
    language: Language
    items: Sequence[Item]
    spoken: str


def sheet_routes(
    incidents: Incidents,
    *,
    zone: tzinfo,
    now_s: Callable[[], float],
    page_url: str | None = None,
    address_of: AddressOf = lambda premises_id: None,
) -> APIRouter:
    """The sheet. ``page_url`` is where its reader finds the pictures: the station's page."""
    router = APIRouter(prefix="/api/incidents/{incident_id}")

    def sheet(me: Account, incident_id: str, known: Known) -> Sheet:
        incident = incidents.of(me).incidents.get(incident_id)
        if incident is None:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=incident_id)
        best = incident.best
        blob = f"/api/blobs/{best.sha256}"
        return Sheet(
            incident=incident,
            t_s=now_s(),
            zone=zone,
            address=address_of(best.premises[0].premises_id) if best.premises else None,
            picture=None if page_url is None else page_url.rstrip("/") + blob,
            phone=known.phone,
            people_at_risk=known.people_at_risk,
            access=known.access,
        )

    @router.get("/sheet")
    @may(READERS, scoped=True)
    def told(me: Me, incident_id: str, known: Asked, lang: Language = "zh") -> Response:
        made = sheet(me, incident_id, known)
        answer = ToldSheet(
            incident_id=made.incident.incident_id,
            t_s=made.t_s,
            language=lang,
            items=items(made, lang),
            spoken=spoken(made, lang),
        )
        return as_json(answer)

    @router.get("/sheet.html")
    @may(READERS, scoped=True)
    def shown(me: Me, incident_id: str, known: Asked) -> Response:
        return _paper(page(sheet(me, incident_id, known)).encode(), "text/html; charset=utf-8")

    @router.get("/sheet.pdf")
    @may(READERS, scoped=True)
    def printed(me: Me, incident_id: str, known: Asked) -> Response:
        return _paper(pdf(page(sheet(me, incident_id, known))), "application/pdf")

    return router


def _paper(body: bytes, media_type: str) -> Response:
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=media_type)
