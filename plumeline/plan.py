"""Planned routes: GeoJSON, KML, and the WPML that DJI's planners write (KML with points); KMZ."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from shapely.errors import ShapelyError

from geo.planned import Waypoint
from ingest import archive
from plumeline.config import ConfigError

ZIP = b"PK\x03\x04"
Places = list[tuple[float, float]]


def read_plan(file: Path) -> tuple[Waypoint, ...]:
    """The route in a file, in WGS84: its one line, or in KML its points in the order of the file.

    Raises:
        ConfigError: it cannot be read, holds no route or several, or a place that is not on Earth.
    """
    try:
        text = _text(file)
        places = _of_kml(text) if text.lstrip().startswith("<") else _of_geojson(text)
    except (OSError, ValueError, ShapelyError, ParseError, DefusedXmlException) as exc:
        raise ConfigError(file, f"not a planned route: {exc}") from exc
    if len(places) < 2:
        raise ConfigError(file, f"a route of {len(places)} points has no leg")
    if not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in places):
        raise ConfigError(file, "a waypoint is not on Earth: longitude comes first, in degrees")
    return tuple(Waypoint(lat_deg=lat, lon_deg=lon) for lon, lat in places)


def _text(file: Path) -> str:
    """Its text, or that of the mission or map in a KMZ."""
    data = file.read_bytes()
    if data.startswith(ZIP):
        found = archive.member(io.BytesIO(data), (".wpml", ".kml"))
        if found is None:
            msg = "a zip without a .wpml or .kml"
            raise ValueError(msg)
        _, data = found
    return data.decode("utf-8-sig")


def _of_geojson(text: str) -> Places:
    """RFC 7946, so WGS84: a LineString, a feature with one, or a collection with one."""
    found = shapely.from_geojson(text)
    lines = [part for part in shapely.get_parts(found) if part.geom_type == "LineString"]
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(_only(lines))]


def _of_kml(text: str) -> Places:
    """Its one LineString; without any, its Points."""
    root = fromstring(text, forbid_dtd=True)
    lines = list(_named(root, "LineString"))
    carriers = [_only(lines)] if lines else list(_named(root, "Point"))
    words = " ".join(
        said.text or "" for one in carriers for said in _named(one, "coordinates")
    ).split()
    numbers = [[float(number) for number in word.split(",")] for word in words]
    return [(lon, lat) for lon, lat, *_ in numbers]


def _only(lines: list[Element]) -> Element:
    if len(lines) != 1:
        msg = f"{len(lines)} lines where there should be one"
        raise ValueError(msg)
    return lines[0]


def _named(root: Element, tag: str) -> Iterator[Element]:
    return (element for element in root.iter() if str(element.tag).rpartition("}")[2] == tag)
