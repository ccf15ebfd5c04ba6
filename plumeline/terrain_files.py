"""Terrain and geoid files: geo/ opens none, so they are opened where premises files are.

HGT and GTX are read with numpy alone; GeoTIFF, ASC and DTED need rasterio (extra ``terrain``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geo.errors import BadGrid
from geo.geoid import Geoid, gtx
from geo.pose import Datum
from geo.raster import Grid, hgt
from geo.terrain import RasterTerrain

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

WGS84 = "EPSG:4326"
LARGEST = 50_000_000
"""Heights of one model: four tiles of one arc second. Cut larger ones to the patrol's area."""

_METRES = (None, "", "m", "metre", "metres", "meter", "meters")


def read_terrain(
    file: Path, *, datum: Datum, crs: str | None = None, sigma_m: float = 4.0
) -> RasterTerrain:
    """The elevation model in a file.

    What its heights are measured from is the caller's to say: files do not, or not reliably.
    ``crs`` is for files that name no coordinate system (most ASC). GDAL places the nodes: the
    middle of an area pixel, the point itself of a point pixel (AREA_OR_POINT). A model in metres or
    turned is resampled bilinearly to latitude and longitude at its own resolution.

    Raises:
        BadGrid: not readable, not one elevation model, no coordinate system, too large, rasterio
            missing.
    """
    grid = hgt(_bytes(file), file.name) if file.suffix.lower() == ".hgt" else _raster(file, crs)
    return RasterTerrain(grid=grid, datum=datum, sigma_m=sigma_m, source=str(file))


def read_geoid(file: Path) -> Geoid:
    """The geoid in a GTX file, such as egm96_15.gtx of Debian's proj-data.

    Raises:
        BadGrid: not readable, or not such a grid.
    """
    return gtx(_bytes(file), file.name)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise BadGrid(str(file), exc.strerror or str(exc)) from exc


def _raster(file: Path, crs: str | None) -> Grid:
    try:
        import rasterio  # noqa: PLC0415 - an extra
        from rasterio.vrt import WarpedVRT  # noqa: PLC0415
    except ImportError as exc:
        raise BadGrid(str(file), "needs rasterio: pip install 'plumeline[terrain]'") from exc
    try:
        with rasterio.open(file) as found:
            named = found.crs or crs
            if named is None:
                raise BadGrid(str(file), "names no coordinate system: say which one it is in")
            at = found.transform
            if rasterio.CRS.from_user_input(named) == rasterio.CRS.from_epsg(4326) and (
                at.b == at.d == 0 < at.a and at.e < 0
            ):
                return _grid(found, file)
            with WarpedVRT(
                found,
                src_crs=named,
                crs=WGS84,
                resampling=rasterio.enums.Resampling.bilinear,
                nodata=np.nan,
                dtype="float32",
                tolerance=0,  # without these GDAL is an eighth of a pixel off, and smooths
                XSCALE=1,
                YSCALE=1,
            ) as turned:
                return _grid(turned, file)
    except (rasterio.errors.RasterioError, rasterio.errors.CRSError) as exc:
        raise BadGrid(str(file), str(exc)) from exc


def _grid(found: DatasetReader, file: Path) -> Grid:
    if found.count != 1:
        raise BadGrid(str(file), f"{found.count} bands are not one elevation model")
    if found.width * found.height > LARGEST:
        raise BadGrid(str(file), f"{found.width} x {found.height} heights are too many")
    if found.units[0] not in _METRES:
        raise BadGrid(str(file), f"heights in {found.units[0]}, not in metres")
    if min(found.width, found.height) < 2:
        raise BadGrid(str(file), f"{found.width} x {found.height} heights are too few")
    heights = found.read(1, masked=True).astype(np.float32)
    scale, offset = found.scales[0], found.offsets[0]
    at = found.transform
    return Grid(
        values=heights.filled(np.nan) * np.float32(scale) + np.float32(offset),
        north_deg=at.f + at.e / 2,
        west_deg=at.c + at.a / 2,
        lat_step_deg=-at.e,
        lon_step_deg=at.a,
    )
