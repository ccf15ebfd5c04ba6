"""Which incident a confirmed sighting belongs to: one fire, one incident, however often seen."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from alerts.estimate import is_news, thinned
from alerts.events import Estimate, Event, Evidence, Kind, Status
from alerts.incident import Incident, fold, grow
from detect.confirm import Sighting, reach_m
from geo.geodesy import distance_m
from geo.ground import GroundPoint
from ingest.records import Key

MERGE_M = 60.0
"""Beyond the reach of both ellipses: a burning yard is one incident."""
MERGE_S = 1800.0
"""A place that shows nothing for half an hour and then smoke again is a new incident."""
SAME_DEVICE_S = 60.0
"""A sighting without a position joins what its own device saw within the last minute."""
KEPT_RECENT = 32
"""Views of an incident's devices, for the column that a plume's pictures have in common."""


class Geometry(Protocol):
    """What makes places of views."""

    def estimate(self, views: Sequence[Evidence]) -> Estimate | None:
        """The place that views of one incident show together, None for none."""
        ...

    def steadied(self, seen: Evidence, before: Sequence[Evidence]) -> Evidence:
        """One view, its foot judged by those of the same device just before it, by time."""
        ...

    def status(self, device_id: str) -> Status:
        """Whether what a device shows is meant."""
        ...


@dataclass(slots=True)
class _Case:
    """An open incident, and what its next estimate is made from."""

    incident: Incident
    told: set[str] = field(default_factory=set)
    """Keys of its events."""
    views: list[Evidence] = field(default_factory=list)
    recent: list[Evidence] = field(default_factory=list)
    """The last views with a place, as they came."""

    def take(self, event: Event) -> None:
        """One more event of it."""
        if self.told:
            self.incident = grow(self.incident, event)
        self.told.add(event.key)
        seen = event.evidence
        if event.kind is not Kind.PLACED and seen is not None and seen.sight is not None:
            alike = [view for view in self.views if view.label is seen.label]
            others = [view for view in self.views if view.label is not seen.label]
            self.views = others + thinned([*alike, seen])
            self.recent = [*self.recent, seen][-KEPT_RECENT:]


class Incidents:
    """The open incidents, and the events that sightings make of them."""

    def __init__(self, geometry: Geometry, told: Iterable[Event] = ()) -> None:
        """``told`` are the events of before, in order: those it opened and may still go on."""
        self._geometry = geometry
        self._open: dict[str, _Case] = {}
        told = list(told)
        known = fold(told)
        newest_s = max((incident.t_last_s for incident in known.values()), default=0.0)
        for event in told:
            if known[event.incident_id].t_last_s >= newest_s - MERGE_S:
                self._take(event)

    def admit(self, sighting: Sighting[Evidence]) -> list[Event]:
        """The events one sighting makes: it raises a new incident or is one more view of one.

        What was told before is not told again.
        """
        newest = sighting.detections[-1]
        self._forget(newest.t_capture_s)
        case = self._case_told_of(sighting) or self._home_of(newest)
        *earlier, newest = self._steadied(sighting.detections, case.recent if case else [])
        if case is None:
            incident_id = incident_id_of(sighting.detections[0])
            status = self._geometry.status(newest.key.device_id)
            events = [_event(Kind.RAISED, incident_id, newest, status)]
            events += [_event(Kind.SEEN, incident_id, one, status) for one in earlier]
        else:
            incident_id, status = case.incident.incident_id, case.incident.status
            seen = [_event(Kind.SEEN, incident_id, one, status) for one in (*earlier, newest)]
            events = [event for event in seen if event.key not in case.told]
        for event in events:
            self._take(event)
        if any(event.evidence and event.evidence.sight for event in events):
            events += self._placed(self._open[incident_id], newest)
        return events

    def _steadied(self, seen: Sequence[Evidence], recent: Sequence[Evidence]) -> list[Evidence]:
        known = {(one.key, one.label): one for one in (*recent, *seen) if one.sight}
        by_time = sorted(known.values(), key=_when)
        steadied: list[Evidence] = []
        for one in seen:
            before = [other for other in by_time if _just_before(other, one)]
            steadied.append(self._geometry.steadied(one, before))
        return steadied

    def _take(self, event: Event) -> None:
        case = self._open.get(event.incident_id)
        if case is None:
            case = self._open[event.incident_id] = _Case(incident=grow(None, event))
        case.take(event)

    def _placed(self, case: _Case, newest: Evidence) -> list[Event]:
        """The place in the light of all views, where that is news."""
        in_force = case.incident.point
        estimate = self._geometry.estimate(case.views) if in_force and len(case.views) > 1 else None
        if in_force is None or estimate is None or not is_news(estimate.point, in_force):
            return []
        seen = _event(Kind.PLACED, case.incident.incident_id, newest, case.incident.status)
        event = replace(seen, key=f"{seen.key}/placed", estimate=estimate)
        case.take(event)
        return [event]

    def _forget(self, t_s: float) -> None:
        self._open = {
            incident_id: case
            for incident_id, case in self._open.items()
            if abs(t_s - case.incident.t_last_s) <= MERGE_S
        }

    def _case_told_of(self, sighting: Sighting[Evidence]) -> _Case | None:
        """The incident that some of it was told of before a restart."""
        frames = [_frame(one) for one in sighting.detections]
        for incident_id, case in self._open.items():
            if any(f"{incident_id}/{frame}" in case.told for frame in frames):
                return case
        return None

    def _home_of(self, evidence: Evidence) -> _Case | None:
        """The nearest open incident it can belong to: an exercise and a real one stay two."""
        status = self._geometry.status(evidence.key.device_id)
        alike = [case for case in self._open.values() if case.incident.status is status]
        own = [case for case in alike if _lately_seen(case.incident, evidence)]
        if evidence.point is None:
            return max(own, key=lambda case: case.incident.t_last_s, default=None)
        placed = [
            (apart_m, case)
            for case in alike
            if (apart_m := _apart_m(case.incident, evidence.point)) is not None
        ]
        if placed:
            return min(placed, key=lambda pair: pair[0])[1]
        return next((case for case in own if case.incident.point is None), None)


def incident_id_of(first: Evidence) -> str:
    """A name worked out from the first frame that shows it: the same in every analysis."""
    key: Key = first.key
    text = f"{key.device_id} {key.boot_id} {key.seq} {key.tie} {first.label.value}"
    digest = hashlib.blake2b(text.encode(), digest_size=5).digest()
    return "inc-" + base64.b32encode(digest).decode().lower()


def _frame(evidence: Evidence) -> str:
    key = evidence.key
    return f"{key.flight_id}/{key.seq}/{key.tie}/{evidence.label.value}"


def _event(kind: Kind, incident_id: str, evidence: Evidence, status: Status) -> Event:
    return Event(
        key=f"{incident_id}/{_frame(evidence)}",
        incident_id=incident_id,
        kind=kind,
        t_s=evidence.t_capture_s,
        evidence=evidence,
        status=status,
    )


def _when(evidence: Evidence) -> float:
    return evidence.t_capture_s


def _just_before(other: Evidence, evidence: Evidence) -> bool:
    return (
        other.label is evidence.label
        and other.key.device_id == evidence.key.device_id
        and other.t_capture_s < evidence.t_capture_s
    )


def _lately_seen(incident: Incident, evidence: Evidence) -> bool:
    """By the same device."""
    latest = incident.latest
    return (
        latest.key.device_id == evidence.key.device_id
        and abs(evidence.t_capture_s - latest.t_capture_s) <= SAME_DEVICE_S
    )


def _apart_m(incident: Incident, point: GroundPoint) -> float | None:
    """How far apart the two are, None where that is too far to be one."""
    other = incident.point
    if other is None:
        return None
    apart_m = float(distance_m(point.lat_deg, point.lon_deg, other.lat_deg, other.lon_deg))
    return apart_m if apart_m <= MERGE_M + reach_m(point) + reach_m(other) else None
