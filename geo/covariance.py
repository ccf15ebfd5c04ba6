"""First-order error of a ground point: every sigma carried through the ray's exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.camera import Camera
from geo.geodesy import Array, enu_axes
from geo.pose import PoseSigmas
from geo.rays import Hits, Views, camera_axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariances:
    """Of ground points, in metres squared, east and north."""

    ee_m2: Array
    en_m2: Array
    nn_m2: Array


def ground_covariance(
    *,
    camera: Camera,
    views: Views,
    rays: Array,
    hits: Hits,
    sigmas: PoseSigmas,
    sigma_px: ArrayLike,
    terrain_sigma_m: float,
    slopes: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> Covariances:
    """The covariance of where rays (..., 3) meet the ground, from independent errors.

    The ground about each hit is a plane that rises by ``slopes`` (per metre east, per metre
    north), n its normal. A move m of the ray's end, be it by a shift of the camera or by a turn of
    the ray d, takes the hit along the plane by m - d (n m) / (n d). On flat ground the 95 %
    ellipse holds 95 % of shaken poses from 15 degrees of depression on, and 93 % at 5
    (docs/units.md).
    """
    turned = enu_axes(hits.lat_deg, hits.lon_deg) @ np.swapaxes(
        enu_axes(views.lat_deg, views.lon_deg), -1, -2
    )
    ray = np.einsum("...ij,...j->...i", turned, rays)
    up = np.ones(ray.shape[:-1])
    normal = np.stack([-np.asarray(slopes[0]) * up, -np.asarray(slopes[1]) * up, up], axis=-1)
    through = np.sum(normal * ray, axis=-1)

    def along_ground(move: Array) -> Array:
        depth = np.sum(normal * move, axis=-1) / through
        moved: Array = move[..., :2] - depth[..., None] * ray[..., :2]
        return moved

    height_m = np.hypot(sigmas.height_m, terrain_sigma_m)
    shifts = np.diag([sigmas.horizontal_m, sigmas.horizontal_m, height_m])
    moves = [along_ground(np.broadcast_to(shift, ray.shape)) for shift in shifts]
    for change in ray_changes(camera, views, rays, sigmas, sigma_px):
        local = np.einsum("...ij,...j->...i", turned, change)
        moves.append(along_ground(hits.range_m[..., None] * local))
    east, north = np.moveaxis(np.stack(moves), -1, 0)
    return Covariances(
        ee_m2=np.sum(east**2, axis=0),
        en_m2=np.sum(east * north, axis=0),
        nn_m2=np.sum(north**2, axis=0),
    )


def bearing_sigma_deg(
    *, camera: Camera, views: Views, rays: Array, sigmas: PoseSigmas, sigma_px: ArrayLike
) -> Array:
    """One standard deviation of the bearing of rays (..., 3), at most 180 degrees."""
    level2 = rays[..., 0] ** 2 + rays[..., 1] ** 2
    variance = sum(
        (rays[..., 1] * change[..., 0] - rays[..., 0] * change[..., 1]) ** 2
        for change in ray_changes(camera, views, rays, sigmas, sigma_px)
    )
    steep = level2 < 1e-12
    sigma = np.degrees(np.sqrt(variance) / np.where(steep, 1.0, level2))
    return np.where(steep, 180.0, np.minimum(sigma, 180.0))


def ray_changes(
    camera: Camera, views: Views, rays: Array, sigmas: PoseSigmas, sigma_px: ArrayLike
) -> list[Array]:
    """How far one sigma of yaw, pitch, roll, u and v turns unit rays (..., 3), to first order.

    A turn about an axis changes a ray by axis x ray. A pixel's changes are those of the ray through
    the lens over one pixel; nan within half a pixel of where the lens folds.
    """
    axes = camera_axes(views)
    forward = axes[..., 0, :]
    yaw = np.radians(views.yaw_deg)
    level = np.stack(np.broadcast_arrays(np.cos(yaw), -np.sin(yaw), 0.0 * yaw), axis=-1)
    east, north, up = np.moveaxis(rays, -1, 0)
    u, v = camera.pixels(*np.moveaxis(np.einsum("...ij,...j->...i", axes, rays), -1, 0))
    per_u = camera.directions(u + 0.5, v) - camera.directions(u - 0.5, v)
    per_v = camera.directions(u, v + 0.5) - camera.directions(u, v - 0.5)
    sigma = np.asarray(sigma_px, float)[..., None]
    return [
        np.radians(sigmas.yaw_deg) * np.stack([north, -east, 0.0 * up], axis=-1),
        np.radians(sigmas.pitch_deg) * np.cross(level, rays),
        np.radians(sigmas.roll_deg) * np.cross(forward, rays),
        *(sigma * np.einsum("...i,...ij->...j", per_px, axes) for per_px in (per_u, per_v)),
    ]
