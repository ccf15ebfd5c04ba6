"""An incident is the fold of its events."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from alerts.events import Estimate, Event, Evidence, Kind, Place
from detect.detection import Label
from geo.ground import GroundPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fire or plume: what is known of it now."""

    incident_id: str
    labels: tuple[Label, ...]
    """Sorted: fire before smoke."""
    raised: bool
    historic: bool
    """Every picture of it was old when it was sent."""
    t_first_s: float
    t_last_s: float
    sightings: int
    """Frames that show it, each counted once per label."""
    devices: tuple[str, ...]
    flights: tuple[str, ...]
    best: Evidence
    """The picture to show, with the place in force. Until an estimate is told, that is the view
    with the smallest ellipse, then the highest score; from then on the highest score, and point
    and premises are the estimate's, with the view's own range."""
    latest: Evidence
    estimate: Estimate | None = None
    """The newest one told."""

    @property
    def point(self) -> GroundPoint | None:
        """The place in force, None while only a bearing or nothing is known."""
        return self.best.point


def fold(events: Iterable[Event]) -> dict[str, Incident]:
    """All incidents that these events tell of, in the order they began."""
    incidents: dict[str, Incident] = {}
    for event in events:
        incidents[event.incident_id] = grow(incidents.get(event.incident_id), event)
    return incidents


def grow(incident: Incident | None, event: Event) -> Incident:
    """The incident after one more event."""
    if incident is None:
        incident = _begun(event)
    elif event.kind is not Kind.PLACED:
        incident = _seen_again(incident, event)
    if event.estimate is None:
        return incident
    return replace(
        incident, estimate=event.estimate, best=_placed(incident.best, event.estimate)
    )  # fmt: skip


def _begun(event: Event) -> Incident:
    seen = event.evidence
    return Incident(
        incident_id=event.incident_id,
        labels=(seen.label,),
        raised=event.kind is Kind.RAISED,
        historic=seen.historic,
        t_first_s=seen.t_capture_s,
        t_last_s=seen.t_capture_s,
        sightings=1,
        devices=(seen.key.device_id,),
        flights=(seen.key.flight_id,),
        best=seen,
        latest=seen,
    )


def _seen_again(incident: Incident, event: Event) -> Incident:
    seen = event.evidence
    return replace(
        incident,
        labels=tuple(sorted({*incident.labels, seen.label})),
        raised=incident.raised or event.kind is Kind.RAISED,
        historic=incident.historic and seen.historic,
        t_first_s=min(incident.t_first_s, seen.t_capture_s),
        t_last_s=max(incident.t_last_s, seen.t_capture_s),
        sightings=incident.sightings + 1,
        devices=_with(incident.devices, seen.key.device_id),
        flights=_with(incident.flights, seen.key.flight_id),
        best=_better(incident, seen),
        latest=seen if seen.t_capture_s >= incident.latest.t_capture_s else incident.latest,
    )


def _with(known: tuple[str, ...], one: str) -> tuple[str, ...]:
    return known if one in known else (*known, one)


def _better(incident: Incident, seen: Evidence) -> Evidence:
    best, estimate = incident.best, incident.estimate
    if estimate is None:
        return seen if _rank(seen) < _rank(best) else best
    clearer = seen.point is not None and seen.score > best.score
    return _placed(seen, estimate) if clearer else best


def _placed(seen: Evidence, estimate: Estimate) -> Evidence:
    """A view with the estimate's place in place of its own."""
    own = seen.point or estimate.point
    return replace(
        seen,
        point=replace(estimate.point, range_m=own.range_m),
        premises=estimate.premises,
        sector=None,
        unlocated=None,
    )


def _rank(evidence: Evidence) -> tuple[int, float, float]:
    """Smaller is better: a point before a bearing before nothing, then the ellipse, the score."""
    point = evidence.point
    if point is None:
        return (1 if evidence.sector else 2, 0.0, -evidence.score)
    area = math.sqrt(max(point.cov_ee_m2 * point.cov_nn_m2 - point.cov_en_m2**2, 0.0))
    return (0, area, -evidence.score)


def home_of(incident: Incident) -> Place | None:
    """The take-off point its best evidence was measured from."""
    return incident.best.home
