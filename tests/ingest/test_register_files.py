"""Registers of every format are read as they are written, and what is wrong is said."""

from __future__ import annotations

import json
import sqlite3
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapefile
import shapely

from geo.crs import WGS84, parse_crs
from geo.errors import BadPremises
from ingest.register.table import read_register

SQUARE = [(118.8, 31.9), (118.8, 31.91), (118.81, 31.91), (118.81, 31.9), (118.8, 31.9)]
HOLE = [
    (118.803, 31.903),
    (118.806, 31.903),
    (118.806, 31.906),
    (118.803, 31.906),
    (118.803, 31.903),
]
KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
)
MARK = "<Placemark><name>{name}</name>{shape}</Placemark>"


def words(ring: list[tuple[float, float]]) -> str:
    return " ".join(f"{lon},{lat},0" for lon, lat in ring)


def boundary(side: str, ring: list[tuple[float, float]]) -> str:
    text = f"<coordinates>{words(ring)}</coordinates>"
    return f"<{side}BoundaryIs><LinearRing>{text}</LinearRing></{side}BoundaryIs>"


YARD = f"<Polygon>{boundary('outer', SQUARE)}{boundary('inner', HOLE)}</Polygon>"


def written(folder: Path, name: str, body: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def kmz(folder: Path, members: dict[str, str | bytes], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(folder / "a.kmz", "w", how) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return folder / "a.kmz"


def shp(folder: Path, rings: list[Any], encoding: str = "gbk", **fields: str) -> Path:
    """A Shapefile of pyshp, which cuts names to ten bytes and warns of it."""
    path = folder / "town.shp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with shapefile.Writer(path, shapeType=shapefile.POLYGON, encoding=encoding) as book:
            for name in fields:
                book.field(name, "C", 40)
            book.poly(rings)
            book.record(*fields.values())
    return path


def gpkg(folder: Path, srs: tuple[int, str, int, str], blobs: list[bytes | None]) -> Path:
    path = folder / "town.gpkg"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as book:
        book.executescript("""
            CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id INTEGER PRIMARY KEY, organization,
                organization_coordsys_id, definition);
            CREATE TABLE gpkg_geometry_columns
                (table_name, column_name, geometry_type_name, srs_id);
            CREATE TABLE town (fid INTEGER PRIMARY KEY, 形状 BLOB, 编号 TEXT, 名称 TEXT);""")
        book.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', ?, ?, ?, ?)", srs)
        book.execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('town', '形状', 'POLYGON', ?)", srs[:1]
        )
        book.executemany(
            "INSERT INTO town (形状, 编号, 名称) VALUES (?, 'G1', '粮库')", [(b,) for b in blobs]
        )
    book.close()
    return path


def gp(geometry: Any, envelope: int = 0) -> bytes:
    """A GeoPackage geometry, with an envelope of that kind."""
    room = (0, 32, 48, 48, 64)[envelope]
    head = struct.pack("<2sBBi", b"GP", 0, envelope << 1 | 1, 4326)
    return head + bytes(room) + shapely.to_wkb(geometry)


def test_a_kml_in_gbk_with_folders_and_extended_data(tmp_path: Path) -> None:
    data = "<ExtendedData><Data name='场所编号'><value>K1</value></Data></ExtendedData>"
    body = KML.replace("?>", ' encoding="GBK"?>').format(
        f"<Folder>{MARK.format(name='油库', shape=data + YARD)}</Folder>"
    )
    sheet = read_register(written(tmp_path, "a.kml", body.encode("gbk")))
    (row,) = sheet.rows
    assert (row.fields["premises_id"], row.fields["name"]) == ("K1", "油库")
    assert row.geometry is not None
    assert row.geometry.equals_exact(shapely.Polygon(SQUARE, [HOLE]))
    assert (sheet.format, sheet.declared, sheet.crs) == ("KML", None, None)
    assert "gb18030" in str(sheet.encoding) or "GBK" in str(sheet.encoding)
    assert "GCJ-02" in sheet.notes[0]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("<LineString><coordinates>1,2 3,4</coordinates></LineString>", "a LineString cannot be"),
        ("<LinearRing><coordinates>1,2 3,4</coordinates></LinearRing>", "a LinearRing cannot be"),
        (f"<Polygon>{boundary('outer', SQUARE[:-1])}</Polygon>", "not closed"),
        (f"<Polygon>{boundary('inner', SQUARE)}</Polygon>", "0 outer boundaries"),
        ("<Point><coordinates>118.8</coordinates></Point>", "'118.8' are not lon,lat"),
        ("<Point><coordinates>nan,1</coordinates></Point>", "'nan,1' are not lon,lat"),
        ("<Point><coordinates>a,1</coordinates></Point>", "could not convert"),
        ("<Point><coordinates>1,1 2,2</coordinates></Point>", "a Point of 2 coordinates"),
        (YARD + "<Point><coordinates>1,1</coordinates></Point>", "not all of them polygons"),
    ],
)
def test_a_placemark_that_cannot_be_premises_is_refused_alone(
    shape: str, reason: str, tmp_path: Path
) -> None:
    marks = MARK.format(name="a", shape=shape) + MARK.format(name="b", shape=YARD)
    bad, good = read_register(written(tmp_path, "a.kml", KML.format(marks))).rows
    assert bad.geometry is None and reason in str(bad.refused)
    assert good.geometry is not None


