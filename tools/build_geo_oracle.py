"""Writes tests/geo/oracle.json: rays, pixels and geodesics as pymap3d and PROJ see them.

The picture's axes are built here from cross products and one rotation about the optical axis, not
from a product of three rotations as in geo/rays.py; positions come from pymap3d alone. Half of
the rays run from the pixel to the ellipsoid (lookAtSpheroid), half from a point of known height
back to the pixel (geodetic2ecef).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pymap3d
import pyproj
from pymap3d.los import lookAtSpheroid

OUT = Path(__file__).parents[1] / "tests" / "geo" / "oracle.json"
PLACES = [(31.95, 118.84), (0.3, 179.9995), (-17.0, -179.9998), (78.2, 15.6), (-54.8, -68.3),
    (29.65, 91.1), (43.8, 87.6), (0.0, 0.0)]  # fmt: skip
ZOOMS = [1.0, 1.0, 3.0, 10.0]


def picture_axes(yaw_deg, pitch_deg, roll_deg):
    """Forward, right and down in east, north, up; roll clockwise as seen from behind."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    forward = np.array([np.cos(pitch) * np.sin(yaw), np.cos(pitch) * np.cos(yaw), np.sin(pitch)])
    level = np.array([np.cos(yaw), -np.sin(yaw), 0.0])
    top = np.cross(level, forward)
    right = np.cos(roll) * level - np.sin(roll) * top
    return forward, right, np.cross(forward, right)


def pose(rng):
    lat, lon = PLACES[rng.integers(len(PLACES))]
    zoom = ZOOMS[rng.integers(len(ZOOMS))]
    return {
        "lat_deg": lat + rng.normal(0, 1e-3), "lon_deg": lon + rng.normal(0, 1e-3),
        "height_m": rng.uniform(40, 400), "yaw_deg": rng.uniform(-180, 180),
        "pitch_deg": rng.uniform(-85, -15), "roll_deg": rng.uniform(-25, 25),
        "fx_px": 1500.0 * zoom, "fy_px": 1480.0 * zoom, "cx_px": 970.0, "cy_px": 530.0,
        "ground_m": 0.0,
    }  # fmt: skip


def to_ellipsoid(rng):
    """A random pixel, and where pymap3d says its ray meets the ellipsoid."""
    while True:
        case = pose(rng)
        u, v = rng.uniform(0, 1920), rng.uniform(0, 1080)
        forward, right, down = picture_axes(case["yaw_deg"], case["pitch_deg"], case["roll_deg"])
        ray = (
            forward
            + right * (u - case["cx_px"]) / case["fx_px"]
            + down * (v - case["cy_px"]) / case["fy_px"]
        )
        ray /= np.linalg.norm(ray)
        if ray[2] > -np.sin(np.radians(6)):
            continue
        azimuth, tilt = np.degrees(np.arctan2(ray[0], ray[1])), np.degrees(np.arccos(-ray[2]))
        lat, lon, slant = lookAtSpheroid(
            case["lat_deg"], case["lon_deg"], case["height_m"], azimuth, tilt
        )
        if slant < 3000:
            return case | {"u_px": u, "v_px": v, "target_lat_deg": float(lat),
                "target_lon_deg": float(lon), "range_m": float(slant)}  # fmt: skip


def from_target(rng):
    """A point on ground of some height, and the pixel it falls on."""
    while True:
        case = pose(rng)
        ground = rng.choice([-150.0, 0.0, 12.5, 900.0, 3650.0])
        case |= {"ground_m": ground, "height_m": case["height_m"] + ground}
        here = (case["lat_deg"], case["lon_deg"], case["height_m"])
        reach = rng.uniform(0.2, 6) * (here[2] - ground)
        lat, lon, _ = pymap3d.enu2geodetic(
            *(reach * np.array([np.sin(b := rng.uniform(0, 6.28)), np.cos(b)])), 0.0, *here
        )
        east, north, up = pymap3d.ecef2enu(*pymap3d.geodetic2ecef(lat, lon, ground), *here)
        case["yaw_deg"] = float(np.degrees(np.arctan2(east, north)) + rng.uniform(-25, 25))
        level = np.hypot(east, north)
        case["pitch_deg"] = float(np.degrees(np.arctan2(up, level)) + rng.uniform(-15, 15))
        axes = picture_axes(case["yaw_deg"], case["pitch_deg"], case["roll_deg"])
        depth, right, down = (axis @ np.array([east, north, up]) for axis in axes)
        u = case["cx_px"] + case["fx_px"] * right / depth
        v = case["cy_px"] + case["fy_px"] * down / depth
        if depth > 0 and abs(u) < 1e4 and abs(v) < 1e4:
            return case | {"u_px": float(u), "v_px": float(v), "target_lat_deg": float(lat),
                "target_lon_deg": float(lon),
                "range_m": float(np.linalg.norm([east, north, up]))}  # fmt: skip


def geodesics(rng):
    geod = pyproj.Geod(ellps="WGS84")
    cases = []
    for lat, lon in [*PLACES, (89.999, 30.0), (-89.9, -120.0)]:
        for distance in (3.0, 400.0, 20_000.0, 1_500_000.0):
            bearing = rng.uniform(0, 360)
            lon2, lat2, _ = geod.fwd(lon, lat, bearing, distance)
            cases.append({"lat1_deg": lat, "lon1_deg": lon, "lat2_deg": lat2, "lon2_deg": lon2,
                "bearing_deg": bearing, "distance_m": distance})  # fmt: skip
    return cases


def points(rng):
    cases = []
    for lat, lon in [*PLACES, (89.999, 30.0), (-90.0, 0.0)]:
        height = rng.uniform(-400, 9000)
        x, y, z = pymap3d.geodetic2ecef(lat, lon, height)
        east, north, up = pymap3d.geodetic2enu(
            lat + 0.002, lon + 0.003, height + 5, lat, lon, height
        )
        cases.append({"lat_deg": lat, "lon_deg": lon, "height_m": height, "x_m": float(x),
            "y_m": float(y), "z_m": float(z), "east_m": float(east), "north_m": float(north),
            "up_m": float(up)})  # fmt: skip
    return cases


def main() -> None:
    rng = np.random.default_rng(20261124)
    oracle = {
        "made_by": f"pymap3d {pymap3d.__version__}, pyproj {pyproj.__version__}",
        "rays": [to_ellipsoid(rng) for _ in range(150)] + [from_target(rng) for _ in range(150)],
        "geodesics": geodesics(rng),
        "points": points(rng),
    }
    OUT.write_text(json.dumps(oracle).replace("}, {", "},\n{") + "\n")


if __name__ == "__main__":
    main()
