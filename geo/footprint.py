"""The ground that a picture may show: an outline that is rather too large than too small."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.camera import Camera
from geo.geodesy import Array, east_north
from geo.pose import Pose
from geo.rays import Views, cut, directions, reach

FAR_M = 2000.0
"""Nothing further away is told apart: at 84 degrees and 4,000 pixels one of them is a metre."""
EDGE = 5
"""Pixels looked through along each edge."""
SPARE_M, SPARE_SHARE = 20.0, 0.05
"""The outline is widened by this, and this share of its size, for errors of pose and ground."""


def footprint(pose: Pose, camera: Camera, ground_m: float) -> BaseGeometry:
    """The outline in metres east and north of the camera; ``ground_m`` is of the pose's datum.

    The convex hull of where the picture's edges meet level ground; what does not meet it within
    `FAR_M`, such as a view of the horizon, reaches that far.
    """
    u_px, v_px = _edges(camera)
    views = Views.of([pose])
    rays = directions(camera, views, u_px, v_px)
    hits = cut(views, rays, ground_m)
    level = rays * (1.0, 1.0, 0.0)
    level /= np.linalg.norm(level, axis=-1, keepdims=True)
    far = reach(views, level, FAR_M)
    near = hits.range_m <= FAR_M
    lat_deg = np.where(near, hits.lat_deg, far.lat_deg)
    lon_deg = np.where(near, hits.lon_deg, far.lon_deg)
    east_m, north_m = east_north(lat_deg, lon_deg, pose.lat_deg, pose.lon_deg)
    shown = np.isfinite(east_m) & np.isfinite(north_m)
    outline = shapely.MultiPoint(np.stack([east_m, north_m], axis=-1)[shown]).convex_hull
    west_m, south_m, right_m, top_m = outline.bounds
    spare_m = SPARE_M + SPARE_SHARE * max(right_m - west_m, top_m - south_m)
    return outline.buffer(spare_m)


def _edges(camera: Camera) -> tuple[Array, Array]:
    across = np.linspace(0.0, camera.width_px, EDGE)
    along = np.linspace(0.0, camera.height_px, EDGE)
    zero, one = np.zeros(EDGE), np.ones(EDGE)
    u_px = np.concatenate([across, across, zero, one * camera.width_px])
    v_px = np.concatenate([zero, one * camera.height_px, along, along])
    return u_px, v_px
