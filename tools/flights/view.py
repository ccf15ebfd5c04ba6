"""The renderer's own pinhole camera, in metres east, north and up of the district's centre.

It shares no code with `geo/`, so that the truth it gives can test that room. Positions go to
WGS84 through pymap3d. The ground is the plane that touches the ellipsoid at the centre: 300 m
away it lies 7 mm above the ellipsoid, and no flight looks at a source further out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pymap3d
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CENTRE_LAT_DEG, CENTRE_LON_DEG, CENTRE_HEIGHT_M = 31.95, 118.84, 12.0
WIDTH_PX, HEIGHT_PX, HFOV_DEG = 1280, 720, 71.5


def to_wgs84(enu_m: ArrayLike) -> tuple[float, float, float]:
    """Latitude, longitude (degrees) and ellipsoid height (metres) of a point of the district."""
    east, north, up = np.asarray(enu_m, float)
    lat, lon, height = pymap3d.enu2geodetic(
        east, north, up, CENTRE_LAT_DEG, CENTRE_LON_DEG, CENTRE_HEIGHT_M
    )
    return float(lat), float(lon), float(height)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera with square pixels and its axis through the middle of the picture.

    Yaw is clockwise from north (of the district's plane), pitch positive upwards, roll clockwise
    as seen from behind. Pixels count from the top left corner of the top left one.
    """

    at_m: tuple[float, float, float]
    yaw_deg: float
    pitch_deg: float
    roll_deg: float = 0.0
    scale: float = 1.0
    """Of the picture, for supersampling."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return round(WIDTH_PX * self.scale), round(HEIGHT_PX * self.scale)

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return self.size_px[0] / 2 / math.tan(math.radians(HFOV_DEG) / 2)

    @property
    def axes(self) -> Floats:
        """Right, down and forward as the rows of a 3 x 3 rotation from the district."""
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        forward = np.array(
            [math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)]
        )
        level = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        down = np.cross(forward, level)
        right = level * math.cos(roll) + down * math.sin(roll)
        return np.array([right, down * math.cos(roll) - level * math.sin(roll), forward])

    @property
    def matrix(self) -> Floats:
        """3 x 4: homogeneous district coordinates to homogeneous pixels."""
        width, height = self.size_px
        intrinsics = np.array(
            [[self.focal_px, 0, width / 2], [0, self.focal_px, height / 2], [0, 0, 1]]
        )
        axes = self.axes
        offset = -axes @ np.array(self.at_m)
        return np.asarray(intrinsics @ np.column_stack([axes, offset]), float)

    def project(self, points_m: ArrayLike) -> tuple[Floats, Floats]:
        """Pixels (n x 2) and depths along the axis (n) of points (n x 3)."""
        points = np.atleast_2d(np.asarray(points_m, float))
        rows = points @ self.matrix[:, :3].T + self.matrix[:, 3]
        depth = rows[:, 2]
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        return rows[:, :2] / safe[:, None], depth