def test_a_kmz_is_the_first_kml_in_it(tmp_path: Path) -> None:
    members = {
        "icon.png": b"x",
        "doc.kml": KML.format(MARK.format(name="油库", shape=YARD)),
        "other.kml": "",
    }
    (row,) = read_register(kmz(tmp_path, members)).rows
    assert row.fields["name"] == "油库"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.txt": b""}, "without a .kml"),
        ({"doc.kml": KML, "more.kmz": b"PK"}, "archive in the archive"),
        ({f"{number}.kml": b"" for number in range(1001)}, "1001 members"),
        ({"doc.kml": b" " * 1_000_000}, "100 times its size"),
    ],
)
def test_a_kmz_that_is_a_trap_is_not_unpacked(
    members: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BadPremises, match=reason):
        read_register(kmz(tmp_path, members, zipfile.ZIP_DEFLATED))


def test_a_link_in_a_kmz_is_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("doc.kml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadPremises, match="is a link"):
        read_register(tmp_path / "a.kmz")


def test_an_xml_bomb_is_refused(tmp_path: Path) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    )
    with pytest.raises(BadPremises, match="not readable XML"):
        read_register(written(tmp_path, "a.kml", bomb))


@pytest.mark.parametrize("envelope", range(5))
def test_a_geopackage_with_any_envelope_and_chinese_columns(envelope: int, tmp_path: Path) -> None:
    yard = shapely.Polygon(SQUARE, [HOLE])
    path = gpkg(tmp_path, (4549, "EPSG", 4549, ""), [gp(yard, envelope), None])
    sheet = read_register(path)
    assert (sheet.declared, sheet.crs) == ("EPSG:4549", parse_crs("EPSG:4549"))
    assert sheet.rows[0].fields == {"premises_id": "G1", "name": "粮库"}
    assert sheet.rows[0].geometry == yard
    assert sheet.rows[1].geometry is None and sheet.rows[1].refused is None


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "no GeoPackage header"),
        (b"GP\0\x21" + bytes(4), "extension"),
        (gp(shapely.Point(1, 2))[:-1], "not a geometry"),
    ],
)
def test_a_damaged_geometry_in_a_geopackage_is_refused_alone(
    blob: bytes, reason: str, tmp_path: Path
) -> None:
    (row,) = read_register(gpkg(tmp_path, (4326, "EPSG", 4326, ""), [blob])).rows
    assert reason in str(row.refused)


