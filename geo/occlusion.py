"""What stands between: buildings, as their premises' outlines raised to the roof, and hills.

A sight line runs straight from a point up to the camera, so it is hidden by a wall if it crosses
it below its top. No line that is steeper than the nearest wall's top seen from the point is looked
at, which is nearly all of them on a patrol that looks down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geo.angles import turn_deg
from geo.geodesy import Array
from geo.premises import Premises
from geo.sampling import Samples, local_outline
from geo.sight import Eyes, Mask, Rows, Sight
from geo.terrain import FlatTerrain, Terrain

WALL_INSET_M = 0.05
"""Walls stand so far inside their outline: neighbours who share a fence do not touch."""

_TERRAIN_STEPS = 64
_TERRAIN_LOOK_M = 30.0  # between the heights that bound a hill's horizon: one arc second
_SKIN_M = 0.1  # a line this little under the ground still passes
_PAIRS = 1 << 17  # sight lines at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Walls from the ground to one roof."""

    premises_id: str
    corners_m: tuple[Array, ...]
    """The rings of the roof, (k, 3) each in ECEF."""
    centre_m: Array
    """(3,) ECEF."""
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildings:
    """All of them, and where they are as arrays."""

    each: tuple[Building, ...]
    centres_m: Array
    """(b, 3) ECEF."""
    radii_m: Array

    @classmethod
    def of(cls, premises: Sequence[Premises], terrain: Terrain) -> Buildings:
        """The premises with a height, standing on the terrain; those off it hide nothing."""
        raised = (_building(one, one.height_m, terrain) for one in premises if one.height_m)
        each = tuple(building for building in raised if building is not None)
        return cls(
            each=each,
            centres_m=np.array([building.centre_m for building in each]).reshape(-1, 3),
            radii_m=np.array([building.radius_m for building in each]),
        )

    def before(self, samples: Samples, rise: float) -> list[Building]:
        """Those that may stand before one of the points on lines that rise so much over their way.

        At ``rise`` 0 or below, all that stand higher.
        """
        apart = (self.centres_m - samples.origin_m) @ samples.axes.T
        way_m = np.linalg.norm(apart[:, :2] - samples.centre_m[:2], axis=-1)
        way_m = np.maximum(way_m - self.radii_m - samples.radius_m, 0.0)
        higher = apart[:, 2] + 1.0 > samples.enu_m[:, 2].min() + max(rise, 0.0) * way_m
        return [self.each[i] for i in np.flatnonzero(higher)]


