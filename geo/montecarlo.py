"""The error of a ground point by shaken poses: where first order is no longer enough."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geo.camera import Camera
from geo.foot import Foot
from geo.geodesy import Array, east_north, offset
from geo.pose import Pose
from geo.rays import Views, directions
from geo.terrain import Terrain

MAX_LOST = 0.05
"""A 95 % ellipse cannot be told from samples of which more than this never meet the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Where shaken poses put a foot: mean place and covariance, metres squared."""

    lat_deg: float
    lon_deg: float
    cov_ee_m2: float
    cov_en_m2: float
    cov_nn_m2: float
    lost: float
    """Share of the samples that met no ground, 0 to 1; they are in no other figure."""
    east_m: Array = field(compare=False, repr=False)
    """Of each other sample from the mean, (n,)."""
    north_m: Array = field(compare=False, repr=False)


def monte_carlo(
    *,
    pose: Pose,
    camera: Camera,
    foot: Foot,
    terrain: Terrain,
    samples: int = 500,
    seed: int = 0,
) -> Scatter | None:
    """Mean and covariance of the ground points under a foot, its pose shaken ``samples`` times.

    The errors are those of `geo.covariance.ground_covariance`; the ground's error is one shift
    of the whole ground. The draws are the same in every call, come in pairs of opposite sign and
    are stretched to unit covariance, so that what first order knows is exact with few samples.
    None when more than `MAX_LOST` of them never meet it.
    """
    shake = _draws(samples, seed)
    sigmas = pose.sigmas
    lat, lon = offset(
        pose.lat_deg, pose.lon_deg, sigmas.horizontal_m * shake[0], sigmas.horizontal_m * shake[1]
    )
    views = Views(
        lat_deg=lat,
        lon_deg=lon,
        height_m=pose.height_m + sigmas.height_m * shake[2] - terrain.sigma_m * shake[8],
        yaw_deg=pose.yaw_deg + sigmas.yaw_deg * shake[3],
        pitch_deg=pose.pitch_deg + sigmas.pitch_deg * shake[4],
        roll_deg=pose.roll_deg + sigmas.roll_deg * shake[5],
    )
    u_px, v_px = foot.u_px + foot.sigma_px * shake[6], foot.v_px + foot.sigma_px * shake[7]
    hits = terrain.meet(views, directions(camera, views, u_px, v_px))
    met = np.isfinite(hits.range_m)
    lost = 1.0 - float(np.mean(met))
    if lost > MAX_LOST:
        return None
    east, north = east_north(
        hits.lat_deg[met], hits.lon_deg[met], pose.lat_deg, pose.lon_deg
    )  # fmt: skip
    mean_lat, mean_lon = offset(pose.lat_deg, pose.lon_deg, np.mean(east), np.mean(north))
    (ee, en), (_, nn) = np.cov(east, north, bias=True)
    return Scatter(
        lat_deg=float(mean_lat),
        lon_deg=float(mean_lon),
        cov_ee_m2=float(ee),
        cov_en_m2=float(en),
        cov_nn_m2=float(nn),
        lost=lost,
        east_m=east - np.mean(east),
        north_m=north - np.mean(north),
    )


def _draws(samples: int, seed: int) -> Array:
    """Nine rows of standard normal numbers: mean 0 and unit covariance, not only on average."""
    drawn: Array = np.random.default_rng(seed).standard_normal((9, max(samples // 2, 10)))
    root = np.linalg.cholesky(drawn @ drawn.T / drawn.shape[1])
    half = np.asarray(np.linalg.solve(root, drawn), float)
    return np.concatenate([half, -half], axis=1)
