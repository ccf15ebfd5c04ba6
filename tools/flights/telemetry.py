"""What a flight sends: the true pose with the sensors' errors, as messages in order of arrival.

The DJI flight's rhythm is that of two real captures of OSD messages (3 413 of them, 2025): one
every 0.333 s, arrivals that stray by about 0.02 s, one missed now and then, one gap of 5.4 s;
height steady to a centimetre, elevation, heading and speeds in steps of 0.1. Only these figures
were taken, none of the data.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np

from flights.script import Flight
from flights.view import CENTRE_HEIGHT_M, HFOV_DEG, View, to_wgs84

TICK_S = 1 / 1024
"""All times are multiples of it, so that shifting a flight by whole seconds is exact."""
BOOT_ID = "boot-{name}"
DJI_STEP_S = 0.333
DJI_GAPS_S = ((11.4, 11.75), (23.0, 28.2))
DJI_GATEWAY = "4TAD0NJDEMO002"
HOME_M = (-20.0, -30.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: when it arrives (seconds since 1970), and its line without the time."""

    t_s: float
    kind: str
    topic: str
    line: dict[str, Any]
    t_flight_s: float
    """When the device took what it tells, in seconds since the flight's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """Errors that stay the same for a whole flight."""

    east_m: float
    north_m: float
    height_m: float
    yaw_deg: float
    pitch_deg: float


def tick(t_s: float) -> float:
    """The nearest multiple of 1/1024 s."""
    return round(t_s / TICK_S) * TICK_S


def bias(flight: Flight) -> Bias:
    """Drawn from the flight's seed with the error budget's sigmas."""
    draw = np.random.default_rng([flight.seed, 1]).standard_normal(5) * (1.5, 1.5, 2.0, 2.0, 0.5)
    east, north, height, yaw, pitch = (round(float(value), 3) for value in draw)
    return Bias(east_m=east, north_m=north, height_m=height, yaw_deg=yaw, pitch_deg=pitch)


def frame_times_s(flight: Flight) -> list[float]:
    """When frames are taken: once a second, never quite at a fix."""
    random = np.random.default_rng([flight.seed, 2])
    first, last = flight.frames_s
    count = round(last - first) + 1
    return [tick(first + k + 0.047 + random.uniform(-0.02, 0.02)) for k in range(count)]


def sense(flight: Flight, t_s: float, random: np.random.Generator) -> View:
    """The pose as the device believes it: true pose, bias, and a little white noise."""
    true, off = flight.path.view(t_s), bias(flight)
    noise = random.standard_normal(6) * (0.012, 0.012, 0.02, 0.08, 0.04, 0.05)
    shift = np.array([off.east_m, off.north_m, off.height_m])
    east, north, up = np.array(true.at_m) + shift + noise[:3]
    return View(
        at_m=(float(east), float(north), float(up)),
        yaw_deg=true.yaw_deg + off.yaw_deg + float(noise[3]),
        pitch_deg=true.pitch_deg + off.pitch_deg + float(noise[4]),
        roll_deg=true.roll_deg + float(noise[5]),
    )


def wrap_deg(angle: float) -> float:
    """Into -180 (not included) to 180."""
    return 180.0 - (180.0 - angle) % 360.0


def fixes(flight: Flight) -> list[Message]:
    """Every fix the device takes and gets rid of."""
    random = np.random.default_rng([flight.seed, 3])
    make = _dji_fix if flight.dji else _native_fix
    step = DJI_STEP_S if flight.dji else 0.1
    gaps = (*DJI_GAPS_S,) if flight.dji else (flight.defects.gap_s,)
    found = []
    for number in range(int(flight.length_s / step)):
        t_s = tick(number * step + random.normal(0, 0.002 if flight.dji else 0.0008) + 0.01)
        message = make(flight, t_s, random)
        if not any(start <= t_s < end for start, end in gaps):
            found.append(message)
    return found


def _native_fix(flight: Flight, t_s: float, random: np.random.Generator) -> Message:
    pose = sense(flight, t_s, random)
    lat, lon, height = to_wgs84(pose.at_m)
    fixed = t_s >= flight.defects.no_fix_until_s
    device_s = flight.t0_s + t_s
    sent_s = device_s + tick(random.uniform(0.004, 0.012))
    payload = {
        "boot_id": BOOT_ID.format(name=flight.name),
        "t_device_s": device_s,
        "t_sent_s": sent_s,
        "lat_deg": round(lat, 8) if fixed else 0,
        "lon_deg": round(lon, 8) if fixed else 0,
        "height_takeoff_m": round(height - home_wgs84()[2], 2),
        "yaw_deg": round(wrap_deg(pose.yaw_deg + 2 * math.sin(0.4 * t_s)), 2),
        "pitch_deg": round(-5 + 1.5 * math.sin(0.9 * t_s), 2),
        "roll_deg": round(4 * math.sin(0.35 * t_s), 2),
        "gimbal_yaw_deg": round(wrap_deg(pose.yaw_deg), 2),
        "gimbal_pitch_deg": round(pose.pitch_deg, 2),
        "gimbal_roll_deg": round(pose.roll_deg, 2),
        "hfov_deg": HFOV_DEG,
        "fix": "ok" if fixed else "none",
    }
    arrives = sent_s + tick(0.03 + random.lognormal(-4.2, 0.5))
    return Message(
        t_s=arrives, kind="fix", topic=f"uav/{flight.device_id}/fix",
        line={"payload": payload}, t_flight_s=t_s,
    )  # fmt: skip


def _dji_fix(flight: Flight, t_s: float, random: np.random.Generator) -> Message:
    pose = sense(flight, t_s, random)
    lat, lon, height = to_wgs84(pose.at_m)
    before, after = (np.array(flight.path.view(t_s + d).at_m) for d in (-0.05, 0.05))
    speed = (after - before) / 0.1
    data = {
        "mode_code": 5,
        "latitude": lat,
        "longitude": lon,
        "height": round(height, 5),
        "elevation": round(height - home_wgs84()[2], 1),
        "attitude_head": round(wrap_deg(pose.yaw_deg + 2 * math.sin(0.4 * t_s)), 1),
        "attitude_pitch": round(-5 + 1.5 * math.sin(0.9 * t_s), 1),
        "attitude_roll": round(4 * math.sin(0.35 * t_s), 1),
        "horizontal_speed": round(float(np.hypot(speed[0], speed[1])), 1),
        "vertical_speed": round(float(speed[2]), 1),
        "home_distance": round(float(np.hypot(*(np.array(pose.at_m) - HOME_M)[:2])), 3),
        "wind_direction": 5,
        "wind_speed": 14,
        "position_state": {"is_fixed": 2, "quality": 5, "gps_number": 21, "rtk_number": 0},
        "53-0-0": {
            "payload_index": "53-0-0",
            "gimbal_pitch": round(pose.pitch_deg, 1),
            "gimbal_roll": round(pose.roll_deg, 1),
            "gimbal_yaw": round(wrap_deg(pose.yaw_deg), 1),
            "zoom_factor": 1.0,
        },
    }
    message = _dji_message(flight, "osd", t_s, data, random)
    arrives = message.t_s + tick(0.07 + abs(random.normal(0, 0.026)))
    return Message(t_s=arrives, kind="fix", topic=message.topic, line=message.line, t_flight_s=t_s)


def _dji_message(
    flight: Flight, leaf: str, t_s: float, data: dict[str, Any], random: np.random.Generator
) -> Message:
    payload = {
        "bid": str(uuid.UUID(bytes=random.bytes(16), version=4)),
        "tid": str(uuid.UUID(bytes=random.bytes(16), version=4)),
        "timestamp": round((flight.t0_s + t_s) * 1000),
        "gateway": DJI_GATEWAY,
        "data": data,
    }
    topic = f"thing/product/{flight.device_id}/{leaf}"
    return Message(
        t_s=flight.t0_s + t_s, kind=leaf, topic=topic, line={"payload": payload}, t_flight_s=t_s
    )


def home(flight: Flight) -> Message:
    """The take-off point, told once at the start."""
    lat, lon, _ = home_wgs84()
    if flight.dji:
        random = np.random.default_rng([flight.seed, 4])
        data = {"home_latitude": round(lat, 8), "home_longitude": round(lon, 8)}
        return _dji_message(flight, "state", TICK_S, data, random)
    payload = {
        "boot_id": BOOT_ID.format(name=flight.name),
        "t_device_s": flight.t0_s,
        "lat_deg": round(lat, 8),
        "lon_deg": round(lon, 8),
    }
    return Message(
        t_s=flight.t0_s + tick(0.05), kind="home", topic=f"uav/{flight.device_id}/home",
        line={"payload": payload}, t_flight_s=0.0,
    )  # fmt: skip


def home_wgs84() -> tuple[float, float, float]:
    """Where the drones take off: latitude, longitude, ellipsoid height."""
    lat, lon, height = to_wgs84(HOME_M)
    assert abs(height - CENTRE_HEIGHT_M) < 0.01
    return lat, lon, height


def frame(flight: Flight, t_s: float, jpeg_path: str, sha256: str) -> Message:
    """A picture's message. Without a boot in the DJI dialect the frames take none either."""
    random = np.random.default_rng([flight.seed, 5, round(t_s * 1024)])
    captured = flight.t0_s + t_s
    sent = captured + tick(random.uniform(0.11, 0.17))
    header: dict[str, Any] = {"device_id": flight.device_id}
    if not flight.dji:
        header["boot_id"] = BOOT_ID.format(name=flight.name)
    header |= {"t_capture_s": captured, "t_sent_s": sent, "hfov_deg": HFOV_DEG, "sha256": sha256}
    return Message(
        t_s=sent + tick(random.uniform(0.08, 0.2)), kind="frame",
        topic=f"uav/{flight.device_id}/frame", line={"header": header, "jpeg": jpeg_path},
        t_flight_s=t_s,
    )  # fmt: skip
