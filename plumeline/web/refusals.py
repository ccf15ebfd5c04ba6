"""What the routes themselves refuse, each with its HTTP status; of uploads, where to go on from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

import msgspec

from alerts.errors import Fact, Reasoned

MISASKED, MISREAD = "Misasked", "Misread"
"""The codes of a question whose ``where`` is not as the route has it, and of one that is none."""
_WHERE = re.compile(r"(?:at|field) `\$?[.\[\]\d]*([\w.]+)[^`]*`$")


class AskWhy(StrEnum):
    """Why a route does not do what it was asked for."""

    SIGN_IN_FIRST = "sign in first"
    NOT_FOR_YOU = "not for this account"
    NO_PAGE = "no page is open to this account"
    NOT_OUR_PAGE = "send the header X-Plumeline: 1, from this site's own page or a script"
    TOO_MANY_AT_THE_DOOR = "too many are signing in"
    TOO_LARGE = "more than {most} bytes: send it in parts"
    SAY_WHY_FIRST = "footage: say why first, POST /api/viewings"
    NO_INCIDENT = "no incident {incident_id}"
    NO_BLOB = "no blob {sha256}"
    NO_SHA256 = "a blob's name is 64 hexadecimal digits"
    NO_BASEMAP = "this station has no basemap"
    NO_PLACE = "no place {place_id}"
    NO_FLIGHT = "flight {flight_id} is not in the log"
    NO_INQUIRY = "no inquiry {inquiry_id}"
    ASK_WHERE = "ask about premises_id, or about lat_deg and lon_deg"
    NO_DEAD_LETTER = "message {n} is no dead letter"
    NO_JPEG = "a JPEG picture is needed"
    NO_UTF8 = "the table is not in UTF-8"
    ENDS_TOO_SOON = "it ends before it begins"
    NO_ROUTE = "no route {route_id}"
    NOT_A_ROUTE = "{place_id} is not a route"
    ROUTE_ELSEWHERE = "it passes none of your district's premises: nobody of it could see the route"
    NO_PREMISES = "no premises {place_ids}"
    LOOKS_AT_NOTHING = "it looks at no premises"
    NO_DEVICE = "no device {device_id}"
    NO_PLAN = "no plan {plan_id}"
    SPEAKS_FOR_ANOTHER = "this account does not speak for {partner}"


class Refused(Reasoned):
    """A request that is not done."""

    why: AskWhy

    def __init__(self, status: HTTPStatus, why: AskWhy, **facts: Fact) -> None:
        super().__init__(why, **facts)
        self.status = status


class UploadRefused(Exception):
    """Base of everything the upload routes refuse."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, reason: str, *, offset: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset
        """Bytes that are safe on the server, where that helps to go on."""


class NoSuchUpload(UploadRefused):
    """It never was, it was abandoned, or it was swept away."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"no upload {upload_id}: begin again with POST /api/uploads")
        self.upload_id = upload_id


class WrongOffset(UploadRefused):
    """The bytes do not begin where the file ends."""

    status = HTTPStatus.CONFLICT

    def __init__(self, *, asked: int, offset: int) -> None:
        super().__init__(f"go on from byte {offset}, not {asked}", offset=offset)
        self.asked = asked


class NotWhole(UploadRefused):
    """Finished too early."""

    status = HTTPStatus.CONFLICT

    def __init__(self, offset: int, size_bytes: int) -> None:
        super().__init__(f"{offset} of {size_bytes} bytes are here: send the rest", offset=offset)
        self.size_bytes = size_bytes


class UploadOver(UploadRefused):
    """More bytes for a file that is whole."""

    status = HTTPStatus.CONFLICT

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"upload {upload_id} is whole: nothing more is taken")
        self.upload_id = upload_id


class TooLarge(UploadRefused):
    """A file, or a part of it, beyond what is taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"more than the {limit_bytes} bytes that are taken here")
        self.limit_bytes = limit_bytes


class TooManyUploads(UploadRefused):
    """Too many files are arriving at the same time."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} uploads are open already: finish or abandon one, then try again")
        self.limit = limit


class BadSum(UploadRefused):
    """The file is not the one that was sent."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, *, claimed: str, found: str) -> None:
        super().__init__(
            f"the bytes that came have the sha256 {found}, not {claimed}: nothing was kept, "
            "send the file again"
        )
        self.claimed, self.found = claimed, found


class DiskFull(UploadRefused):
    """No room for it. What had room is kept."""

    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self, offset: int | None) -> None:
        super().__init__(
            "the station's disk is too full: make room there, then go on", offset=offset
        )


def reason_of(exc: BaseException | None) -> tuple[str, Mapping[str, Fact]]:
    """The code of a refusal, and the facts in its words; the code is empty where it has none.

    A refusal of several reasons has its class and the reason (`Reasoned.code`), any other its class
    and what it keeps of its facts.
    """
    match exc:
        case None:
            return "", {}
        case Reasoned():
            return exc.code, exc.facts
        case msgspec.DecodeError():
            where = _WHERE.search(str(exc))
            return (MISASKED, {"where": where[1]}) if where else (MISREAD, {})
        case _:
            kept = {name: one for name, one in vars(exc).items() if isinstance(one, Fact)}
            return type(exc).__name__, kept
