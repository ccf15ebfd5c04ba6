"""An incident is the fold of its events; whether it is a known thing, of the whole log."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from alerts.events import Estimate, Event, Evidence, Kind, Place, Status
from alerts.known import Seen, explained_by
from alerts.lifecycle import Handling, State, Verb, apply
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
    handling: Handling = field(default_factory=Handling)
    """What people have made of it."""
    status: Status = Status.ACTUAL
    first_size_m: float | None = None
    """Of the thing as first seen with a place: the side of a square as large as its box there."""
    size_m: float | None = None
    """The same of the newest view with a place."""
    judged: tuple[Label, ...] = ()
    """What it showed when it was dismissed last."""
    known: str | None = None
    """The incident whose dismissal explains it: it is recorded, and rings nobody."""

    @property
    def growth(self) -> float:
        """How many times its first size it measures; 1 where that is not known."""
        if self.first_size_m and self.size_m:
            return self.size_m / self.first_size_m
        return 1.0

    @property
    def point(self) -> GroundPoint | None:
        """The place in force, None while only a bearing or nothing is known."""
        return self.best.point


class Standing:
    """All incidents after the events so far. Areas that dismissals left explain later alarms."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self._leaving: dict[str, None] = {}
        """Incidents with an area, the oldest first."""

    def take(self, event: Event) -> Incident:
        """One more event of the log, in its order; how its incident stands then.

        Raises:
            ActRefused: an act that the incident as it stands does not allow.
        """
        name = event.incident_id
        before = self.incidents.get(name)
        after = grow(before, event)
        if event.act is not None:
            self._leaving.pop(name, None)
            if after.handling.leaves is not None:
                self._leaving[name] = None
        elif before is None or before.known is not None:
            after = replace(after, known=self._explained(after))
        self.incidents[name] = after
        return after

    def _explained(self, incident: Incident) -> str | None:
        areas = (
            (name, area)
            for name in self._leaving
            if (area := self.incidents[name].handling.leaves) is not None
        )
        return explained_by(areas, seen_of(incident, incident.latest.t_received_s))


def fold(events: Iterable[Event]) -> dict[str, Incident]:
    """All incidents that these events tell of, in the order they began."""
    standing = Standing()
    for event in events:
        standing.take(event)
    return standing.incidents


def rings(incident: Incident) -> bool:
    """Whether somebody must answer it now."""
    handling = incident.handling
    unanswered = handling.state is State.RAISED and handling.merged_into is None
    return unanswered and incident.raised and not incident.historic and incident.known is None


def seen_of(incident: Incident, t_s: float) -> Seen:
    """What of it is compared with known areas, at a time on the station's clock."""
    return Seen(labels=incident.labels, point=incident.point, size_m=incident.size_m, t_s=t_s)


def grow(incident: Incident | None, event: Event) -> Incident:
    """The incident after one more event; the first one tells what was seen.

    Raises:
        ActRefused: an act that the incident as it stands does not allow.
    """
    if event.act is not None:
        assert incident is not None, "an incident begins with what was seen"
        judged = incident.labels if event.act.verb is Verb.DISMISS else incident.judged
        return replace(incident, handling=apply(incident.handling, event.act), judged=judged)
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
    seen = _seen(event)
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
        status=event.status,
        first_size_m=_size_m(seen),
        size_m=_size_m(seen),
    )


def _size_m(seen: Evidence) -> float | None:
    """The side of the square that fills the box at the distance of its foot."""
    if seen.point is None or seen.sight is None:
        return None
    box = seen.box
    side_px = math.sqrt((box.x1_px - box.x0_px) * (box.y1_px - box.y0_px))
    return seen.point.range_m * side_px / seen.sight.fx_px


def _seen(event: Event) -> Evidence:
    assert event.evidence is not None, "only acts have no evidence"
    return event.evidence


def _seen_again(incident: Incident, event: Event) -> Incident:
    seen = _seen(event)
    first_size_m, size_m = _sizes(incident, seen)
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
        first_size_m=first_size_m,
        size_m=size_m,
    )


def _sizes(incident: Incident, seen: Evidence) -> tuple[float | None, float | None]:
    """First and newest size, of views of one label alone."""
    known = incident.first_size_m, incident.size_m
    size_m = _size_m(seen)
    if size_m is None or seen.label is not incident.best.label:
        return known
    if incident.first_size_m is None:
        return size_m, size_m
    newest = seen.t_capture_s >= incident.latest.t_capture_s
    return (incident.first_size_m, size_m) if newest else known


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
