"""Which points a camera has in its picture: many poses against many points, without loops.

The same projection as `geo.rays.project`, with what does not change taken out of it, and the
picture drawn in by the pose's error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.camera import Camera
from geo.geodesy import Array, ecef, enu_axes
from geo.lens import Lens
from geo.pose import Pose
from geo.rays import Views, camera_axes
from geo.sampling import Samples

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Cameras in the world: one row each."""

    views: Views
    ecef_m: Array
    """(m, 3)."""
    axes: Array
    """(m, 3, 3) forward, right, down: rows in ECEF."""
    optics: Array
    """(m, 6) fx, fy, cx, cy, width, height in px."""
    lenses: tuple[Lens, ...]
    lens: Rows
    """Which of them each row has."""
    half_view_rad: Array
    """How far off the axis the picture reaches."""
    turned: Array
    """(m, 2) px, across and down, that the angles' error moves a point at the picture's edge."""
    moved: Array
    """(m, 2) px metres: over the range, what the position's error moves it by."""

    @classmethod
    def of(
        cls,
        poses: Sequence[Pose],
        cameras: Sequence[Camera],
        *,
        sigmas: float,
        terrain_sigma_m: float,
    ) -> Eyes:
        """One row for each pose and its camera; errors of so many sigmas."""
        views = Views.of(poses)
        lenses = tuple(dict.fromkeys(camera.lens for camera in cameras))
        half = {camera: _half_view_rad(camera) for camera in set(cameras)}
        optics = np.array([_optics(camera) for camera in cameras], float).reshape(-1, 6)
        turned, moved = _margins(poses, optics, terrain_sigma_m)
        return cls(
            views=views,
            ecef_m=np.stack(ecef(views.lat_deg, views.lon_deg, views.height_m), axis=-1),
            axes=camera_axes(views) @ enu_axes(views.lat_deg, views.lon_deg),
            optics=optics,
            lenses=lenses,
            lens=np.array([lenses.index(camera.lens) for camera in cameras], np.intp),
            half_view_rad=np.array([half[camera] for camera in cameras], float),
            turned=sigmas * turned,
            moved=sigmas * moved,
        )

    @property
    def focal_px(self) -> Array:
        """(m,) the shorter one."""
        focal: Array = self.optics[:, :2].min(axis=1)
        return focal

    def facing(self, samples: Samples, reach_m: Array) -> Rows:
        """The rows that may have one of the points in view and within ``reach_m`` (m,)."""
        centre = samples.origin_m + samples.centre_m @ samples.axes
        there = centre - self.ecef_m
        range_m = np.linalg.norm(there, axis=-1)
        rows = np.flatnonzero(range_m - samples.radius_m <= reach_m)
        range_m, there = range_m[rows], there[rows]
        forward = np.einsum("mi,mi->m", self.axes[rows, 0], there)
        with np.errstate(invalid="ignore", divide="ignore"):
            off_rad = np.arccos(np.clip(forward / range_m, -1, 1))
            ball_rad = np.arcsin(np.clip(samples.radius_m / range_m, 0, 1))
        apart = off_rad - ball_rad > self.half_view_rad[rows]
        found: Rows = rows[~(apart & (range_m > samples.radius_m))]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """(m, n) arrays, cameras by points, in metres but for the first."""

    in_picture: Mask
    range_m: Array
    up_m: Array
    """How far the camera is above the point, in the plane that touches at the premises."""
    along_m: Array
    """How far away it is in that plane."""
    here_m: Array
    """(m, 3) the cameras, east, north and up of the premises' origin."""


def sight(eyes: Eyes, rows: Rows, samples: Samples) -> Sight:
    """What the cameras of some rows make of the points."""
    here = (eyes.ecef_m[rows] - samples.origin_m) @ samples.axes.T
    axes = eyes.axes[rows] @ samples.axes.T
    points = samples.enu_m
    there = (axes.reshape(-1, 3) @ points.T).reshape(len(rows), 3, len(points))
    there -= np.einsum("mij,mj->mi", axes, here)[:, :, None]
    forward, right, down = there[:, 0], there[:, 1], there[:, 2]
    range2 = forward**2 + right**2 + down**2
    up = here[:, 2, None] - points[:, 2]
    inside = _inside(eyes, rows, (forward, right, down), range2)
    return Sight(
        in_picture=inside,
        range_m=np.sqrt(range2),
        up_m=up,
        along_m=np.sqrt(np.maximum(range2 - up**2, 0.0)),
        here_m=here,
    )


