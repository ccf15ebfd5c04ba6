"""Coverage against an oracle of another kind: exact footprints and shadows as polygons.

On a plane a picture is a quadrangle, and a convex block's shadow is the convex hull of its base
and of its roof thrown from the camera. Shapely cuts and adds those areas; nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pymap3d
import pytest
import shapely
from numpy.typing import ArrayLike

from geo.camera import Camera
from geo.coverage import Coverage, Status, cover
from geo.geodesy import Array
from geo.ground import Method
from geo.lens import Brown
from geo.looking import Limits, Reason, Shot
from geo.pose import Datum, Pose, PoseSigmas
from geo.premises import Premises
from geo.rays import Hits, Views, project
from geo.sampling import sample
from geo.terrain import FlatTerrain

LAT0, LON0 = 31.95, 118.84
CAMERA = Camera.from_hfov(1920, 1080, 65.0)
SURE = PoseSigmas(horizontal_m=0, height_m=0, yaw_deg=0, pitch_deg=0, roll_deg=0)
GROUND = FlatTerrain(sigma_m=0.0)
FINE = Limits(grid_m=0.5, coarsest_m=0.5, sigmas=0.0)
INSET_M = 0.05  # walls stand so far inside their outline (docs/coverage.md)


def shot(
    t_s: float,
    east: float,
    north: float,
    up: float,
    *,
    fault: Reason | None = None,
    **angles: float,
) -> Shot:
    lat, lon, _ = pymap3d.enu2geodetic(east, north, 0.0, LAT0, LON0, 0.0)
    turned = {"yaw_deg": 0.0, "pitch_deg": -45.0, "roll_deg": 0.0} | angles
    pose = Pose(
        t_s=t_s, lat_deg=lat, lon_deg=lon, height_m=up, datum=Datum.TAKEOFF, sigmas=SURE, **turned
    )
    return Shot(
        t_s=t_s, seq=round(t_s * 10), sha256=f"{t_s:g}", pose=pose, camera=CAMERA, fault=fault
    )


def block(name: str, outline: shapely.Geometry, height_m: float | None = None) -> Premises:
    def degrees(metres: Array) -> Array:
        lat, lon, _ = pymap3d.enu2geodetic(metres[:, 0], metres[:, 1], 0.0, LAT0, LON0, 0.0)
        return np.stack([lon, lat], axis=-1)

    return Premises(
        premises_id=name,
        name=name,
        category="",
        risk=None,
        address=None,
        geometry=shapely.transform(outline, degrees),
        height_m=height_m,
    )


# The oracle: metres east and north on a plane, polygons only.


def axes(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Columns forward, right, down in north, east, down: three elementary turns multiplied."""
    y, p, r = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_down = [[math.cos(y), -math.sin(y), 0], [math.sin(y), math.cos(y), 0], [0, 0, 1]]
    about_right = [[math.cos(p), 0, math.sin(p)], [0, 1, 0], [-math.sin(p), 0, math.cos(p)]]
    about_axis = [[1, 0, 0], [0, math.cos(r), -math.sin(r)], [0, math.sin(r), math.cos(r)]]
    return np.array(about_down) @ np.array(about_right) @ np.array(about_axis)


def place(one: Shot) -> np.ndarray:
    assert one.pose is not None
    east, north, _ = pymap3d.geodetic2enu(one.pose.lat_deg, one.pose.lon_deg, 0.0, LAT0, LON0, 0.0)
    return np.array([east, north, one.pose.height_m])


def footprint(one: Shot, plane_m: float) -> shapely.Geometry:
    """Where the picture's corners meet a level plane, cut to the range the resolution allows."""
    assert one.pose is not None
    turned = axes(one.pose.yaw_deg, one.pose.pitch_deg, one.pose.roll_deg)
    east, north, up = place(one)
    corners = []
    for u, v in ((0, 0), (1920, 0), (1920, 1080), (0, 1080)):
        ray = turned @ [1.0, (u - 960) / CAMERA.fx_px, (v - 540) / CAMERA.fy_px]
        assert ray[2] > 0
        far = (up - plane_m) / ray[2]
        corners.append((east + far * ray[1], north + far * ray[0]))
    reach = math.sqrt((FINE.max_gsd_m * CAMERA.fx_px) ** 2 - (up - plane_m) ** 2)
    disc = shapely.Point(east, north).buffer(reach, quad_segs=512)
    return shapely.intersection(shapely.Polygon(corners), disc)


