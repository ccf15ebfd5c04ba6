"""The routes that take a file in pieces. See docs/api.md."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from plumeline.districts import Districts
from plumeline.web.api import as_json
from plumeline.web.asking import asked
from plumeline.web.desk import Desk, Progress, Stage
from plumeline.web.may import BRINGERS, READERS, Me, may
from plumeline.web.parcel import Turn
from plumeline.web.refusals import TooLarge

QUIET_S = 30.0
"""A sender that says nothing for so long has gone."""

Offset = Annotated[int, Header(ge=0, le=2**63 - 1)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that somebody wants to send."""

    name: Name
    size_bytes: Size
    sha256: Sha256 | None = None


class Claimed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sender says of the file it has sent."""

    sha256: Sha256 | None = None


def upload_routes(desk: Desk, districts: Districts) -> APIRouter:
    """Begin, ask, continue, finish, abandon; and what was read before."""
    router = APIRouter(prefix="/api/uploads")
    _reading_routes(router, desk, districts)
    _writing_routes(router, desk)
    return router


def _reading_routes(router: APIRouter, desk: Desk, districts: Districts) -> None:
    inbox = desk.inbox

    @router.get("")
    @may(READERS, scoped=True)
    def earlier(me: Me) -> Response:
        reports = desk.earlier()
        return as_json([one for one in reports if me.sees(districts.of_device(one.device_id))])

    @router.get("/{upload_id}")
    @may(BRINGERS, scoped=True)
    def progress(upload_id: str) -> Response:
        return _told(desk.progress(inbox.find(upload_id)))

    @router.head("/{upload_id}", include_in_schema=False)
    @may(BRINGERS, scoped=True)
    def offset(upload_id: str) -> Response:
        parcel = inbox.find(upload_id)
        return _at(parcel.offset(), HTTPStatus.OK)


def _writing_routes(router: APIRouter, desk: Desk) -> None:
    inbox = desk.inbox

    @router.post("")
    @may(BRINGERS, scoped=True)
    async def begin(request: Request) -> Response:
        wanted = await asked(request, Wanted)
        told = await run_in_threadpool(_begin, desk, wanted)
        return _told(told, HTTPStatus.OK if told.upload_id is None else HTTPStatus.CREATED)

    @router.patch("/{upload_id}")
    @may(BRINGERS, scoped=True)
    async def more(request: Request, upload_id: str, upload_offset: Offset) -> Response:
        parcel = await run_in_threadpool(inbox.find, upload_id)
        turn = await run_in_threadpool(parcel.begin, upload_offset)
        try:
            await _receive(request, turn, inbox.limits.chunk_bytes)
        except (ClientDisconnect, TimeoutError):
            return _at(await run_in_threadpool(turn.end), HTTPStatus.REQUEST_TIMEOUT)
        return _at(await run_in_threadpool(turn.end), HTTPStatus.NO_CONTENT)

    @router.post("/{upload_id}/finish")
    @may(BRINGERS, scoped=True)
    async def finish(request: Request, upload_id: str) -> Response:
        claimed = await asked(request, Claimed)
        parcel = await run_in_threadpool(inbox.find, upload_id)
        told = await run_in_threadpool(desk.finish, parcel, claimed.sha256)
        return _told(told, HTTPStatus.OK if told.stage is Stage.DONE else HTTPStatus.ACCEPTED)

    @router.delete("/{upload_id}")
    @may(BRINGERS, scoped=True)
    def abandon(upload_id: str) -> Response:
        inbox.find(upload_id).abandon()
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _begin(desk: Desk, wanted: Wanted) -> Progress:
    known = None if wanted.sha256 is None else desk.known(wanted.sha256)
    if known is None:
        return desk.progress(desk.inbox.open(wanted.name, wanted.size_bytes))
    return Progress(
        upload_id=None,
        name=wanted.name,
        size_bytes=wanted.size_bytes,
        offset=wanted.size_bytes,
        stage=Stage.DONE,
        sha256=wanted.sha256,
        report=known,
    )


async def _receive(request: Request, turn: Turn, limit_bytes: int) -> None:
    """Write a chunk as it comes.

    Raises:
        ClientDisconnect, TimeoutError: the link is cut; what came is kept.
        UploadRefused: what came before is kept.
    """
    taken = 0
    pieces = request.stream()
    while True:
        async with asyncio.timeout(QUIET_S):
            piece = await anext(pieces, None)
        if piece is None:
            return
        taken += len(piece)
        if taken > limit_bytes:
            raise TooLarge(limit_bytes)
        if piece:
            await run_in_threadpool(turn.write, piece)


def _told(told: Progress, status: int = HTTPStatus.OK) -> Response:
    answer = as_json(told, status)
    answer.headers["Upload-Offset"] = str(told.offset)
    return answer


def _at(offset: int, status: int) -> Response:
    headers = {"Upload-Offset": str(offset), "Cache-Control": "no-store"}
    return Response(status_code=status, headers=headers)