@pytest.mark.parametrize(
    ("srs", "declared", "known"),
    [
        ((-1, "NONE", -1, "undefined"), None, False),
        ((3857, "EPSG", 3857, ""), "EPSG:3857", False),
        ((7, "me", 7, 'PROJCS["Xian / GK",GEOGCS["Xian 1980"]]'), "Xian / GK", False),
        ((4326, "EPSG", 4326, ""), "EPSG:4326", True),
    ],
)  # fmt: skip
def test_the_system_of_a_geopackage_is_the_one_it_declares(
    srs: tuple[int, str, int, str], declared: str | None, known: bool, tmp_path: Path
) -> None:
    sheet = read_register(gpkg(tmp_path, srs, []))
    assert sheet.declared == declared
    assert (sheet.crs is not None) == known


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    path = gpkg(tmp_path, (4326, "EPSG", 4326, ""), [])
    with sqlite3.connect(path) as book:
        book.execute("CREATE TABLE roads (geom BLOB, name TEXT)")
        book.execute("INSERT INTO gpkg_geometry_columns VALUES ('roads', 'geom', 'LINE', 4326)")
    book.close()
    with pytest.raises(BadPremises, match="roads, town"):
        read_register(path)
    assert read_register(path, layer="town").layer == "town"


@pytest.mark.parametrize(
    ("encoding", "page", "how"),
    [
        ("gbk", "GBK", ".cpg"),
        ("gbk", "936", ".cpg"),
        ("gbk", None, "found out"),
        ("utf-8", "UTF-8", ".cpg"),
        ("utf-8", None, "found out"),
    ],
)
def test_a_shapefile_of_any_chinese_encoding(
    encoding: str, page: str | None, how: str, tmp_path: Path
) -> None:
    path = shp(
        tmp_path, [SQUARE, HOLE], encoding, premises_id="S1", 名称="加油站", 单位地址="路1号"
    )
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if page is not None:
        path.with_suffix(".cpg").write_text(page)
    sheet = read_register(path)
    (row,) = sheet.rows
    assert row.fields == {"premises_id": "S1", "name": "加油站", "address": "路1号"}
    assert row.geometry is not None
    assert row.geometry.equals(shapely.Polygon(SQUARE, [HOLE]))
    assert how in str(sheet.encoding)


def test_the_encoding_told_by_the_user_stands_against_a_wrong_cpg(tmp_path: Path) -> None:
    path = shp(tmp_path, [SQUARE], "gbk", 编号="S1", 名称="加油站")
    path.with_suffix(".cpg").write_text("UTF-8")
    with pytest.raises(BadPremises, match="--encoding"):
        read_register(path)
    assert read_register(path, encoding="GBK").rows[0].fields["name"] == "加油站"


def test_islands_with_lakes_stay_what_they_are(tmp_path: Path) -> None:
    isle = [(lon + 1, lat) for lon, lat in SQUARE]
    path = shp(tmp_path, [SQUARE, HOLE, isle], "utf-8", id="S1", name="isles")
    (row,) = read_register(path).rows
    assert row.geometry is not None
    assert row.geometry.equals(
        shapely.MultiPolygon([shapely.Polygon(SQUARE, [HOLE]), shapely.Polygon(isle)])
    )


def test_a_hole_outside_of_every_ring_is_refused(tmp_path: Path) -> None:
    away = [(lon + 1, lat) for lon, lat in HOLE]
    (row,) = read_register(shp(tmp_path, [SQUARE, away], "utf-8", id="S1", name="a")).rows
    assert "a hole lies in no outer ring" in str(row.refused)


GRID = (
    'PROJCS["CGCS2000_3_Degree_GK_{name}",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{middle}],PARAMETER["Scale_Factor",{scale}],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("prj", "known"),
    [
        (GRID.format(name="Z", easting="40500000.0", middle="120.0", scale="1.0"), "EPSG:4528"),
        (GRID.format(name="CM_120E", easting="500000.0", middle="120.0", scale="1.0"), "EPSG:4549"),
        (GRID.format(name="x", easting="500000.0", middle="118.8", scale="1.0"), None),
        (GRID.format(name="x", easting="500000.0", middle="120.0", scale="0.9996"), None),
        (GRID.format(name="x", easting="0.0", middle="120.0", scale="1.0"), None),
        ('GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000"]]', "cgcs2000"),
        ('GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980"]]', None),
        ("nonsense", None),
    ],
)  # fmt: skip
def test_a_prj_of_esri_without_a_code_is_understood_by_its_parameters(
    prj: str, known: str | None, tmp_path: Path
) -> None:
    path = shp(tmp_path, [SQUARE], "utf-8", id="S1", name="a")
    path.with_suffix(".prj").write_text(prj)
    sheet = read_register(path)
    assert sheet.declared is not None
    assert (
        (sheet.crs is None) if known is None else parse_crs(known).agrees_with(sheet.crs or WGS84)
    )


