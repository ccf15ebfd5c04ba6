"""Whatever bytes a register file holds, it is read or refused: nothing else is ever raised."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import shapefile
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.crs import parse_crs
from geo.errors import BadPremises
from plumeline.register import import_register

RING = [[118.8, 31.9], [118.8, 31.91], [118.81, 31.91], [118.8, 31.9]]
HOLE = [[118.801, 31.905], [118.803, 31.908], [118.802, 31.908], [118.801, 31.905]]
GRID = parse_crs("gk3:40")


def geojson(folder: Path) -> Path:
    shape = {"type": "Polygon", "coordinates": [RING, HOLE]}
    one = {"type": "Feature", "properties": {"id": 1, "name": "油库", "risk": 3}, "geometry": shape}
    path = folder / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}), "utf-8")
    return path


def kml(folder: Path) -> Path:
    ring = " ".join(f"{lon},{lat},0" for lon, lat in RING)
    path = folder / "a.kml"
    path.write_text(
        '<?xml version="1.0" encoding="GBK"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        "<Placemark><name>油库</name><ExtendedData><Data name='id'><value>1</value></Data>"
        "</ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>",
        "gbk",
    )
    return path


def kmz(folder: Path) -> Path:
    body = kml(folder).read_bytes()
    path = folder / "a.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", body)
        archive.writestr("icon.png", b"png")
    return path


def comma(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text("编号,名称,东坐标,北坐标,风险\n1,油库,386543,3535000,4\n2,粮库,,,\n", "gbk")
    return path


def gpkg(folder: Path) -> Path:
    path = folder / "a.gpkg"
    with sqlite3.connect(path) as book:
        book.executescript("""
            PRAGMA page_size = 512;
            CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER PRIMARY KEY, organization,
                organization_coordsys_id, definition);
            CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);
            CREATE TABLE town (geom BLOB, id TEXT, name TEXT);
            INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326, '');
            INSERT INTO gpkg_geometry_columns VALUES ('town', 'geom', 4326);""")
        blob = struct.pack("<2sBBi", b"GP", 0, 1, 4326) + shapely.to_wkb(shapely.Polygon(RING))
        book.execute("INSERT INTO town VALUES (?, '1', '油库')", (blob,))
    book.close()
    return path


def shp(folder: Path) -> Path:
    path = folder / "a.shp"
    with shapefile.Writer(path, shapeType=shapefile.POLYGON, encoding="gbk") as book:
        book.field("id", "N", 9)
        book.field("name", "C", 20)
        book.poly([RING, HOLE])
        book.record(1, "油库")
    path.with_suffix(".prj").write_text('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]')
    return path


def dbf(folder: Path) -> Path:
    return shp(folder).with_suffix(".dbf")


def prj(folder: Path) -> Path:
    return shp(folder).with_suffix(".prj")


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """One to eight bytes changed, a piece cut off, or a piece repeated."""
    kind = draw(st.sampled_from(["flip", "flip", "flip", "cut", "repeat"]))
    places = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))

    def damage(data: bytes) -> bytes:
        spots = [min(int(share * len(data)), len(data) - 1) for share, _ in places]
        if kind == "cut":
            return data[: spots[0]]
        if kind == "repeat":
            return data[: max(spots)] + data[min(spots) :]
        body = bytearray(data)
        for spot, (_, value) in zip(spots, places, strict=True):
            body[spot] = value
        return bytes(body)

    return damage


@pytest.mark.parametrize("make", [geojson, kml, kmz, comma, gpkg, shp, dbf, prj])
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(damage=damages(), override=st.booleans())
def test_damaged_bytes_are_read_or_refused(
    make: Callable[[Path], Path],
    damage: Callable[[bytes], bytes],
    override: bool,
    tmp_path: Path,
) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = make(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    for crs in (None, GRID):
        with suppress(BadPremises):
            import_register(path, crs, override=override)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(
        [b"", b"{", b"<", b"<kml>", b"PK\3\4", b"\0\0\x27\x0a", b"SQLite format 3\0"]
    ),
    body=st.binary(max_size=300),
)
def test_any_bytes_are_read_or_refused(head: bytes, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(head + body)
    with suppress(BadPremises):
        import_register(path, GRID, override=True)


def test_a_kmz_whose_sizes_lie_does_not_unpack_more_than_it_says(tmp_path: Path) -> None:
    body = b"<kml/>" + b" " * 100_000
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", body)
    data = stored.getvalue().replace(struct.pack("<I", len(body)), struct.pack("<I", 200))
    path = tmp_path / "a.kmz"
    path.write_bytes(data)
    with pytest.raises(BadPremises):
        import_register(path, GRID)
