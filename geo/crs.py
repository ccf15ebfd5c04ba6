"""Coordinate systems at the edge: named by the user or by a file, taken to WGS84, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.errors import UnknownCrs
from geo.gauss_kruger import Zone, unproject, zone_of, zone_of_epsg
from geo.gcj02 import wgs84_from_bd09, wgs84_from_gcj02
from geo.geodesy import Array

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]

_EPSG_GEOGRAPHIC: dict[int, Datum] = {4326: "wgs84", 4490: "cgcs2000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crs:
    """A coordinate system as it was named; without a zone, x is a longitude and y a latitude."""

    name: str
    datum: Datum
    zone: Zone | None = None

    def agrees_with(self, other: Crs) -> bool:
        """Whether both give every coordinate the same meaning."""
        if self.zone is None or other.zone is None:
            return self.zone == other.zone and self.datum == other.datum
        return self.zone.same_grid(other.zone)

    def to_wgs84(self, xy: Array) -> Array:
        """Points (n, 2) of x (east) and y (north) as longitude and latitude, WGS84.

        nan for what is off the grid of a zone; whether a longitude and latitude is one, the
        caller sees.
        """
        x, y = xy[:, 0], xy[:, 1]
        if self.zone is not None:
            lat, lon = unproject(x, y, self.zone)
        elif self.datum == "gcj02":
            lat, lon = wgs84_from_gcj02(y, x)
        elif self.datum == "bd09":
            lat, lon = wgs84_from_bd09(y, x)
        else:
            return xy
        return np.stack([lon, lat], axis=-1)


WGS84 = Crs(name="wgs84", datum="wgs84")
CGCS2000 = Crs(name="cgcs2000", datum="cgcs2000")
GCJ02 = Crs(name="gcj02", datum="gcj02")
BD09 = Crs(name="bd09", datum="bd09")


def parse_crs(name: str) -> Crs:
    """The system of ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``, ``EPSG:n``, ``gk3:n``, ``gk6:n``.

    ``gk3:40`` is CGCS2000, zone 40 of 3 degrees; an easting may carry the prefix 40 or none.

    Raises:
        UnknownCrs: any other name, a code or zone that is not one of those known here.
    """
    said = name.strip().lower()
    for known in (WGS84, CGCS2000, GCJ02, BD09):
        if said == known.name:
            return known
    parts = re.fullmatch(r"(epsg|gk3|gk6):([0-9]{1,5})", said)
    if parts is None:
        raise UnknownCrs(name, "it is none of the names known")
    kind, number = parts[1], int(parts[2])
    if kind == "epsg":
        return _of_epsg(name, number)
    try:
        return Crs(name=said, datum="cgcs2000", zone=zone_of(int(kind[2]), number))
    except ValueError as exc:
        raise UnknownCrs(name, str(exc)) from exc


def _of_epsg(name: str, code: int) -> Crs:
    if code in _EPSG_GEOGRAPHIC:
        return Crs(name=f"EPSG:{code}", datum=_EPSG_GEOGRAPHIC[code])
    zone = zone_of_epsg(code)
    if zone is None:
        raise UnknownCrs(name, "the codes known are 4326, 4490 and 4491 to 4554")
    return Crs(name=f"EPSG:{code}", datum="cgcs2000", zone=zone)
