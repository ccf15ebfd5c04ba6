"""The question "is there a fire, where?" and its answer, from what is on record: pure rules.

A doubt weighs for the worse: an open incident within reach is an answer as long as no person has
answered it otherwise, and "not seen" takes a picture with the place in it and nothing there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alerts.events import Status
from alerts.incident import Incident
from alerts.incidents import MERGE_M
from alerts.inquiry_pictures import LIMITS, Picture, Shown
from alerts.lifecycle import OPEN, State
from detect.confirm import reach_m
from geo.angles import turn_deg
from geo.ellipse import ellipse
from geo.geodesy import distance_m
from geo.ground import Ellipse, GroundPoint
from geo.looking import Reason
from geo.premises import Premises, PremisesIndex

NOW_S = 120.0
"""What came in so lately is how things are."""
OPEN_S = 1800.0
"""So long an answered question waits for something to be seen after all."""
METRES_PER_DEGREE = 110_500.0
"""Of latitude, where it is shortest."""
RECENT_S = 86_400.0
"""Incidents that are over are named for so long."""
SHOWN = 12
"""So many pictures are named."""


class Verdict(StrEnum):
    """The answer in one word."""

    SEEN = "seen"
    NOT_SEEN_SINCE = "not_seen_since"
    """The last picture of it showed nothing; nobody knows what came after."""
    CANNOT_BE_SEEN = "cannot_be_seen"


class Ground(StrEnum):
    """What a verdict rests on, besides the reasons of `geo.looking.Reason`."""

    INCIDENT = "incident"
    UNCONFIRMED = "unconfirmed"
    """The newest picture shows something there that no person has judged."""
    PICTURE = "picture"
    NO_PICTURE = "no_picture"
    """No picture with a pose has come in lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Somebody asks about a place."""

    lat_deg: float
    lon_deg: float
    premises_id: str | None = None
    name: str | None = None
    """Of the premises."""
    t_s: float
    """The station's clock."""
    actor: str
    seat: str = ""
    text: str = ""
    district: str | None = None
    """Whose drones and incidents alone the answer rests on; None for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An incident within reach of the place."""

    incident_id: str
    distance_m: float
    """0 where it lies inside."""
    state: State
    status: Status
    t_last_s: float
    """When the newest picture of it came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the fire is."""

    incident_id: str
    point: GroundPoint
    ellipse: Ellipse
    """95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Where a drone was when it was heard of: station's clock, latitude and longitude."""

    device_id: str
    t_received_s: float
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drone:
    """A drone, and what it has to do with the place."""

    device_id: str
    sees: bool
    """One of its pictures of the last two minutes contains some of the place."""
    t_heard_s: float
    distance_m: float
    """From there to the place, as it was last heard."""
    t_nearest_s: float
    """When it flew by most closely."""
    nearest_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the record says about a place."""

    verdict: Verdict
    reason: str
    """A `Ground`, or why no picture has it: a `geo.looking.Reason`."""
    since_s: float | None
    """When the last picture with the place in it, and nothing there, came in."""
    position: Position | None
    incidents: tuple[Near, ...]
    """Nearest first, also those that ended within the last day."""
    drones: tuple[Drone, ...]
    """Those that see it first, then the nearest."""
    pictures: tuple[Shown, ...]
    """Newest first."""
    looked_back_to_s: float | None
    """The oldest picture that was considered came in then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question with its answer, as they are kept."""

    inquiry_id: str
    question: Question
    answer: Answer


def answer_to(
    question: Question,
    place: Premises,
    *,
    incidents: Mapping[str, Incident],
    pictures: Sequence[Picture],
    blind: Reason | None,
    passages: Iterable[Passage],
    looked_back_to_s: float | None,
) -> Answer:
    """The answer at the time of the question.

    ``pictures`` and ``blind`` are what `alerts.inquiry_pictures.pictures_of` says of the place;
    ``passages`` come in order of time.
    """
    near = sorted(_within_reach(question, place, incidents), key=lambda one: one[0].distance_m)
    live = [incident for one, incident in near if _is_open(one, incident, incidents)]
    clear = next((p for p in pictures if not p.something and p.share >= LIMITS.covered_share), None)
    verdict, reason = _verdict(bool(live), pictures, clear, blind)
    glances = (picture.glance for picture in pictures)
    lately = {g.device_id for g in glances if question.t_s - g.t_received_s <= NOW_S}
    return Answer(
        verdict=verdict,
        reason=reason,
        since_s=clear.glance.t_received_s if clear else None,
        position=_position(live[0]) if live else None,
        incidents=tuple(one for one, _ in near),
        drones=_drones(question, passages, lately),
        pictures=tuple(picture.told() for picture in pictures[:SHOWN]),
        looked_back_to_s=looked_back_to_s,
    )


def follows(inquiry: Inquiry, place: Premises, incident: Incident, t_raised_s: float) -> bool:
    """Whether an incident is what an earlier question asked for: raised after it, within reach."""
    waited_s = t_raised_s - inquiry.question.t_s
    return 0 <= waited_s <= OPEN_S and apart_m(place, incident) is not None


def apart_m(place: Premises, incident: Incident) -> float | None:
    """From a place to an incident, 0 inside; None where it is out of reach or has no position."""
    point = incident.point
    if point is None or place.geometry.is_empty:
        return None
    within_m = MERGE_M + reach_m(point)
    if _is_far(place, point, within_m):
        return None
    nearest = PremisesIndex([place]).nearest(point.lat_deg, point.lon_deg)
    return None if nearest is None or nearest.distance_m > within_m else nearest.distance_m


def _is_far(place: Premises, point: GroundPoint, within_m: float) -> bool:
    """Whether it is out of reach by its latitude or longitude alone."""
    west, south, east, north = place.geometry.bounds
    up_deg = max(south - point.lat_deg, point.lat_deg - north)
    middle, half = (west + east) / 2, (east - west) / 2
    along_deg = abs(float(turn_deg(middle, point.lon_deg))) - half
    highest_deg = min(max(abs(south), abs(north), abs(point.lat_deg)), 90.0)
    along_m = along_deg * METRES_PER_DEGREE * math.cos(math.radians(highest_deg))
    return bool(max(up_deg * METRES_PER_DEGREE, along_m) > within_m)


def _within_reach(
    question: Question, place: Premises, incidents: Mapping[str, Incident]
) -> Iterable[tuple[Near, Incident]]:
    for incident in incidents.values():
        old = question.t_s - incident.latest.t_received_s > RECENT_S
        over = old and incident.handling.state not in OPEN
        away_m = apart_m(place, incident) if incident.raised and not over else None
        if away_m is not None:
            near = Near(
                incident_id=incident.incident_id,
                distance_m=away_m,
                state=incident.handling.state,
                status=incident.status,
                t_last_s=incident.latest.t_received_s,
            )
            yield near, incident


def _is_open(near: Near, incident: Incident, incidents: Mapping[str, Incident]) -> bool:
    """Whether it is meant, came in time, and nobody has ended it, or what it was merged into."""
    into = incident
    while into.handling.merged_into is not None and into.handling.merged_into in incidents:
        into = incidents[into.handling.merged_into]
    live = near.status is Status.ACTUAL and not incident.historic
    return live and into.handling.state in OPEN


def _verdict(
    burning: bool, pictures: Sequence[Picture], clear: Picture | None, blind: Reason | None
) -> tuple[Verdict, str]:
    if burning:
        return Verdict.SEEN, Ground.INCIDENT
    if pictures and pictures[0].something:
        return Verdict.SEEN, Ground.UNCONFIRMED
    if clear is not None:
        return Verdict.NOT_SEEN_SINCE, Ground.PICTURE
    if pictures:
        return Verdict.CANNOT_BE_SEEN, Reason.TOO_LITTLE
    return Verdict.CANNOT_BE_SEEN, blind or Ground.NO_PICTURE


def _position(incident: Incident) -> Position:
    assert incident.point is not None, "what is within reach has a position"
    return Position(
        incident_id=incident.incident_id,
        point=incident.point,
        ellipse=ellipse(incident.point),
    )


def _drones(question: Question, passages: Iterable[Passage], lately: set[str]) -> tuple[Drone, ...]:
    tracks: dict[str, list[Passage]] = {}
    for one in passages:
        tracks.setdefault(one.device_id, []).append(one)
    drones = []
    for device_id, track in tracks.items():
        lat, lon = np.array([(one.lat_deg, one.lon_deg) for one in track]).T
        away_m = distance_m(lat, lon, question.lat_deg, question.lon_deg)
        nearest = int(away_m.argmin())
        drones.append(
            Drone(
                device_id=device_id,
                sees=device_id in lately,
                t_heard_s=track[-1].t_received_s,
                distance_m=float(away_m[-1]),
                t_nearest_s=track[nearest].t_received_s,
                nearest_m=float(away_m[nearest]),
            )
        )
    return tuple(sorted(drones, key=lambda one: (not one.sees, one.distance_m)))
