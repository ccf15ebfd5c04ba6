"""What every dialect shares: reading JSON, and the few rules that turn numbers into fields."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ingest.errors import BadMessage
from ingest.records import Attitude, Quality

T = TypeVar("T")
JsonObject = dict[str, object]


def parse(topic: str, payload: bytes, kind: type[T]) -> T:
    """Read JSON as the given type; unknown fields are ignored, of doubled keys the last counts.

    Raises:
        BadMessage: not JSON, nested too deeply, or of other types than asked for.
    """
    try:
        return msgspec.json.decode(payload, type=kind)
    except (ValueError, RecursionError) as exc:
        raise BadMessage(topic, str(exc)) from exc


def number(value: object) -> float | None:
    """A finite number, also where a dialect writes it as text ("-91.40"); otherwise None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text(value: object, limit: int = 64) -> str | None:
    """Printable text of 1 to ``limit`` characters; otherwise None."""
    if isinstance(value, str) and 0 < len(value) <= limit and value.isprintable():
        return value
    return None


def attitude(yaw: float | None, pitch: float | None, roll: float | None) -> Attitude | None:
    """Degrees into an attitude; None without yaw and pitch, or where one is no angle (> 360)."""
    if yaw is None or pitch is None:
        return None
    roll = roll or 0.0
    if max(abs(yaw), abs(pitch), abs(roll)) > 360.0:
        return None
    return Attitude(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)


def level_attitude(yaw: float | None, pitch: float | None, roll: float | None) -> Attitude | None:
    """An aircraft's attitude: one that tells only its heading is taken to fly level.

    It is the aircraft's, so no ray is ever cast along it.
    """
    return attitude(yaw, pitch or 0.0, roll)


def on_earth(lat_deg: float | None, lon_deg: float | None) -> bool:
    """Whether both are there and within a globe's degrees."""
    if lat_deg is None or lon_deg is None:
        return False
    return abs(lat_deg) <= 90.0 and abs(lon_deg) <= 180.0


def quality(lat_deg: float | None, lon_deg: float | None, *, fixed: bool) -> Quality:
    """What a position is good for; the numbers themselves are kept as they came."""
    if not on_earth(lat_deg, lon_deg):
        return Quality.ABSENT
    if lat_deg == 0.0 and lon_deg == 0.0:
        return Quality.ZERO
    return Quality.OK if fixed else Quality.NO_FIX


def zoom(value: float | None) -> float | None:
    """A magnification, or None where it is not one."""
    return value if value is not None and 0.0 < value <= 1000.0 else None


def hfov_deg(value: float | None) -> float | None:
    """A horizontal field of view in degrees, or None where it is not one."""
    return value if value is not None and 0.0 < value < 180.0 else None


def dig(value: object, path: Sequence[str]) -> object:
    """What lies at a path of keys and list positions; None where there is nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
