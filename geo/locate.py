"""From the foot of a box in a picture to a place on the ground, with its error or a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geo.camera import Camera
from geo.covariance import bearing_sigma_deg, ground_covariance
from geo.geodesy import Array
from geo.ground import BearingSector, GroundPoint, Location, Method, Unlocated
from geo.pose import Pose
from geo.rays import Views, cut, directions
from geo.terrain import Terrain

MIN_DEPRESSION_DEG = 5.0
"""Below this a point means little: at 60 m a pitch error of 0.7 degrees moves it by 100 m, a low
hill hides it, and its 95 % ellipse holds less than 93 %. Between this and 15 degrees the ellipse is
long, and on flat ground holds 93 to 95 % (docs/units.md)."""

EDGE_PX = 1.0
"""A box this close to the frame's edge may go on outside it."""

_ABSURD = 1e6  # no pixel, metre or degree of a drone's comes near it; nan and inf fail it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """Where a thing stands in the picture: pixels from the top left corner."""

    u_px: float
    v_px: float
    sigma_px: float = 8.0
    """One standard deviation, each of u and v."""
    touches_edge: bool = False
    """Whether the true foot may lie outside the picture."""


def foot_of(  # noqa: PLR0917 - a box, then a picture size
    box_x0: float, box_y0: float, box_x1: float, box_y1: float, width_px: int, height_px: int
) -> Foot:
    """The middle of a box's bottom edge.

    A plume leans: its source lies anywhere under the box, so sigma is a tenth of the box's width,
    and never less than the 8 px of the error budget. The top may leave the picture, the bottom
    and the sides may not.
    """
    return Foot(
        u_px=(box_x0 + box_x1) / 2,
        v_px=box_y1,
        sigma_px=max(8.0, 0.1 * (box_x1 - box_x0)),
        touches_edge=box_x0 <= EDGE_PX
        or box_x1 >= width_px - EDGE_PX
        or box_y1 >= height_px - EDGE_PX,
    )


def locate(*, pose: Pose, camera: Camera, foot: Foot, terrain: Terrain) -> Location:
    """The ground point under a foot, a bearing where only that is honest, or the reason for none.

    The ground is level at the height the terrain has under the drone. Never raises for bad
    numbers: they give Unlocated.
    """
    ground_m = float(terrain.height_m(pose.lat_deg, pose.lon_deg))
    refusal = _refusal(pose, camera, foot, terrain, ground_m)
    if refusal:
        return Unlocated(reason=refusal)
    views = Views.of([pose])
    rays = directions(camera, views, foot.u_px, foot.v_px)
    doubt = _doubt(rays, foot)
    if doubt:
        return _sector(pose, camera, foot, rays, doubt)
    hits = cut(views, rays, ground_m)
    if not math.isfinite(hits.range_m[0]):
        return _sector(pose, camera, foot, rays, "foot beyond the horizon")
    covariance = ground_covariance(
        camera=camera,
        views=views,
        rays=rays,
        hits=hits,
        sigmas=pose.sigmas,
        sigma_px=foot.sigma_px,
        terrain_sigma_m=terrain.sigma_m,
    )
    return GroundPoint(
        lat_deg=float(hits.lat_deg[0]),
        lon_deg=float(hits.lon_deg[0]),
        range_m=float(hits.range_m[0]),
        cov_ee_m2=float(covariance.ee_m2[0]),
        cov_en_m2=float(covariance.en_m2[0]),
        cov_nn_m2=float(covariance.nn_m2[0]),
        method=Method.FLAT,
    )


def _refusal(
    pose: Pose, camera: Camera, foot: Foot, terrain: Terrain, ground_m: float
) -> str | None:
    sigmas = pose.sigmas
    position = (pose.lat_deg, pose.lon_deg, pose.height_m)
    angles = (pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    errors = (sigmas.horizontal_m, sigmas.height_m, terrain.sigma_m)
    turns = (sigmas.yaw_deg, sigmas.pitch_deg, sigmas.roll_deg)
    optics = (camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px)
    checks = (
        (_sane(*position) and abs(pose.lat_deg) <= 90, "position is not on Earth"),
        (_sane(*angles), "camera angles are not numbers"),
        (_sane(*errors, *turns) and min(*errors, *turns) >= 0, "uncertainty is not a number"),
        (sigmas.horizontal_m > 0, "uncertainty of the position is zero"),
        (_sane(*optics) and min(camera.fx_px, camera.fy_px) >= 1, "camera has no focal length"),
        (_sane(foot.u_px, foot.v_px, foot.sigma_px), "foot is not a pixel"),
        (pose.datum is terrain.datum, f"heights from {pose.datum} and from {terrain.datum}"),
        (math.isfinite(ground_m), "no terrain under the drone"),
        (pose.height_m > ground_m, "drone at or below the terrain"),
    )
    return next((reason for holds, reason in checks if not holds), None)


def _doubt(rays: Array, foot: Foot) -> str | None:
    depression_deg = math.degrees(math.asin(-float(np.clip(rays[0, 2], -1, 1))))
    if foot.touches_edge:
        return "box touches the frame edge"
    if depression_deg <= 0:
        return "foot at or above the horizon"
    if depression_deg < MIN_DEPRESSION_DEG:
        return f"foot less than {MIN_DEPRESSION_DEG:g} deg below the horizon"
    return None


def _sector(pose: Pose, camera: Camera, foot: Foot, rays: Array, reason: str) -> BearingSector:
    east, north, _ = rays[0]
    sigma = bearing_sigma_deg(
        camera=camera,
        views=Views.of([pose]),
        rays=rays,
        sigmas=pose.sigmas,
        sigma_px=foot.sigma_px,
    )
    return BearingSector(
        lat_deg=pose.lat_deg,
        lon_deg=pose.lon_deg,
        bearing_deg=math.degrees(math.atan2(east, north)) % 360.0 % 360.0,
        sigma_deg=float(sigma[0]),
        reason=reason,
    )


def _sane(*numbers: float) -> bool:
    return all(abs(number) < _ABSURD for number in numbers)
