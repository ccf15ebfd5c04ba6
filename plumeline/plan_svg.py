"""A plan of one incident as SVG, to be printed: in metres, north up, on white paper.

The error ellipse or the bearing, the drone and its line of sight, the tracks, the premises around
with the names of those that the place may be on, a grid with its scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from alerts.events import Evidence
from alerts.words import Language
from geo.ellipse import ellipse
from geo.geodesy import Array, east_north
from geo.premises import Premises
from ingest.records import Fix

WIDTH, HEIGHT = 680, 400
EDGE = 30
STEPS_M = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SECTOR_M = 3000.0
_PAPER = shapely.box(0, 0, WIDTH, HEIGHT)
TEAR_S = 3.0
"""A track is not drawn across a longer time without a position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is drawn."""

    best: Evidence
    fixes: Sequence[Fix]
    """In order of device time."""
    premises: Sequence[Premises]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """From degrees to the paper."""

    lat_deg: float
    lon_deg: float
    east_m: float
    north_m: float
    """Of the middle, from the focus."""
    scale: float
    """Units of the paper per metre."""

    def at(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        east, north = east_north(lat_deg, lon_deg, self.lat_deg, self.lon_deg)
        return self.of_metres(float(east), float(north))

    def of_metres(self, east_m: float, north_m: float) -> tuple[float, float]:
        return (
            WIDTH / 2 + (east_m - self.east_m) * self.scale,
            HEIGHT / 2 - (north_m - self.north_m) * self.scale,
        )

    def on_paper(self, geometry: BaseGeometry) -> BaseGeometry:
        def moved(lonlat: Array) -> Array:
            east, north = east_north(lonlat[:, 1], lonlat[:, 0], self.lat_deg, self.lon_deg)
            return np.stack(
                [
                    WIDTH / 2 + (east - self.east_m) * self.scale,
                    HEIGHT / 2 - (north - self.north_m) * self.scale,
                ],
                axis=-1,
            )

        return shapely.transform(geometry, moved)


def draw(plan: Plan, language: Language, title: str) -> str | None:
    """The drawing; None where not even the drone's place is known."""
    view = _view(plan)
    if view is None:
        return None
    parts = [
        *_grid(view),
        *_premises(plan, view, language),
        *_tracks(plan.fixes, view),
        *_target(plan.best, view),
        *_scale(view),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plan" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _view(plan: Plan) -> _View | None:
    best = plan.best
    focus = best.point or best.sector or best.drone
    if focus is None:
        return None
    places = [(0.0, 0.0)]
    around = 60.0
    if best.drone is not None:
        east, north = east_north(
            best.drone.lat_deg, best.drone.lon_deg, focus.lat_deg, focus.lon_deg
        )
        places.append((float(east), float(north)))
    if best.point is not None:
        around = max(2.5 * ellipse(best.point, probability=0.95).semi_major_m, 40.0)
    elif best.sector is not None:
        around = 500.0
    easts, norths = zip(*places, strict=True)
    wide = max(easts) - min(easts) + 2 * around
    high = max(norths) - min(norths) + 2 * around
    return _View(
        lat_deg=focus.lat_deg,
        lon_deg=focus.lon_deg,
        east_m=(max(easts) + min(easts)) / 2,
        north_m=(max(norths) + min(norths)) / 2,
        scale=min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high),
    )


def _step_m(view: _View, least: float) -> int:
    """The smallest round length that takes so much of the paper."""
    return next((step for step in STEPS_M if step * view.scale >= least), STEPS_M[-1])


def _grid(view: _View) -> Iterator[str]:
    step_m = _step_m(view, 60)
    wide_m, high_m = WIDTH / 2 / view.scale, HEIGHT / 2 / view.scale
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
    for k in _multiples(view.east_m - wide_m, view.east_m + wide_m, step_m):
        x, _ = view.of_metres(k, 0)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>'
    for k in _multiples(view.north_m - high_m, view.north_m + high_m, step_m):
        _, y = view.of_metres(0, k)
        yield f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _multiples(low: float, high: float, step: int) -> Iterable[int]:
    return range(math.ceil(low / step) * step, math.floor(high) + 1, step)


