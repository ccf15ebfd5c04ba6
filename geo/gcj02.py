"""GCJ-02 and BD-09, the shifted positions of Chinese maps, to and from WGS84.

The formulas are the ones known in public (GCJ-02 by disassembly, BD-09 from Baidu's converters);
nobody outside can say how closely official tiles follow them. Both ways agree within 1e-6 m in
China. GCJ-02 shifts everything in a rectangle around China, neighbours included; outside of it
positions mean what they say. Within 2 km of the rectangle's edge, abroad or at sea, there is no
unique inverse.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from geo.geodesy import Array

SOUTH_DEG, NORTH_DEG, WEST_DEG, EAST_DEG = 0.8293, 55.8271, 72.004, 137.8347
"""The rectangle in which positions are shifted."""

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky's ellipsoid
_ECCENTRICITY2 = 0.00669342162296594323
_ROUNDS = 8  # each makes the error 100 times smaller

_Pair = tuple[Array, Array]


def gcj02_from_wgs84(lat_deg: ArrayLike, lon_deg: ArrayLike) -> _Pair:
    """Latitude and longitude in GCJ-02; shapes broadcast; the same outside the rectangle."""
    return _inside(_to_gcj02, lat_deg, lon_deg)


def wgs84_from_gcj02(lat_deg: ArrayLike, lon_deg: ArrayLike) -> _Pair:
    """The inverse of `gcj02_from_wgs84`, by fixed point."""
    return _inside(lambda lat, lon: _inverse(_to_gcj02, lat, lon), lat_deg, lon_deg)


def bd09_from_wgs84(lat_deg: ArrayLike, lon_deg: ArrayLike) -> _Pair:
    """Latitude and longitude in BD-09: GCJ-02 turned and moved by another 700 to 1300 m."""
    return _inside(lambda lat, lon: _to_bd09(*_to_gcj02(lat, lon)), lat_deg, lon_deg)


def wgs84_from_bd09(lat_deg: ArrayLike, lon_deg: ArrayLike) -> _Pair:
    """The inverse of `bd09_from_wgs84`, by two fixed points."""

    def back(lat: Array, lon: Array) -> _Pair:
        return _inverse(_to_gcj02, *_inverse(_to_bd09, lat, lon))

    return _inside(back, lat_deg, lon_deg)


def _inside(
    change: Callable[[Array, Array], _Pair], lat_deg: ArrayLike, lon_deg: ArrayLike
) -> _Pair:
    lat, lon = np.broadcast_arrays(np.asarray(lat_deg, float), np.asarray(lon_deg, float))
    shifted = (lat > SOUTH_DEG) & (lat < NORTH_DEG) & (lon > WEST_DEG) & (lon < EAST_DEG)
    new_lat, new_lon = change(np.where(shifted, lat, 35.0), np.where(shifted, lon, 110.0))
    return np.where(shifted, new_lat, lat), np.where(shifted, new_lon, lon)


def _inverse(forward: Callable[[Array, Array], _Pair], lat: Array, lon: Array) -> _Pair:
    guess_lat, guess_lon = lat, lon
    for _ in range(_ROUNDS):
        there_lat, there_lon = forward(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + lat - there_lat, guess_lon + lon - there_lon
    return guess_lat, guess_lon


def _to_gcj02(lat: Array, lon: Array) -> _Pair:
    x, y = lon - 105.0, lat - 35.0
    common = 0.1 * x * y + (20 * _wave(x, 6) + 20 * _wave(x, 2)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.2 * np.sqrt(np.abs(x)) + common
    north += (20 * _wave(y, 1) + 40 * _wave(y, 1 / 3)) * 2 / 3
    north += (160 * _wave(y, 1 / 12) + 320 * _wave(y, 1 / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * np.sqrt(np.abs(x)) + common
    east += (20 * _wave(x, 1) + 40 * _wave(x, 1 / 3)) * 2 / 3
    east += (150 * _wave(x, 1 / 12) + 300 * _wave(x, 1 / 30)) * 2 / 3
    radians = np.radians(lat)
    bend = 1 - _ECCENTRICITY2 * np.sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY2) / bend**1.5
    parallel_m = _SEMI_MAJOR_M / np.sqrt(bend) * np.cos(radians)
    return lat + np.degrees(north / meridian_m), lon + np.degrees(east / parallel_m)


def _wave(degrees: Array, half_turns: float) -> Array:
    wave: Array = np.sin(degrees * half_turns * np.pi)
    return wave


def _to_bd09(lat: Array, lon: Array) -> _Pair:
    turn = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.sin(angle) + 0.006, radius * np.cos(angle) + 0.0065