def _inside(eyes: Eyes, rows: Rows, there: tuple[Array, Array, Array], range2: Array) -> Mask:
    inside = np.zeros(range2.shape, bool)
    for number, lens in enumerate(eyes.lenses):
        own = eyes.lens[rows] == number
        if not own.any():
            continue
        every = own.all()
        plane = lens.plane(*(part if every else part[own] for part in there))
        near = range2 if every else range2[own]
        inside[own] = _within(eyes, rows[own], 0, plane[0], near)
        inside[own] &= _within(eyes, rows[own], 1, plane[1], near)
    return inside


def _within(eyes: Eyes, rows: Rows, axis: int, plane: Array, range2: Array) -> Mask:
    """Whether points fall between two opposite edges, each drawn in by the error there.

    nan, where the lens shows nothing, is not within.
    """
    focal, middle, size = (eyes.optics[rows, k + axis, None] for k in (0, 2, 4))
    turned, moved = eyes.turned[rows, axis, None], eyes.moved[rows, axis, None]
    room = size / 2 - np.abs(focal * plane + (middle - size / 2))
    if not turned.any() and not moved.any():
        return room >= 0
    return (room >= 0) & (room**2 >= turned**2 + moved**2 / np.maximum(range2, 1.0))


def _optics(camera: Camera) -> tuple[float, ...]:
    return (
        camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px, camera.width_px, camera.height_px
    )  # fmt: skip


def _half_view_rad(camera: Camera) -> float:
    """The widest angle off the axis along the picture's edge; all round where a lens has none."""
    run = np.linspace(0.0, 1.0, 9)
    low, high = np.zeros_like(run), np.ones_like(run)
    u = np.concatenate([run, run, low, high]) * camera.width_px
    v = np.concatenate([low, high, run, run]) * camera.height_px
    forward = camera.directions(u, v)[..., 0]
    if not np.all(np.isfinite(forward)):
        return math.pi
    return float(np.arccos(np.clip(forward.min(), -1, 1))) + math.radians(1.0)


def _margins(poses: Sequence[Pose], optics: Array, terrain_sigma_m: float) -> tuple[Array, Array]:
    """One sigma of where a point at the edge falls: from angles in px, from position in px metres.

    First order, each edge taken where it is worst. With the edges at X and Y focal lengths from
    the middle, a turn about the picture's vertical moves a point at its side by 1 + X^2, one about
    its horizontal by X Y, one about the axis by Y; the aircraft's yaw is the first at a level
    camera and the third at one that looks straight down.
    """
    said = [
        (one.sigmas.yaw_deg, one.sigmas.pitch_deg, one.sigmas.roll_deg, one.pitch_deg)
        for one in poses
    ]
    yaw, pitch, roll, tilt = np.radians(said).T
    errors = [(one.sigmas.horizontal_m, one.sigmas.height_m, terrain_sigma_m) for one in poses]
    place_m = np.linalg.norm(errors, axis=-1)
    turned, moved = [], []
    for this, other in ((0, 1), (1, 0)):
        x, y = (
            np.maximum(optics[:, 2 + k], optics[:, 4 + k] - optics[:, 2 + k]) / optics[:, k]
            for k in (this, other)
        )
        swing, nod = (1 + x**2, x * y) if this == 0 else (x * y, 1 + x**2)
        by_yaw = (swing * np.abs(np.cos(tilt)) + y * np.abs(np.sin(tilt))) * yaw
        turned.append(optics[:, this] * np.sqrt(by_yaw**2 + (nod * pitch) ** 2 + (y * roll) ** 2))
        moved.append(optics[:, this] * (1 + x**2) * place_m)
    return np.stack(turned, axis=-1), np.stack(moved, axis=-1)