def _premises(plan: Plan, view: _View, language: Language) -> Iterator[str]:
    rank = {one.premises_id: place for place, one in enumerate(plan.best.premises)}
    names: list[tuple[int, float, str, shapely.Point]] = []
    for place in plan.premises:
        outline = view.on_paper(place.geometry)
        inside = shapely.intersection(outline, _PAPER)
        if inside.is_empty:
            continue
        kind = "premises first" if rank.get(place.premises_id) == 0 else "premises"
        for ring in shapely.get_parts(shapely.boundary(outline)):
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords)
            yield f'<polygon class="{kind}" points="{points}"/>'
        if outline.geom_type == "Point":
            yield f'<circle class="{kind}" cx="{outline.x:.1f}" cy="{outline.y:.1f}" r="4"/>'
        name = (place.name_en if language == "en" else None) or place.name
        at = shapely.point_on_surface(inside)
        names.append((rank.get(place.premises_id, len(rank)), -inside.area, name, at))
    yield from _names(sorted(names, key=lambda one: one[:2]))


def _names(names: Iterable[tuple[int, float, str, shapely.Point]]) -> Iterator[str]:
    """The likely ones first, then the larger ones, as long as none covers another."""
    taken: list[BaseGeometry] = []
    for _, _, name, at in names:
        half = sum(7.5 if ord(c) > 0x2E80 else 4.2 for c in name)
        x = min(max(at.x, half + 2), WIDTH - half - 2)
        y = min(max(at.y, 16), HEIGHT - 30)
        box = shapely.box(x - half, y - 12, x + half, y + 4)
        if not any(shapely.intersects(box, other) for other in taken):
            taken.append(box)
            yield f'<text x="{x:.1f}" y="{y:.1f}">{escape(name)}</text>'


def _tracks(fixes: Sequence[Fix], view: _View) -> Iterator[str]:
    lines: dict[str, list[list[str]]] = {}
    last_s: dict[str, float] = {}
    for fix in fixes:
        if not fix.mappable or fix.lat_deg is None or fix.lon_deg is None:
            continue
        name = fix.key.flight_id
        own = lines.setdefault(name, [[]])
        if fix.t_device_s - last_s.get(name, fix.t_device_s) > TEAR_S:
            own.append([])
        last_s[name] = fix.t_device_s
        x, y = view.at(fix.lon_deg, fix.lat_deg)
        own[-1].append(f"{x:.1f},{y:.1f}")
    for own in lines.values():
        for points in own:
            yield f'<polyline class="track" points="{" ".join(points)}"/>'


def _target(best: Evidence, view: _View) -> Iterator[str]:
    if best.sector is not None:
        yield _sector(best, view)
    drone = None if best.drone is None else view.at(best.drone.lon_deg, best.drone.lat_deg)
    if best.point is not None:
        x, y = view.at(best.point.lon_deg, best.point.lat_deg)
        if drone is not None:
            yield (
                f'<line class="sight" x1="{drone[0]:.1f}" y1="{drone[1]:.1f}"'
                f' x2="{x:.1f}" y2="{y:.1f}"/>'
            )
        size = ellipse(best.point, probability=0.95)
        yield (
            f'<ellipse class="error" cx="{x:.1f}" cy="{y:.1f}"'
            f' rx="{size.semi_minor_m * view.scale:.1f}" ry="{size.semi_major_m * view.scale:.1f}"'
            f' transform="rotate({size.bearing_deg:.1f} {x:.1f} {y:.1f})"/>'
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        )
    if drone is not None:
        x, y = drone
        yield f'<path class="drone" d="M{x:.1f} {y - 8:.1f}l7 14-7-4-7 4Z"/>'


def _sector(best: Evidence, view: _View) -> str:
    sector = best.sector
    assert sector is not None
    x, y = view.at(sector.lon_deg, sector.lat_deg)
    ends = []
    for side in (-1.96, 1.96):
        turn = math.radians(sector.bearing_deg + side * sector.sigma_deg)
        reach = SECTOR_M * view.scale
        ends.append(f"{x + reach * math.sin(turn):.1f},{y - reach * math.cos(turn):.1f}")
    return f'<polygon class="error" points="{x:.1f},{y:.1f} {" ".join(ends)}"/>'


def _scale(view: _View) -> Iterator[str]:
    length_m = _step_m(view, 60)
    length = length_m * view.scale
    y = HEIGHT - 14
    yield (
        f'<path class="scale" d="M14 {y - 6}v6h{length:.1f}v-6"/>'
        f'<text class="small" x="{14 + length / 2:.1f}" y="{y - 8}">{length_m} m</text>'
    )
    x = WIDTH - 22
    yield (
        f'<path class="scale" d="M{x} 34V12m-6 8 6-8 6 8"/>'
        f'<text class="small" x="{x}" y="48">N</text>'
    )
