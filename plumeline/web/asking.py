"""What every route that changes something asks first: from where, and for what."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from fastapi import Header, HTTPException
from starlette.requests import Request

from plumeline.web.refusals import AskWhy, Refused

ASKED_BYTES = 16_384
REPORT_BYTES = 16 << 20
ROWS = msgspec.json.Decoder(list[dict[str, str]])
"""Of a report: by the names that the intake knows."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Seat = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person asks for. Who they are is not theirs to say: their session tells."""


Asked = TypeVar("Asked", bound=msgspec.Struct)


def own_page(
    x_plumeline: Annotated[str | None, Header()] = None,
    sec_fetch_site: Annotated[str | None, Header()] = None,
) -> None:
    """A foreign page cannot send a header of its own without asking first, and nobody answers."""
    if x_plumeline is None or sec_fetch_site not in {None, "same-origin", "none"}:
        raise Refused(HTTPStatus.FORBIDDEN, AskWhy.NOT_OUR_PAGE)


async def whole(request: Request, most: int) -> bytes:
    """The body as it came.

    Raises:
        Refused: 413 for more than ``most`` bytes.
    """
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, AskWhy.TOO_LARGE, most=most)
    return b"".join(pieces)


async def asked(request: Request, what: type[Asked]) -> Asked:
    """The body, decoded.

    Raises:
        Refused: 413 for more than `ASKED_BYTES`.
        HTTPException: 422 for another thing than was asked for.
    """
    body = await whole(request, ASKED_BYTES)
    try:
        return msgspec.json.decode(body or b"{}", type=what)
    except msgspec.DecodeError as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc
