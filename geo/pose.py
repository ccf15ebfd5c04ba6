"""Where a camera is and which way it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Datum(StrEnum):
    """What a height is measured from. Heights of different datums are never mixed."""

    TAKEOFF = "takeoff"
    ELLIPSOID = "ellipsoid"
    MSL = "msl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSigmas:
    """One standard deviation of each pose field.

    The defaults are set B of the error budget, slightly widened: with them 96 % of 211 field
    clicks on surveyed cones fell inside their 95 % ellipse (docs/units.md).
    """

    horizontal_m: float = 2.0
    """Of each horizontal axis."""
    height_m: float = 3.0
    yaw_deg: float = 3.0
    pitch_deg: float = 0.7
    roll_deg: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A camera in the world at one moment.

    Yaw is clockwise from true north, pitch is positive upwards (straight down is -90), roll is
    positive clockwise as seen from behind the camera; all three belong to the camera's optical
    axis, not to the aircraft. The position is WGS84.
    """

    t_s: float
    """Seconds since 1970-01-01 UTC on the device's own clock."""
    lat_deg: float
    lon_deg: float
    height_m: float
    datum: Datum
    yaw_deg: float
    pitch_deg: float
    roll_deg: float = 0.0
    sigmas: PoseSigmas = field(default_factory=PoseSigmas)
