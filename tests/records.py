"""Fixes and frames for tests: sensible values, each changeable by name."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ingest.records import Attitude, Fix, Frame, Home, Key, Quality

T0_S = 1_790_000_000.0
LAT_DEG, LON_DEG = 31.95, 118.84


def key(seq: int, *, device_id: str = "nj-01", boot_id: str = "b1", tie: int = 0) -> Key:
    return Key(device_id=device_id, boot_id=boot_id, seq=seq, tie=tie)


def fix(t_s: float, *, device_id: str = "nj-01", **changed: Any) -> Fix:
    """100 m above take-off, looking north and 45 degrees down; ``t_s`` counts from T0_S."""
    values: dict[str, Any] = {
        "key": key(round(t_s * 1000), device_id=device_id),
        "t_device_s": T0_S + t_s,
        "t_received_s": T0_S + t_s + 0.05,
        "digest": round(t_s * 1000),
        "quality": Quality.OK,
        "lat_deg": LAT_DEG,
        "lon_deg": LON_DEG,
        "height_takeoff_m": 100.0,
        "aircraft": Attitude(yaw_deg=0.0, pitch_deg=0.0),
        "gimbal": Attitude(yaw_deg=0.0, pitch_deg=-45.0),
    }
    return Fix(**(values | changed))


def frame(t_s: float, *, device_id: str = "nj-01", **changed: Any) -> Frame:
    """A frame of 1280 x 720 pixels; every one has bytes of its own."""
    jpeg = f"picture {device_id} {t_s}".encode()
    values: dict[str, Any] = {
        "key": key(round(t_s * 1000), device_id=device_id),
        "t_capture_s": T0_S + t_s,
        "t_sent_s": T0_S + t_s + 0.01,
        "t_received_s": T0_S + t_s + 0.1,
        "digest": round(t_s * 1000),
        "sha256": sha256(jpeg).hexdigest(),
        "size_bytes": len(jpeg),
        "width_px": 1280,
        "height_px": 720,
        "hfov_deg": 71.5,
        "jpeg": jpeg,
    }
    return Frame(**(values | changed))


def home(*, device_id: str = "nj-01") -> Home:
    return Home(
        key=key(0, device_id=device_id),
        t_device_s=T0_S,
        t_received_s=T0_S,
        digest=1,
        lat_deg=LAT_DEG - 0.001,
        lon_deg=LON_DEG,
    )
