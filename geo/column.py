"""The foot of a plume over several pictures: what of its lower edge stays where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.camera import Camera
from geo.foot import Foot, foot_of
from geo.pose import Pose
from geo.rays import Views, directions, project
from geo.terrain import Terrain


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerEdge:
    """The lower edge of a box, and how it was seen."""

    pose: Pose
    camera: Camera
    left_px: float
    right_px: float
    v_px: float


def column_foot(edges: Sequence[LowerEdge], terrain: Terrain) -> Foot | None:
    """The foot, in the last picture, of the lowest stable column of three or more pictures.

    Every edge is laid on the ground and looked at from the last picture. The column is what all
    of them have in common; its foot stands in its middle, at the median of their heights: with
    three pictures as low as two of them show it. None without anything in common.
    """
    last = edges[-1]
    seen = np.array([_seen_from(last, edge, terrain) for edge in edges])
    left, right = np.max(seen[:, 0, 0]), np.min(seen[:, 1, 0])
    v = np.median(np.mean(seen[:, :, 1], axis=1))
    if not (np.all(np.isfinite(seen)) and left < right):
        return None
    camera = last.camera
    return foot_of(
        float(left), float(v) - 1.0, float(right), float(v), camera.width_px, camera.height_px
    )


def _seen_from(last: LowerEdge, edge: LowerEdge, terrain: Terrain) -> list[tuple[float, float]]:
    """The ends of an edge as the last picture shows the ground under them; nan for none."""
    views = Views.of([edge.pose, edge.pose])
    u_px, v_px = [edge.left_px, edge.right_px], [edge.v_px, edge.v_px]
    hits = terrain.meet(views, directions(edge.camera, views, u_px, v_px))
    ground_m = terrain.height_m(hits.lat_deg, hits.lon_deg)
    u, v = project(last.camera, Views.of([last.pose] * 2), hits.lat_deg, hits.lon_deg, ground_m)
    return list(zip(u.tolist(), v.tolist(), strict=True))
