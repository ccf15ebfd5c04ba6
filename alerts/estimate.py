"""All views of an incident in, one place out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts.events import Estimate, Evidence, Sight
from detect.detection import Label
from geo.bundle import View
from geo.camera import Camera
from geo.column import LowerEdge, column_foot
from geo.ellipse import ellipse
from geo.foot import Foot
from geo.fusion import fuse
from geo.geodesy import bearing_deg, distance_m
from geo.ground import GroundPoint
from geo.lens import lens_of
from geo.pose import Datum
from geo.terrain import Terrain

MAX_VIEWS = 60
"""What one estimate is made from, and kept for the next ones: of fire and of smoke each so many."""
BIN_DEG = 6.0
"""Views from within one such sector of bearings compete with each other."""
COLUMN_VIEWS = 3
COLUMN_S = 5.0
"""A plume is looked at over so many pictures, no longer than this apart: the wind turns."""
NEWS = 0.1
"""An estimate is told when it differs by this share of the one in force: in place by so much of
the longer half axis, or in either half axis of the 95 % ellipse."""


def thinned(views: Sequence[Evidence]) -> list[Evidence]:
    """At most `MAX_VIEWS`, by time: from every side that a device saw it from, the sharpest ones.

    First the sharpest of each sector, then the second of each, and so on. A view that is left out
    of a few is left out of more, so it does not matter how often this is done on the way.
    """
    sectors: dict[tuple[str, int], list[Evidence]] = {}
    for view in sorted(views, key=_bluntness):
        sectors.setdefault(_sector(view), []).append(view)
    turns = [(turn, view) for sector in sectors.values() for turn, view in enumerate(sector)]
    turns.sort(key=lambda one: (one[0], _bluntness(one[1])))
    return sorted((view for _, view in turns[:MAX_VIEWS]), key=_when)


def estimate(views: Sequence[Evidence], terrains: Mapping[Datum, Terrain]) -> Estimate | None:
    """The place that an incident's views show together; None for none, without premises.

    Of a frame that shows both, the fire counts: it stands at the source.
    """
    frames = {view.key: view for view in views if view.label is Label.SMOKE}
    frames |= {view.key: view for view in views if view.label is Label.FIRE}
    chosen = [view for view in thinned(list(frames.values())) if _datum(view) in terrains]
    fused = fuse([_view(view, terrains) for view in chosen])
    if fused is None:
        return None
    newest = chosen[-1].point
    assert newest is not None, "a view has a point"
    point = replace(
        newest,
        lat_deg=fused.lat_deg,
        lon_deg=fused.lon_deg,
        range_m=fused.range_m,
        cov_ee_m2=fused.cov_ee_m2,
        cov_en_m2=fused.cov_en_m2,
        cov_nn_m2=fused.cov_nn_m2,
    )
    return Estimate(point=point, views=fused.used, considered=len(chosen))


def steadied(
    seen: Evidence, before: Sequence[Evidence], terrains: Mapping[Datum, Terrain]
) -> Evidence:
    """Smoke, its foot that of the column which the two pictures before it show too.

    ``before`` are views of the same device, by time. Unchanged where there are no such two.
    """
    views = [*before[-2:], seen]
    terrain = terrains.get(_datum(seen)) if seen.sight else None
    if (
        seen.label is not Label.SMOKE
        or seen.sight is None
        or terrain is None
        or len(views) < COLUMN_VIEWS
        or any(_datum(view) is not terrain.datum for view in views)
        or seen.t_capture_s - views[0].t_capture_s > COLUMN_S
    ):
        return seen
    foot = column_foot([_lower_edge(view) for view in views], terrain)
    if foot is None:
        return seen
    sight = replace(seen.sight, u_px=foot.u_px, v_px=foot.v_px, sigma_px=foot.sigma_px)
    return replace(seen, sight=sight)


def is_news(point: GroundPoint, in_force: GroundPoint) -> bool:
    """Whether a place differs from the one in force by enough to be told."""
    new, old = ellipse(point), ellipse(in_force)
    moved_m = float(distance_m(point.lat_deg, point.lon_deg, in_force.lat_deg, in_force.lon_deg))
    return (
        moved_m > NEWS * old.semi_major_m
        or abs(new.semi_major_m - old.semi_major_m) > NEWS * old.semi_major_m
        or abs(new.semi_minor_m - old.semi_minor_m) > NEWS * old.semi_minor_m
    )


def _camera(seen: Evidence, sight: Sight) -> Camera:
    return Camera(
        width_px=seen.width_px,
        height_px=seen.height_px,
        fx_px=sight.fx_px,
        fy_px=sight.fy_px,
        cx_px=sight.cx_px,
        cy_px=sight.cy_px,
        lens=lens_of(sight.distortion),
    )


def _lower_edge(seen: Evidence) -> LowerEdge:
    sight, box = seen.sight, seen.box
    assert sight is not None, "a view has a sight"
    return LowerEdge(
        pose=sight.pose,
        camera=_camera(seen, sight),
        left_px=box.x0_px,
        right_px=box.x1_px,
        v_px=box.y1_px,
    )


def _view(seen: Evidence, terrains: Mapping[Datum, Terrain]) -> View:
    sight = seen.sight
    assert sight is not None, "a view has a sight"
    return View(
        device_id=seen.key.device_id,
        pose=sight.pose,
        camera=_camera(seen, sight),
        foot=Foot(u_px=sight.u_px, v_px=sight.v_px, sigma_px=sight.sigma_px),
        terrain=terrains[sight.pose.datum],
        hidden_m=sight.hidden_m,
    )


def _datum(seen: Evidence) -> Datum:
    assert seen.sight is not None, "a view has a sight"
    return seen.sight.pose.datum


def _sector(seen: Evidence) -> tuple[str, int]:
    """The device, and the bearing from which it looked."""
    assert seen.sight is not None and seen.point is not None, "a view has both"
    pose, point = seen.sight.pose, seen.point
    bearing = float(bearing_deg(point.lat_deg, point.lon_deg, pose.lat_deg, pose.lon_deg))
    return seen.key.device_id, int(bearing // BIN_DEG)


def _bluntness(seen: Evidence) -> tuple[float, float, str, int, int, str]:
    """Smaller is sharper; no two views are equal."""
    assert seen.point is not None, "a view has a point"
    point = seen.point
    area = math.sqrt(max(point.cov_ee_m2 * point.cov_nn_m2 - point.cov_en_m2**2, 0.0))
    return area, *_when(seen)


def _when(seen: Evidence) -> tuple[float, str, int, int, str]:
    return seen.t_capture_s, seen.key.flight_id, seen.key.seq, seen.key.tie, seen.label.value
