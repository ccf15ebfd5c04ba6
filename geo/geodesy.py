"""Positions on the WGS84 ellipsoid: latitude and longitude in degrees, heights above it.

Every function takes numbers or arrays that broadcast together and returns arrays; longitudes come
back in -180 <= lon < 180. Nothing has a seam at the antimeridian or at the poles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.angles import wrap_deg

Array = NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)
SECOND_ECCENTRICITY2 = ECCENTRICITY2 / (1 - ECCENTRICITY2)

_ROUNDS = 100  # Vincenty needs 3 or 4, and more only towards the antipode


def ecef(lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike) -> tuple[Array, Array, Array]:
    """Earth-centred, Earth-fixed x, y, z in metres."""
    lat, lon, height = np.radians(lat_deg), np.radians(lon_deg), np.asarray(height_m, float)
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY2 * np.sin(lat) ** 2)
    across = (normal + height) * np.cos(lat)
    along = (normal * (1 - ECCENTRICITY2) + height) * np.sin(lat)
    return across * np.cos(lon), across * np.sin(lon), along


def geodetic(x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike) -> tuple[Array, Array, Array]:
    """Latitude, longitude and height of ECEF points.

    Bowring's formula (Survey Review 23 (181), 1976), run twice; within 1e-8 m and 1e-13 degrees
    from 10 km below the ellipsoid to 100 km above it.
    """
    x, y, z = (np.asarray(axis, float) for axis in (x_m, y_m, z_m))
    across = np.hypot(x, y)
    reduced = np.arctan2(z * SEMI_MAJOR_M, across * SEMI_MINOR_M)
    for _ in range(2):
        lat = np.arctan2(
            z + SECOND_ECCENTRICITY2 * SEMI_MINOR_M * np.sin(reduced) ** 3,
            across - ECCENTRICITY2 * SEMI_MAJOR_M * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2((1 - FLATTENING) * np.sin(lat), np.cos(lat))
    sine = np.sin(lat)
    height = across * np.cos(lat) + z * sine - SEMI_MAJOR_M * np.sqrt(1 - ECCENTRICITY2 * sine**2)
    return np.degrees(lat), wrap_deg(np.degrees(np.arctan2(y, x))), height


def enu_axes(lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
    """The east, north and up unit vectors in ECEF as the rows of (..., 3, 3) matrices."""
    lat, lon = np.broadcast_arrays(np.radians(lat_deg), np.radians(lon_deg))
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    east = (-sin_lon, cos_lon, np.zeros_like(lon))
    north = (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat)
    up = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
    return np.stack([np.stack(axis, axis=-1) for axis in (east, north, up)], axis=-2)


def enu(  # noqa: PLR0917 - the order of pymap3d.geodetic2enu
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    height_m: ArrayLike,
    lat0_deg: ArrayLike,
    lon0_deg: ArrayLike,
    height0_m: ArrayLike,
) -> tuple[Array, Array, Array]:
    """East, north and up of points, in metres in the tangent plane of the origin (index 0)."""
    there = np.stack(np.broadcast_arrays(*ecef(lat_deg, lon_deg, height_m)), axis=-1)
    here = np.stack(np.broadcast_arrays(*ecef(lat0_deg, lon0_deg, height0_m)), axis=-1)
    local = np.einsum("...ij,...j->...i", enu_axes(lat0_deg, lon0_deg), there - here)
    return local[..., 0], local[..., 1], local[..., 2]


def distance_m(
    lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike
) -> Array:
    """Length of the geodesic, within 0.1 mm up to 19 000 km; nan within 100 km of the antipode."""
    return _inverse(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[0]


def bearing_deg(
    lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike
) -> Array:
    """Bearing at point 1 of the geodesic to point 2: 0 <= bearing < 360 from true north.

    Within 1e-6 degrees for points over 1 m apart; 0 for the same point; nan as `distance_m`.
    """
    bearing: Array = _inverse(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[1] % 360.0 % 360.0
    return bearing


def destination(
    lat_deg: ArrayLike, lon_deg: ArrayLike, bearing_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[Array, Array]:
    """Where a geodesic ends: latitude and longitude, within 0.1 mm (Vincenty's direct formula)."""
    distance = np.asarray(distance_m, float)
    azimuth, reduced1 = np.radians(bearing_deg), _reduced(lat_deg)
    sin1, cos1 = np.sin(reduced1), np.cos(reduced1)
    sin_az, cos_az = np.sin(azimuth), np.cos(azimuth)
    start = np.arctan2(sin1, cos1 * cos_az)
    sin_alpha = cos1 * sin_az
    big_a, big_b, c = _series(1 - sin_alpha**2)
    sigma = distance / (SEMI_MINOR_M * big_a)
    for _ in range(6):
        middle = np.cos(2 * start + sigma)
        sigma = distance / (SEMI_MINOR_M * big_a) + _correction(sigma, middle, big_b)
    middle = np.cos(2 * start + sigma)
    sin_s, cos_s = np.sin(sigma), np.cos(sigma)
    lat2 = np.arctan2(
        sin1 * cos_s + cos1 * sin_s * cos_az,
        (1 - FLATTENING) * np.hypot(sin_alpha, sin1 * sin_s - cos1 * cos_s * cos_az),
    )
    sphere = np.arctan2(sin_s * sin_az, cos1 * cos_s - sin1 * sin_s * cos_az)
    lon = sphere - _lag(sin_alpha, sigma, middle, c)
    return np.degrees(lat2), wrap_deg(np.asarray(lon_deg, float) + np.degrees(lon))


def offset(
    lat_deg: ArrayLike, lon_deg: ArrayLike, east_m: ArrayLike, north_m: ArrayLike
) -> tuple[Array, Array]:
    """The point so far east and north, measured along the one geodesic that leads there."""
    bearing = np.degrees(np.arctan2(east_m, north_m))
    return destination(lat_deg, lon_deg, bearing, np.hypot(east_m, north_m))


def east_north(
    lat_deg: ArrayLike, lon_deg: ArrayLike, lat0_deg: ArrayLike, lon0_deg: ArrayLike
) -> tuple[Array, Array]:
    """How far east and north of point 0 a point lies, in metres: the inverse of `offset`."""
    distance, bearing = _inverse(lat0_deg, lon0_deg, lat_deg, lon_deg)
    return distance * np.sin(np.radians(bearing)), distance * np.cos(np.radians(bearing))


def _reduced(lat_deg: ArrayLike) -> Array:
    lat = np.radians(lat_deg)
    return np.arctan2((1 - FLATTENING) * np.sin(lat), np.cos(lat))


def _series(cos2_alpha: Array) -> tuple[Array, Array, Array]:
    u2 = cos2_alpha * SECOND_ECCENTRICITY2
    big_a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    big_b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    c = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
    return big_a, big_b, c


def _correction(sigma: Array, middle: Array, big_b: Array) -> Array:
    sin_s, cos_s = np.sin(sigma), np.cos(sigma)
    inner = cos_s * (2 * middle**2 - 1)
    inner = inner - big_b / 6 * middle * (4 * sin_s**2 - 3) * (4 * middle**2 - 3)
    correction: Array = big_b * sin_s * (middle + big_b / 4 * inner)
    return correction


def _lag(sin_alpha: Array, sigma: Array, middle: Array, c: Array) -> Array:
    inner = middle + c * np.cos(sigma) * (2 * middle**2 - 1)
    return (1 - c) * FLATTENING * sin_alpha * (sigma + c * np.sin(sigma) * inner)


def _inverse(
    lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike
) -> tuple[Array, Array]:
    """Distance and bearing by Vincenty's inverse formula (Survey Review 23 (176), 1975)."""
    reduced1, reduced2 = _reduced(lat1_deg), _reduced(lat2_deg)
    sin1, cos1, sin2, cos2 = np.sin(reduced1), np.cos(reduced1), np.sin(reduced2), np.cos(reduced2)
    turn = np.asarray(lon2_deg, float) - np.asarray(lon1_deg, float)
    lon = np.radians(wrap_deg(turn))
    sphere = lon + 0 * (reduced1 + reduced2)
    for _ in range(_ROUNDS):
        sin_l, cos_l = np.sin(sphere), np.cos(sphere)
        right, ahead = cos2 * sin_l, cos1 * sin2 - sin1 * cos2 * cos_l
        sin_s, cos_s = np.hypot(right, ahead), sin1 * sin2 + cos1 * cos2 * cos_l
        sigma = np.arctan2(sin_s, cos_s)
        sin_alpha = cos1 * right / np.where(sin_s == 0, 1.0, sin_s)
        cos2_alpha = 1 - sin_alpha**2
        middle = cos_s - 2 * sin1 * sin2 / np.where(cos2_alpha < 1e-12, np.inf, cos2_alpha)
        big_a, big_b, c = _series(cos2_alpha)
        last, sphere = sphere, lon + _lag(sin_alpha, sigma, middle, c)
        moved = np.abs(sphere - last)
        if not np.any(moved > 1e-14):
            break
    distance = SEMI_MINOR_M * big_a * (sigma - _correction(sigma, middle, big_b))
    lost = moved > 1e-9
    bearing = np.degrees(np.arctan2(right, ahead))
    return np.where(lost, np.nan, distance), np.where(lost, np.nan, bearing)
