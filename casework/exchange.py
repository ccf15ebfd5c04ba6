"""What stations, police and fire exchange: one versioned message, the partner's codes, its numbers.

Five contracts (事项统一、数据互通、工作互认、隐患共治、成效共享): one code list with a map per
partner, so that a code nobody has given a meaning is refused and never guessed; one message, in and
out; a partner's visit counts as ours and keeps its origin; a shared hazard has a lead and co-owners
and never nobody; results per department are sums over the same rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from casework.days import BEIJING
from casework.errors import CaseworkError
from casework.intake import KINDS, Partner
from casework.words import Finding, Level, Method, Place, PlaceClass, Result, Visit

VERSION: Literal[1] = 1
KEY_LENGTH = 128
FUTURE_S = 86_400.0
"""A time further ahead than this is a mistake."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Code = Annotated[str, msgspec.Meta(max_length=64)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""ISO 8601 with an offset."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Told(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A part of the message: a key it does not know is an error, not a silence."""


class SharedVisit(_Told, frozen=True, kw_only=True, omit_defaults=True):
    """A visit of the sender's, under its own number and in its own codes."""

    number: Id
    place_id: Id
    """Of the common register."""
    start: Moment
    end: Moment
    result: Code
    reason: Text = ""
    text: Text = ""
    seen_share: Share | None = None
    revises: Id | None = None
    """The number of the visit that this one corrects."""


class SharedFinding(_Told, frozen=True, kw_only=True, omit_defaults=True):
    """A hazard that the sender found, or hands over."""

    number: Id
    kind: Code
    found: Moment
    level: Level = Level.GENERAL
    place_id: Id | None = None
    lat_deg: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon_deg: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    address: Text = ""
    text: Text = ""


class Message(_Told, frozen=True, kw_only=True, omit_defaults=True):
    """What goes from one to the other. Its id makes it the same message however often it comes."""

    version: Literal[1]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+\Z")]
    sent: Moment
    visits: Annotated[tuple[SharedVisit, ...], msgspec.Meta(max_length=5000)] = ()
    findings: Annotated[tuple[SharedFinding, ...], msgspec.Meta(max_length=5000)] = ()


class BadShare(CaseworkError):
    """A part of a message that cannot be taken as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """One code of the list, in both languages, and what a partner calls it."""

    list: str
    code: str
    zh: str
    en: str
    theirs: str


Known = TypeVar("Known", bound=str)


def ours(code: str, theirs: Mapping[str, Known], known: Mapping[str, object], what: str) -> str:
    """A partner's code in our list.

    Raises:
        BadShare: it has no meaning here.
    """
    found = str(theirs.get(code, code))
    if found not in known:
        reason = f"{what} {code!r} has no meaning here"
        raise BadShare(reason)
    return found


def theirs(code: str, map_: Mapping[str, str]) -> str:
    """One of our codes as a partner calls it: of several the first, ours where it has none."""
    return next((one for one, own in map_.items() if own == code), code)


RESULTS: dict[str, tuple[str, str]] = {
    Result.NORMAL: ("正常", "Normal"),
    Result.ANOMALY: ("异常", "Anomaly"),
    Result.NOT_OBSERVABLE: ("未能观察", "Not observable"),
}
CLASSES: dict[str, tuple[str, str]] = {
    PlaceClass.PRODUCTION_UNIT: ("生产经营单位", "Production unit"),
    PlaceClass.SMALL_PLACE: ("小型场所", "Small place"),
    PlaceClass.RESIDENTIAL: ("住宅小区", "Residential"),
    PlaceClass.HAZCHEM: ("危险化学品", "Hazardous chemicals"),
}
LEVELS: dict[str, tuple[str, str]] = {
    Level.GENERAL: ("一般", "General"),
    Level.MAJOR: ("重大", "Major"),
}


def code_list(partner: Partner, kinds: Mapping[str, tuple[str, str]] = KINDS) -> list[CodeLine]:
    """事项统一: every code there is, and what a partner calls it."""
    lists = {"kind": (kinds, partner.kinds), "result": (RESULTS, partner.results)}
    lists |= {"class": (CLASSES, {}), "level": (LEVELS, {})}
    return [
        CodeLine(list=name, code=str(code), zh=zh, en=en, theirs=theirs(code, map_))
        for name, (codes, map_) in lists.items()
        for code, (zh, en) in codes.items()
    ]


def recognised(
    told: SharedVisit, partner: Partner, places: Mapping[str, Place], *, station: str, t_s: float
) -> Visit:
    """工作互认: a partner's visit as ours, with its origin. ``t_s`` is the station's clock.

    Raises:
        BadShare: an unknown place, a code without meaning, a time that cannot be.
    """
    place = places.get(told.place_id)
    if place is None:
        reason = f"place {told.place_id!r} is not in the register"
        raise BadShare(reason)
    result = Result(ours(told.result, partner.results, RESULTS, "result"))
    t0_s, t1_s = told.start.timestamp(), told.end.timestamp()
    if not 0 < t0_s <= t1_s <= t_s + FUTURE_S:
        reason = f"from {told.start.isoformat()} to {told.end.isoformat()} cannot be"
        raise BadShare(reason)
    return Visit(
        key=key_of(partner, told.number),
        place_id=told.place_id,
        org_id=place.org_id or station,
        method=Method.PARTNER,
        t0_s=t0_s,
        t1_s=t1_s,
        result=result,
        reason=told.reason,
        ref=told.number,
        cls=place.cls,
        seen_share=told.seen_share,
        origin=partner.name,
        text=told.text,
        t_reported_s=t_s,
        revises=None if told.revises is None else key_of(partner, told.revises),
    )


def key_of(partner: Partner, number: str) -> str:
    """What makes a partner's row the same one whenever it comes."""
    key = f"{partner.name}/{number}"
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def as_row(told: SharedFinding) -> dict[str, str]:
    """A finding as the intake of reports reads it (`casework.intake.to_finding`)."""
    said = {
        "number": told.number,
        "kind": told.kind,
        "level": told.level.value,
        "found": told.found.isoformat(),
        "place_id": told.place_id or "",
        "address": told.address,
        "text": told.text,
    }
    if told.lat_deg is not None and told.lon_deg is not None:
        said |= {"lat_deg": repr(told.lat_deg), "lon_deg": repr(told.lon_deg)}
    return said


def shared_visit(visit: Visit, partner: Partner) -> SharedVisit:
    """Our visit in a partner's codes."""
    return SharedVisit(
        number=visit.key,
        place_id=visit.place_id,
        start=moment(visit.t0_s),
        end=moment(visit.t1_s),
        result=theirs(visit.result, partner.results),
        reason=visit.reason,
        text=visit.text,
        seen_share=visit.seen_share,
        revises=visit.revises,
    )


def shared_finding(finding: Finding, partner: Partner) -> SharedFinding:
    """Our finding in a partner's codes."""
    return SharedFinding(
        number=finding.key,
        kind=theirs(finding.kind, partner.kinds),
        found=moment(finding.t_found_s),
        level=finding.level,
        place_id=finding.place_id,
        lat_deg=finding.lat_deg,
        lon_deg=finding.lon_deg,
        address=finding.address,
        text=finding.text,
    )


def handed_over(
    lead: str, co_owners: Sequence[str], to: str, known: AbstractSet[str]
) -> tuple[str, tuple[str, ...]]:
    """隐患共治: a hazard's lead and co-owners after somebody else has taken the lead (§69).

    Who led stays a co-owner, so that nobody drops a hazard by passing it on.

    Raises:
        BadShare: the new lead is nobody we know, or leads already.
    """
    if to not in known:
        reason = f"{to!r} is no org or partner that is known here"
        raise BadShare(reason)
    if to == lead:
        reason = f"{to!r} leads already"
        raise BadShare(reason)
    return to, tuple(dict.fromkeys(one for one in (lead, *co_owners) if one != to))


def moment(t_s: float) -> datetime:
    """In Beijing's time, with its offset."""
    return datetime.fromtimestamp(t_s, UTC).astimezone(BEIJING)
