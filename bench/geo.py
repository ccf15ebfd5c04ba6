"""Ground points with their covariance per second, beside pymap3d's bare points in the same run.

    python -m bench.geo [--rays N] [--dem FILE]

One thread. The peer gets the ray's azimuth and tilt for nothing, knows no relief and gives no
covariance: it does less. Its answers also check ours. Without a file the relief is made up: hills
of 60 m in cells of 30 m. Targets: 50,000 points a second on the ellipsoid, 20,000 on relief.
"""

from __future__ import annotations

# ruff: noqa: E402
import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path[:] = [p for p in sys.path if Path(p).resolve() != Path(__file__).parent]  # not this geo

import argparse
import time
from collections.abc import Callable

import numpy as np
from pymap3d.los import lookAtSpheroid
from pyproj import Geod

from geo.camera import Camera
from geo.covariance import Covariances, ground_covariance
from geo.lens import Brown
from geo.pose import Datum, PoseSigmas
from geo.raster import Grid
from geo.rays import Hits, Views, directions
from geo.terrain import FlatTerrain, RasterTerrain, Terrain
from plumeline.terrain_files import read_terrain

CAMERA = Camera.from_hfov(1920, 1080, 65.0)
LENS = Camera(
    width_px=1920, height_px=1080, fx_px=1500, fy_px=1500, cx_px=970, cy_px=530,
    lens=Brown(k1=-0.28, k2=0.09, p1=8e-4, p2=-5e-4, k3=-0.01),
)  # fmt: skip
LEVEL = FlatTerrain(datum=Datum.ELLIPSOID)


def per_second(work: Callable[[], object], count: int, repeats: int = 5) -> float:
    """The best of some repeats: what the code can do when the machine leaves it alone."""
    best_s = float("inf")
    for _ in range(repeats):
        start_s = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - start_s)
    return count / best_s


def hills(side: int = 1201) -> RasterTerrain:
    y, x = np.mgrid[:side, :side]
    heights = sum(a * np.sin(x / w) * np.cos(y / w) for a, w in ((60, 9), (15, 2.5)))
    grid = Grid(
        values=heights.astype(np.float32), north_deg=32.0, west_deg=118.6,
        lat_step_deg=1 / 3600, lon_step_deg=1 / 3600,
    )  # fmt: skip
    return RasterTerrain(grid=grid, datum=Datum.ELLIPSOID)


def views_over(terrain: RasterTerrain, count: int) -> Views:
    """Drones 60 to 300 m above the middle of the model."""
    rng, lats, lons = np.random.default_rng(1), terrain.grid.lats_deg(), terrain.grid.lons_deg()
    rim = len(lats) // 5, len(lons) // 5
    lat = rng.uniform(lats[-rim[0]], lats[rim[0]], count)
    lon = rng.uniform(lons[rim[1]], lons[-rim[1]], count)
    return Views(
        lat_deg=lat, lon_deg=lon, height_m=terrain.height_m(lat, lon) + rng.uniform(60, 300, count),
        yaw_deg=rng.uniform(-180, 180, count), pitch_deg=rng.uniform(-80, -40, count),
        roll_deg=rng.uniform(-5, 5, count),
    )  # fmt: skip


def points(camera: Camera, views: Views, pixels: np.ndarray, terrain: Terrain) -> Hits:
    return terrain.meet(views, directions(camera, views, *pixels))


def ellipses(camera: Camera, views: Views, pixels: np.ndarray, terrain: Terrain) -> Covariances:
    rays = directions(camera, views, *pixels)
    hits = terrain.meet(views, rays)
    return ground_covariance(
        camera=camera, views=views, rays=rays, hits=hits, sigmas=PoseSigmas(), sigma_px=8.0,
        terrain_sigma_m=terrain.sigma_m, slopes=terrain.slopes(hits.lat_deg, hits.lon_deg),
    )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rays", type=int, default=50_000)
    options.add_argument("--dem", type=Path)
    told = options.parse_args()
    count = told.rays
    relief = read_terrain(told.dem, datum=Datum.ELLIPSOID) if told.dem else hills()
    views = views_over(relief, count)
    level = Views(**{f: getattr(views, f) for f in Views.__slots__} | {"height_m": views.height_m
        - relief.height_m(views.lat_deg, views.lon_deg)})  # fmt: skip
    pixels = np.random.default_rng(2).uniform([[0], [0]], [[1920], [1080]], (2, count))
    rays, hits = directions(CAMERA, level, *pixels), points(CAMERA, level, pixels, LEVEL)
    azimuth = np.degrees(np.arctan2(rays[:, 0], rays[:, 1]))
    tilt = np.degrees(np.arccos(-rays[:, 2]))

    def peer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return lookAtSpheroid(level.lat_deg, level.lon_deg, level.height_m, azimuth, tilt)

    lat, lon, _ = peer()
    apart_m = Geod(ellps="WGS84").inv(hits.lon_deg, hits.lat_deg, lon, lat)[2].max()
    print(f"rays {count}, largest difference to pymap3d {apart_m:.1e} m")
    theirs = per_second(peer, count)
    for name, work in (
        ("ellipsoid", lambda: points(CAMERA, level, pixels, LEVEL)),
        ("ellipsoid, covariance", lambda: ellipses(CAMERA, level, pixels, LEVEL)),
        ("ellipsoid, Brown lens, covariance", lambda: ellipses(LENS, level, pixels, LEVEL)),
        ("relief", lambda: points(CAMERA, views, pixels, relief)),
        ("relief, covariance", lambda: ellipses(CAMERA, views, pixels, relief)),
    ):
        ours = per_second(work, count, 3)
        print(f"pixel to {name:34}{ours:10,.0f} /s  {ours / theirs:5.2f} x pymap3d")
    print(f"pymap3d lookAtSpheroid, bare point         {theirs:10,.0f} /s")


if __name__ == "__main__":
    main()
