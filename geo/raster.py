"""Regular grids in latitude and longitude: elevation models and geoids."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.angles import wrap_deg
from geo.errors import BadGrid
from geo.geodesy import Array

_HGT_VOID = -32768
_METRES_PER_DEG = math.radians(6_335_439.0)
_ROUNDING = 1e-6  # of a cell: a place on the outermost node is inside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Values at nodes, row 0 the northernmost, column 0 the westernmost; nan where unknown.

    A pixel that stands for an area has its node in the middle of that area.
    """

    values: NDArray[np.float32]
    north_deg: float
    west_deg: float
    lat_step_deg: float
    lon_step_deg: float

    def at(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Bilinear between the four nodes around; nan outside, and where one of them is unknown."""
        rows, columns = self.values.shape
        y, x = self.steps(lat_deg, lon_deg)
        inside = (y >= -_ROUNDING) & (y <= rows - 1 + _ROUNDING)
        inside &= (x >= -_ROUNDING) & (x <= columns - 1 + _ROUNDING)
        y, x = np.where(inside, y, 0.0), np.where(inside, x, 0.0)
        row = np.clip(y.astype(np.intp), 0, rows - 2)
        column = np.clip(x.astype(np.intp), 0, columns - 2)
        y, x = y - row, x - column
        flat, corner = self.values.reshape(-1), row * columns + column
        top = flat[corner] * (1 - x) + flat[corner + 1] * x
        bottom = flat[corner + columns] * (1 - x) + flat[corner + columns + 1] * x
        return np.where(inside, top * (1 - y) + bottom * y, np.nan)

    def steps(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """How many rows south and columns east of the first node a place is, whole or not."""
        half_deg = (self.values.shape[1] - 1) * self.lon_step_deg / 2
        east_deg = wrap_deg(np.asarray(lon_deg, float) - (self.west_deg + half_deg))
        y = (self.north_deg - np.asarray(lat_deg, float)) / self.lat_step_deg
        return y, (east_deg + half_deg) / self.lon_step_deg

    def step_m(self, lat_deg: ArrayLike) -> tuple[Array, float]:
        """How far apart nodes are at a latitude: from west to east, and from north to south.

        On a sphere of the ellipsoid's least radius of curvature: up to 1 % less than in truth, and
        never more.
        """
        across: Array = np.maximum(np.cos(np.radians(np.asarray(lat_deg, float))), 1e-6)
        return across * self.lon_step_deg * _METRES_PER_DEG, self.lat_step_deg * _METRES_PER_DEG

    def lats_deg(self) -> Array:
        """The latitude of each row."""
        return self.north_deg - self.lat_step_deg * np.arange(self.values.shape[0], dtype=float)

    def lons_deg(self) -> Array:
        """The longitude of each column; it may run past 180."""
        return self.west_deg + self.lon_step_deg * np.arange(self.values.shape[1], dtype=float)


def hgt(data: bytes, name: str) -> Grid:
    """The grid of an SRTM tile: big-endian 16 bit heights at nodes on whole degrees.

    The name's stem is the south-west corner, as in N32E118.hgt; a side has 1201 or 3601 nodes, the
    first row is the northern edge, and -32768 is a void.

    Raises:
        BadGrid: another size, or a name that says no corner.
    """
    south_deg, west_deg = _corner(name)
    side = math.isqrt(len(data) // 2)
    if side not in (1201, 3601) or len(data) != 2 * side**2:
        raise BadGrid(name, f"{len(data)} bytes are not the heights of an HGT tile")
    heights = np.frombuffer(data, ">i2").reshape(side, side)
    return Grid(
        values=np.where(heights == _HGT_VOID, np.nan, heights).astype(np.float32),
        north_deg=south_deg + 1,
        west_deg=west_deg,
        lat_step_deg=1 / (side - 1),
        lon_step_deg=1 / (side - 1),
    )


def _corner(name: str) -> tuple[float, float]:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0].upper()
    try:
        lat, lon = int(stem[1:3]), int(stem[4:7])
        signs = {"N": 1, "S": -1}[stem[0]], {"E": 1, "W": -1}[stem[3]]
    except (ValueError, KeyError, IndexError):
        raise BadGrid(name, "the name does not say the south-west corner (N32E118.hgt)") from None
    return float(signs[0] * lat), float(signs[1] * lon)
