"""An incident as a file shows it: its point, its outline on the ground, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from shapely import Polygon, box
from shapely.affinity import translate
from shapely.geometry.polygon import orient

from alerts.events import Evidence, LikelyPremises, Place
from alerts.export.terms import Crs, utc
from alerts.incident import Incident
from alerts.words import SIGMAS_95, headline, place_in_words
from geo.ellipse import ellipse, polygon
from geo.gcj02 import gcj02_from_wgs84
from geo.geodesy import destination
from geo.ground import BearingSector, GroundPoint

PROBABILITY = 0.95
"""Of the ellipse, and of the sector of a bearing."""
SECTOR_M = 1000.0
"""How long a sector is drawn: how far away the thing is, nobody knows."""
_SECTOR_STEPS = 16

Placed = TypeVar("Placed", GroundPoint, BearingSector, Place)
Ring = tuple[tuple[float, float], ...]
"""A closed ring of (lon, lat) in degrees, counter-clockwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is told of an incident beside its geometry: the properties of a feature."""

    incident_id: str
    labels: tuple[str, ...]
    score: float
    headline_zh: str
    headline_en: str
    place_zh: str
    place_en: str
    first_seen: str
    """UTC, like the next: the device's own clock."""
    last_seen: str
    sightings: int
    raised: bool
    historic: bool
    devices: tuple[str, ...]
    located: str
    """``point``, ``bearing`` (only a direction is known) or ``unknown``."""
    outline_means: str | None
    """What the outline is, None without one."""
    ellipse_semi_major_m: float | None
    ellipse_semi_minor_m: float | None
    ellipse_bearing_deg: float | None
    bearing_deg: float | None
    bearing_sigma_deg: float | None
    position_unknown: str | None
    """Why there is no point."""
    method: str | None
    views: int | None
    """That the point was worked out from."""
    premises: tuple[LikelyPremises, ...]
    frame_sha256: str
    coordinates: str
    """WGS84 or GCJ-02: of the geometry and of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One incident, in the coordinates of the file."""

    facts: Facts
    point: Place | None
    """None where only a bearing or nothing is known."""
    outline: tuple[Ring, ...]
    """The error ellipse, or the sector of a bearing; two rings across the antimeridian."""


def spot_of(incident: Incident, crs: Crs = Crs.WGS84) -> Spot:
    """The incident as it is shown in a file of this coordinate system."""
    best = replace(incident.best, point=incident.point)
    if crs is Crs.GCJ02:
        best = _in_gcj02(best)
    point = best.point
    ring: list[tuple[float, float]] = []
    if point is not None:
        ring = polygon(point, PROBABILITY)
    elif best.sector is not None:
        ring = _sector(best.sector)
    return Spot(
        facts=_facts(replace(incident, best=best), crs),
        point=Place(lat_deg=point.lat_deg, lon_deg=point.lon_deg) if point else None,
        outline=_cut(ring) if ring else (),
    )


def _facts(incident: Incident, crs: Crs) -> Facts:
    best = incident.best
    shape = ellipse(best.point, PROBABILITY) if best.point else None
    sector = best.sector if best.point is None else None
    label = "" if crs is Crs.WGS84 else f" ({crs.label})"
    return Facts(
        incident_id=incident.incident_id,
        labels=tuple(one.value for one in incident.labels),
        score=round(best.score, 3),
        headline_zh=headline(incident, "zh") + label,
        headline_en=headline(incident, "en") + label,
        place_zh=place_in_words(best, "zh") + label,
        place_en=place_in_words(best, "en") + label,
        first_seen=utc(incident.t_first_s),
        last_seen=utc(incident.t_last_s),
        sightings=incident.sightings,
        raised=incident.raised,
        historic=incident.historic,
        devices=incident.devices,
        located="point" if shape else "bearing" if sector else "unknown",
        outline_means=_meaning(shape is not None, sector),
        ellipse_semi_major_m=round(shape.semi_major_m, 2) if shape else None,
        ellipse_semi_minor_m=round(shape.semi_minor_m, 2) if shape else None,
        ellipse_bearing_deg=round(shape.bearing_deg, 1) if shape else None,
        bearing_deg=round(sector.bearing_deg, 2) if sector else None,
        bearing_sigma_deg=round(sector.sigma_deg, 2) if sector else None,
        position_unknown=best.unlocated or (sector.reason if sector else None),
        method=best.point.method.value if best.point else None,
        views=_views(incident),
        premises=best.premises,
        frame_sha256=best.sha256,
        coordinates=crs.label,
    )


def _meaning(is_ellipse: bool, sector: BearingSector | None) -> str | None:
    if is_ellipse:
        return f"error ellipse, {PROBABILITY:.0%}"
    if sector is not None:
        return f"bearing, {PROBABILITY:.0%}, drawn {SECTOR_M:.0f} m long: distance unknown"
    return None


def _views(incident: Incident) -> int | None:
    if incident.estimate is not None:
        return incident.estimate.views
    return None if incident.point is None else 1


def _sector(sector: BearingSector) -> list[tuple[float, float]]:
    """Counter-clockwise from the camera's position; longitudes may run past 180."""
    half_deg = SIGMAS_95 * sector.sigma_deg
    bearings = sector.bearing_deg + np.linspace(half_deg, -half_deg, _SECTOR_STEPS + 1)
    lat, lon = destination(sector.lat_deg, sector.lon_deg, bearings, SECTOR_M)
    lon = sector.lon_deg + (lon - sector.lon_deg + 180.0) % 360.0 - 180.0
    apex = (sector.lon_deg, sector.lat_deg)
    return [apex, *zip(lon.tolist(), lat.tolist(), strict=True), apex]


def _cut(ring: list[tuple[float, float]]) -> tuple[Ring, ...]:
    """The ring on either side of the antimeridian, as RFC 7946 section 3.1.9 wants."""
    if all(-180.0 <= lon < 180.0 for lon, _ in ring):
        return (tuple(ring),)
    whole, parts = Polygon(ring), []
    for turn_deg in (-360.0, 0.0, 360.0):
        world = box(-180.0, -90.0, 180.0, 90.0)
        part = translate(whole, xoff=turn_deg).intersection(world)
        if isinstance(part, Polygon) and not part.is_empty:
            parts.append(tuple(orient(part).exterior.coords))
    return tuple(parts)


def _in_gcj02(best: Evidence) -> Evidence:
    """The evidence with every position of it in GCJ-02; errors and bearings hardly change."""
    return replace(
        best,
        point=best.point and _shifted(best.point),
        sector=best.sector and _shifted(best.sector),
        drone=best.drone and _shifted(best.drone),
        home=best.home and _shifted(best.home),
    )


def _shifted(placed: Placed) -> Placed:
    lat, lon = gcj02_from_wgs84(placed.lat_deg, placed.lon_deg)
    return replace(placed, lat_deg=float(lat), lon_deg=float(lon))
