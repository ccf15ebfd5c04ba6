"""Registers in KML (OGC 12-007r2)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPremises
from ingest.register.fields import canonical, renamed
from ingest.register.sheet import Row, Sheet, Value
from ingest.register.text import decoded

STANDARD = (
    "KML is WGS84 by its standard, but Chinese map tools write GCJ-02 or BD-09 into it: "
    "compare it with something (--compare)"
)
LINKED = "it points to other files (NetworkLink), which are not followed"
_LINES = {"LineString", "Track", "MultiTrack", "Model"}
_SAYS_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=["']([\w.-]+)["']""")


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The placemarks of a KML file, in all of its folders.

    Raises:
        BadPremises: it is not KML, or has a document type or entities (XML bombs).
    """
    source = path.name
    declared = _SAYS_ENCODING.match(data)
    if encoding is None and declared is not None:
        encoding = declared[1].decode("ascii")
    text, label = decoded(data, encoding, source)
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        raise BadPremises(source, None, f"not readable XML: {exc}") from exc
    if _tag(root) != "kml":
        raise BadPremises(source, None, f"not KML, but <{_tag(root)}>")
    tags = {_tag(element) for element in root.iter()}
    marks = [element for element in root.iter() if _tag(element) == "Placemark"]
    said = [_texts(mark) for mark in marks]
    names = canonical(list(dict.fromkeys(key for texts in said for key in texts)))
    return Sheet(
        format="KML",
        rows=[
            _row(number, mark, renamed(texts, names))
            for number, (mark, texts) in enumerate(zip(marks, said, strict=True))
        ],
        encoding=label,
        notes=(STANDARD, LINKED) if "NetworkLink" in tags else (STANDARD,),
    )


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, tag: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == tag)


def _texts(mark: Element) -> dict[str, str]:
    """Name, address and extended data of a placemark, the latter before the former."""
    texts = {_tag(child): child.text or "" for child in mark if _tag(child) in {"name", "address"}}
    for element in mark.iter():
        if _tag(element) == "SimpleData":
            texts[element.get("name", "")] = element.text or ""
        elif _tag(element) == "Data":
            value = next(_children(element, "value"), None)
            texts[element.get("name", "")] = (value.text if value is not None else None) or ""
    if mark.get("id"):
        texts.setdefault("id", str(mark.get("id")))
    return texts


def _row(number: int, mark: Element, fields: dict[str, Value]) -> Row:
    tags = {_tag(element) for element in mark.iter()}
    lines = sorted(tags & _LINES)
    try:
        if lines:
            _refuse(f"a {lines[0]} cannot be premises")
        parts = [_point(element) for element in mark.iter() if _tag(element) == "Point"]
        parts += [_polygon(element) for element in mark.iter() if _tag(element) == "Polygon"]
        if "LinearRing" in tags and "Polygon" not in tags:
            _refuse("a LinearRing cannot be premises")
        if len(parts) > 1 and "Point" in tags:
            _refuse("several geometries, not all of them polygons")
    except ValueError as exc:
        return Row(number=number, fields=fields, refused=str(exc))
    geometry = shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0] if parts else None
    return Row(number=number, fields=fields, geometry=geometry)


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


def _point(element: Element) -> BaseGeometry:
    places = _coordinates(element)
    if len(places) != 1:
        _refuse(f"a Point of {len(places)} coordinates")
    return shapely.Point(places[0])


def _polygon(element: Element) -> BaseGeometry:
    outer = [_ring(side) for side in _children(element, "outerBoundaryIs")]
    inner = [_ring(side) for side in _children(element, "innerBoundaryIs")]
    if len(outer) != 1:
        _refuse(f"a Polygon of {len(outer)} outer boundaries")
    return shapely.Polygon(outer[0], inner)


def _ring(side: Element) -> list[tuple[float, float]]:
    places = _coordinates(side)
    if len(places) < 4 or places[0] != places[-1]:
        _refuse(f"a ring of {len(places)} coordinates that is not closed")
    return places


def _coordinates(element: Element) -> list[tuple[float, float]]:
    """Longitude and latitude of each "lon,lat" or "lon,lat,height"."""
    texts = [inner.text or "" for inner in element.iter() if _tag(inner) == "coordinates"]
    places = []
    for word in " ".join(texts).split():
        numbers = [float(part) for part in word.split(",")]
        if len(numbers) not in (2, 3) or not all(map(math.isfinite, numbers)):
            _refuse(f"coordinates {word[:60]!r} are not lon,lat or lon,lat,height")
        places.append((numbers[0], numbers[1]))
    return places
