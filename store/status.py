"""What the record holds, in numbers and lists: the answers the API and the doctor give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPoint:
    """One mappable position of a device."""

    t_s: float
    lat_deg: float
    lon_deg: float
    height_takeoff_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A frame that can be looked at."""

    t_capture_s: float
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneAt:
    """Where a device was when it was last heard live."""

    device_id: str
    t_received_s: float
    lat_deg: float
    lon_deg: float
    height_takeoff_m: float | None
    yaw_deg: float | None
    """Of its nose, clockwise from true north."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """One device: when it was last heard, on which clock, and whether two answer to its name."""

    device_id: str
    flights: int
    fixes: int
    frames: int
    t_last_received_s: float
    clock_offset_s: float
    """Our clock minus the device's, the smallest seen lately: link delay included."""
    last: TrackPoint | None
    frozen: bool
    """Its newest pictures repeat earlier ones: the feed is frozen or runs in a loop."""
    clash: bool
    """Records with one key and different contents, or two boots at once: two devices, one id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedMessage:
    """A message that could not be understood, kept as it came."""

    n: int
    t_received_s: float
    topic: str
    reason: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Everything counted once."""

    fixes: int
    fixes_mappable: int
    frames: int
    frames_judged: int
    frames_skipped: int
    """Left out because newer pictures were waiting: stored, counted, shown."""
    frames_unplaced: int
    """Judged, but without a pose at capture time."""
    quarantined: int
    events: int
    last_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The whole picture."""

    totals: Totals
    devices: tuple[DeviceStatus, ...]
