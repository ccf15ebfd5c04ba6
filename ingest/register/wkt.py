"""Coordinate systems written as WKT, in ``.prj`` files and GeoPackages."""

from __future__ import annotations

import math
import re

from geo.crs import CGCS2000, WGS84, Crs, Datum
from geo.gauss_kruger import FALSE_EASTING_M, PREFIX_M, Zone
from ingest.register.sheet import crs_or_none

_CODE = re.compile(r'(?:AUTHORITY|ID)\["EPSG",\s*"?(\d+)"?\]\s*\]\s*$', re.IGNORECASE)
_NAME = re.compile(r'^\s*\w+\["([^"]*)"')
_GEOGRAPHIC: dict[str, Datum] = {
    "wgs 84": "wgs84",
    "gcs wgs 1984": "wgs84",
    "china geodetic coordinate system 2000": "cgcs2000",
    "gcs china geodetic coordinate system 2000": "cgcs2000",
    "cgcs2000": "cgcs2000",
}


def name_of(wkt: str) -> str:
    """What a WKT calls itself."""
    found = _NAME.match(wkt)
    return found[1] if found else wkt.strip()[:60]


def crs_of(wkt: str) -> Crs | None:
    """What a WKT means: by its EPSG code, or else by datum, projection and parameters.

    None for anything that is not WGS84, CGCS2000, or a Gauss-Kruger grid of CGCS2000.
    """
    code = _CODE.search(wkt)
    if code is not None:
        return crs_or_none(f"EPSG:{code[1]}")
    base = re.search(r'(?:GEOGCS|GEOGCRS|BASEGEOGCRS)\["([^"]*)"', wkt, re.IGNORECASE)
    datum = _GEOGRAPHIC.get(base[1].lower().replace("_", " ")) if base else None
    if datum is None:
        return None
    if not wkt.lstrip().upper().startswith("PROJ"):
        return WGS84 if datum == "wgs84" else CGCS2000
    zone = _zone(wkt)
    if zone is None or datum != "cgcs2000":
        return None
    return Crs(name=name_of(wkt), datum=datum, zone=zone)


def _zone(wkt: str) -> Zone | None:
    """The zone of a projection that is Gauss-Kruger with scale 1, in metres from the equator."""
    kind = re.search(r'PROJECTION\["([^"]*)"', wkt, re.IGNORECASE)
    if kind is None or kind[1].lower() not in {"gauss_kruger", "transverse_mercator"}:
        return None
    fixed = {"scale_factor": 1.0, "latitude_of_origin": 0.0, "false_northing": 0.0}
    if any(_number(wkt, name, value) != value for name, value in fixed.items()):
        return None
    metres = re.findall(r'UNIT\["[^"]*",\s*([\d.]+)', wkt, re.IGNORECASE)[-1:]
    middle, easting = _number(wkt, "central_meridian"), _number(wkt, "false_easting")
    prefix, rest = divmod(easting, PREFIX_M)
    if metres not in (["1"], ["1.0"]) or rest != FALSE_EASTING_M or middle % 3:
        return None
    return Zone(central_meridian_deg=int(middle), prefixes=(int(prefix),))


def _number(wkt: str, parameter: str, default: float = math.nan) -> float:
    found = re.search(rf'PARAMETER\["{parameter}",\s*(-?\d+(?:\.\d+)?)', wkt, re.IGNORECASE)
    return float(found[1]) if found else default