def shadow(one: Shot, outline: shapely.Geometry, roof_m: float, plane_m: float) -> shapely.Geometry:
    """What a block hides of a level plane under its roof."""
    east, north, up = place(one)
    walls = outline.buffer(-INSET_M, join_style="mitre")
    thrown = (up - plane_m) / (up - roof_m)
    roof = shapely.transform(walls, lambda m: (m - [east, north]) * thrown + [east, north])
    return shapely.union(walls, roof).convex_hull


def shown(
    one: Shot, own: int, plane_m: float, town: list[tuple[shapely.Geometry, float]]
) -> shapely.Geometry:
    seen = shapely.intersection(footprint(one, plane_m), town[own][0])
    for i, (outline, roof_m) in enumerate(town):
        if i != own and roof_m > plane_m:
            seen = shapely.difference(seen, shadow(one, outline, roof_m, plane_m))
    return seen


def town() -> list[tuple[shapely.Geometry, float]]:
    """Nine blocks, closer together than they are high, one of them turned."""
    rng = np.random.default_rng(7)
    found = []
    for i in range(9):
        east, north = 60.0 * (i % 3), 55.0 * (i // 3)
        outline = shapely.box(east, north, east + rng.uniform(25, 50), north + rng.uniform(25, 45))
        found.append((outline, float(rng.uniform(5, 35))))
    found[4] = (shapely.affinity.rotate(found[4][0], 30), found[4][1])
    return found


def passes() -> list[Shot]:
    """Two lines over the town, aslant and with some roll, a picture a second."""
    first = [
        shot(i, -60 + 9 * i, 20 + 4 * i, 85 + i % 3, yaw_deg=70 + i, pitch_deg=-48, roll_deg=3)
        for i in range(9)
    ]
    second = [
        shot(30 + i, 150 - 5 * i, 190 - 9 * i, 95, yaw_deg=200 - i, pitch_deg=-60, roll_deg=-2)
        for i in range(7)
    ]
    return first + second


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The oracle's answer for one premises: by area, and of our own points one by one."""

    seen_area: float
    watched_area: float
    seen: float
    watched: float
    dwell_s: float
    nearest_m: float
    hidden_m2: float


def brute_force(own: int, blocks: list[tuple[shapely.Geometry, float]], flight: list[Shot]) -> Told:
    outline, roof_m = blocks[own]
    points = sample(block("", outline, roof_m), GROUND, grid_m=FINE.grid_m, coarsest_m=FINE.grid_m)
    assert points is not None
    enu = pymap3d.geodetic2enu(points.lat_deg, points.lon_deg, 0.0, LAT0, LON0, 0.0)
    counted = np.zeros((len(flight), len(points.lat_deg)), bool)
    once, long, nearest_m, hidden_m2 = 0.0, 0.0, math.inf, 0.0
    for plane_m in (0.0, roof_m):
        views = [shown(one, own, plane_m, blocks) for one in flight]
        for i, view in enumerate(views):
            bare = shapely.intersection(footprint(flight[i], plane_m), outline)
            hidden_m2 += bare.area - view.area
            if not view.is_empty:
                east, north, up = place(flight[i])
                away_m = shapely.distance(view, shapely.Point(east, north))
                nearest_m = min(nearest_m, math.hypot(away_m, up - plane_m))
            edged = view.buffer(1e-5)  # points on the outline count
            here = np.isclose(points.height_m, plane_m)
            counted[i] |= here & shapely.contains_xy(edged, enu[0], enu[1])
        adjacent = [
            shapely.intersection(a, b)
            for (a, b), (one, two) in zip(pairwise(views), pairwise(flight), strict=True)
            if two.t_s - one.t_s <= 2
        ]
        twice = [shapely.intersection(a, b) for a, b in combinations(adjacent, 2)]
        once += shapely.union_all(views).area / outline.area / 2
        long += shapely.union_all(twice).area / outline.area / 2
    seconds = [
        (two.t_s - one.t_s) * (a & b)
        for (a, b), (one, two) in zip(pairwise(counted), pairwise(flight), strict=True)
        if two.t_s - one.t_s <= 2
    ]
    return Told(
        seen_area=once,
        watched_area=long,
        seen=counted.any(axis=0).mean(),
        watched=np.mean(np.sum(seconds, axis=0) >= 2),
        dwell_s=sum(step.max() for step in seconds),
        nearest_m=nearest_m,
        hidden_m2=hidden_m2,
    )


def test_coverage_is_that_of_exact_footprints_and_shadows_to_a_tenth_of_a_point() -> None:
    blocks, flight = town(), passes()
    found = cover([block(str(i), *one) for i, one in enumerate(blocks)], flight, GROUND, FINE)
    told = [brute_force(own, blocks, flight) for own in range(len(blocks))]
    assert sum(one.hidden_m2 for one in told) > 1000, "the town has shadows"
    assert min(one.watched for one in told) < 0.3, "and is seen in part"
    for ours, truth in zip(found, told, strict=True):
        assert ours.seen == pytest.approx(truth.seen, abs=0.001)
        assert ours.watched == pytest.approx(truth.watched, abs=0.001)
        assert ours.dwell_s == pytest.approx(truth.dwell_s)
        assert sum(ours.sectors_s) == pytest.approx(ours.dwell_s)
        assert ours.range_m == pytest.approx(truth.nearest_m, abs=FINE.grid_m)
        assert ours.seen == pytest.approx(truth.seen_area, abs=0.005), "half a cell of 30 m"
        assert ours.watched == pytest.approx(truth.watched_area, abs=0.005)


def one_plot(size_m: float = 40.0, height_m: float | None = None) -> Premises:
    half = size_m / 2
    return block("plot", shapely.box(-half, -half, half, half), height_m)


def hover(seconds: Iterable[float], **changed: object) -> list[Shot]:
    """100 m up and south of the plot, looking at it: it fills less than the picture."""
    return [replace(shot(t_s, 0, -100, 100), **changed) for t_s in seconds]


def only(shots: Sequence[Shot], place: Premises | None = None, **limits: float) -> Coverage:
    (found,) = cover([place or one_plot()], shots, GROUND, Limits(**limits))
    return found


def test_a_plot_watched_for_long_enough_is_covered_with_its_pictures_named() -> None:
    found = only(hover(range(6)))
    assert (found.status, found.reason, found.seen, found.watched) == (Status.COVERED, None, 1, 1)
    assert (found.first_s, found.last_s, found.dwell_s) == (0, 5, 5)
    assert found.sectors_s == (0, 0, 0, 0, 5, 0, 0, 0), "the camera is south of it"
    assert found.range_m == pytest.approx(math.hypot(80, 100), abs=2.5), "half a cell"
    assert found.gsd_m == pytest.approx(found.range_m / CAMERA.fx_px)
    assert len(found.best) == 3
    assert {proof.sha256 for proof in found.best} <= {"0", "1", "2", "3", "4", "5"}


def test_it_became_covered_with_the_picture_before_which_the_flight_would_not_have_sufficed() -> (
    None
):
    blocks, flight = town(), passes()
    places = [block(str(i), *one) for i, one in enumerate(blocks)]
    limits = replace(FINE, covered_share=0.3)
    whole = cover(places, flight, GROUND, limits)
    moments = sorted({one.covered_s for one in whole if one.covered_s is not None})
    assert len(moments) > 2
    for i, ours in enumerate(whole):
        assert (ours.covered_s is None) == (ours.status is not Status.COVERED)
        if ours.covered_s is not None:
            upto = [one for one in flight if one.t_s <= ours.covered_s]
            assert cover(places, upto, GROUND, limits)[i].status is Status.COVERED
            assert cover(places, upto[:-1], GROUND, limits)[i].status is not Status.COVERED


@pytest.mark.parametrize(
    ("times", "dwell_s"),
    [
        ((0, 1, 2, 3), 3.0),
        ((0, 2, 4), 4.0),
        ((0, 2.1, 4.2), 4.2),
        ((0, 2.6, 5.2), 0.0),
        ((0, 1, 2, 8, 9), 3.0),
        ((0,) * 50, 0.0),
        (tuple(i / 10 for i in range(11)), 1.0),
    ],
)
def test_seconds_count_and_gaps_are_not_bridged(times: tuple[float, ...], dwell_s: float) -> None:
    found = only(hover(times))
    assert found.dwell_s == pytest.approx(dwell_s)
    assert found.status is (Status.COVERED if dwell_s >= 2 else Status.PARTLY)
    assert found.reason is (None if dwell_s >= 2 else Reason.TOO_SHORT)


def test_a_picture_that_proves_nothing_breaks_the_watch() -> None:
    shots = hover(range(4))
    shots[2] = replace(shots[2], fault=Reason.FROZEN)
    assert only(shots).dwell_s == 1
    shots[2] = replace(shots[2], fault=Reason.NO_TELEMETRY, pose=None, camera=None)
    assert only(shots).dwell_s == 1


@pytest.mark.parametrize(
    ("shots", "reason"),
    [
        ([], Reason.NO_TELEMETRY),
        (hover(range(5), pose=None, fault=Reason.NO_POSE), Reason.NO_POSE),
        (hover(range(5), pose=None, fault=Reason.NO_TELEMETRY), Reason.NO_TELEMETRY),
        (hover(range(5), fault=Reason.FROZEN), Reason.FROZEN),
        (hover(range(5), fault=Reason.UNREADABLE), Reason.UNREADABLE),
        (hover(range(5), fault=Reason.NOT_JUDGED), Reason.NOT_JUDGED),
        ([shot(i, 0, -100, 100, yaw_deg=180) for i in range(5)], Reason.OUT_OF_VIEW),
        ([shot(i, 0, -1500, 300, pitch_deg=-11) for i in range(5)], Reason.TOO_FAR),
        ([shot(i, 0, -300, 300) for i in range(5)], Reason.TOO_COARSE),
        ([shot(i, 0, -120, 8, pitch_deg=-4) for i in range(5)], Reason.TOO_FLAT),
    ],
)
def test_what_was_not_seen_is_not_observable_with_the_reason(
    shots: list[Shot], reason: Reason
) -> None:
    found = only(shots)
    assert (found.status, found.reason) == (Status.NOT_OBSERVABLE, reason)
    assert (found.seen, found.dwell_s, found.best) == (0, 0, ())


def test_too_coarse_tells_how_coarse() -> None:
    found = only([shot(i, 0, -300, 300) for i in range(5)])
    assert found.gsd_m == pytest.approx(math.hypot(290, 300) / CAMERA.fx_px, abs=0.01)


@pytest.mark.parametrize(
    ("wall_m", "away_m", "hidden"),
    [(20.0, 10.0, True), (20.0, 45.0, False), (9.0, 10.0, False), (50.0, 45.0, True)],
)
def test_a_building_between_hides_what_lies_under_the_line_over_its_top(
    wall_m: float, away_m: float, hidden: bool
) -> None:
    """A camera 100 m up and 100 m off: the line is as high as it is far from the point."""
    point = block("spot", shapely.Point(0, 0))
    wall = block("wall", shapely.box(-30, -away_m - 4, 30, -away_m), wall_m)
    spot, itself = cover([point, wall], hover(range(4)), GROUND, Limits(sigmas=0))
    assert spot.reason is (Reason.OCCLUDED if hidden else None)
    assert itself.seen > 0, "premises do not hide themselves"


def test_a_roof_looks_over_the_wall_that_hides_its_ground() -> None:
    tower = one_plot(10.0, height_m=40.0)
    wall = block("wall", shapely.box(-30, -12, 30, -8), 30.0)
    found, _ = cover([tower, wall], hover(range(4)), GROUND, Limits(sigmas=0))
    assert found.seen == pytest.approx(0.5)
    assert (found.status, found.reason) == (Status.PARTLY, Reason.TOO_LITTLE)


class Ridge:
    """Level ground with a straight ridge 40 m high, 60 m wide, its crest 50 m south."""

    datum = Datum.TAKEOFF
    sigma_m = 0.0
    method = Method.TERRAIN

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        _, north, _ = pymap3d.geodetic2enu(lat_deg, lon_deg, 0.0, LAT0, LON0, 0.0)
        return np.asarray(np.maximum(0.0, 40.0 - np.abs(north + 50.0) * 40 / 30))

    def slopes(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        raise NotImplementedError

    def meet(self, views: Views, rays: Array) -> Hits:
        raise NotImplementedError


@pytest.mark.parametrize(("up_m", "hidden"), [(100.0, False), (70.0, True)])
def test_a_ridge_hides_what_lies_under_the_line_over_its_crest(up_m: float, hidden: bool) -> None:
    """At the crest, half way to the camera, the line is half as high as the camera."""
    shots = [shot(i, 0, -100, up_m, pitch_deg=-40) for i in range(4)]
    (found,) = cover([block("spot", shapely.Point(0, 0))], shots, Ridge(), Limits(sigmas=0))
    assert found.reason is (Reason.OCCLUDED if hidden else None)


def test_premises_off_the_terrain_have_no_ground() -> None:
    class Nowhere(Ridge):
        def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
            return np.full(np.broadcast_shapes(np.shape(lat_deg), np.shape(lon_deg)), np.nan)

    (found,) = cover([one_plot()], hover(range(4)), Nowhere())
    assert (found.status, found.reason) == (Status.NOT_OBSERVABLE, Reason.NO_GROUND)


@pytest.mark.parametrize("pitch_deg", [-20.0, -45.0, -70.0, -90.0])
def test_what_counts_is_in_the_picture_in_five_of_six_poses_shaken_by_their_sigmas(
    pitch_deg: float,
) -> None:
    """One sigma on one side leaves 84 %."""
    sigmas = PoseSigmas()
    flown = shot(0, 0, 0, 100, pitch_deg=pitch_deg, yaw_deg=20, roll_deg=1)
    assert flown.pose is not None
    flown = replace(flown, pose=replace(flown.pose, sigmas=sigmas))
    grid = [
        block(f"{east} {north}", shapely.Point(east, north))
        for east in range(-150, 400, 25)
        for north in range(-150, 400, 25)
    ]
    told = cover(grid, [flown], FlatTerrain(), Limits(max_gsd_m=1))
    seen = [place for place, one in zip(grid, told, strict=True) if one.seen]
    rng = np.random.default_rng(5)
    pose, count = flown.pose, 800
    east, north = rng.normal(0, sigmas.horizontal_m, (2, count))
    lat, lon, _ = pymap3d.enu2geodetic(east, north, 0.0, pose.lat_deg, pose.lon_deg, 0.0)
    up = rng.normal(0, math.hypot(sigmas.height_m, FlatTerrain().sigma_m), count)
    shaken = Views(
        lat_deg=lat,
        lon_deg=lon,
        height_m=pose.height_m + up,
        yaw_deg=pose.yaw_deg + rng.normal(0, sigmas.yaw_deg, count),
        pitch_deg=pose.pitch_deg + rng.normal(0, sigmas.pitch_deg, count),
        roll_deg=pose.roll_deg + rng.normal(0, sigmas.roll_deg, count),
    )
    assert len(seen) > 10
    for spot in seen:
        at = spot.geometry
        u, v = project(CAMERA, shaken, at.y, at.x, 0.0)
        shown_in = (u >= 0) & (u < CAMERA.width_px) & (v >= 0) & (v < CAMERA.height_px)
        assert shown_in.mean() > 0.82


def test_the_projection_is_the_one_that_locates() -> None:
    """With a distorting lens, off the axis, rolled: in the picture by both or by neither."""
    camera = replace(CAMERA, lens=Brown(k1=-0.12, k2=0.02, p1=0.001, p2=-0.002), cx_px=1000.0)
    rng = np.random.default_rng(11)
    poses = [
        shot(i, *rng.uniform(-80, 80, 2), 90, yaw_deg=rng.uniform(-180, 180), roll_deg=8)
        for i in range(40)
    ]
    spots = [block(f"{i}", shapely.Point(*rng.uniform(-150, 150, 2))) for i in range(150)]
    views = Views.of([one.pose for one in poses if one.pose])
    for spot, told in zip(
        spots,
        cover(spots, [replace(one, camera=camera) for one in poses], GROUND, FINE),
        strict=True,
    ):
        u, v = project(camera, views, spot.geometry.y, spot.geometry.x, 0.0)
        inside = (u >= 0) & (u <= 1920) & (v >= 0) & (v <= 1080)
        assert told.seen <= inside.any()
        assert {proof.seq // 10 for proof in told.best} <= set(np.flatnonzero(inside))
        near = [i for i in np.flatnonzero(inside) if _range_m(poses[i], spot) < 200]
        assert told.seen == bool(near)


def _range_m(one: Shot, spot: Premises) -> float:
    assert one.pose is not None
    pose, at = one.pose, spot.geometry
    east, north, up = pymap3d.geodetic2enu(
        pose.lat_deg, pose.lon_deg, pose.height_m, at.y, at.x, 0.0
    )
    return math.sqrt(east**2 + north**2 + up**2)


def test_the_order_of_the_pictures_does_not_matter() -> None:
    flight = passes()
    premises = [block(str(i), *one) for i, one in enumerate(town())]
    assert cover(premises, flight[::-1], GROUND) == cover(premises, flight, GROUND)


def test_heights_of_another_datum_are_no_pose() -> None:
    found = only([replace(one, pose=replace(one.pose, datum=Datum.MSL)) for one in hover(range(5))])
    assert found.reason is Reason.NO_POSE


def test_pictures_through_different_glass_are_each_seen_through_their_own() -> None:
    zoomed = replace(CAMERA.zoomed(3), lens=Brown(k1=0.05))
    wide, tele = hover(range(3)), hover(range(10, 13), camera=zoomed)
    place = one_plot(80.0)
    both, far, near = (only(shots, place, sigmas=0) for shots in (wide + tele, wide, tele))
    assert near.seen < far.seen == both.seen == 1
    assert both.gsd_m == near.gsd_m
    assert both.dwell_s == far.dwell_s + near.dwell_s


def test_premises_across_the_antimeridian_are_whole() -> None:
    def degrees(metres: Array) -> Array:
        lat, lon, _ = pymap3d.enu2geodetic(metres[:, 0], metres[:, 1], 0.0, 10.0, 180.0, 0.0)
        return np.stack([lon, lat], axis=-1)

    west, east = (
        shapely.transform(shapely.box(*sides), degrees)
        for sides in ((-20, -20, -1e-6, 20), (1e-6, -20, 20, 20))
    )
    place = replace(one_plot(), geometry=shapely.MultiPolygon([west, east]))
    assert place.geometry.bounds[2] - place.geometry.bounds[0] > 359
    lat, _, _ = pymap3d.enu2geodetic(0, -100, 0.0, 10.0, 180.0, 0.0)
    shots = [
        replace(one, pose=replace(one.pose, lat_deg=lat, lon_deg=-180.0)) for one in hover(range(4))
    ]
    found = only(shots, place)
    assert found.status is Status.COVERED
    assert found.range_m == pytest.approx(math.hypot(80, 100), abs=2.5)
