"""Memory of false alarms: a place that people know to steam or to burn lawfully rings no more.

A dismissal with a reason that stays where it is (a chimney, not a cloud) leaves an area. Later
alarms there are recorded like any other and marked known, and ring nobody, as long as they are
like what was dismissed: they show nothing it did not show (no fire where there was smoke), are not
twice its size, and are surely there. Every area has its author and its end, and can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detect.confirm import reach_m
from detect.detection import Label
from geo.geodesy import distance_m
from geo.ground import GroundPoint

AROUND_M = 60.0
"""Beyond the reach of the dismissed incident's ellipse: as far as sightings become one incident."""
WIDEST_M = 150.0
"""No dismissal quietens more than this around it, however unsure its place is."""
GROWN = 2.0
"""Times the size of what was dismissed, from which on it is something else."""
FIRE_MOST_S = 86_400.0
"""An area that quietens fire ends after a day at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArea:
    """What a dismissal leaves: a circle on the ground, and what is expected in it until when."""

    lat_deg: float
    lon_deg: float
    radius_m: float
    labels: tuple[Label, ...]
    """What the dismissed incident showed."""
    size_m: float | None
    """How large it was, None where that was not known: then nothing counts as grown."""
    until_s: float
    """On the station's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What of an alarm is compared with the areas."""

    labels: Sequence[Label]
    point: GroundPoint | None
    size_m: float | None
    t_s: float
    """When it came in, on the station's clock."""


def area_left(seen: Seen, *, hours: float) -> KnownArea | None:
    """What the dismissal of this leaves for so many hours; None without a place or time."""
    if seen.point is None or hours <= 0:
        return None
    lasts_s = hours * 3600.0
    if Label.FIRE in seen.labels:
        lasts_s = min(lasts_s, FIRE_MOST_S)
    return KnownArea(
        lat_deg=seen.point.lat_deg,
        lon_deg=seen.point.lon_deg,
        radius_m=min(AROUND_M + reach_m(seen.point), WIDEST_M),
        labels=tuple(seen.labels),
        size_m=seen.size_m,
        until_s=seen.t_s + lasts_s,
    )


def explains(area: KnownArea, seen: Seen) -> bool:
    """Whether this is what the area is known for.

    A place whose 95 % ellipse reaches farther than the area is wide may be another one.
    """
    if seen.point is None or seen.t_s > area.until_s or not set(seen.labels) <= set(area.labels):
        return False
    grown = area.size_m and seen.size_m and seen.size_m >= GROWN * area.size_m
    if grown or reach_m(seen.point) > area.radius_m:
        return False
    apart_m = distance_m(area.lat_deg, area.lon_deg, seen.point.lat_deg, seen.point.lon_deg)
    return float(apart_m) <= area.radius_m


def explained_by(areas: Iterable[tuple[str, KnownArea]], seen: Seen) -> str | None:
    """The name of the first area that explains it; None where none does."""
    return next((name for name, area in areas if explains(area, seen)), None)
