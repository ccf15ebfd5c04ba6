"""The ground a ray is cut with: of one height, or an elevation model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import BadGrid
from geo.geodesy import SEMI_MINOR_M, Array, ecef, enu_axes, geodetic
from geo.ground import Method
from geo.pose import Datum, Pose
from geo.raster import Grid
from geo.rays import Hits, Views, cut

MAX_RANGE_M = 20_000.0
"""No ray is followed over an elevation model further than this."""

BLOCK = 16
"""Cells on a side of the blocks whose steepest slope is known."""

_EXACT_M = 1e-6
_MARGIN_M = 0.01


class Terrain(Protocol):
    """The height of the ground, from a stated datum and with a stated uncertainty."""

    @property
    def datum(self) -> Datum:
        """What the heights are measured from."""
        ...

    @property
    def sigma_m(self) -> float:
        """One standard deviation of a height."""
        ...

    @property
    def method(self) -> Method:
        """What a point found on it is called."""
        ...

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Heights at positions that broadcast together; nan where nothing is known."""
        ...

    def slopes(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """How much the ground rises per metre east and per metre north; nan where unknown."""
        ...

    def meet(self, views: Views, rays: Array) -> Hits:
        """Where rays (..., 3; east, north, up at the camera) first meet the ground; nan: nowhere.

        A ray that starts at or below the ground meets nothing.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTerrain:
    """Ground of one height everywhere: the take-off point's, unless told otherwise.

    The sigma is that of a public elevation model (SRTM 5.7-8.6 m, NASADEM 3.7 m RMSE).
    """

    ground_m: float = 0.0
    datum: Datum = Datum.TAKEOFF
    sigma_m: float = 4.0

    @property
    def method(self) -> Method:
        """Flat."""
        return Method.FLAT

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """The same height for every position."""
        return np.full(np.broadcast_shapes(np.shape(lat_deg), np.shape(lon_deg)), self.ground_m)

    def slopes(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """Level everywhere."""
        level = np.zeros(np.broadcast_shapes(np.shape(lat_deg), np.shape(lon_deg)))
        return level, level

    def meet(self, views: Views, rays: Array) -> Hits:
        """The ellipsoid raised by the ground's height, cut exactly (`geo.rays.cut`)."""
        return cut(views, rays, self.ground_m)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RasterTerrain:
    """An elevation model: heights at nodes, bilinear between them, nothing known outside.

    The file does not say reliably what its heights are measured from, so whoever loads it does.

    Raises:
        BadGrid: no height at all.
    """

    grid: Grid
    datum: Datum
    sigma_m: float = 4.0
    source: str = "elevation model"
    lowest_m: float = field(init=False)
    highest_m: float = field(init=False)
    steepest: Array = field(init=False)
    """For each block of `BLOCK` cells: no metre of way on it or its neighbours rises by more."""

    def __post_init__(self) -> None:
        values = self.grid.values
        if not np.any(np.isfinite(values)):
            raise BadGrid(self.source, "holds no height")
        object.__setattr__(self, "lowest_m", float(np.nanmin(values)))
        object.__setattr__(self, "highest_m", float(np.nanmax(values)))
        object.__setattr__(self, "steepest", _steepest(self.grid))

    @property
    def method(self) -> Method:
        """Terrain."""
        return Method.TERRAIN

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Bilinear; nan outside the grid and beside a void."""
        return self.grid.at(lat_deg, lon_deg)

    def slopes(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """Over one cell around the place."""
        lat, lon = np.asarray(lat_deg, float), np.asarray(lon_deg, float)
        half_lat, half_lon = self.grid.lat_step_deg / 2, self.grid.lon_step_deg / 2
        across_m, along_m = self.grid.step_m(lat)
        east = self.grid.at(lat, lon + half_lon) - self.grid.at(lat, lon - half_lon)
        north = self.grid.at(lat + half_lat, lon) - self.grid.at(lat - half_lat, lon)
        return east / across_m, north / along_m

    def meet(self, views: Views, rays: Array) -> Hits:
        """March and bisection, within 1e-6 m along the ray.

        A ray is free for its clearance / (its sinking + the steepest slope around), and at most
        for a block: no hill is stepped over. Close to the ground the step is a 64th of a cell
        instead, and only a crest cut for less is missed.
        """
        start, toward, shape = _lines(views, rays)
        top = cut(views, rays, self.highest_m + _MARGIN_M).range_m
        bottom = cut(views, rays, self.lowest_m - _MARGIN_M).range_m
        near = np.nan_to_num(top)
        far = np.fmin(bottom, MAX_RANGE_M)
        sinking = np.maximum(-rays[..., 2], 0.0) + far / SEMI_MINOR_M
        near, far, sinking = (np.broadcast_to(a, shape).reshape(-1) for a in (near, far, sinking))
        along = self._bisect(start, toward, *self._march(start, toward, near, far, sinking))
        lat, lon, _ = _places(start, toward, along)
        return Hits(
            lat_deg=lat.reshape(shape), lon_deg=lon.reshape(shape), range_m=along.reshape(shape)
        )

    def _march(
        self, start: Array, toward: Array, near: Array, far: Array, sinking: Array
    ) -> tuple[Array, Array]:
        """The last range known free and the first known met, nan where the ray meets nothing."""
        free, met = near.copy(), np.full_like(near, np.nan)
        across_m, along_m = self.grid.step_m(self.grid.lats_deg())
        least_m, most_m = along_m / 64, BLOCK * min(along_m, float(np.min(across_m)))
        rows, along = np.arange(near.size), near
        while rows.size:
            lat, lon, height_m = _places(start[rows], toward[rows], along)
            clear_m = height_m - self.grid.at(lat, lon)
            hit = (clear_m <= 0) & (along > near[rows])
            met[rows[hit]] = along[hit]
            on = (clear_m > 0) & (along < far[rows])
            rows, along, clear_m = rows[on], along[on], clear_m[on]
            free[rows] = along
            y, x = (steps.astype(np.intp) // BLOCK for steps in self.grid.steps(lat[on], lon[on]))
            step_m = np.minimum(clear_m / (sinking[rows] + self.steepest[y, x] + 1e-3), most_m)
            along = np.minimum(along + np.maximum(step_m, least_m), far[rows])
        return free, met

    def _bisect(self, start: Array, toward: Array, free: Array, met: Array) -> Array:
        rows = np.flatnonzero(np.isfinite(met))
        start, toward, low, high = start[rows], toward[rows], free[rows], met[rows]
        while rows.size and np.max(high - low) > _EXACT_M:
            middle = (low + high) / 2
            lat, lon, height_m = _places(start, toward, middle)
            above = height_m > self.grid.at(lat, lon)
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        met[rows] = (low + high) / 2
        return met


def above_takeoff(pose: Pose, terrain: Terrain, lat_deg: float, lon_deg: float) -> Pose | None:
    """A pose above take-off as one in the terrain's datum; None where the terrain is unknown there.

    The errors of the terrain and of the geoid near the take-off point cancel this way: without RTK
    it is the best height there is.
    """
    ground_m = float(terrain.height_m(lat_deg, lon_deg))
    if not np.isfinite(ground_m):
        return None
    return replace(pose, height_m=pose.height_m + ground_m, datum=terrain.datum)


def _lines(views: Views, rays: Array) -> tuple[Array, Array, tuple[int, ...]]:
    """Starts and unit directions (n, 3) in ECEF, and the shape to give back."""
    start = np.stack(ecef(views.lat_deg, views.lon_deg, views.height_m), axis=-1)
    toward = np.einsum("...i,...ij->...j", rays, enu_axes(views.lat_deg, views.lon_deg))
    start, toward = np.broadcast_arrays(start, toward)
    return start.reshape(-1, 3), toward.reshape(-1, 3), start.shape[:-1]


def _places(start: Array, toward: Array, along_m: Array) -> tuple[Array, Array, Array]:
    return geodetic(*np.moveaxis(start + along_m[:, None] * toward, -1, 0))


def _steepest(grid: Grid) -> Array:
    """The largest slope of each block of cells and the eight around it."""
    across_m, along_m = grid.step_m(grid.lats_deg())
    east = np.nan_to_num(np.abs(np.diff(grid.values, axis=1)) / across_m[:, None])
    north = np.nan_to_num(np.abs(np.diff(grid.values, axis=0)) / along_m)
    cells = np.hypot(
        np.maximum(east[1:], east[:-1]), np.maximum(north[:, 1:], north[:, :-1])
    )  # fmt: skip
    rows, columns = (side // BLOCK + 1 for side in cells.shape)
    blocks = np.zeros((rows * BLOCK, columns * BLOCK))
    blocks[: cells.shape[0], : cells.shape[1]] = cells
    blocks = blocks.reshape(rows, BLOCK, columns, BLOCK).max(axis=(1, 3))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(blocks, 1), (3, 3))
    steepest: Array = around.max(axis=(2, 3))
    return steepest
