"""The answer to "where exactly?": a point with its uncertainty, a bearing, or a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """What the ray was cut with."""

    FLAT = "flat"
    TERRAIN = "terrain"
    LASER = "laser"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPoint:
    """A point on the ground (WGS84) and its covariance in metres squared, east and north."""

    lat_deg: float
    lon_deg: float
    range_m: float
    """Slant distance from the camera."""
    cov_ee_m2: float
    cov_en_m2: float
    cov_nn_m2: float
    method: Method = Method.FLAT


@dataclass(frozen=True, slots=True, kw_only=True)
class BearingSector:
    """Only a direction is honest: from the camera's position towards a bearing."""

    lat_deg: float
    lon_deg: float
    bearing_deg: float
    """Clockwise from true north."""
    sigma_deg: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocated:
    """No position at all, and why."""

    reason: str


Location = GroundPoint | BearingSector | Unlocated


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipse:
    """An error ellipse: half axes in metres, and where the major one points."""

    semi_major_m: float
    semi_minor_m: float
    bearing_deg: float
    """Of the major axis, clockwise from true north, 0 <= bearing < 180."""
