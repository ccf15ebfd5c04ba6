"""Shaken poses: first order where that is enough, and right where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from geo.camera import Camera
from geo.covariance import ground_covariance
from geo.ellipse import mahalanobis2, scale
from geo.foot import Foot
from geo.geodesy import distance_m, east_north, offset
from geo.ground import GroundPoint
from geo.locate import locate
from geo.montecarlo import monte_carlo
from geo.pose import Datum, Pose, PoseSigmas
from geo.raster import Grid
from geo.rays import Views, cut, directions
from geo.terrain import FlatTerrain, RasterTerrain, Terrain

CAMERA = Camera(width_px=1920, height_px=1080, fx_px=1500, fy_px=1500, cx_px=960, cy_px=540)
FOOT = Foot(u_px=700.0, v_px=600.0)
AXIS = Foot(u_px=960.0, v_px=540.0)
LAT_DEG, LON_DEG = 31.95, 118.84
FLAT = FlatTerrain(datum=Datum.ELLIPSOID)


def pose_at(depression_deg: float, height_m: float = 120.0, yaw_deg: float = 70.0) -> Pose:
    return Pose(
        t_s=0.0, lat_deg=LAT_DEG, lon_deg=LON_DEG, height_m=height_m, datum=Datum.ELLIPSOID,
        yaw_deg=yaw_deg, pitch_deg=-depression_deg,
    )  # fmt: skip


def first_order(
    pose: Pose, terrain: Terrain, slopes: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    views = Views.of([pose])
    rays = directions(CAMERA, views, FOOT.u_px, FOOT.v_px)
    found = ground_covariance(
        camera=CAMERA, views=views, rays=rays, hits=terrain.meet(views, rays), sigmas=pose.sigmas,
        sigma_px=FOOT.sigma_px, terrain_sigma_m=terrain.sigma_m, slopes=slopes,
    )  # fmt: skip
    ee, en, nn = found.ee_m2[0], found.en_m2[0], found.nn_m2[0]
    return np.array([[ee, en], [en, nn]])


def shaken(pose: Pose, terrain: Terrain) -> np.ndarray:
    found = monte_carlo(pose=pose, camera=CAMERA, foot=FOOT, terrain=terrain)
    assert found is not None
    return np.array([[found.cov_ee_m2, found.cov_en_m2], [found.cov_en_m2, found.cov_nn_m2]])


@pytest.mark.parametrize("depression", [30, 45, 60, 90])
@pytest.mark.parametrize("height", [60.0, 300.0])
def test_from_30_degrees_on_it_is_first_order_within_3_percent(
    depression: float, height: float
) -> None:
    pose = pose_at(depression, height)
    axes = [np.sqrt(np.linalg.eigvalsh(c)) for c in (shaken(pose, FLAT), first_order(pose, FLAT))]
    assert axes[0] == pytest.approx(axes[1], rel=0.03)


@pytest.mark.parametrize("depression", [2, 3, 5, 8, 12, 15])
def test_at_grazing_angles_its_ellipse_still_holds_95_percent(depression: float) -> None:
    """Of 20 000 poses shaken here, by plain draws, about the point that is given. The mutant: a
    covariance that is not stretched, which holds 92 % at 2 degrees."""
    pose, sigmas = pose_at(depression), PoseSigmas()
    found = locate(pose=pose, camera=CAMERA, foot=AXIS, terrain=FLAT, min_depression_deg=0.0)
    assert isinstance(found, GroundPoint)
    noise = np.random.default_rng(7).standard_normal((9, 20_000))
    lat, lon = offset(
        LAT_DEG, LON_DEG, sigmas.horizontal_m * noise[0], sigmas.horizontal_m * noise[1]
    )
    views = Views(
        lat_deg=lat,
        lon_deg=lon,
        height_m=pose.height_m + sigmas.height_m * noise[2],
        yaw_deg=pose.yaw_deg + sigmas.yaw_deg * noise[3],
        pitch_deg=pose.pitch_deg + sigmas.pitch_deg * noise[4],
        roll_deg=sigmas.roll_deg * noise[5],
    )
    u, v = AXIS.u_px + AXIS.sigma_px * noise[6], AXIS.v_px + AXIS.sigma_px * noise[7]
    hits = cut(views, directions(CAMERA, views, u, v), FLAT.sigma_m * noise[8])
    east, north = east_north(hits.lat_deg, hits.lon_deg, found.lat_deg, found.lon_deg)
    off2 = mahalanobis2(east, north, found.cov_ee_m2, found.cov_en_m2, found.cov_nn_m2)
    inside = np.isfinite(off2) & (off2 <= scale(0.95) ** 2)
    assert 0.94 <= np.mean(inside) <= 0.97


def plane(rise_east: float) -> RasterTerrain:
    """Ground that rises to the east all the way, at height 0 under the drone."""
    metres = 100.0 * np.arange(-40, 41)
    return RasterTerrain(
        grid=Grid(
            values=np.float32(rise_east * np.broadcast_to(metres, (81, 81))),
            north_deg=LAT_DEG + 40e-3,
            west_deg=LON_DEG - 4000.0 / 94_532.0,  # metres in a degree of longitude at 31.95 N
            lat_step_deg=1e-3,
            lon_step_deg=100.0 / 94_532.0,
        ),
        datum=Datum.ELLIPSOID,
    )


@pytest.mark.parametrize("rise", [-0.3, 0.3])
def test_on_a_slope_first_order_knows_the_slope(rise: float) -> None:
    pose, terrain = pose_at(45.0, yaw_deg=80.0), plane(rise)
    axes = [
        np.sqrt(np.linalg.eigvalsh(c))
        for c in (shaken(pose, terrain), first_order(pose, terrain, (rise, 0.0)))
    ]
    assert axes[0] == pytest.approx(axes[1], rel=0.03)
    level = np.sqrt(np.linalg.eigvalsh(first_order(pose, FLAT)))
    assert (axes[1][1] > level[1]) == (rise < 0), "falling away is worse, rising towards is better"


def test_a_slope_that_falls_away_with_the_ray_is_refused() -> None:
    assert monte_carlo(pose=pose_at(12.0), camera=CAMERA, foot=FOOT, terrain=plane(-0.25)) is None


def test_the_share_above_the_horizon_is_told_and_too_much_of_it_is_refused() -> None:
    low = Foot(u_px=960.0, v_px=540.0)
    told = {
        depression: monte_carlo(
            pose=pose_at(depression, 10.0), camera=CAMERA, foot=low, terrain=FLAT
        )
        for depression in (0.5, 30.0)
    }
    assert told[0.5] is None
    assert told[30.0] is not None and 0.0 <= told[30.0].lost < 0.05


def test_it_has_no_chance_in_it() -> None:
    once, again = (
        monte_carlo(pose=pose_at(10.0), camera=CAMERA, foot=FOOT, terrain=FLAT) for _ in range(2)
    )
    assert once == again
    assert once is not None
    nominal = cut(
        Views.of([pose_at(10.0)]),
        directions(CAMERA, Views.of([pose_at(10.0)]), FOOT.u_px, FOOT.v_px),
        0.0,
    )
    mean_off_m = distance_m(once.lat_deg, once.lon_deg, nominal.lat_deg[0], nominal.lon_deg[0])
    assert mean_off_m < 5.0, "opposite draws cancel all but the curvature"
