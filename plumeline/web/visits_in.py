"""The route by which the station's own people report visits. See docs/api.md."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from casework.intake import BadReport, read_csv
from casework.visit_intake import ALIASES, NEEDED
from plumeline.casework import CaseworkSection
from plumeline.visits_in import Visited, receive_visits
from plumeline.web.api import as_json
from plumeline.web.asking import REPORT_BYTES, ROWS, whole
from plumeline.web.may import BRINGERS, Me, may
from plumeline.web.within import orgs_seen
from store.people import Account
from store.statistics import SqlStatistics
from store.store import Store


def visit_intake_routes(
    store: Store, section: CaseworkSection, *, now_s: Callable[[], float]
) -> APIRouter:
    """Walk-ins, inspections and rounds, as JSON or CSV."""
    router = APIRouter(prefix="/api")
    statistics = SqlStatistics(store.engine)

    def received(data: bytes, me: Account, is_csv: bool) -> Visited:
        try:
            rows = list(read_csv(data, ALIASES, NEEDED)) if is_csv else ROWS.decode(data)
        except (BadReport, msgspec.DecodeError) as exc:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc
        orgs = orgs_seen(me, None, statistics)
        return receive_visits(store.casework, section, rows, orgs=orgs, actor=me.name, t_s=now_s())

    @router.post("/visits")
    @may(BRINGERS, scoped=True)
    async def visited(request: Request, me: Me) -> Response:
        data = await whole(request, REPORT_BYTES)
        is_csv = "csv" in request.headers.get("content-type", "")
        return as_json(await run_in_threadpool(received, data, me, is_csv))

    return router
