"""What a station knows of its devices and they do not say themselves."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.events import Status
from geo.camera import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A camera fixed to the aircraft: its axis relative to the aircraft's heading."""

    pitch_deg: float
    yaw_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a device does not say of itself: set by the station in its configuration."""

    camera: str | None = None
    hfov_deg: float | None = None
    calibration: Camera | None = None
    """At zoom 1; counts before any field of view."""
    mount: Mount | None = None
    status: Status = Status.ACTUAL
    """Of the incidents that its pictures raise."""
