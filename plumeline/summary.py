"""What an analysis found, as one object: what scripts read, and what the samples' tests compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.incident import Incident
from geo.ellipse import ellipse


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """One incident in numbers a person can compare."""

    incident_id: str
    labels: tuple[str, ...]
    historic: bool
    first_s: float
    """First sighting, seconds since 1970 on the device's clock, or since the flight's start."""
    last_s: float
    sightings: int
    devices: tuple[str, ...]
    lat_deg: float | None
    lon_deg: float | None
    semi_major_m: float | None
    """Of the 95 % ellipse, like the next two."""
    semi_minor_m: float | None
    bearing_deg: float | None
    views: int | None
    """That the position was worked out from."""
    position_unknown: str | None
    """Why there is no point."""
    premises_id: str | None
    premises: str | None
    probability: float | None
    """That it is on those premises."""
    frame_sha256: str
    score: float


def line_of(incident: Incident, t0_s: float = 0.0) -> IncidentLine:
    """The incident, its times counted from ``t0_s``; positions to a centimetre."""
    best, point = incident.best, incident.point
    shape = ellipse(point) if point else None
    top = best.premises[0] if best.premises else None
    return IncidentLine(
        incident_id=incident.incident_id,
        labels=tuple(label.value for label in incident.labels),
        historic=incident.historic,
        first_s=round(incident.t_first_s - t0_s, 3),
        last_s=round(incident.t_last_s - t0_s, 3),
        sightings=incident.sightings,
        devices=incident.devices,
        lat_deg=round(point.lat_deg, 7) if point else None,
        lon_deg=round(point.lon_deg, 7) if point else None,
        semi_major_m=round(shape.semi_major_m, 2) if shape else None,
        semi_minor_m=round(shape.semi_minor_m, 2) if shape else None,
        bearing_deg=round(shape.bearing_deg, 1) if shape else None,
        views=_views(incident),
        position_unknown=best.unlocated or (best.sector.reason if best.sector else None),
        premises_id=top.premises_id if top else None,
        premises=top.name if top else None,
        probability=round(top.probability, 3) if top else None,
        frame_sha256=best.sha256,
        score=round(best.score, 3),
    )


def _views(incident: Incident) -> int | None:
    if incident.estimate is not None:
        return incident.estimate.views
    return None if incident.point is None else 1


def lines_of(incidents: Iterable[Incident], t0_s: float = 0.0) -> list[IncidentLine]:
    """The incidents in the order they began."""
    ordered = sorted(incidents, key=lambda i: (i.t_first_s, i.incident_id))
    return [line_of(incident, t0_s) for incident in ordered]
