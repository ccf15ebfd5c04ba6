"""The routes of the exchange with other departments. See docs/exchange.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from alerts.handover import cap_in
from casework.exchange import BadShare, Message
from plumeline.exchange import Exchange, OtherContents
from plumeline.web.api import Limit, as_json
from plumeline.web.asking import Name, Said, Text, asked, whole
from plumeline.web.may import ACTORS, BRINGERS, READERS, Me, may
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.within import orgs_seen
from plumeline.work import NoSuchPartner
from store.people import Account, Role
from store.statistics import SqlStatistics

MESSAGE_BYTES = 8 * 2**20
EXAMPLE: dict[str, Any] = {
    "version": 1,
    "id": "fire-119-2026-06-01-0001",
    "sent": "2026-06-01T10:00:00+08:00",
    "visits": [
        {
            "number": "XF-2026-88",
            "place_id": "P-007",
            "start": "2026-06-01T09:00:00+08:00",
            "end": "2026-06-01T09:40:00+08:00",
            "result": "normal",
        }
    ],
    "findings": [
        {
            "number": "XF-2026-89",
            "kind": "blocked_exit",
            "found": "2026-06-01T09:20:00+08:00",
            "place_id": "P-007",
            "text": "疏散通道被货物堵塞",
        }
    ],
}
"""A message as a partner sends it: the description of the route shows it, and a test sends it."""


class HandOver(Said, frozen=True, kw_only=True):
    """Who shall lead a hazard, and why."""

    to: Name
    reason: Text


def exchange_routes(exchange: Exchange, statistics: SqlStatistics) -> APIRouter:
    """Codes, messages in and out, hand-over of hazards, results per department."""
    router = APIRouter(prefix="/api/exchange", tags=["exchange"])
    _reading_routes(router, exchange, statistics)
    _writing_routes(router, exchange)
    return router


def _reading_routes(router: APIRouter, exchange: Exchange, statistics: SqlStatistics) -> None:
    @router.get("/messages")
    @may(READERS)
    def messages(me: Me, limit: Limit = 100, partner: str | None = None) -> Response:
        """What partners have sent, newest first; to a partner's account its own."""
        partner = me.seat if me.role is Role.PARTNER else partner
        return as_json(exchange.kept.newest(limit, partner))

    @router.get("/results")
    @may(READERS, scoped=True)
    def results(
        me: Me,
        first: Annotated[date, Query(alias="from")],
        last: Annotated[date, Query(alias="to")],
    ) -> Response:
        """What each department did between two days, both included: sums of the same rows."""
        orgs = orgs_seen(me, None, statistics)
        return as_json(exchange.kept.shares(first.isoformat(), last.isoformat(), orgs))

    @router.get("/{partner}/codes")
    @may(READERS)
    def codes(me: Me, partner: str) -> Response:
        """The one code list, and what the partner calls each."""
        _check_own(me, partner)
        with _refused():
            return as_json(exchange.codes(partner))

    @router.get("/{partner}/export")
    @may(READERS)
    def export(
        me: Me,
        partner: str,
        after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
        limit: Limit = 500,
    ) -> Response:
        """Our own visits and findings in the partner's codes; go on with ``next_after``."""
        _check_own(me, partner)
        with _refused():
            return as_json(exchange.give(partner, after, limit))


def _writing_routes(router: APIRouter, exchange: Exchange) -> None:
    described = {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _schema(),
                    "examples": {"visit and hazard": {"value": EXAMPLE}},
                },
                "application/cap+xml": {"schema": {"type": "string"}},
            },
        }
    }

    @router.post("/{partner}", openapi_extra=described)
    @may(BRINGERS | {Role.PARTNER})
    async def receive(request: Request, me: Me, partner: str) -> Response:
        """Take a message in: JSON, or CAP 1.2. The same message again gets the same answer."""
        _check_own(me, partner)
        data = await whole(request, MESSAGE_BYTES)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        take = _cap if kind == "application/cap+xml" else _json
        return as_json(await run_in_threadpool(take, exchange, partner, data))

    @router.post("/findings/{key:path}/lead")
    @may(ACTORS)
    async def lead(request: Request, me: Me, key: str) -> Response:
        """Give a hazard another lead; who led stays a co-owner."""
        wanted = await asked(request, HandOver)

        def done() -> object:
            with _refused():
                return exchange.hand_over(key, wanted.to, reason=wanted.reason, actor=me.name)

        return as_json(await run_in_threadpool(done))


def _check_own(me: Account, partner: str) -> None:
    """An account of a partner, whose seat is the partner's name, speaks for nobody else."""
    if me.role is Role.PARTNER and me.seat != partner:
        raise Refused(HTTPStatus.FORBIDDEN, AskWhy.SPEAKS_FOR_ANOTHER, partner=partner)


def _json(exchange: Exchange, partner: str, data: bytes) -> object:
    try:
        message = msgspec.json.decode(data, type=Message)
    except msgspec.DecodeError as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc
    with _refused():
        return exchange.receive(partner, message, data)


def _cap(exchange: Exchange, partner: str, data: bytes) -> object:
    try:
        message = cap_in.read(data)
    except cap_in.BadCap as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc
    with _refused():
        return exchange.receive_cap(partner, message, data)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except NoSuchPartner as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
    except (OtherContents, BadShare) as exc:
        raise HTTPException(HTTPStatus.CONFLICT, str(exc)) from exc


def _schema() -> dict[str, Any]:
    """The message's own, with everything it refers to inside."""
    (schema,), parts = msgspec.json.schema_components([Message], ref_template="#/$defs/{name}")
    whole: dict[str, Any] = parts.get("Message", schema)
    return whole | {"$defs": {name: part for name, part in parts.items() if name != "Message"}}
