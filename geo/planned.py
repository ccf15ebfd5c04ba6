"""Planned against flown: how far a flight kept from its route, for how long, and what it left out.

Nothing is matched to the route in order: a fix belongs to the nearest leg, and a leg is flown where
fixes lie beside it. A route that goes out and back over the same line is therefore flown by one
pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.geodesy import Array, east_north


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """A corner of the planned route, WGS84."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """A position of the flight, WGS84."""

    t_s: float
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLimits:
    """What counts as on the route."""

    buffer_m: float = 20.0
    max_gap_s: float = 2.5
    """Between two fixes: longer is not bridged, neither as time nor as way."""
    skipped_share: float = 0.5
    """A leg flown over less of its length was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of the route. The distances are those of the fixes nearest to it."""

    length_m: float
    flown: float
    """Share of its length with fixes inside the buffer beside it."""
    skipped: bool
    max_m: float | None
    """Cross-track, None where no fix is nearest to this leg. Beyond its ends, to the end."""
    p95_m: float | None
    """Not exceeded in 95 % of the time."""
    outside_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """A flight against its plan."""

    legs: tuple[Leg, ...]
    max_m: float | None
    p95_m: float | None
    outside_s: float
    """Out of the buffer of every leg."""
    flown_s: float
    """Bridged time in all."""

    @property
    def skipped(self) -> tuple[int, ...]:
        """The legs left out, from 0."""
        return tuple(i for i, leg in enumerate(self.legs) if leg.skipped)


def adherence(
    route: Sequence[Waypoint], track: Sequence[Flown], limits: RouteLimits | None = None
) -> Adherence:
    """How a track, in any order, kept to a route. Heights are not compared.

    Distances are exact from the route's first point and within 1e-6 of themselves 15 km around it.

    Raises:
        ValueError: a route of fewer than two points.
    """
    if len(route) < 2:
        msg = f"a route of {len(route)} points has no leg"
        raise ValueError(msg)
    limits = limits or RouteLimits()
    corners = _metres(route, route[0])
    ordered = sorted(track, key=lambda one: one.t_s)
    step_s = np.diff([one.t_s for one in ordered])
    step_s = np.where(step_s <= limits.max_gap_s, step_s, 0.0)
    across, along = _beside(corners, _metres(ordered, route[0]))
    away_m = across.min(axis=0, initial=np.inf)
    nearest = across.argmin(axis=0)
    late_s = step_s * _share_outside(away_m, limits.buffer_m)
    fix_s = (np.append(step_s, 0.0) + np.append(0.0, step_s))[: len(ordered)] / 2
    legs = []
    for i, length_m in enumerate(np.linalg.norm(np.diff(corners, axis=0), axis=-1)):
        own = nearest == i
        beside = across[i] <= limits.buffer_m
        flown = _union(along[i], beside[:-1] & beside[1:] & (step_s > 0)) if length_m else 1.0
        legs.append(
            Leg(
                length_m=float(length_m),
                flown=flown,
                skipped=flown < limits.skipped_share,
                max_m=_quantile(away_m[own], fix_s[own], 1.0),
                p95_m=_quantile(away_m[own], fix_s[own], 0.95),
                outside_s=float(late_s[own[:-1]].sum()),
            )
        )
    return Adherence(
        legs=tuple(legs),
        max_m=_quantile(away_m, fix_s, 1.0),
        p95_m=_quantile(away_m, fix_s, 0.95),
        outside_s=float(late_s.sum()),
        flown_s=float(step_s.sum()),
    )


def _metres(places: Sequence[Waypoint] | Sequence[Flown], origin: Waypoint) -> Array:
    """(n, 2) east and north of the origin."""
    lat = np.array([place.lat_deg for place in places], float)
    lon = np.array([place.lon_deg for place in places], float)
    return np.stack(east_north(lat, lon, origin.lat_deg, origin.lon_deg), axis=-1)


def _beside(corners: Array, points: Array) -> tuple[Array, Array]:
    """(legs, points): the distance to each leg, and how far along it, 0 to 1, its foot is."""
    start, way = corners[:-1, None], np.diff(corners, axis=0)[:, None]
    length2 = np.maximum(np.sum(way**2, axis=-1), 1e-12)
    along = np.clip(np.sum((points - start) * way, axis=-1) / length2, 0.0, 1.0)
    away: Array = np.linalg.norm(start + along[..., None] * way - points, axis=-1)
    return away, along


def _share_outside(away_m: Array, buffer_m: float) -> Array:
    """Of each step from fix to fix, the share outside, the distance taken as changing evenly."""
    over = away_m - buffer_m
    before, after = over[:-1], over[1:]
    change = np.abs(before) + np.abs(after)
    crossing = np.maximum(before, after) / np.where(change > 0, change, 1.0)
    return np.where((before > 0) == (after > 0), (before > 0).astype(float), crossing)


def _union(along: Array, kept: Array) -> float:
    """How much of a leg the kept steps cover together."""
    low = np.minimum(along[:-1], along[1:])[kept]
    high = np.maximum(along[:-1], along[1:])[kept]
    order = np.argsort(low)
    low, high = low[order], high[order]
    reached = np.maximum.accumulate(np.append(0.0, high))[:-1]
    return float(np.sum(np.maximum(high - np.maximum(low, reached), 0.0)))


def _quantile(values: Array, weights: Array, share: float) -> float | None:
    """The least value not exceeded in the share of the weight; of the count where all weigh 0.

    The share 1 is the largest value, whatever it weighs.
    """
    if not values.size:
        return None
    if share >= 1.0:
        return float(values.max())
    order = np.argsort(values)
    weights = weights[order] if weights.sum() > 0 else np.ones(len(values))
    reached = np.cumsum(weights) / weights.sum()
    return float(values[order][np.searchsorted(reached, share - 1e-12)])
