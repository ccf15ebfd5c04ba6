"""The words of the daily work: an org, a person, a place, a visit, a finding, a task.

DOMAIN of each: an inspection, a patrol and a grid worker's check are visits; a hazard, a violation
and a case are findings; a work order, a re-check and a re-fly are tasks. Codes that differ by city
(kinds of hazard, sub-types of places) are plain strings; what the rules read is an enum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class OrgKind(StrEnum):
    """What an org is."""

    CITY = "city"
    DISTRICT = "district"
    STATION = "station"
    DEPARTMENT = "department"
    PARTNER = "partner"


class PlaceClass(StrEnum):
    """The four classes of places that the patrol log knows, as the stations' practice has them."""

    PRODUCTION_UNIT = "production_unit"
    """生产经营单位"""
    SMALL_PLACE = "small_place"
    """小型场所"""
    RESIDENTIAL = "residential"
    """住宅小区"""
    HAZCHEM = "hazchem"
    """危险化学品"""


class PlaceKind(StrEnum):
    """What a place is there for."""

    PREMISES = "premises"
    GRID = "grid"
    ROUTE = "route"
    NO_IMAGE = "no_image"
    DISTRICT = "district"


class Method(StrEnum):
    """How a place was visited."""

    DRONE = "drone"
    WALK_IN = "walk_in"
    """A visit on foot without enforcement: 巡查走访."""
    INSPECTION = "inspection"
    """An enforcement inspection with a record: 执法检查."""
    GRID = "grid"
    """A grid worker's round."""
    PARTNER = "partner"
    """Another department's visit, recognised as ours."""


class Result(StrEnum):
    """What a visit found. What could not be seen is never normal."""

    NORMAL = "normal"
    ANOMALY = "anomaly"
    NOT_OBSERVABLE = "not_observable"


class Level(StrEnum):
    """How grave a hazard is: 一般 or 重大."""

    GENERAL = "general"
    MAJOR = "major"


class Source(StrEnum):
    """Who a finding comes from."""

    DRONE = "drone"
    INSPECTOR = "inspector"
    GRID = "grid"
    INCIDENT = "incident"
    """Dismissed as a fire, or over, and a hazard all the same."""
    PARTNER = "partner"


class TaskKind(StrEnum):
    """What is to be done."""

    RECTIFY = "rectify"
    RECHECK = "recheck"
    REFLY = "refly"
    INSPECT = "inspect"
    VERIFY = "verify"
    REPORT_24H = "report_24h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """A city, a district of it, a station of that, a department, a partner."""

    org_id: str
    kind: OrgKind
    parent_id: str | None
    name_zh: str
    name_en: str
    build: tuple[str, ...] = ()
    """Of a station: which points of the build checklist are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on an org's staff. That person's sign-in, where there is one, is elsewhere."""

    person_id: str
    org_id: str
    name: str
    party_member: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere that is visited, or flown: premises, a grid, a planned route."""

    place_id: str
    """Of premises the register's id."""
    kind: PlaceKind = PlaceKind.PREMISES
    cls: PlaceClass | None = None
    """None where the register says none of the four; counted as unclassified, never guessed."""
    subtype: str = ""
    """A city's own code, such as one of the fourteen types of small places."""
    risk: int | None = None
    """1 red (重大), 2 orange, 3 yellow, 4 blue; None where nobody has graded it."""
    name: str
    name_en: str | None = None
    address: str | None = None
    org_id: str | None = None
    """The station in charge."""
    district: str | None = None
    lat_deg: float | None = None
    """A point inside, WGS84; None where nobody has placed the address."""
    lon_deg: float | None = None
    outline_json: str | None = None
    """GeoJSON geometry in WGS84: the outline, or the line of a route."""
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody, or a drone, has looked at a place. A repeated key is the same visit."""

    key: str
    """Given by whoever reports it: the same visit sent twice is stored once."""
    place_id: str
    org_id: str
    """Whose visit it is."""
    method: Method
    t0_s: float
    """Seconds since 1970 UTC, of a drone on the device's clock."""
    t1_s: float
    result: Result
    reason: str = ""
    """The kind of the anomaly, or why it could not be seen."""
    person_id: str | None = None
    ref: str = ""
    """The flight, the inspection record's number, the partner's own number."""
    cls: PlaceClass | None = None
    """The class of the place on that day."""
    seen_share: float | None = None
    """Of the outline, 0 to 1, where it was measured."""
    slant_m: float | None = None
    """The closest distance from the camera."""
    dwell_s: float | None = None
    """How long some of it was watched."""
    evidence: tuple[str, ...] = ()
    """sha256 of blobs."""
    power_id: str | None = None
    """Of an inspection under a delegated power (`casework.powers`)."""
    origin: str | None = None
    """The partner whose visit it is, None for our own."""
    text: str = ""
    t_reported_s: float
    """When it was reported: long after the visit, it is late."""
    revises: str | None = None
    """The key of the visit that this one corrects, because more of the flight has come in since.
    The corrected one stays in the record and counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What has become of a finding so far. Days in Beijing; None where it has not happened."""

    listed: date | None = None
    delisted: date | None = None
    rectified: date | None = None
    case_no: str | None = None
    case_filed: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A hazard, as it was found. What becomes of it is `Outcome`, its task's and its listing's."""

    key: str
    """Given by whoever reports it: the same finding sent twice is stored once."""
    org_id: str
    """The station in charge; with `lead` never nobody."""
    source: Source
    kind: str
    """A code of the city's list (`casework.codes`)."""
    level: Level = Level.GENERAL
    t_found_s: float
    t_reported_s: float
    place_id: str | None = None
    cls: PlaceClass | None = None
    person_id: str | None = None
    """Who found it."""
    visit_key: str | None = None
    incident_id: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    address: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()
    """sha256 of blobs."""
    origin: str | None = None
    """The partner who told, None for our own."""
    lead: str
    """The org that answers for it; never empty."""
    co_owners: tuple[str, ...] = ()
    outcome: Outcome = Outcome()
    """At the time it came in: of history brought in from another system, what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to be done by somebody until some day. How it stands is the fold of its steps."""

    key: str
    kind: TaskKind
    org_id: str
    """The station it belongs to."""
    t_opened_s: float
    finding_key: str | None = None
    place_id: str | None = None
    text: str = ""
