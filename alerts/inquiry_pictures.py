"""Which pictures contain a place, where in them it is, and whether they show something there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from detect.detection import Box
from geo.camera import Camera
from geo.coverage import cover
from geo.geodesy import Array, destination
from geo.looking import Flight, Limits, Reason, Shot, look
from geo.occlusion import Buildings, Screen
from geo.pose import Pose
from geo.premises import Premises
from geo.rays import Views, project
from geo.sampling import sample
from geo.terrain import Terrain

LIMITS = Limits(max_gsd_m=0.5)
"""A plume 10 m wide is at least 20 px then; for the rest as in proof of looking."""
AROUND_M = 20.0
"""A question about a point is about the ground so far around it."""
NEAR_DEG = 0.02
"""Buildings further off than this, 2 km, hide nothing."""
_CORNERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One picture that was judged, with its pose, and what was found in it."""

    device_id: str
    t_received_s: float
    shot: Shot
    terrain: Terrain
    """The ground that its pose's height is from."""
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture that contains a place, as it is told."""

    device_id: str
    sha256: str
    t_capture_s: float
    """The device's clock."""
    t_received_s: float
    share: float
    """Of the place that can be seen in it."""
    box: Box
    """Around that part, in the picture."""
    something: bool
    """Whether the detector found smoke or fire that reaches into the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture that contains some of a place."""

    glance: Glance
    pose: Pose
    camera: Camera
    lat_deg: Array
    """Of the points that can be seen in it, like the next two."""
    lon_deg: Array
    height_m: Array
    share: float
    """Of all points of the place."""

    @property
    def box(self) -> Box:
        """Around the points, in the picture."""
        views = Views.of([self.pose])
        u, v = project(self.camera, views, self.lat_deg, self.lon_deg, self.height_m)
        width, height = self.camera.width_px, self.camera.height_px
        return Box(
            x0_px=float(np.clip(u.min(), 0, width)),
            y0_px=float(np.clip(v.min(), 0, height)),
            x1_px=float(np.clip(u.max(), 0, width)),
            y1_px=float(np.clip(v.max(), 0, height)),
        )

    @property
    def something(self) -> bool:
        """Whether the detector found smoke or fire that reaches into the box."""
        if not self.glance.boxes:
            return False
        box = self.box
        return any(_meet(box, found) for found in self.glance.boxes)

    def told(self) -> Shown:
        """What is worth keeping of it."""
        return Shown(
            device_id=self.glance.device_id,
            sha256=self.glance.shot.sha256,
            t_capture_s=self.glance.shot.t_s,
            t_received_s=self.glance.t_received_s,
            share=self.share,
            box=self.box,
            something=self.something,
        )


def ground_at(lat_deg: float, lon_deg: float) -> Premises:
    """The ground around a point, as a place without a name."""
    bearings = np.arange(_CORNERS) * (360.0 / _CORNERS)
    lat, lon = destination(lat_deg, lon_deg, bearings, AROUND_M)
    return Premises(
        premises_id="",
        name="",
        category="",
        risk=None,
        address=None,
        geometry=shapely.Polygon(np.stack([lon, lat], axis=-1)),
    )


def pictures_of(
    place: Premises,
    glances: Iterable[Glance],
    register: Sequence[Premises] = (),
    limits: Limits = LIMITS,
) -> tuple[list[Picture], Reason | None]:
    """The pictures that contain some of a place, newest first; with none, why not.

    ``register`` are the premises whose buildings may stand in the way. The reason is None where no
    picture was looked at.
    """
    by_ground: dict[Terrain, list[Glance]] = {}
    for glance in glances:
        by_ground.setdefault(glance.terrain, []).append(glance)
    standing = _around(place, register)
    shown: list[Picture] = []
    hidden = False
    for terrain, own in by_ground.items():
        found, cut = _shown(place, own, terrain, standing, limits)
        shown += found
        hidden |= cut
    if shown or not by_ground:
        return sorted(shown, key=lambda one: one.glance.t_received_s, reverse=True), None
    if hidden:
        return [], Reason.OCCLUDED
    terrain, own = max(by_ground.items(), key=lambda pair: len(pair[1]))
    (answer,) = cover([place], [one.shot for one in own], terrain, limits)
    return [], answer.reason or Reason.OUT_OF_VIEW


def _around(place: Premises, register: Sequence[Premises]) -> list[Premises]:
    close = shapely.box(*place.geometry.bounds).buffer(NEAR_DEG)
    return [one for one in register if one.height_m and close.intersects(one.geometry)]


def _shown(
    place: Premises,
    glances: Sequence[Glance],
    terrain: Terrain,
    standing: Sequence[Premises],
    limits: Limits,
) -> tuple[list[Picture], bool]:
    """Over one ground; and whether something stood before what would have been shown."""
    posed = [
        (glance, glance.shot.pose, glance.shot.camera)
        for glance in glances
        if glance.shot.pose and glance.shot.camera and glance.shot.pose.datum is terrain.datum
    ]
    flight = Flight.of([glance.shot for glance, _, _ in posed], terrain, limits)
    samples = sample(place, terrain, grid_m=limits.grid_m, coarsest_m=limits.coarsest_m)
    if flight is None or samples is None:
        return [], False
    reach_m = float(flight.reach_m.max())
    buildings = Buildings.of(standing, terrain)
    screen = Screen(samples, place.premises_id, buildings, terrain, reach_m=reach_m)
    seen = look(flight, samples, screen, limits)
    shown = []
    for row, points in zip(seen.rows.tolist(), seen.points, strict=True):
        if points.any():
            glance, pose, camera = posed[row]
            picture = Picture(
                glance=glance,
                pose=pose,
                camera=camera,
                lat_deg=samples.lat_deg[points],
                lon_deg=samples.lon_deg[points],
                height_m=samples.height_m[points],
                share=float(points.mean()),
            )
            shown.append(picture)
    return shown, seen.hidden


def _meet(a: Box, b: Box) -> bool:
    across = a.x0_px <= b.x1_px and b.x0_px <= a.x1_px
    return across and a.y0_px <= b.y1_px and b.y0_px <= a.y1_px