def _building(place: Premises, height_m: float, terrain: Terrain) -> Building | None:
    if place.geometry.is_empty:
        return None
    outline, origin, axes = local_outline(place)
    inside = place.geometry.representative_point()
    ground_m = float(terrain.height_m(inside.y, inside.x))
    walls = shapely.buffer(outline, -WALL_INSET_M, join_style="mitre")
    if walls.is_empty or not np.isfinite(ground_m):
        return None

    def roof(ring: shapely.Geometry) -> Array:
        flat = shapely.get_coordinates(ring)
        high = np.full((len(flat), 1), ground_m + height_m)
        return np.hstack([flat, high]) @ axes + origin

    rings = tuple(roof(ring) for ring in shapely.get_rings(shapely.get_parts(walls)))
    corners = np.concatenate(rings)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return Building(
        premises_id=place.premises_id,
        corners_m=rings,
        centre_m=centre,
        radius_m=float(np.linalg.norm(corners - centre, axis=-1).max()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """One building as a premises' points meet it, in metres east and north of their origin."""

    edges_m: Array
    """(k, 4) from east, north to east, north."""
    top_m: float
    """Above the plane of the premises' origin."""
    steepest: Array
    """(n,) rise over way to the nearest wall's top; lines from a point steeper than this pass."""


class Screen:
    """What may hide the points of one premises.

    Premises do not hide their own points, nor those of others inside their outline: where on its
    plot a building stands is not known.
    """

    def __init__(
        self,
        samples: Samples,
        premises_id: str,
        standing: Buildings,
        terrain: Terrain,
        *,
        reach_m: float,
    ) -> None:
        """No line is longer than ``reach_m``."""
        self._samples = samples
        self._own = premises_id
        self._standing = standing
        self._terrain = terrain
        self._reach_m = reach_m
        self._walls: dict[str, Wall] = {}

    def hidden(self, eyes: Eyes, rows: Rows, seen: Sight, asked: Mask) -> Mask:
        """Which of the asked sight lines of (m, n) are cut; False where not asked."""
        hidden = np.zeros_like(asked)
        camera, point = np.nonzero(asked)
        for start in range(0, len(camera), _PAIRS):
            part = slice(start, start + _PAIRS)
            hidden[camera[part], point[part]] = self._cut(
                eyes, rows, seen, camera[part], point[part]
            )
        return hidden

    def _cut(self, eyes: Eyes, rows: Rows, seen: Sight, camera: Rows, point: Rows) -> Mask:
        up = seen.up_m[camera, point]
        rise = up / np.maximum(seen.along_m[camera, point], 1e-9)
        cut = np.zeros(len(camera), bool)
        for building in self._standing.before(self._samples, float(rise.min())):
            if building.premises_id == self._own:
                continue
            wall = self._wall(building)
            low = np.flatnonzero((rise < wall.steepest[point]) & ~cut)
            if low.size:
                here = seen.here_m[camera[low]]
                cut[low] = _crosses(wall, self._samples.enu_m[point[low]], here)
        low = np.flatnonzero((rise < self._hills) & ~cut)
        if low.size:
            cut[low] = self._under(eyes, rows[camera[low]], point[low])
        return cut

    def _wall(self, building: Building) -> Wall:
        if building.premises_id not in self._walls:
            self._walls[building.premises_id] = _wall(building, self._samples)
        return self._walls[building.premises_id]

    @cached_property
    def _hills(self) -> float:
        if isinstance(self._terrain, FlatTerrain):
            return -np.inf
        return _steepest_hill(self._terrain, self._samples, self._reach_m)

    def _under(self, eyes: Eyes, row: Rows, point: Rows) -> Mask:
        """Whether the ground rises over the line at one of evenly spaced places on it."""
        samples, views = self._samples, eyes.views
        share = np.arange(1, _TERRAIN_STEPS + 1)[:, None] / (_TERRAIN_STEPS + 1)
        lat, lon = samples.lat_deg[point], samples.lon_deg[point]
        height = samples.height_m[point]
        ground = self._terrain.height_m(
            lat + share * (views.lat_deg[row] - lat),
            lon + share * turn_deg(lon, views.lon_deg[row]),
        )
        under: Mask = np.any(
            ground > height + share * (views.height_m[row] - height) + _SKIN_M, axis=0
        )
        return under


def _wall(building: Building, samples: Samples) -> Wall:
    rings = [(ring - samples.origin_m) @ samples.axes.T for ring in building.corners_m]
    edges = np.concatenate([np.hstack([ring[:-1, :2], ring[1:, :2]]) for ring in rings])
    top_m = float(np.mean([ring[:, 2].mean() for ring in rings]))
    east, north, up = samples.enu_m.T
    away_m = _distance_m(edges, east, north)
    steepest = np.where(
        _contains(edges, east, north), -np.inf, (top_m - up) / np.maximum(away_m, 1e-9)
    )
    return Wall(edges_m=edges, top_m=top_m, steepest=steepest)


def _distance_m(edges: Array, east: Array, north: Array) -> Array:
    """From points (n,) to the nearest of the edges (k, 4)."""
    x0, y0, x1, y1 = (side[:, None] for side in edges.T)
    way2 = np.maximum((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-18)
    share = np.clip(((east - x0) * (x1 - x0) + (north - y0) * (y1 - y0)) / way2, 0, 1)
    away: Array = np.hypot(x0 + share * (x1 - x0) - east, y0 + share * (y1 - y0) - north).min(
        axis=0
    )
    return away


def _contains(edges: Array, east: Array, north: Array) -> Mask:
    """Whether points lie within rings given as edges: an odd number of them lies to the east."""
    x0, y0, x1, y1 = (side[:, None] for side in edges.T)
    spans = (y0 <= north) != (y1 <= north)
    rise = np.where(spans, y1 - y0, 1.0)
    odd: Mask = np.sum(spans & (east < x0 + (north - y0) / rise * (x1 - x0)), axis=0) % 2 == 1
    return odd


def _crosses(wall: Wall, points: Array, cameras: Array) -> Mask:
    """Whether lines between rows of points and of cameras cross a wall below its top."""
    way_e, way_n, way_u = (cameras - points).T
    cut = np.zeros(len(points), bool)
    for x0, y0, x1, y1 in wall.edges_m:
        along_e, along_n = x1 - x0, y1 - y0
        from_e, from_n = x0 - points[:, 0], y0 - points[:, 1]
        turn = way_e * along_n - way_n * along_e
        safe = np.where(turn == 0, 1.0, turn)
        share = (from_e * along_n - from_n * along_e) / safe
        place = (from_e * way_n - from_n * way_e) / safe
        low = points[:, 2] + share * way_u < wall.top_m
        cut |= (turn != 0) & (share > 0) & (share < 1) & (place >= 0) & (place <= 1) & low
    return cut


def _steepest_hill(terrain: Terrain, samples: Samples, reach_m: float) -> float:
    """No line from the points rising more than this over its way meets the ground.

    As far as heights 30 m apart tell. The way is counted from the premises' edge.
    """
    side = np.arange(-reach_m - samples.radius_m, reach_m + samples.radius_m, _TERRAIN_LOOK_M)
    east, north = np.meshgrid(side + samples.centre_m[0], side + samples.centre_m[1])
    metres_lat = 111_000.0
    lat0, lon0 = samples.lat_deg[0], samples.lon_deg[0]
    e0, n0, _ = samples.enu_m[0]
    lat = lat0 + (north - n0) / metres_lat
    lon = lon0 + (east - e0) / (metres_lat * np.cos(np.radians(lat0)))
    away = np.hypot(east - samples.centre_m[0], north - samples.centre_m[1]) - samples.radius_m
    rise = terrain.height_m(lat, lon) - samples.height_m.min()
    slopes = rise / np.maximum(away, _TERRAIN_LOOK_M)
    return float(np.nanmax(slopes, initial=-np.inf))
