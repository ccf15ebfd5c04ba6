"""Gauss-Kruger coordinates of CGCS2000, in zones of 3 and 6 degrees.

Krueger's series to the sixth order in the third flattening, as given by C. F. F. Karney,
"Transverse Mercator with an accuracy of a few nanometers", J. Geod. 85 (2011), eqs. 35 and 36;
within 1e-6 m of PROJ up to 10 degrees from the central meridian. Scale 1 on it.
CGCS2000 and WGS84 coordinates are taken as equal: the ellipsoids differ by 0.1 mm, the frames and
epochs by less than a metre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.angles import wrap_deg
from geo.geodesy import Array

_Complex = NDArray[np.complex128]

FALSE_EASTING_M = 500_000.0
PREFIX_M = 1_000_000.0
"""A zone prefix is the millions of the easting."""

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257222101
_ECCENTRICITY = float(np.sqrt(_FLATTENING * (2 - _FLATTENING)))
_N = _FLATTENING / (2 - _FLATTENING)
_RADIUS_M = _SEMI_MAJOR_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
_POWERS = _N ** np.arange(1, 7)
# Row j holds the coefficients of n**j .. n**6 of alpha_j and beta_j.
_ALPHA = (
    (1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
    (13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
    (61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
    (49561 / 161280, -179 / 168, 6601661 / 7257600),
    (34729 / 80640, -3418889 / 1995840),
    (212378941 / 319334400,),
)
_BETA = (
    (1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800),
    (1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720),
    (17 / 480, -37 / 840, -209 / 4480, 5569 / 90720),
    (4397 / 161280, -11 / 504, -830251 / 7257600),
    (4583 / 161280, -108847 / 3991680),
    (20648693 / 638668800,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A strip of the grid: its middle, and the prefixes an easting in it may carry (0: none)."""

    central_meridian_deg: int
    prefixes: tuple[int, ...] = (0,)

    def same_grid(self, other: Zone) -> bool:
        """Whether coordinates in one may be read in the other."""
        shared = set(self.prefixes) & set(other.prefixes)
        return self.central_meridian_deg == other.central_meridian_deg and bool(shared)


def zone_of(width_deg: int, number: int, prefixes: tuple[int, ...] | None = None) -> Zone:
    """Zone ``number`` of the 3 or 6 degree zones; eastings may carry its number or not.

    Raises:
        ValueError: no such zone in China: 25 to 45 of 3 degrees, 13 to 23 of 6.
    """
    first, last = {3: (25, 45), 6: (13, 23)}[width_deg]
    if not first <= number <= last:
        reason = f"zones of {width_deg} degrees go from {first} to {last} in China, not {number}"
        raise ValueError(reason)
    middle = 3 * number if width_deg == 3 else 6 * number - 3
    return Zone(central_meridian_deg=middle, prefixes=prefixes or (0, number))


def zone_of_epsg(code: int) -> Zone | None:
    """The zone of EPSG:4491 to 4554; None for any other code.

    In order of code: 6 degrees with prefix, 6 without, 3 with, 3 without, each from 75 E.
    """
    if 4491 <= code <= 4512:
        number = 13 + (code - 4491) % 11
        return zone_of(6, number, (number,) if code <= 4501 else (0,))
    if 4513 <= code <= 4554:
        number = 25 + (code - 4513) % 21
        return zone_of(3, number, (number,) if code <= 4533 else (0,))
    return None


def project(
    lat_deg: ArrayLike, lon_deg: ArrayLike, zone: Zone, prefix: int = 0
) -> tuple[Array, Array]:
    """Easting (with that zone prefix) and northing in metres; shapes broadcast."""
    lat = np.radians(lat_deg)
    lon = np.radians(wrap_deg(np.asarray(lon_deg, float) - zone.central_meridian_deg))
    tan = np.tan(lat)
    sigma = np.sinh(_ECCENTRICITY * np.arctanh(_ECCENTRICITY * np.sin(lat)))
    conformal = tan * np.hypot(1, sigma) - sigma * np.hypot(1, tan)
    xi = np.arctan2(conformal, np.cos(lon))
    eta = np.arcsinh(np.sin(lon) / np.hypot(conformal, np.cos(lon)))
    sphere = xi + 1j * eta
    plane = sphere + _waves(_ALPHA, sphere)
    return (
        prefix * PREFIX_M + FALSE_EASTING_M + _RADIUS_M * np.imag(plane),
        _RADIUS_M * np.real(plane),
    )


def unproject(easting_m: ArrayLike, northing_m: ArrayLike, zone: Zone) -> tuple[Array, Array]:
    """Latitude and longitude; nan where the point is not in the zone's grid.

    That is: an easting whose prefix is not one of the zone's, within 500 km of the central
    meridian, and a northing between the equator and the pole.
    """
    easting, northing = np.broadcast_arrays(
        np.asarray(easting_m, float), np.asarray(northing_m, float)
    )
    good = (easting >= 0) & (easting < 1e8) & (northing >= 0) & (northing < 1e7)
    easting, northing = np.where(good, easting, np.nan), np.where(good, northing, np.nan)
    carried = np.floor(easting / PREFIX_M)
    east = easting - carried * PREFIX_M - FALSE_EASTING_M
    plane = (northing + 1j * np.where(np.isin(carried, zone.prefixes), east, np.nan)) / _RADIUS_M
    sphere = plane - _waves(_BETA, plane)
    xi, eta = np.real(sphere), np.imag(sphere)
    conformal = np.sin(xi) / np.hypot(np.sinh(eta), np.cos(xi))
    lon = zone.central_meridian_deg + np.degrees(np.arctan2(np.sinh(eta), np.cos(xi)))
    return np.degrees(np.arctan(_tangent(conformal))), wrap_deg(lon)


def _waves(table: tuple[tuple[float, ...], ...], angle: _Complex) -> _Complex:
    """The sum of c_j sin(2 j angle)."""
    total = np.zeros_like(angle)
    for j, row in enumerate(table, start=1):
        total = total + float(np.dot(row, _POWERS[j - 1 :])) * np.sin(2 * j * angle)
    return total


def _tangent(conformal: Array) -> Array:
    """Newton's method on Karney's eqs. 19 to 21."""
    e2 = _ECCENTRICITY**2
    tan = conformal / (1 - e2)
    for _ in range(4):
        root = np.hypot(1, tan)
        sigma = np.sinh(_ECCENTRICITY * np.arctanh(_ECCENTRICITY * tan / root))
        there = tan * np.hypot(1, sigma) - sigma * root
        slope = (1 + (1 - e2) * tan**2) / ((1 - e2) * root)
        tan = tan + (conformal - there) / np.hypot(1, there) * slope
    return tan
