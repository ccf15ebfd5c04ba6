"""Hazards that others report: rows of a partner's own codes become findings, or are refused whole.

A partner's code that nobody has given a meaning is never guessed: the row goes to quarantine with
the reason, and comes in when the code is known and it is sent again. The partner's own number makes
it the same finding however often it is sent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from alerts.errors import Reasoned
from casework.days import BEIJING
from casework.errors import CaseworkError
from casework.words import Finding, Level, Place, Source

KINDS: dict[str, tuple[str, str]] = {
    "blocked_exit": ("疏散通道堵塞", "Blocked exit"),
    "blocked_lane": ("消防车道堵塞", "Blocked fire lane"),
    "overload": ("电气线路过载", "Overloaded wiring"),
    "no_extinguisher": ("灭火器材缺失", "No extinguisher"),
    "storage": ("违规堆放", "Unlawful storage"),
    "hot_work": ("违规动火", "Unlawful hot work"),
    "gas": ("燃气隐患", "Gas hazard"),
    "ebike": ("电动车违规充电", "E-bike charging"),
    "hazchem": ("危险化学品隐患", "Hazardous chemicals"),
    "structure": ("建筑结构隐患", "Structure"),
    "other": ("其他", "Other"),
}
"""The one code list of kinds of hazard; a city adds its own in the configuration."""

ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("number", "编号", "工单编号", "事件编号"),
    "kind": ("kind", "类型", "隐患类型", "问题类型"),
    "level": ("level", "等级", "隐患等级"),
    "found": ("found", "发现时间", "上报时间"),
    "place_id": ("place_id", "场所编号", "单位编号"),
    "address": ("address", "地址"),
    "lat_deg": ("lat_deg", "lat", "纬度"),
    "lon_deg": ("lon_deg", "lon", "经度"),
    "text": ("text", "描述", "问题描述"),
    "station": ("station", "工作站"),
    "person": ("person", "网格员", "上报人"),
}
"""Per name here the columns that files use."""
NEEDED = frozenset({"number", "kind", "found"})
LEVELS = {"": Level.GENERAL, "general": Level.GENERAL, "一般": Level.GENERAL,
          "major": Level.MAJOR, "重大": Level.MAJOR}  # fmt: skip
MAX_ROWS = 20_000
MAX_TEXT = 2000

Code = TypeVar("Code")


class ReportWhy(StrEnum):
    """Why a row, or a whole table, is not taken in."""

    NO_COLUMNS = "columns {titles}: {needed} are needed"
    TOO_MANY = "more than {most} rows: send it in parts"
    NO_NUMBER = "it has no number of its own"
    UNKNOWN_KIND = "kind {kind!r} of {partner} has no meaning here"
    UNKNOWN_CODE = "{name} {code!r} is none of {known}"
    UNKNOWN_PLACE = "place {place_id!r} is not in the register"
    UNKNOWN_STATION = "station {org_id!r} is not in the org tree"
    NOWHERE = "it says neither the place, nor the address, nor a position"
    NO_TIME = "{name} {text!r} is no time (2026-06-01T09:30 or with an offset)"
    IN_THE_FUTURE = "{name} {text!r} lies in the future"
    NO_VISIT = "from {start} to {end} is no visit"
    NO_POSITION = "{lat!r}, {lon!r} is no latitude and longitude"
    NOT_ON_EARTH = "{lat}, {lon} is not on Earth"
    STILL_OPEN = "incident {incident_id} is {state}: dismiss it first, or bring it to its end"
    NOT_ACTUAL = "incident {incident_id} is no real one ({status}): it leaves no hazard behind"


class BadReport(Reasoned, CaseworkError):
    """A row that cannot become a finding or a visit."""

    why: ReportWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Who reports, and what their codes mean here."""

    name: str
    source: Source = Source.GRID
    kinds: Mapping[str, str] = field(default_factory=dict)
    """From their code to ours."""
    results: Mapping[str, str] = field(default_factory=dict)
    """The same of what a visit found."""
    own: bool = False
    """They are our own people: what they report has no origin of another department."""


def key_of_incident(incident_id: str) -> str:
    """The key of the hazard that an incident leaves behind: there is one at most."""
    return f"incident/{incident_id}"


