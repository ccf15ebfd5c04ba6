"""Ground points with their covariance per second, beside pymap3d's bare points in the same run.

    python bench/geo_rays.py [rays]

The peer gets the ray's azimuth and tilt for nothing and gives no covariance: it does less. Its
answers also check ours. Target: 50,000 points a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from pymap3d.los import lookAtSpheroid
from pyproj import Geod

from geo.camera import Camera
from geo.covariance import ground_covariance
from geo.pose import PoseSigmas
from geo.rays import Hits, Views, cut, directions

CAMERA = Camera.from_hfov(1920, 1080, 65.0)


def per_second(work: Callable[[], object], count: int, repeats: int = 5) -> float:
    """The best of some repeats: what the code can do when the machine leaves it alone."""
    best_s = float("inf")
    for _ in range(repeats):
        start_s = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - start_s)
    return count / best_s


def main(count: int = 100_000) -> None:
    rng = np.random.default_rng(1)
    views = Views(
        lat_deg=rng.uniform(31.8, 32.1, count),
        lon_deg=rng.uniform(118.6, 119.0, count),
        height_m=rng.uniform(60, 300, count),
        yaw_deg=rng.uniform(-180, 180, count),
        pitch_deg=rng.uniform(-80, -40, count),
        roll_deg=rng.uniform(-5, 5, count),
    )
    u_px, v_px = rng.uniform(0, 1920, count), rng.uniform(0, 1080, count)

    def points() -> tuple[np.ndarray, Hits]:
        rays = directions(CAMERA, views, u_px, v_px)
        return rays, cut(views, rays, 0.0)

    def ellipses() -> object:
        rays, hits = points()
        return ground_covariance(
            camera=CAMERA, views=views, rays=rays, hits=hits, sigmas=PoseSigmas(), sigma_px=8.0,
            terrain_sigma_m=4.0,
        )  # fmt: skip

    rays, hits = points()
    azimuth = np.degrees(np.arctan2(rays[:, 0], rays[:, 1]))
    tilt = np.degrees(np.arccos(-rays[:, 2]))

    def peer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return lookAtSpheroid(views.lat_deg, views.lon_deg, views.height_m, azimuth, tilt)

    lat, lon, _ = peer()
    apart_m = Geod(ellps="WGS84").inv(hits.lon_deg, hits.lat_deg, lon, lat)[2].max()
    ours, full, theirs = (per_second(work, count) for work in (points, ellipses, peer))
    print(f"rays {count}, largest difference to pymap3d {apart_m:.1e} m")
    print(f"pixel to ground point              {ours:10,.0f} /s  {ours / theirs:5.2f} x pymap3d")
    print(f"pixel to ground point, covariance  {full:10,.0f} /s  {full / theirs:5.2f} x pymap3d")
    print(f"pymap3d lookAtSpheroid, bare point {theirs:10,.0f} /s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
