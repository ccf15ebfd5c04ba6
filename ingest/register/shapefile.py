"""Registers as Shapefiles (ESRI, July 1998) with their dBASE table, ``.prj`` and ``.cpg``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import Crs
from geo.errors import BadPremises
from geo.geodesy import Array
from ingest.register import dbase
from ingest.register.fields import canonical, renamed
from ingest.register.sheet import Row, Sheet, Value
from ingest.register.wkt import crs_of, name_of

_HEADER_BYTES = 100
_POINTS, _POLYGONS = (1, 11, 21), (5, 15, 25)
_FURTHEST = 1e9
_KINDS = {3: "PolyLine", 8: "MultiPoint", 13: "PolyLineZ", 18: "MultiPointZ", 31: "MultiPatch"}


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The records of ``path`` (.shp) and of the .dbf beside it.

    Raises:
        BadPremises: no .dbf, another number of records in it, or one of the files is damaged.
    """
    source = path.name
    table = _beside(path, ".dbf")
    if table is None:
        raise BadPremises(source, None, "there is no .dbf beside it: who are these premises?")
    page = (_beside(path, ".cpg") or b"").decode("ascii", "replace")
    book = dbase.read(path.with_suffix(".dbf").name, table, encoding, page)
    shapes = list(_records(data, source))
    if len(shapes) != len(book.records):
        reason = f"{len(shapes)} shapes, but {len(book.records)} records in the .dbf"
        raise BadPremises(source, None, reason)
    names = canonical(book.columns, cut=True)
    declared, crs = _projection(path)
    rows = [
        _row(number, shape, renamed(record, names))
        for number, (shape, record) in enumerate(zip(shapes, book.records, strict=True))
        if record is not None
    ]
    return Sheet(format="Shapefile", rows=rows, declared=declared, crs=crs, encoding=book.encoding)


def _beside(path: Path, suffix: str) -> bytes | None:
    for name in (suffix, suffix.upper()):
        file = path.with_suffix(name)
        if file.is_file():
            return file.read_bytes()
    return None


def _projection(path: Path) -> tuple[str | None, Crs | None]:
    data = _beside(path, ".prj")
    if data is None:
        return None, None
    wkt = data.decode("utf-8-sig", "replace")
    return name_of(wkt), crs_of(wkt)


def _records(data: bytes, source: str) -> Iterator[bytes]:
    at, number = _HEADER_BYTES, 0
    while at < len(data):
        head = data[at : at + 8]
        words = struct.unpack(">i", head[4:])[0] if len(head) == 8 else -1
        end = at + 8 + 2 * words
        if words < 2 or end > len(data):
            raise BadPremises(source, number, f"the record at byte {at} is cut short or damaged")
        yield data[at + 8 : end]
        at, number = end, number + 1


def _row(number: int, shape: bytes, fields: dict[str, Value]) -> Row:
    kind = struct.unpack_from("<i", shape)[0]
    if kind == 0:
        return Row(number=number, fields=fields)
    try:
        if kind in _POINTS:
            geometry: BaseGeometry = shapely.Point(struct.unpack_from("<2d", shape, 4))
        elif kind in _POLYGONS:
            geometry = _polygon(shape)
        else:
            reason = f"a {_KINDS.get(kind, f'shape of type {kind}')} cannot be premises"
            return Row(number=number, fields=fields, refused=reason)
    except (struct.error, ValueError, shapely.errors.GEOSException) as exc:
        return Row(number=number, fields=fields, refused=f"a damaged shape: {exc}")
    return Row(number=number, fields=fields, geometry=geometry)


def _polygon(shape: bytes) -> BaseGeometry:
    """The rings of a record: outer ones run clockwise, holes the other way."""
    rings = _rings(shape)
    if len(rings) == 1:
        return shapely.Polygon(rings[0])
    areas = [_signed_area(ring) for ring in rings]
    outer = [shapely.Polygon(ring) for ring, area in zip(rings, areas, strict=True) if area <= 0]
    holes: list[list[Array]] = [[] for _ in outer]
    for ring, area in zip(rings, areas, strict=True):
        if area > 0:
            holes[_owner(ring, outer)].append(ring)
    parts = [
        shapely.Polygon(part.exterior, inner) for part, inner in zip(outer, holes, strict=True)
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _rings(shape: bytes) -> list[Array]:
    n_parts, n_points = struct.unpack_from("<2i", shape, 36)
    room = (len(shape) - 44) // 4
    if not (0 < n_parts <= room and 0 < n_points <= room):
        message = f"{n_parts} rings of {n_points} points do not fit in it"
        raise ValueError(message)
    starts = np.frombuffer(shape, "<i4", n_parts, 44)
    points = np.frombuffer(shape, "<f8", 2 * n_points, 44 + 4 * n_parts).reshape(-1, 2)
    ends = [*starts[1:], n_points]
    if starts[0] != 0 or np.any(np.diff(np.array([*starts, n_points])) < 4):
        message = "a ring has fewer than four points"
        raise ValueError(message)
    rings = [points[start:end] for start, end in zip(starts, ends, strict=True)]
    if not (np.abs(points) < _FURTHEST).all() or any((r[0] != r[-1]).any() for r in rings):
        message = "a ring is not closed or not on Earth"
        raise ValueError(message)
    return rings


def _signed_area(ring: Array) -> float:
    """Twice the area, positive counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def _owner(hole: Array, outer: list[BaseGeometry]) -> int:
    """The smallest outer ring around a hole."""
    around = [i for i, part in enumerate(outer) if part.contains(shapely.Polygon(hole))]
    if not around:
        message = "a hole lies in no outer ring"
        raise ValueError(message)
    return min(around, key=lambda i: float(outer[i].area))
