"""Registers in GeoPackage (OGC 12-128r17): SQLite tables with a header before each WKB."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from geo.crs import Crs
from geo.errors import BadPremises
from ingest.register.fields import canonical, renamed
from ingest.register.sheet import Row, Sheet, crs_or_none
from ingest.register.wkt import crs_of, name_of

_LAYERS = """
    SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g
    JOIN sqlite_master m ON m.name = g.table_name AND m.type = 'table' ORDER BY 1"""
_SYSTEM = """
    SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys
    WHERE srs_id = ?"""
_UNDEFINED = (-1, 0)
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_HEADER_BYTES = 8
_EXTENDED, _EMPTY = 0x20, 0x10
_STEPS = 50_000_000  # of SQLite's machine: a few seconds; a file cannot keep us longer


def read(path: Path, layer: str | None) -> Sheet:
    """The rows of the one layer, or of the layer named.

    Raises:
        BadPremises: damaged, not a GeoPackage, no such layer, or several and none named.
    """
    source = path.name
    try:
        with closing(_opened(path)) as book:
            table, column, srs_id = _layer(book.execute(_LAYERS).fetchall(), layer, source)
            declared, crs = _system(book, srs_id)
            cursor = book.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - quoted
            heads = [head[0] for head in cursor.description]
            records = [dict(zip(heads, cells, strict=True)) for cells in cursor]
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as exc:
        raise BadPremises(source, None, f"not a readable GeoPackage: {exc}") from exc
    if column not in heads:
        raise BadPremises(source, None, f"layer {table!r} has no column {column!r}")
    names = canonical([head for head in heads if head != column])
    return Sheet(
        format="GeoPackage",
        rows=[_row(number, record, column, names) for number, record in enumerate(records)],
        declared=declared,
        crs=crs,
        layer=table,
    )


def _opened(path: Path) -> sqlite3.Connection:
    book = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    book.execute("PRAGMA trusted_schema = OFF")
    book.set_progress_handler(lambda: 1, _STEPS)
    return book


def _layer(found: list[tuple[Any, ...]], wanted: str | None, source: str) -> tuple[str, str, int]:
    layers = {str(name): (str(name), str(column), srs_id) for name, column, srs_id in found}
    if wanted is not None and wanted in layers:
        return layers[wanted]
    if wanted is None and len(layers) == 1:
        return next(iter(layers.values()))
    if not layers:
        raise BadPremises(source, None, "holds no layer with geometries")
    fault = f"no layer {wanted!r}" if wanted is not None else "several layers"
    raise BadPremises(source, None, f"{fault}: name one of {', '.join(layers)} (--layer)")


def _system(book: sqlite3.Connection, srs_id: int) -> tuple[str | None, Crs | None]:
    if srs_id in _UNDEFINED:
        return None, None
    said = book.execute(_SYSTEM, (srs_id,)).fetchone()
    if said is None:
        return f"srs_id {srs_id}, which it does not define", None
    organization, code, wkt = said
    if str(organization).upper() == "EPSG":
        return f"EPSG:{code}", crs_or_none(f"EPSG:{code}")
    return name_of(str(wkt)), crs_of(str(wkt))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row(number: int, record: Mapping[str, Any], column: str, names: Mapping[str, str]) -> Row:
    fields = renamed(record, names)
    blob = record.get(column)
    if blob is None:
        return Row(number=number, fields=fields)
    try:
        wkb = _wkb(blob)
        geometry = None if wkb is None else shapely.from_wkb(wkb)
    except (ValueError, shapely.errors.GEOSException) as exc:
        return Row(number=number, fields=fields, refused=f"not a geometry: {exc}".strip())
    return Row(number=number, fields=fields, geometry=geometry)


def _wkb(blob: object) -> bytes | None:
    """The WKB after the header of clause 2.1.3; None where it is marked as empty."""
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _HEADER_BYTES:
        message = "no GeoPackage header"
        raise ValueError(message)
    flags = blob[3]
    envelope = flags >> 1 & 0b111
    if flags & _EXTENDED or envelope >= len(_ENVELOPE_BYTES):
        message = f"flags {flags:#04x} are of an extension"
        raise ValueError(message)
    return None if flags & _EMPTY else blob[_HEADER_BYTES + _ENVELOPE_BYTES[envelope] :]
