"""One hour of patrol over 400 premises: how long the proof of looking takes, and how much memory.

    python -m bench.coverage [frames] [premises]

A lawnmower patrol at 100 m over a district of blocks with roofs, one picture a second; on flat
ground and on rolling hills. Target: under 5 s for 3600 pictures and 400 premises on two cores.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter

import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.camera import Camera
from geo.coverage import cover
from geo.geodesy import Array, offset
from geo.ground import Method
from geo.looking import Limits, Shot
from geo.pose import Datum, Pose
from geo.premises import Premises
from geo.rays import Hits, Views
from geo.terrain import FlatTerrain, Terrain

LAT0, LON0 = 31.95, 118.84
CAMERA = Camera.from_hfov(1920, 1080, 65.0)
SPEED_MPS, LINE_M = 8.0, 120.0


class Hills:
    """Waves 40 m high and 900 m long."""

    datum = Datum.TAKEOFF
    sigma_m = 4.0
    method = Method.TERRAIN

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        north = (np.asarray(lat_deg) - LAT0) * 111_000
        east = (np.asarray(lon_deg) - LON0) * 94_000
        return 20 + 20 * np.sin(north / 143) * np.cos(east / 143)

    def slopes(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        raise NotImplementedError

    def meet(self, views: Views, rays: Array) -> Hits:
        raise NotImplementedError


def district(count: int, rng: np.random.Generator) -> list[Premises]:
    """Square blocks 85 m apart, each with one plot of 30 to 75 m and a roof of 6 to 30 m."""
    side = int(np.ceil(np.sqrt(count)))
    found = []
    for i in range(count):
        east, north = 85.0 * (i % side), 85.0 * (i // side)
        width, depth = rng.uniform(30, 75, 2)
        x = east + np.array([0, width, width, 0])
        y = north + np.array([0, 0, depth, depth])
        lat, lon = offset(LAT0, LON0, x, y)
        found.append(
            Premises(
                premises_id=f"P{i:04}",
                name=f"block {i}",
                category="",
                risk=None,
                address=None,
                geometry=shapely.Polygon(np.stack([lon, lat], axis=-1)),
                height_m=float(rng.uniform(6, 30)),
            )
        )
    return found


def patrol(count: int, width_m: float, terrain: Terrain) -> list[Shot]:
    """Lines from west to east and back, the camera ahead and down."""
    flown = SPEED_MPS * np.arange(count)
    line, along = np.divmod(flown, width_m)
    ahead = line % 2 == 0
    east = np.where(ahead, along, width_m - along)
    north = (LINE_M * line) % width_m
    lat, lon = offset(LAT0, LON0, east, north)
    ground = terrain.height_m(lat, lon)
    return [
        Shot(
            t_s=float(i),
            seq=i,
            sha256=f"{i:064x}",
            camera=CAMERA,
            pose=Pose(
                t_s=float(i),
                lat_deg=float(lat[i]),
                lon_deg=float(lon[i]),
                height_m=float(ground[i]) + 100.0,
                datum=Datum.TAKEOFF,
                yaw_deg=90.0 if ahead[i] else -90.0,
                pitch_deg=-45.0,
            ),
        )
        for i in range(count)
    ]


def main(frames: int = 3600, count: int = 400) -> None:
    premises = district(count, np.random.default_rng(3))
    width_m = 85.0 * np.ceil(np.sqrt(count))
    for name, terrain in (("flat", FlatTerrain()), ("hills", Hills())):
        shots = patrol(frames, width_m, terrain)
        start_s, cpu_s = time.perf_counter(), time.process_time()
        found = cover(premises, shots, terrain, Limits())
        wall_s, cpu_s = time.perf_counter() - start_s, time.process_time() - cpu_s
        statuses = Counter(f"{one.status} {one.reason or ''}".strip() for one in found)
        print(f"{name:6} {frames} pictures x {count} premises: {wall_s:.2f} s ({cpu_s:.2f} s cpu)")
        print(f"       {dict(statuses)}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process {peak_mb:.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