def read_csv(
    data: bytes,
    aliases: Mapping[str, tuple[str, ...]] = ALIASES,
    needed: AbstractSet[str] = NEEDED,
) -> Iterator[dict[str, str]]:
    """The rows of a CSV, by the names here. UTF-8, or GB18030 where it is not.

    Raises:
        BadReport: it has no header that is known, or too many rows.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    titles = [title.strip() for title in reader.fieldnames or ()]
    known = {title: name for title in titles for name, used in aliases.items() if title in used}
    if not needed <= set(known.values()):
        raise BadReport(
            ReportWhy.NO_COLUMNS, titles=", ".join(titles[:20]), needed=", ".join(sorted(needed))
        )
    for number, row in enumerate(reader):
        if number >= MAX_ROWS:
            raise BadReport(ReportWhy.TOO_MANY, most=MAX_ROWS)
        yield {
            known[title.strip()]: (value or "").strip()
            for title, value in row.items()
            if isinstance(title, str) and title.strip() in known and isinstance(value, str | None)
        }


def to_finding(
    row: Mapping[str, str],
    partner: Partner,
    *,
    kinds: Mapping[str, object],
    places: Mapping[str, Place],
    station: str,
    t_s: float,
) -> Finding:
    """A reported row as a finding; what it does not say is left empty.

    ``kinds`` are the codes that are known here, ``station`` answers for it where neither the row
    nor the place names another, ``t_s`` is the station's clock.

    Raises:
        BadReport: what is missing or not understood.
    """
    number = row.get("number", "")
    if not number:
        raise BadReport(ReportWhy.NO_NUMBER)
    code = row.get("kind", "")
    kind = partner.kinds.get(code, code)
    if kind not in kinds:
        raise BadReport(ReportWhy.UNKNOWN_KIND, kind=code, partner=partner.name)
    level = code_in(row, "level", LEVELS)
    place_id = row.get("place_id") or None
    place = places.get(place_id or "")
    if place_id is not None and place is None:
        raise BadReport(ReportWhy.UNKNOWN_PLACE, place_id=place_id)
    where = _where(row)
    if place is None and where is None and not row.get("address"):
        raise BadReport(ReportWhy.NOWHERE)
    org_id = row.get("station") or (place.org_id if place else None) or station
    return Finding(
        key=f"{partner.name}/{number}"[:128],
        org_id=org_id,
        source=partner.source,
        kind=kind,
        level=level,
        t_found_s=moment(row.get("found", ""), "found", t_s),
        t_reported_s=t_s,
        place_id=place_id,
        cls=place.cls if place else None,
        person_id=row.get("person") or None,
        lat_deg=where[0] if where else None,
        lon_deg=where[1] if where else None,
        address=row.get("address", "")[:MAX_TEXT],
        text=row.get("text", "")[:MAX_TEXT],
        origin=None if partner.own else partner.name,
        lead=org_id,
    )


def code_in(row: Mapping[str, str], name: str, codes: Mapping[str, Code]) -> Code:
    """What a row says under a name, in our codes.

    Raises:
        BadReport: it is none of them.
    """
    code = codes.get(row.get(name, ""))
    if code is None:
        known = ", ".join(filter(None, codes))
        raise BadReport(ReportWhy.UNKNOWN_CODE, name=name, code=row.get(name, ""), known=known)
    return code


def moment(text: str, name: str, t_s: float) -> float:
    """ISO 8601 in seconds since 1970 UTC; without an offset it is Beijing's time.

    Raises:
        BadReport: it is no time, or more than a day after the station's clock.
    """
    try:
        told = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadReport(ReportWhy.NO_TIME, name=name, text=text) from exc
    then_s = (told if told.tzinfo else told.replace(tzinfo=BEIJING)).timestamp()
    if then_s > t_s + 86_400:
        raise BadReport(ReportWhy.IN_THE_FUTURE, name=name, text=text)
    return then_s


def _where(row: Mapping[str, str]) -> tuple[float, float] | None:
    lat, lon = row.get("lat_deg", ""), row.get("lon_deg", "")
    if not lat and not lon:
        return None
    try:
        lat_deg, lon_deg = float(lat), float(lon)
    except ValueError as exc:
        raise BadReport(ReportWhy.NO_POSITION, lat=lat, lon=lon) from exc
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):
        raise BadReport(ReportWhy.NOT_ON_EARTH, lat=lat_deg, lon=lon_deg)
    return lat_deg, lon_deg
