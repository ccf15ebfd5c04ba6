"""Elevation models as GDAL and PROJ understand them, and files that are refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.errors import BadGrid
from geo.pose import Datum
from geo.raster import hgt
from plumeline.terrain_files import read_terrain

SLOPE = np.add.outer(np.zeros(61), np.arange(61.0))
"""Rises by 1 m per node towards the east."""


def hgt_bytes(side: int = 1201) -> bytes:
    heights = np.add.outer(np.arange(side)[::-1], 2 * np.arange(side)).astype(">i2")
    heights[7, 5] = -32768
    return heights.tobytes()


def test_an_hgt_tile_has_its_nodes_where_gdal_has_them(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    file = tmp_path / "S18W001.hgt"
    file.write_bytes(hgt_bytes())
    terrain = read_terrain(file, datum=Datum.MSL)
    rows, columns = np.array([0, 3, 600, 1200]), np.array([0, 1200, 77, 1200])
    with rasterio.open(file) as found:
        at = found.transform
        lon, lat = at.c + at.a * (columns + 0.5), at.f + at.e * (rows + 0.5)
        heights = found.read(1)[rows, columns]
    assert terrain.height_m(lat, lon) == pytest.approx(heights.astype(float), abs=1e-4)
    assert np.isnan(terrain.height_m(-17 - 7 / 1200, -1 + 5 / 1200))
    assert terrain.datum is Datum.MSL


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("N32E118.hgt", b"\0" * 100, "not the heights of an HGT tile"),
        ("tile.hgt", hgt_bytes(), "does not say the south-west corner"),
    ],
)
def test_what_is_no_hgt_tile_is_refused(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(BadGrid, match=reason):
        hgt(data, name)


def from_corner(west: float, north: float, step: float) -> Any:
    return pytest.importorskip("rasterio").Affine(step, 0, west, 0, -step, north)


def written(file: Path, values: Any, **profile: Any) -> Path:
    rasterio = pytest.importorskip("rasterio")
    values, tags = np.asarray(values), profile.pop("tags", {})
    options = {"driver": "GTiff", "crs": "EPSG:4326", "count": 1, "dtype": values.dtype,
        "width": values.shape[1], "height": values.shape[0],
        "transform": from_corner(118.8, 32.0, 1 / 3600)} | profile  # fmt: skip
    with rasterio.open(file, "w", **options) as out:
        out.update_tags(**tags)
        for band in range(options["count"]):
            out.write(values, band + 1)
    return file


def test_an_area_pixel_counts_at_its_middle_and_its_half_rim_is_unknown(tmp_path: Path) -> None:
    file = written(tmp_path / "a.tif", SLOPE.astype(np.int16), nodata=50)
    terrain = read_terrain(file, datum=Datum.ELLIPSOID)
    cell = 1 / 3600
    assert float(terrain.height_m(31.995, 118.8 + 10.5 * cell)) == pytest.approx(10.0, abs=1e-4)
    assert float(terrain.height_m(31.995, 118.8 + 11 * cell)) == pytest.approx(10.5, abs=1e-4)
    assert np.isnan(terrain.height_m(31.995, 118.8 + 0.4 * cell))
    assert np.isnan(terrain.height_m(31.995, 118.8 + 50.2 * cell))


def test_a_point_pixel_counts_where_the_file_ties_it(tmp_path: Path) -> None:
    """GeoTIFF's PixelIsPoint ties the corner written in the file to the node itself."""
    rasterio = pytest.importorskip("rasterio")
    file = written(tmp_path / "p.tif", SLOPE.astype(np.int16), tags={"AREA_OR_POINT": "Point"})
    with rasterio.Env(GTIFF_POINT_GEO_IGNORE=True), rasterio.open(file) as raw:
        west_deg = raw.transform.c
    terrain = read_terrain(file, datum=Datum.ELLIPSOID)
    assert west_deg == pytest.approx(118.8 + 0.5 / 3600)
    at = terrain.height_m(31.995, west_deg + 10 / 3600)
    assert float(at) == pytest.approx(10.0, abs=1e-4)


