"""Which incident a confirmed sighting belongs to: one fire, one incident, however often seen."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from alerts.events import Event, Evidence, Kind
from alerts.incident import Incident, grow
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


class Incidents:
    """The open incidents, and the events that sightings make of them."""

    def __init__(self, open_incidents: Iterable[Incident] = ()) -> None:
        self._open = {incident.incident_id: incident for incident in open_incidents}

    def admit(self, sighting: Sighting[Evidence]) -> list[Event]:
        """The events one sighting makes: it raises a new incident or is one more view of one."""
        *earlier, newest = sighting.detections
        self._forget(newest.t_capture_s)
        incident = self._home_of(newest)
        if incident is None:
            incident_id = incident_id_of(sighting.detections[0])
            events = [_event(Kind.RAISED, incident_id, newest)]
            events += [_event(Kind.SEEN, incident_id, one) for one in earlier]
        else:
            incident_id = incident.incident_id
            events = [_event(Kind.SEEN, incident_id, one) for one in sighting.detections]
        for event in events:
            self._open[incident_id] = grow(self._open.get(incident_id), event)
        return events

    def _forget(self, t_s: float) -> None:
        self._open = {
            incident_id: incident
            for incident_id, incident in self._open.items()
            if abs(t_s - incident.t_last_s) <= MERGE_S
        }

    def _home_of(self, evidence: Evidence) -> Incident | None:
        """The nearest open incident it can belong to."""
        own = [i for i in self._open.values() if _lately_seen_by_its_device(i, evidence)]
        if evidence.point is None:
            return max(own, key=lambda incident: incident.t_last_s, default=None)
        placed = [
            (apart_m, incident)
            for incident in self._open.values()
            if (apart_m := _apart_m(incident, evidence.point)) is not None
        ]
        if placed:
            return min(placed, key=lambda pair: pair[0])[1]
        return next((incident for incident in own if incident.point is None), None)


def incident_id_of(first: Evidence) -> str:
    """A name worked out from the first frame that shows it: the same in every analysis."""
    key: Key = first.key
    text = f"{key.device_id} {key.boot_id} {key.seq} {key.tie} {first.label.value}"
    digest = hashlib.blake2b(text.encode(), digest_size=5).digest()
    return "inc-" + base64.b32encode(digest).decode().lower()


def _event(kind: Kind, incident_id: str, evidence: Evidence) -> Event:
    key = evidence.key
    frame = f"{key.flight_id}/{key.seq}/{key.tie}/{evidence.label.value}"
    return Event(
        key=f"{incident_id}/{frame}",
        incident_id=incident_id,
        kind=kind,
        t_s=evidence.t_capture_s,
        evidence=evidence,
    )


def _lately_seen_by_its_device(incident: Incident, evidence: Evidence) -> bool:
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
