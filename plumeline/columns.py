"""A track in columns, as a page draws it: full resolution, with speed, and the gaps named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.geodesy import Array, distance_m
from ingest.logs.report import GAP_S
from store.flights import TrackRow

SPEED_OVER_S = 1.0
"""Positions are too noisy to take the speed from two that follow each other at 10 Hz."""
HEIGHTS = ("height_takeoff_m", "height_msl_m", "height_ellipsoid_m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """No position between two moments of the device's clock."""

    t0_s: float
    t1_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackColumns:
    """Every mappable position of a flight. Columns of one length, in order of device time."""

    flight_id: str
    t0_s: float
    """On the device's clock; the times are after this."""
    t_s: Sequence[float]
    lon_deg: Sequence[float]
    lat_deg: Sequence[float]
    height_m: Sequence[float | None]
    height_datum: str | None
    """``takeoff``, ``msl`` or ``ellipsoid``: that of most heights; others are left out."""
    speed_mps: Sequence[float | None]
    """Over the ground, from the positions half a second before and after."""
    gaps: Sequence[Hole]
    """Longer than `ingest.logs.report.GAP_S`."""


def columns_of(flight_id: str, rows: Sequence[TrackRow]) -> TrackColumns:
    """The columns of rows in order of time, each moment once."""
    t_s = np.array([row.t_s for row in rows])
    fresh = np.flatnonzero(np.diff(t_s, prepend=-np.inf) > 0).tolist()
    own, t_s = [rows[i] for i in fresh], t_s[fresh]
    lat, lon = np.array([row.lat_deg for row in own]), np.array([row.lon_deg for row in own])
    t0_s = float(t_s[0]) if own else 0.0
    datum = max(HEIGHTS, key=lambda name: sum(getattr(row, name) is not None for row in own))
    heights = [getattr(row, datum) for row in own]
    known = any(height is not None for height in heights)
    ends = np.flatnonzero(np.diff(t_s) > GAP_S)
    return TrackColumns(
        flight_id=flight_id,
        t0_s=t0_s,
        t_s=np.round(t_s - t0_s, 3).tolist(),
        lon_deg=np.round(lon, 7).tolist(),
        lat_deg=np.round(lat, 7).tolist(),
        height_m=[None if height is None else round(height, 1) for height in heights],
        height_datum=datum.removeprefix("height_").removesuffix("_m") if known else None,
        speed_mps=_speeds(t_s, lat, lon),
        gaps=[Hole(t0_s=float(t_s[i]), t1_s=float(t_s[i + 1])) for i in ends],
    )


def _speeds(t_s: Array, lat: Array, lon: Array) -> list[float | None]:
    """None beside a gap, and where there is one position only."""
    if len(t_s) < 2:
        return [None] * len(t_s)
    here = np.arange(len(t_s))
    before = np.searchsorted(t_s, t_s - SPEED_OVER_S / 2)
    after = np.searchsorted(t_s, t_s + SPEED_OVER_S / 2, side="right") - 1
    alone = before == after  # slower than 2 Hz: to the neighbours
    before = np.where(alone, np.maximum(here - 1, 0), before)
    after = np.where(alone, np.minimum(here + 1, len(t_s) - 1), after)
    took_s = t_s[after] - t_s[before]
    way_m = distance_m(lat[before], lon[before], lat[after], lon[after])
    torn = np.concatenate([[0], np.cumsum(np.diff(t_s) > GAP_S)])
    whole = (torn[before] == torn[after]) & (took_s > 0)
    speeds = np.where(whole, way_m / np.where(whole, took_s, 1.0), np.nan)
    return [None if math.isnan(v) else round(v, 2) for v in speeds.tolist()]
