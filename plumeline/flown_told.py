"""What is told of a flight: its line in a list, its pictures, the events of a replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.events import Kind, NumberedEvent
from alerts.lifecycle import Reason, Verb
from alerts.look import LookStatus
from detect.detection import Detection, Label
from plumeline.replay_at import since
from store.flights import Judge, JudgedPicture


class Source(StrEnum):
    """How a flight came into the record."""

    LIVE = "live"
    FILE = "file"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightLine:
    """One flight in a list."""

    flight_id: str
    device_id: str
    t0_s: float
    """Of its first record, on the device's clock."""
    t1_s: float
    fixes: int
    frames: int
    source: Source
    incidents: int
    """That its pictures helped to tell of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightCard:
    """One flight, with who judged its pictures."""

    flight: FlightLine
    judges: Sequence[Judge]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """One picture of a replay."""

    t_s: float
    sha256: str
    width_px: int
    height_px: int
    status: LookStatus | None
    """None while no analysis has come to it."""
    reason: str | None = None
    detections: Sequence[Detection] = ()
    yaw_deg: float | None = None
    """Which way the camera looked, clockwise from true north; None where that is not known."""
    pitch_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightEvent:
    """One event of an incident that the flight saw."""

    n: int
    since_s: float
    """From when a replay shows it, as `plumeline.replay_at` has it."""
    incident_id: str
    kind: Kind
    t_s: float
    label: Label | None = None
    score: float | None = None
    sha256: str | None = None
    other_flight: str | None = None
    """Whose picture it is, where it is not this flight's."""
    verb: Verb | None = None
    actor: str | None = None
    seat: str | None = None
    reason: Reason | None = None


def events_of(flight_id: str, stories: Iterable[Sequence[NumberedEvent]]) -> list[FlightEvent]:
    """The events of some incidents, each story in order of number, as a flight's replay tells them.

    In the order in which they are there.
    """
    told = [
        _told(flight_id, since_s, numbered)
        for story in stories
        for since_s, numbered in since(story)
    ]
    return sorted(told, key=lambda one: (one.since_s, one.n))


def _told(flight_id: str, since_s: float, numbered: NumberedEvent) -> FlightEvent:
    event = numbered.event
    first = FlightEvent(
        n=numbered.n,
        since_s=since_s,
        incident_id=event.incident_id,
        kind=event.kind,
        t_s=event.t_s,
    )
    if event.act is not None:
        act = event.act
        return replace(first, verb=act.verb, actor=act.actor, seat=act.seat, reason=act.reason)
    seen = event.evidence
    assert seen is not None, "only acts have no evidence"
    own = seen.key.flight_id
    return replace(
        first,
        label=seen.label,
        score=seen.score,
        sha256=seen.sha256,
        other_flight=None if own == flight_id else own,
    )


def shown(picture: JudgedPicture) -> ShownPicture:
    """A picture as the analysis left it."""
    look = picture.look
    pose = None if look is None else look.pose
    return ShownPicture(
        t_s=picture.t_s,
        sha256=picture.sha256,
        width_px=picture.width_px,
        height_px=picture.height_px,
        status=None if look is None else look.status,
        reason=None if look is None else look.reason,
        detections=() if look is None else look.detections,
        yaw_deg=None if pose is None else pose.yaw_deg,
        pitch_deg=None if pose is None else pose.pitch_deg,
    )
