"""Writes tests/geo/oracle.json: rays, pixels, geodesics, lenses and hills as others see them.

The others are pymap3d, PROJ and OpenCV. The picture's axes are built here from cross products and
one rotation about the optical axis, not from a product of three rotations as in geo/rays.py;
positions come from pymap3d alone. Half of the rays run from the pixel to the ellipsoid
(lookAtSpheroid), half from a point of known height back to the pixel (geodetic2ecef). Lenses are
OpenCV's own projections of such points. Hills are searched every
centimetre (`dense_march`), with PROJ for every position.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
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


def through_lens(rng):
    """A point in view of a lens with distortion, and the pixel OpenCV draws it on."""
    while True:
        case = from_target(rng)
        case |= {"fx_px": 1500.0, "fy_px": 1480.0}
        here = (case["lat_deg"], case["lon_deg"], case["height_m"])
        there = (case["target_lat_deg"], case["target_lon_deg"], case["ground_m"])
        enu = np.array(pymap3d.ecef2enu(*pymap3d.geodetic2ecef(*there), *here))
        forward, right, down = (
            axis @ enu
            for axis in picture_axes(case["yaw_deg"], case["pitch_deg"], case["roll_deg"])
        )
        optics = np.array([[1500.0, 0, case["cx_px"]], [0, 1480.0, case["cy_px"]], [0, 0, 1]])
        seen, still = np.array([[[right, down, forward]]]), np.zeros(3)
        if np.hypot(right, down) > 0.7 * forward:
            continue
        if rng.random() < 0.5:
            brown = rng.normal(0, [0.1, 0.03, 1e-3, 1e-3, 0.005])
            pixel = cv2.projectPoints(seen, still, still, optics, brown)[0]
            lens = {"distortion": brown.tolist()}
        else:
            fisheye = rng.normal(0, [0.03, 0.01, 3e-3, 1e-3])
            pixel = cv2.fisheye.projectPoints(seen, still, still, optics, fisheye)[0]
            lens = {"fisheye": fisheye.tolist()}
        return case | lens | {"u_px": float(pixel[0, 0, 0]), "v_px": float(pixel[0, 0, 1])}


def hills(rng, side=81):
    """Made-up ground of 30 m cells across the antimeridian, in whole decimetres."""
    y, x = np.mgrid[:side, :side]
    heights = sum(
        a * np.sin(2 * np.pi * (x * np.cos(b) + y * np.sin(b)) / wave + b)
        for a, b, wave in zip(
            (60, 35, 12, 4), rng.uniform(0, 6.28, 4), (70, 31, 13, 5), strict=True
        )
    )
    return {"north_deg": -16.98, "west_deg": 179.9885, "step_deg": 1 / 3600,
        "heights_dm": np.round(10 * (heights + 300)).astype(int).tolist()}  # fmt: skip


def height_at(ground, lat, lon):
    """Bilinear, from the corner to the north-west; nan outside."""
    nodes = np.array(ground["heights_dm"]) / 10 if "heights_dm" in ground else ground["heights_m"]
    x = ((lon - ground["west_deg"]) % 360) / ground["step_deg"]
    y = (ground["north_deg"] - lat) / ground["step_deg"]
    out = (x < 0) | (y < 0) | (x >= nodes.shape[1] - 1) | (y >= nodes.shape[0] - 1)
    i, j = np.where(out, 0, np.floor(y)).astype(int), np.where(out, 0, np.floor(x)).astype(int)
    y, x = y - i, x - j
    nw, ne, sw, se = nodes[i, j], nodes[i, j + 1], nodes[i + 1, j], nodes[i + 1, j + 1]
    return np.where(out, np.nan, nw + (ne - nw) * x + (sw - nw) * y + (nw - ne - sw + se) * x * y)


def dense_march(ground, case, ray):
    """Where a ray (east, north, up) first goes under: looked at every centimetre; None: nowhere."""
    step_m, chunk, limit_m = 0.01, 100_000, 4000.0
    to_lonlat = pyproj.Transformer.from_crs(4978, 4979, always_xy=True)
    start = np.array(pymap3d.geodetic2ecef(case["lat_deg"], case["lon_deg"], case["height_m"]))
    toward = np.array(pymap3d.enu2uvw(*ray, case["lat_deg"], case["lon_deg"]))
    for first in range(0, int(limit_m / step_m), chunk):
        along = (first + np.arange(chunk + 1)) * step_m
        lon, lat, height = to_lonlat.transform(*(start[:, None] + toward[:, None] * along))
        above = height - height_at(ground, lat, lon)
        under = np.flatnonzero(~(above > 0))
        if under.size:
            i = under[0]
            if i == 0 or np.isnan(above[i]):
                return None
            at = along[i - 1] + step_m * above[i - 1] / (above[i - 1] - above[i])
            lon, lat, height = to_lonlat.transform(*(start + toward * at))
            return {"target_lat_deg": lat, "target_lon_deg": lon, "target_m": height,
                "range_m": float(at)}  # fmt: skip
    return None


def onto_hills(rng, ground):
    while True:
        case = pose(rng)
        edge = ground["step_deg"] * (len(ground["heights_dm"]) - 1)
        case["lat_deg"] = ground["north_deg"] - rng.uniform(0, edge)
        case["lon_deg"] = (ground["west_deg"] + rng.uniform(0, edge) + 180) % 360 - 180
        below = float(height_at(ground, case["lat_deg"], case["lon_deg"]))
        case |= {"height_m": below + rng.uniform(20, 250), "pitch_deg": rng.uniform(-80, -4)}
        ray, _, _ = picture_axes(case["yaw_deg"], case["pitch_deg"], case["roll_deg"])
        found = dense_march(ground, case, ray)
        if found:
            return case | found


def main() -> None:
    rng = np.random.default_rng(20261124)
    oracle = {
        "made_by": f"pymap3d {pymap3d.__version__}, pyproj {pyproj.__version__}",
        "rays": [to_ellipsoid(rng) for _ in range(150)] + [from_target(rng) for _ in range(150)],
        "geodesics": geodesics(rng),
        "points": points(rng),
        "lenses": [through_lens(rng) for _ in range(150)],
        "hills": (ground := hills(rng)),
        "hill_rays": [onto_hills(rng, ground) for _ in range(150)],
    }
    OUT.write_text(json.dumps(oracle).replace("}, {", "},\n{") + "\n")


if __name__ == "__main__":
    main()
