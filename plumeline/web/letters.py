"""The routes of what partners were told. See docs/partners.md."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from plumeline.web.api import Limit, as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.refusals import AskWhy, Refused
from store.outbox import Delivery, SqlOutbox
from store.people import Role


def letter_routes(
    outbox: SqlOutbox, *, now_s: Callable[[], float], ring: Callable[[], None]
) -> APIRouter:
    """Messages to partners, newest first; dead ones can be sent again."""
    router = APIRouter(prefix="/api/outbox")

    @router.get("")
    @may(READERS - {Role.PARTNER})
    def letters(
        state: Delivery | None = None,
        incident: Annotated[str | None, Query(max_length=64)] = None,
        limit: Limit = 200,
    ) -> Response:
        return as_json(outbox.letters(incident_id=incident, state=state, limit=limit))

    @router.post("/{n}/again")
    @may({Role.COMMAND})
    def again(me: Me, n: Annotated[int, Path(ge=0, le=2**63 - 1)]) -> Response:
        if not outbox.again(n, now_s(), by=me.name):
            raise Refused(HTTPStatus.CONFLICT, AskWhy.NO_DEAD_LETTER, n=n)
        ring()
        return as_json(outbox.letters(state=Delivery.DEAD))

    return router
