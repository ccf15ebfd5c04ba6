"""One made-up patrol that every log writer writes: the truth that the readers are held against."""

from __future__ import annotations

import math
from dataclasses import dataclass

T_START_S = 1_772_352_000.0
"""2026-03-01 08:00:00 UTC."""
HOME = 32.0400, 118.7800
GROUND_MSL_M = 21.0
GEOID_M = 3.5
"""Ellipsoid above mean sea level at home: made up, one number for the whole patrol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Where the aircraft was and how the camera looked."""

    t_s: float
    lat_deg: float
    lon_deg: float
    height_takeoff_m: float
    height_msl_m: float
    height_ellipsoid_m: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    gimbal_yaw_deg: float
    gimbal_pitch_deg: float
    has_fix: bool
    """False for the first samples: such devices write 0/0."""


def patrol(*, seconds: float = 30.0, rate_hz: float = 10.0, no_fix: int = 5) -> list[Sample]:
    """A climb to 60 m and half a circle of 80 m radius north-east of home, 5 m/s or so."""
    count = round(seconds * rate_hz)
    return [_sample(i / rate_hz, seconds, has_fix=i >= no_fix) for i in range(count)]


def _sample(t_s: float, seconds: float, *, has_fix: bool) -> Sample:
    turn = math.pi * t_s / seconds
    north_m, east_m = 80 * math.sin(turn), 80 * (1 - math.cos(turn))
    height_m = min(60.0, 6.0 * t_s)
    heading_deg = math.degrees(turn)
    return Sample(
        t_s=T_START_S + t_s,
        lat_deg=HOME[0] + north_m / 110_890.0,
        lon_deg=HOME[1] + east_m / 94_400.0,
        height_takeoff_m=height_m,
        height_msl_m=GROUND_MSL_M + height_m,
        height_ellipsoid_m=GROUND_MSL_M + GEOID_M + height_m,
        yaw_deg=heading_deg,
        pitch_deg=-3.0,
        roll_deg=2.0,
        gimbal_yaw_deg=heading_deg + 10.0,
        gimbal_pitch_deg=-35.0,
        has_fix=has_fix,
    )