@pytest.mark.parametrize("code", [4490, 4491, 4512, 4528, 4549])
def test_a_wkt_of_proj_is_understood_by_its_code(code: int, tmp_path: Path) -> None:
    import pyproj

    path = shp(tmp_path, [SQUARE], "utf-8", id="S1", name="a")
    for version in ("WKT1_GDAL", "WKT2_2019", "WKT1_ESRI"):
        path.with_suffix(".prj").write_text(pyproj.CRS(code).to_wkt(version))
        crs = read_register(path).crs
        assert crs is not None and crs.agrees_with(parse_crs(f"EPSG:{code}")), version


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_of_any_office(encoding: str, separator: str, tmp_path: Path) -> None:
    lines = ["编号,名称,地址,经度,纬度", "C1,粮库,路1号,118.8,31.9", "C2,养老院,路2号,,", ""]
    body = "\r\n".join(lines).replace(",", separator).encode(encoding)
    first, second = read_register(written(tmp_path, "a.csv", body)).rows
    assert first.geometry == shapely.Point(118.8, 31.9)
    assert first.fields == {"premises_id": "C1", "name": "粮库", "address": "路1号"}
    assert second.geometry is None and second.refused is None


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("", "no column is called name"),
        ("a,b\n1,2", "no column is called name"),
        ("id,name,lon\n1,a,118", "a column of lon and lat is missing"),
        ("id,name,x,y\n1,a,3530000,386000", "which is east"),
        ("id,name\n1,a,3", "line 2 has 3 cells, the header 2"),
        ('id,name\n1,"a', "line 2: unexpected end"),
    ],
)
def test_a_csv_that_is_not_a_register_is_refused_by_line(
    lines: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BadPremises, match=reason):
        read_register(written(tmp_path, "a.csv", lines))


@pytest.mark.parametrize(
    ("lon", "lat", "refused"),
    [("118°48'", "31.9", True), ("118.8", "", True), ("nan", "31", True), ("0", "0.0", False)],
)
def test_half_a_position_is_refused_and_no_position_is_none(
    lon: str, lat: str, refused: bool, tmp_path: Path
) -> None:
    path = written(tmp_path, "a.csv", f"id,name,lon,lat\n1,a,{lon},{lat}")
    (row,) = read_register(path).rows
    assert row.geometry is None
    assert (row.refused is not None) == refused


@pytest.mark.parametrize(
    ("name", "declared", "known"),
    [
        ("urn:ogc:def:crs:EPSG::4490", "urn:ogc:def:crs:EPSG::4490", "cgcs2000"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84"),
        ("EPSG:4549", "EPSG:4549", "EPSG:4549"),
        ("gcj02", "gcj02", "gcj02"),
        ("urn:ogc:def:crs:EPSG::2437", "urn:ogc:def:crs:EPSG::2437", None),
        (None, None, None),
    ],
)
def test_the_crs_of_a_geojson_is_the_one_it_declares(
    name: str | None, declared: str | None, known: str | None, tmp_path: Path
) -> None:
    body: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    if name is not None:
        body["crs"] = {"type": "name", "properties": {"name": name}}
    sheet = read_register(written(tmp_path, "a.json", json.dumps(body)))
    assert sheet.declared == declared
    assert (
        (sheet.crs is None) if known is None else parse_crs(known).agrees_with(sheet.crs or WGS84)
    )


def test_the_format_is_told_by_what_is_in_the_file(tmp_path: Path) -> None:
    kml = KML.format(MARK.format(name="油库", shape=YARD))
    assert read_register(written(tmp_path, "a.csv", kml)).format == "KML"
    assert read_register(written(tmp_path, "a.kml", "id,name\n1,a")).format == "CSV"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadPremises, match="No such file"):
        read_register(tmp_path / "a.geojson")
    with pytest.raises(BadPremises, match=r"0 \.shp files"):
        read_register(tmp_path)
    path = shp(tmp_path, [SQUARE], "utf-8", id="S1", name="a")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(BadPremises, match=r"no \.dbf"):
        read_register(tmp_path)
