"""What a device says, decoded once at the edge: fixes, frames, home points and notes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Quality(StrEnum):
    """Why a position may or may not be put on a map."""

    OK = "ok"
    NO_FIX = "no_fix"
    """The receiver says it has none."""
    ZERO = "zero"
    """Latitude and longitude are both 0: the way devices say "unknown"."""
    ABSENT = "absent"
    """The message carries no position, or one that is not on Earth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The natural key of a record: who sent it, since when, which one.

    ``tie`` is 0 where the device counts its messages. Dialects without a sequence use the device
    time in milliseconds as ``seq`` and a digest of the payload as ``tie``.
    """

    device_id: str
    boot_id: str
    seq: int
    tie: int = 0

    @property
    def flight_id(self) -> str:
        """One flight: everything a device sent under one boot."""
        return f"{self.device_id}.{self.boot_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attitude:
    """Angles in degrees: yaw clockwise from true north, pitch positive upwards."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One telemetry sample. Positions are WGS84; a height is None where its datum is not given."""

    key: Key
    t_device_s: float
    """The device's own clock, seconds since 1970-01-01 UTC."""
    t_received_s: float
    digest: int
    """Of the payload, signed 64 bit: tells a redelivery from a clash of keys."""
    quality: Quality
    lat_deg: float | None = None
    lon_deg: float | None = None
    height_takeoff_m: float | None = None
    height_ellipsoid_m: float | None = None
    height_msl_m: float | None = None
    aircraft: Attitude | None = None
    gimbal: Attitude | None = None
    """The camera's axis in the world, not relative to the aircraft."""
    camera: str | None = None
    """A name of the camera table, where the device tells which camera looks."""
    zoom: float | None = None
    hfov_deg: float | None = None
    laser_range_m: float | None = None
    """Measured without error along the camera's axis at this moment. Kept as a note beside."""

    @property
    def mappable(self) -> bool:
        """Whether the position may be used on a map."""
        return self.quality is Quality.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture. ``jpeg`` is empty once the bytes lie in the blob store."""

    key: Key
    t_capture_s: float
    """The device's own clock, the same as its fixes use."""
    t_sent_s: float | None
    """The device's clock when it sent the frame: tells a backlog from a live picture."""
    t_received_s: float
    digest: int
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    camera: str | None = None
    hfov_deg: float | None = None
    gimbal: Attitude | None = None
    """The camera's axis in the world at the moment of capture, where the sender knows it."""
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The take-off point as the device reports it."""

    key: Key
    t_device_s: float
    t_received_s: float
    digest: int
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Anything else worth keeping in time: state changes, device events, topology."""

    key: Key
    t_device_s: float
    t_received_s: float
    digest: int
    kind: str
    body_json: str


Record = Fix | Frame | Home | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message some dialects want back once their own is safely stored."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one message held."""

    records: tuple[Record, ...]
    reply: Reply | None = None
