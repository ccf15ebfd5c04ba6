"""The routes of reviewing pictures as evidence of an offence. See docs/evidence.md."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from alerts.errors import ActRefused
from alerts.review import Review, Reviewed
from plumeline.web.api import as_json
from plumeline.web.asking import Said, asked
from plumeline.web.may import READERS, Me, may
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from store.people import Account, Role
from store.reviews import SqlReviews

Why = Annotated[str, msgspec.Meta(min_length=2, max_length=2000)]


class Wanted(Said, frozen=True):
    """What a review of an incident's pictures came to."""

    review: Literal["passed", "failed"]
    why: Why


def review_routes(
    reviews: SqlReviews, incidents: Incidents, *, now_s: Callable[[], float]
) -> APIRouter:
    """How an incident's pictures stand as evidence, and reviewing them."""
    router = APIRouter(prefix="/api/incidents/{incident_id}/reviews")

    def standing(me: Account, incident_id: str) -> dict[str, Reviewed]:
        if incident_id not in incidents.of(me).incidents:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=incident_id)
        return reviews.of_incident(incident_id)

    def keep(me: Account, incident_id: str, wanted: Wanted) -> dict[str, Reviewed]:
        before, review = standing(me, incident_id), Review(wanted.review)
        try:
            reviews.keep(incident_id, review, by=me.name, why=wanted.why, t_s=now_s())
        except ActRefused as exc:
            raise HTTPException(HTTPStatus.CONFLICT, str(exc)) from exc
        return reviews.of(before)

    @router.get("")
    @may(READERS, scoped=True)
    def told(me: Me, incident_id: str) -> Response:
        return as_json(standing(me, incident_id))

    @router.post("")
    @may({Role.COMMAND, Role.INSPECTOR}, scoped=True)
    async def review(request: Request, incident_id: str, me: Me) -> Response:
        wanted = await asked(request, Wanted)
        return as_json(await run_in_threadpool(keep, me, incident_id, wanted))

    return router
