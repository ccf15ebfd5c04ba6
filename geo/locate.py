"""From the foot of a box in a picture to a place on the ground, with its error or a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geo.camera import Camera
from geo.covariance import Covariances, bearing_sigma_deg, ground_covariance, ray_changes
from geo.ellipse import mahalanobis2, scale
from geo.foot import Foot
from geo.geodesy import Array, east_north
from geo.ground import BearingSector, GroundPoint, Location, Method, Unlocated
from geo.montecarlo import Scatter, monte_carlo
from geo.pose import Pose
from geo.rays import Hits, Views, camera_axes, directions, reach
from geo.terrain import Terrain

MIN_DEPRESSION_DEG = 5.0
"""Below this a point means little unless somebody asks for it: at 60 m a pitch error of 0.7 degrees
moves it by 100 m, and a low hill hides it. Between this and 15 degrees the ellipse is long."""

GRAZING_DEG = 15.0
"""Below this depression, or this angle between ray and ground, poses are shaken (500 samples)."""

LASER_CONE_DEG = 1.0
"""A laser range is the axis's: it holds for a foot no further from the axis than this."""

LASER_SIGMA_M, LASER_SIGMA_SHARE = 0.2, 0.0015
"""What makers quote for a laser range finder: 0.2 m and 0.15 % of the range."""

OUTSIDE = ("no terrain under the drone", "no terrain where the foot is")
"""The reasons for which a fallback, where there is one, is asked instead."""


_AROUND_U, _AROUND_V = np.array([[0.0, 0.5, -0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5, -0.5]])
_ABSURD = 1e6  # no pixel, metre or degree of a drone's comes near it; nan and inf fail it too


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """One foot seen in one picture: views and rays have one row."""

    pose: Pose
    camera: Camera
    foot: Foot
    views: Views
    rays: Array

    @property
    def depression_deg(self) -> float:
        return math.degrees(math.asin(-float(np.clip(self.rays[0, 2], -1, 1))))

    @property
    def off_axis_rad(self) -> float:
        forward = camera_axes(self.views)[0, 0]
        return math.atan2(
            float(np.linalg.norm(np.cross(forward, self.rays[0]))), float(forward @ self.rays[0])
        )


def locate(
    *,
    pose: Pose,
    camera: Camera,
    foot: Foot,
    terrain: Terrain,
    laser_range_m: float | None = None,
    fallback: Terrain | None = None,
    min_depression_deg: float = MIN_DEPRESSION_DEG,
) -> Location:
    """The ground point under a foot, a bearing where only that is honest, or the reason for none.

    A laser range (one measured without error) replaces the terrain's within `LASER_CONE_DEG` of
    the axis. Where the terrain ends or has a void, the fallback is asked; the point's method tells.
    Rays flatter than the least depression give a bearing. Never raises for bad numbers: they give
    Unlocated.
    """
    refusal = _nonsense(pose, camera, foot, laser_range_m)
    if refusal:
        return Unlocated(reason=refusal)
    views = Views.of([pose])
    rays = directions(camera, views, foot.u_px + _AROUND_U, foot.v_px + _AROUND_V)
    if not np.all(np.isfinite(rays)):
        return Unlocated(reason="foot is where the lens shows nothing")
    sight = _Sight(pose=pose, camera=camera, foot=foot, views=views, rays=rays[:1])
    if laser_range_m is not None and _lasers(sight):
        return _at_range(sight, laser_range_m)
    answer = _on_ground(sight, terrain, min_depression_deg)
    if fallback is not None and not isinstance(answer, GroundPoint) and answer.reason in OUTSIDE:
        return _on_ground(sight, fallback, min_depression_deg)
    return answer


def _on_ground(sight: _Sight, terrain: Terrain, min_depression_deg: float) -> Location:
    refusal = _refusal(sight.pose, terrain)
    if refusal:
        return Unlocated(reason=refusal)
    doubt = _doubt(sight, min_depression_deg)
    if doubt:
        return _sector(sight, doubt)
    hits = terrain.meet(sight.views, sight.rays)
    if not math.isfinite(hits.range_m[0]):
        flat = terrain.method is Method.FLAT
        return _sector(sight, "foot beyond the horizon" if flat else OUTSIDE[1])
    covariance = _covariance(sight, hits, terrain)
    if covariance is None:
        return _sector(sight, "foot too near the horizon for its uncertainty")
    return _point(hits, covariance, terrain.method)


def _covariance(sight: _Sight, hits: Hits, terrain: Terrain) -> Covariances | None:
    """First order, or shaken poses where the ray grazes the ground; None if those leave it."""
    east, north = (np.nan_to_num(rise) for rise in terrain.slopes(hits.lat_deg, hits.lon_deg))
    normal = np.stack([-east, -north, np.ones_like(east)], axis=-1)[0]
    facing = -float(sight.rays[0] @ normal) / float(np.linalg.norm(normal))
    least = min(facing, math.sin(math.radians(sight.depression_deg)))
    steep = least >= math.sin(math.radians(GRAZING_DEG))
    if steep:
        return ground_covariance(
            camera=sight.camera,
            views=sight.views,
            rays=sight.rays,
            hits=hits,
            sigmas=sight.pose.sigmas,
            sigma_px=sight.foot.sigma_px,
            terrain_sigma_m=terrain.sigma_m,
            slopes=(east, north),
        )
    shaken = monte_carlo(pose=sight.pose, camera=sight.camera, foot=sight.foot, terrain=terrain)
    if shaken is None:
        return None
    return _about(hits, shaken)


