"""Points that stand for premises: a grid over the ground, the corners, and the same on the roof."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from geo.geodesy import Array, ecef, enu, enu_axes, geodetic
from geo.premises import Premises
from geo.terrain import Terrain

_POINTS = 200  # a grid gets coarser beyond so many, up to the coarsest allowed
_MOST_CELLS = 20_000  # 2 km2 of 10 m: whole districts get coarser cells still


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Points of one premises, also in the plane that touches the ellipsoid there."""

    lat_deg: Array
    lon_deg: Array
    height_m: Array
    """In the terrain's datum."""
    enu_m: Array
    """(n, 3) east, north and up of the origin."""
    origin_m: Array
    """(3,) ECEF, on the ellipsoid."""
    axes: Array
    """(3, 3) east, north, up at the origin: rows in ECEF."""
    centre_m: Array
    """(3,) of a ball around the points, east, north, up."""
    radius_m: float

    def thinned(self, count: int) -> Samples:
        """About ``count`` of the points, evenly chosen."""
        rows = np.unique(np.linspace(0, len(self.lat_deg) - 1, count).astype(int))
        return _samples(
            self.lat_deg[rows], self.lon_deg[rows], self.height_m[rows], self.origin_m, self.axes
        )


def sample(
    place: Premises, terrain: Terrain, *, grid_m: float, coarsest_m: float
) -> Samples | None:
    """The middles of cells, and the corners, on the ground and on the roof if it is known.

    Cells are at most ``grid_m`` wide and fill the outline's box; on large premises they are wider,
    up to ``coarsest_m``, and over that only on boxes beyond 2 km2. Corners that leave the outline
    by less than half a cell are left out. A point has itself. None where the terrain has no height
    under some of it, or the premises have no place.
    """
    if place.geometry.is_empty:
        return None
    east, north, origin, axes = _flat_points(place, grid_m=grid_m, coarsest_m=coarsest_m)
    on_plane = np.stack([east, north, np.zeros_like(east)], axis=-1) @ axes + origin
    lat, lon, _ = geodetic(*on_plane.T)
    ground = terrain.height_m(lat, lon)
    if not np.all(np.isfinite(ground)):
        return None
    heights = [ground] if place.height_m is None else [ground, ground + place.height_m]
    count = len(heights)
    return _samples(np.tile(lat, count), np.tile(lon, count), np.concatenate(heights), origin, axes)


def _flat_points(
    place: Premises, *, grid_m: float, coarsest_m: float
) -> tuple[Array, Array, Array, Array]:
    """East and north of the points in metres, the origin (3,) in ECEF and the axes (3, 3) there."""
    outline, origin, axes = local_outline(place)
    west, south, east, north = outline.bounds
    step_m = min(max(grid_m, math.sqrt(outline.area / _POINTS)), max(grid_m, coarsest_m))
    step_m = max(step_m, math.sqrt((east - west) * (north - south) / _MOST_CELLS))
    bends = shapely.get_coordinates(shapely.simplify(outline, step_m / 2))
    corners = np.unique(bends.round(6), axis=0)
    points = np.concatenate([_grid(outline, step_m), corners])
    return points[:, 0], points[:, 1], origin, axes


def local_outline(place: Premises) -> tuple[shapely.Geometry, Array, Array]:
    """The outline in metres east and north of a point in it, that point in ECEF, its axes."""
    inside = place.geometry.representative_point()
    lat0, lon0 = inside.y, inside.x

    def metres(lonlat: Array) -> Array:
        east, north, _ = enu(lonlat[:, 1], lonlat[:, 0], 0.0, lat0, lon0, 0.0)
        return np.stack([east, north], axis=-1)

    outline = shapely.transform(place.geometry, metres)
    return outline, np.stack(ecef(lat0, lon0, 0.0)), enu_axes(lat0, lon0)


def _grid(outline: shapely.Geometry, step_m: float) -> Array:
    west, south, east, north = outline.bounds
    x, y = _middles(west, east, step_m), _middles(south, north, step_m)
    cells = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(outline)
    kept: Array = cells[shapely.contains_xy(outline, cells[:, 0], cells[:, 1])]
    return kept


def _middles(low: float, high: float, step_m: float) -> Array:
    count = max(1, math.ceil((high - low) / step_m))
    return low + (high - low) * (np.arange(count) + 0.5) / count


def _samples(lat: Array, lon: Array, height: Array, origin: Array, axes: Array) -> Samples:
    metres = (np.stack(ecef(lat, lon, height), axis=-1) - origin) @ axes.T
    centre = (metres.min(axis=0) + metres.max(axis=0)) / 2
    return Samples(
        lat_deg=lat,
        lon_deg=lon,
        height_m=height,
        enu_m=metres,
        origin_m=origin,
        axes=axes,
        centre_m=centre,
        radius_m=float(np.linalg.norm(metres - centre, axis=-1).max()),
    )
