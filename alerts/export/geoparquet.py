"""GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/): a row for each fix and each incident.

``geometry`` is the point, ``outline`` an incident's ellipse or sector, both WKB in OGC:CRS84, the
default of the format: longitude, latitude, WGS84. Heights are columns, each named by its datum.
Needs the extra ``geoparquet``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import shapely

from alerts.export.content import CLOCK_NOTE, Content
from alerts.export.errors import CannotSay, MissingExtra
from alerts.export.markup import plain
from alerts.export.spots import Facts, Spot
from alerts.export.terms import Crs
from alerts.export.track import COLUMNS, Segment

FORMAT, PACKAGE = "geoparquet", "pyarrow"
"""The extra has the name of the format."""

Column = list[Any]
_FACTS = {field.name: str(field.type).removesuffix(" | None") for field in fields(Facts)}
"""Their types as they are written in the class."""


def check(crs: Crs) -> None:
    """Whether this format can be written here, in this coordinate system.

    Raises:
        CannotSay: GCJ-02.
        MissingExtra: pyarrow is not installed.
    """
    if crs is not Crs.WGS84:
        reason = (
            f"cannot carry {crs.label}: its crs field takes a definition in PROJJSON, "
            f"{crs.label} has none, and without one every reader takes the file for WGS84; "
            "export WGS84, or another format"
        )
        raise CannotSay(FORMAT, reason)
    try:
        import pyarrow.parquet  # type: ignore[import-untyped,unused-ignore]  # noqa: F401, PLC0415
    except ImportError as exc:
        raise MissingExtra(FORMAT, PACKAGE, FORMAT) from exc


def write(content: Content) -> Iterator[bytes]:
    """The file, in one piece.

    Raises:
        CannotSay: GCJ-02.
        MissingExtra: pyarrow is not installed.
    """
    check(content.crs)
    import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    import pyarrow.parquet as pq  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415

    columns = _columns(content)
    numbers = {"float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
    kinds = {
        "geometry": pa.binary(),
        "outline": pa.binary(),
        "time": pa.timestamp("us", tz="UTC"),
        "segment": pa.int32(),
        **dict.fromkeys(COLUMNS, pa.float64()),
        **{name: numbers[kind] for name, kind in _FACTS.items() if kind in numbers},
    }
    arrays = {
        name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()
    }
    told = {
        b"geo": _geo(columns),
        b"title": content.title.encode(),
        b"description": f"{content.crs.note} {CLOCK_NOTE}".encode(),
    }
    file = BytesIO()
    pq.write_table(pa.table(arrays).replace_schema_metadata(told), file, compression="zstd")
    yield file.getvalue()


def _columns(content: Content) -> dict[str, Column]:
    """All columns, equally long: what a fix or an incident lacks is null."""
    parts = [_of_segment(segment) for segment in content.segments]
    parts += [_of_spot(spot) for spot in content.spots]
    names = ("kind", "time", "geometry", "outline", "device_id", "flight_id", "segment")
    columns: dict[str, Column] = {name: [] for name in (*names, *COLUMNS, *_FACTS)}
    for part in parts:
        rows = len(part["kind"])
        for name, column in columns.items():
            column.extend(part.get(name) or [None] * rows)
    return columns


def _of_segment(segment: Segment) -> dict[str, Column]:
    rows = len(segment.fixes)
    lon_lat = np.array(list(segment.places()))
    return {
        "kind": ["fix"] * rows,
        "time": [round(fix.t_device_s * 1e6) for fix in segment.fixes],
        "geometry": list(shapely.to_wkb(shapely.points(lon_lat))),
        "device_id": [segment.device_id] * rows,
        "flight_id": [segment.flight_id] * rows,
        "segment": [segment.number] * rows,
        **segment.columns(),
    }


def _of_spot(spot: Spot) -> dict[str, Column]:
    facts = spot.facts
    point = spot.point and shapely.Point(spot.point.lon_deg, spot.point.lat_deg)
    rings = [shapely.Polygon(ring) for ring in spot.outline]
    outline = rings[0] if len(rings) == 1 else shapely.MultiPolygon(rings)
    return {
        "kind": ["incident"],
        "time": [round(datetime.fromisoformat(facts.first_seen).timestamp() * 1e6)],
        "geometry": [shapely.to_wkb(point)],
        "outline": [shapely.to_wkb(outline) if rings else None],
        **{name: [_cell(getattr(facts, name))] for name in _FACTS},
    }


def _cell(value: object) -> object:
    """Numbers and text as they are, lists as JSON."""
    return plain(value) if isinstance(value, tuple) else value


def _geo(columns: dict[str, Column]) -> bytes:
    """The metadata that make it GeoParquet; a column without geometry names no type."""
    described = {}
    for name in ("geometry", "outline"):
        known = [wkb for wkb in columns[name] if wkb is not None]
        shapes = shapely.from_wkb(np.array(known, dtype=object))
        described[name] = {
            "encoding": "WKB",
            "geometry_types": sorted({shape.geom_type for shape in shapes}),
            "orientation": "counterclockwise",
        }
        if len(shapes):
            described[name]["bbox"] = shapely.total_bounds(shapes).tolist()
    return msgspec.json.encode(
        {"version": "1.1.0", "primary_column": "geometry", "columns": described}
    )