def _about(hits: Hits, shaken: Scatter) -> Covariances:
    """The spread about the point given, not about the samples' mean.

    It leans away from the drone, so the covariance is stretched until its 95 % ellipse holds 95 %
    of all samples; those that saw past the ground lie outside.
    """
    off_east, off_north = east_north(shaken.lat_deg, shaken.lon_deg, hits.lat_deg, hits.lon_deg)
    east, north = shaken.east_m + off_east, shaken.north_m + off_north
    ee, en, nn = (float(np.mean(one)) for one in (east**2, east * north, north**2))
    held = min(0.95 / (1 - shaken.lost), 1.0)
    reach2 = float(np.quantile(mahalanobis2(east, north, ee, en, nn), held))
    stretch = max(reach2 / scale(0.95) ** 2, 1.0)
    return Covariances(
        ee_m2=np.array([stretch * ee]),
        en_m2=np.array([stretch * en]),
        nn_m2=np.array([stretch * nn]),
    )


def _lasers(sight: _Sight) -> bool:
    """Whether the laser measured what the foot stands on."""
    near = sight.off_axis_rad <= math.radians(LASER_CONE_DEG)
    return near and sight.depression_deg > 0 and not sight.foot.touches_edge


def _at_range(sight: _Sight, range_m: float) -> GroundPoint:
    """The end of the ray: neither terrain nor height decide, the angles and the range do.

    Off the axis by an angle, level ground is nearer or further by range x angle / tan(depression).
    """
    off_m = range_m * sight.off_axis_rad / math.tan(math.radians(sight.depression_deg))
    sigma_m = math.hypot(LASER_SIGMA_M, LASER_SIGMA_SHARE * range_m, off_m)
    changes = ray_changes(
        sight.camera, sight.views, sight.rays, sight.pose.sigmas, sight.foot.sigma_px
    )
    moves = [sigma_m * sight.rays, *(range_m * change for change in changes)]
    east, north, _ = np.moveaxis(np.stack(moves), -1, 0)
    level = sight.pose.sigmas.horizontal_m**2
    covariance = Covariances(
        ee_m2=level + np.sum(east**2, axis=0),
        en_m2=np.sum(east * north, axis=0),
        nn_m2=level + np.sum(north**2, axis=0),
    )
    return _point(reach(sight.views, sight.rays, range_m), covariance, Method.LASER)


def _point(hits: Hits, covariance: Covariances, method: Method) -> GroundPoint:
    return GroundPoint(
        lat_deg=float(hits.lat_deg[0]),
        lon_deg=float(hits.lon_deg[0]),
        range_m=float(hits.range_m[0]),
        cov_ee_m2=float(covariance.ee_m2[0]),
        cov_en_m2=float(covariance.en_m2[0]),
        cov_nn_m2=float(covariance.nn_m2[0]),
        method=method,
    )


def _nonsense(pose: Pose, camera: Camera, foot: Foot, laser_range_m: float | None) -> str | None:
    """What makes a ray impossible."""
    sigmas = pose.sigmas
    position = (pose.lat_deg, pose.lon_deg, pose.height_m)
    angles = (pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    errors = (sigmas.horizontal_m, sigmas.height_m)
    turns = (sigmas.yaw_deg, sigmas.pitch_deg, sigmas.roll_deg)
    optics = (camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px)
    range_m = 1.0 if laser_range_m is None else laser_range_m
    checks = (
        (_sane(*position) and abs(pose.lat_deg) <= 90, "position is not on Earth"),
        (_sane(*angles), "camera angles are not numbers"),
        (_sane(*errors, *turns) and min(*errors, *turns) >= 0, "uncertainty is not a number"),
        (sigmas.horizontal_m > 0, "uncertainty of the position is zero"),
        (_sane(*optics) and min(camera.fx_px, camera.fy_px) >= 1, "camera has no focal length"),
        (_sane(*camera.lens.coefficients), "lens distortion is not numbers"),
        (_sane(foot.u_px, foot.v_px, foot.sigma_px), "foot is not a pixel"),
        (_sane(range_m) and range_m > 0, "laser range is not a distance"),
    )
    return next((reason for holds, reason in checks if not holds), None)


def _refusal(pose: Pose, terrain: Terrain) -> str | None:
    """What makes this ground the wrong one."""
    ground_m = float(terrain.height_m(pose.lat_deg, pose.lon_deg))
    checks = (
        (_sane(terrain.sigma_m) and terrain.sigma_m >= 0, "uncertainty is not a number"),
        (pose.datum is terrain.datum, f"heights from {pose.datum} and from {terrain.datum}"),
        (math.isfinite(ground_m), OUTSIDE[0]),
        (pose.height_m > ground_m, "drone at or below the terrain"),
    )
    return next((reason for holds, reason in checks if not holds), None)


def _doubt(sight: _Sight, min_depression_deg: float) -> str | None:
    if sight.foot.touches_edge:
        return "box touches the frame edge"
    if sight.depression_deg <= 0:
        return "foot at or above the horizon"
    if sight.depression_deg < min_depression_deg:
        return f"foot less than {min_depression_deg:g} deg below the horizon"
    return None


def _sector(sight: _Sight, reason: str) -> BearingSector:
    east, north, _ = sight.rays[0]
    sigma = bearing_sigma_deg(
        camera=sight.camera,
        views=sight.views,
        rays=sight.rays,
        sigmas=sight.pose.sigmas,
        sigma_px=sight.foot.sigma_px,
    )
    return BearingSector(
        lat_deg=sight.pose.lat_deg,
        lon_deg=sight.pose.lon_deg,
        bearing_deg=math.degrees(math.atan2(east, north)) % 360.0 % 360.0,
        sigma_deg=float(sigma[0]),
        reason=reason,
    )


def _sane(*numbers: float) -> bool:
    return all(abs(number) < _ABSURD for number in numbers)
