"""The routes of the question "is there a fire, where?". See docs/response.md."""

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

from alerts.inquiry import Inquiry
from alerts.inquiry_words import answer_in_words
from plumeline.inquirer import Inquirer, NoSuchPremises
from plumeline.web.answers import Words
from plumeline.web.api import as_json
from plumeline.web.asking import Name, Said, Text, asked
from plumeline.web.may import ACTORS, READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.within import district_of
from store.people import Account, Role

Limit = Annotated[int, Query(ge=1, le=1000)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Wanted(Said, frozen=True):
    """A question about premises, or about a point."""

    premises_id: Name | None = None
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    text: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldInquiry:
    """A question and its answer, in words too, and what was raised there soon after."""

    inquiry: Inquiry
    words: Words
    since: Sequence[str]
    """Incidents."""


def inquiry_routes(
    inquirer: Inquirer,
    incidents: Incidents,
    *,
    zone: tzinfo,
    ring: Callable[[], None],
) -> APIRouter:
    """Asking, and what was asked. ``ring`` is called after each question."""
    router = APIRouter(prefix="/api/inquiries")

    def told(me: Account, inquiry: Inquiry) -> ToldInquiry:
        answer = inquiry.answer
        name = answer.position.incident_id if answer.position else ""
        incident = incidents.of(me).incidents.get(name)
        limited = inquiry.question.district is not None
        words = Words(
            zh=answer_in_words(answer, incident, zone, "zh", of_one_district=limited),
            en=answer_in_words(answer, incident, zone, "en", of_one_district=limited),
        )
        return ToldInquiry(inquiry=inquiry, words=words, since=inquirer.since(inquiry))

    @router.post("")
    @may(ACTORS | {Role.INSPECTOR, Role.PARTNER}, scoped=True)
    async def ask(request: Request, me: Me) -> Response:
        wanted = await asked(request, Wanted)
        inquiry = await run_in_threadpool(_ask, inquirer, wanted, me)
        ring()
        return as_json(await run_in_threadpool(told, me, inquiry), HTTPStatus.CREATED)

    @router.get("")
    @may(READERS, scoped=True)
    def latest(me: Me, limit: Limit = 100) -> Response:
        return as_json(inquirer.latest(limit, district_of(me)))

    @router.get("/{inquiry_id}")
    @may(READERS, scoped=True)
    def one(me: Me, inquiry_id: str) -> Response:
        inquiry = inquirer.find(inquiry_id)
        if inquiry is None or district_of(me) not in {None, inquiry.question.district}:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INQUIRY, inquiry_id=inquiry_id)
        return as_json(told(me, inquiry))

    return router


def _ask(inquirer: Inquirer, wanted: Wanted, me: Account) -> Inquiry:
    by_point = wanted.lat_deg is not None and wanted.lon_deg is not None
    if by_point == (wanted.premises_id is not None):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.ASK_WHERE)
    try:
        if wanted.premises_id is not None:
            return inquirer.ask_of(
                wanted.premises_id,
                actor=me.name,
                seat=me.seat,
                text=wanted.text,
                district=district_of(me),
            )
        assert wanted.lat_deg is not None and wanted.lon_deg is not None
        return inquirer.ask_at(
            wanted.lat_deg,
            wanted.lon_deg,
            actor=me.name,
            seat=me.seat,
            text=wanted.text,
            district=district_of(me),
        )
    except NoSuchPremises as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