def test_an_ascii_grid_is_read_once_its_coordinate_system_is_said(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    file = tmp_path / "dem.asc"
    file.write_text(
        "ncols 3\nnrows 2\nxllcorner 118.8\nyllcorner 31.9\ncellsize 0.01\n"
        "NODATA_value -9999\n10 20 30\n40 50 -9999\n"
    )
    with pytest.raises(BadGrid, match="names no coordinate system"):
        read_terrain(file, datum=Datum.MSL)
    terrain = read_terrain(file, datum=Datum.MSL, crs="EPSG:4326")
    assert terrain.height_m([31.915, 31.905], [118.805, 118.805]) == pytest.approx([10.0, 40.0])
    assert np.isnan(terrain.height_m(31.905, 118.825))


def test_a_dted_cell_is_read(tmp_path: Path) -> None:
    copy = pytest.importorskip("rasterio.shutil").copy
    heights = np.add.outer(np.arange(121)[::-1], np.arange(121)).astype(np.int16)
    edge = from_corner(118 - 0.5 / 120, 32 + 0.5 / 120, 1 / 120)
    source = written(tmp_path / "cell.tif", heights, transform=edge)
    copy(source, tmp_path / "n31.dt0", driver="DTED")
    terrain = read_terrain(tmp_path / "n31.dt0", datum=Datum.MSL)
    assert float(terrain.height_m(31.5, 118.5)) == pytest.approx(120.0, abs=1e-4)
    assert float(terrain.height_m(32.0, 118.25)) == pytest.approx(150.0, abs=1e-4)


def test_a_model_in_metres_is_turned_to_where_proj_puts_it(tmp_path: Path) -> None:
    pyproj = pytest.importorskip("pyproj")
    corner = from_corner(670_000, 3_550_000, 30)
    tilted = np.add.outer(-2.0 * np.arange(80), 3.0 * np.arange(80)).astype(np.float32)
    tilted[:3] = -9999
    file = written(
        tmp_path / "utm.tif", tilted, crs="EPSG:32650", transform=corner, nodata=-9999
    )  # fmt: skip
    terrain = read_terrain(file, datum=Datum.ELLIPSOID)
    to_lonlat = pyproj.Transformer.from_crs(32650, 4326, always_xy=True)
    column, row = np.array([40.3, 20.0, 60.7]), np.array([30.1, 50.5, 66.6])
    lon, lat = to_lonlat.transform(670_000 + 30 * (column + 0.5), 3_550_000 - 30 * (row + 0.5))
    assert terrain.height_m(lat, lon) == pytest.approx(3 * column - 2 * row, abs=0.005)
    lon, lat = to_lonlat.transform(670_000 + 30 * 40, 3_550_000 - 30)
    assert np.isnan(terrain.height_m(lat, lon))


@pytest.mark.parametrize(
    ("profile", "reason"),
    [({"count": 3}, "3 bands"), ({"crs": None}, "names no coordinate system")],
)
def test_what_is_not_one_elevation_model_is_refused(
    tmp_path: Path, profile: Any, reason: str
) -> None:
    file = written(tmp_path / "bad.tif", SLOPE.astype(np.int16), **profile)
    with pytest.raises(BadGrid, match=reason):
        read_terrain(file, datum=Datum.MSL)


def test_feet_are_refused(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    file = written(tmp_path / "feet.tif", SLOPE.astype(np.int16))
    with rasterio.open(file, "r+") as out:
        out.units = ["US survey foot"]
    with pytest.raises(BadGrid, match="US survey foot"):
        read_terrain(file, datum=Datum.MSL)


def test_a_missing_or_foreign_file_is_refused_by_name(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    (tmp_path / "text.tif").write_text("not a raster")
    for name in ("none.tif", "N00E000.hgt", "text.tif"):
        with pytest.raises(BadGrid, match=name):
            read_terrain(tmp_path / name, datum=Datum.MSL)
