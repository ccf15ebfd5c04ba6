"""Who said it, since when, which one: the natural key of everything a device sends."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from hashlib import blake2b

from ingest.errors import BadMessage
from ingest.records import Key

DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
BOOT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

CHINA = timezone(timedelta(hours=8))
"""A day of flying is a day of the station's clock."""

_END_S = 253_402_214_400.0
"""9999-12-31 00:00 UTC: past it no calendar library can write the time."""


def digest(payload: bytes) -> int:
    """Signed 64-bit BLAKE2b of a payload: the same bytes, the same number, on any machine."""
    return int.from_bytes(blake2b(payload, digest_size=8).digest(), "big", signed=True)


def device_time_s(topic: str, t_s: float) -> float:
    """The time itself where a calendar can hold it; a clock ten years off is data, not an error.

    Raises:
        BadMessage: before 1970, after 9999, or not a number.
    """
    if math.isfinite(t_s) and 0.0 <= t_s < _END_S:
        return t_s
    raise BadMessage(topic, f"device time {t_s!r} s is not between 1970 and 9999")


def day_boot(t_s: float) -> str:
    """The stand-in for a boot where a dialect has none: the device's day, UTC+8."""
    return datetime.fromtimestamp(t_s, tz=CHINA).strftime("day-%Y%m%d")


def make_key(
    topic: str,
    device_id: str,
    *,
    boot_id: str | None,
    seq: int | None,
    t_device_s: float,
    tie: int,
) -> Key:
    """The device's own count where it gives boot and sequence, otherwise day, time and digest.

    Raises:
        BadMessage: a boot id or a sequence number outside what a key can hold.
    """
    if boot_id is not None and not BOOT_ID.fullmatch(boot_id):
        raise BadMessage(topic, "boot_id is not 1 to 64 letters, digits, '_' or '-'")
    if seq is not None and not 0 <= seq < 2**63:
        raise BadMessage(topic, "seq is not between 0 and 2^63 - 1")
    if boot_id is not None and seq is not None:
        return Key(device_id=device_id, boot_id=boot_id, seq=seq)
    return Key(
        device_id=device_id,
        boot_id=boot_id or day_boot(t_device_s),
        seq=round(t_device_s * 1000),
        tie=tie,
    )
