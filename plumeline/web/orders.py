"""The routes of the daily work: hazards reported, orders and listings moved. See docs/api.md."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from casework.days import day_of
from casework.errors import CaseworkError
from casework.intake import BadReport, read_csv
from casework.life import Standing, Step, Verb, is_overdue
from casework.steps import Machine
from plumeline.web.api import JPEG_START, as_json
from plumeline.web.asking import REPORT_BYTES, ROWS, asked, whole
from plumeline.web.may import BRINGERS, READERS, Me, may
from plumeline.web.order_list import list_routes
from plumeline.web.order_words import (
    Codes,
    Filed,
    May,
    Picture,
    Seen,
    Shown,
    Wanted,
)
from plumeline.web.projection import Incidents
from plumeline.web.refusals import AskWhy, Refused
from plumeline.web.within import check_seen
from plumeline.work import ByHand, NoSuchPartner, Received, Work
from store.blobs import Blobs
from store.order_lists import Case, SqlOrderLists
from store.people import Account, Role
from store.standings import NoSuchWork
from store.statistics import SqlStatistics

PICTURE_BYTES = 8 << 20


def order_routes(
    work: Work,
    lists: SqlOrderLists,
    statistics: SqlStatistics,
    blobs: Blobs,
    incidents: Incidents,
    *,
    now_s: Callable[[], float],
) -> APIRouter:
    """Lists, one hazard, and what people do with it."""
    router = APIRouter(prefix="/api/orders")
    list_routes(router, work, lists, statistics, now_s)

    @router.get("/codes")
    @may(READERS, scoped=True)
    def codes() -> Response:
        return as_json(_codes(work, statistics, now_s()))

    @router.get("/case")
    @may(READERS, scoped=True)
    def case(me: Me, key: str) -> Response:
        with _told():
            found = lists.case(key)
            check_seen(me, found.finding.org_id, key, statistics)
            return as_json(_shown(work, found, now_s()))

    _acting_routes(router, work, lists, statistics, now_s)
    _hazard_routes(router, work, blobs, incidents)
    return router


def _acting_routes(
    router: APIRouter,
    work: Work,
    lists: SqlOrderLists,
    statistics: SqlStatistics,
    now_s: Callable[[], float],
) -> None:
    def check(me: Account, key: str) -> None:
        with _told():
            check_seen(me, lists.case(key).finding.org_id, key, statistics)

    @router.post("/acts")
    @may(BRINGERS, scoped=True)
    async def act(request: Request, me: Me) -> Response:
        wanted = await asked(request, Wanted)
        await run_in_threadpool(check, me, wanted.key)
        return await run_in_threadpool(_acted, work, lists, wanted, me.name, now_s())

    @router.post("/cases")
    @may(BRINGERS, scoped=True)
    async def file_case(request: Request, me: Me) -> Response:
        wanted = await asked(request, Filed)
        await run_in_threadpool(check, me, wanted.key)

        def filed() -> Response:
            with _told():
                work.file_case(wanted.key, wanted.case_no, power_id=wanted.power_id, actor=me.name)
                return as_json(_shown(work, lists.case(wanted.key), now_s()))

        return await run_in_threadpool(filed)


def _hazard_routes(router: APIRouter, work: Work, blobs: Blobs, incidents: Incidents) -> None:
    @router.post("/hazards")
    @may(BRINGERS, scoped=True)
    async def report(request: Request, me: Me) -> Response:
        seen = await asked(request, Seen)
        return await run_in_threadpool(_reported, work, incidents, seen, me)

    @router.post("/pictures")
    @may(BRINGERS, scoped=True)
    async def picture(request: Request) -> Response:
        data = await whole(request, PICTURE_BYTES)
        if not data.startswith(JPEG_START):
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.NO_JPEG)
        sha256 = hashlib.sha256(data).hexdigest()
        await run_in_threadpool(blobs.put, [(sha256, data)])
        return as_json(Picture(sha256=sha256), HTTPStatus.CREATED)


def report_routes(work: Work) -> APIRouter:
    """What others send: a partner's hazards, as JSON or CSV."""
    router = APIRouter(prefix="/api/findings")

    @router.post("")
    @may(BRINGERS | {Role.PARTNER})
    async def reported(request: Request, partner: str) -> Response:
        data = await whole(request, REPORT_BYTES)
        is_csv = "csv" in request.headers.get("content-type", "")
        return as_json(await run_in_threadpool(_received, work, data, partner, is_csv))

    return router


def _received(work: Work, data: bytes, partner: str, is_csv: bool) -> Received:
    try:
        work.partner(partner)
        rows = list(read_csv(data)) if is_csv else ROWS.decode(data)
        return work.receive(rows, partner, actor=partner)
    except NoSuchPartner as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
    except (BadReport, msgspec.DecodeError) as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc


def _acted(work: Work, lists: SqlOrderLists, wanted: Wanted, actor: str, t_s: float) -> Response:
    step = Step(
        verb=wanted.verb,
        actor=actor,
        t_s=t_s,
        reason=wanted.reason,
        to=wanted.to or "",
        days=wanted.days,
        until=wanted.until,
        evidence=wanted.evidence,
        five=wanted.five,
        text=wanted.text,
    )
    with _told():
        if wanted.life == "order":
            work.step(wanted.key, step)
        elif wanted.verb is Verb.PROPOSE:
            work.propose(wanted.key, actor=actor, reason=wanted.reason)
        else:
            work.list_step(wanted.key, step)
        return as_json(_shown(work, lists.case(wanted.key), t_s))


def _reported(work: Work, incidents: Incidents, seen: Seen, me: Account) -> Response:
    incident = None
    if seen.incident_id is not None:
        incident = incidents.of(me).incidents.get(seen.incident_id)
        if incident is None:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_INCIDENT, incident_id=seen.incident_id)
    told = ByHand(
        number=seen.number,
        kind=seen.kind,
        level=seen.level,
        place_id=seen.place_id,
        address=seen.address,
        text=seen.text,
        evidence=seen.evidence,
    )
    try:
        return as_json(work.report_by_hand(told, incident, actor=me.name), HTTPStatus.CREATED)
    except BadReport as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc


def _shown(work: Work, case: Case, t_s: float) -> Shown:
    today = day_of(t_s)
    standing = case.order.standing if case.order else None
    return Shown(
        t_s=t_s,
        today=today,
        known_until=work.calendar.known_until(today),
        case=case,
        overdue=any(is_overdue(one, today) for one in (standing, case.listing) if one),
        may=_may(work.orders, standing),
        listing_may=_may(work.listings, case.listing),
    )


def _may(machine: Machine, standing: Standing | None) -> tuple[May, ...]:
    if standing is None:
        return ()
    return tuple(May(verb=row.verb, needs=row.needs) for row in machine.may(standing))


def _codes(work: Work, statistics: SqlStatistics, t_s: float) -> Codes:
    orgs = {home.org.org_id: (home.org.name_zh, home.org.name_en) for home in statistics.homes()}
    return Codes(
        kinds=work.kinds,
        orgs=orgs,
        powers={power.power_id: power.item for power in work.powers},
        partners=work.partners,
        known_until=work.calendar.known_until(day_of(t_s)),
    )


@contextmanager
def _told() -> Any:
    """What is refused, as an answer."""
    try:
        yield
    except NoSuchWork as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
    except CaseworkError as exc:
        raise HTTPException(HTTPStatus.CONFLICT, str(exc)) from exc
