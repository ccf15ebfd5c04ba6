"""The few EXIF tags that say when, where and through which lens a photo was taken.

Layout as in TIFF 6.0, section 2, and the tags of Exif 2.32 (CIPA DC-008). Every offset is checked
before it is followed and no directory is followed twice, so damage costs tags, never more.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
"""Bytes of one value by type: byte, text, short, long, rational, undefined, and signed ones."""
_NUMBERS = {1: "B", 3: "H", 4: "I", 9: "i"}
_MAX_ENTRIES = 1000
_MODEL, _EXIF, _GPS = 0x0110, 0x8769, 0x8825
_TAKEN, _OFFSET, _FOCAL_35 = 0x9003, 0x9011, 0xA405

Value = str | tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What was found; None where the photo does not say."""

    model: str | None = None
    taken: str | None = None
    """Date and time as written: "2022:03:24 16:42:02"."""
    zone: str | None = None
    """Of ``taken``, where it is told: "+08:00"."""
    gps_utc: str | None = None
    """Of the receiver: "2022:03:24 08:42:01.50"."""
    focal_35mm: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    altitude_m: float | None = None
    """Below zero where the reference says so. Makers differ in its datum."""


def read_exif(tiff: bytes) -> Exif:
    """The tags of an EXIF block, which begins at its TIFF header.

    Raises:
        ValueError: no TIFF header.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        msg = "no TIFF header in the EXIF block"
        raise ValueError(msg)
    main = _directory(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0])
    photo = _directory(tiff, order, _offset(main.get(_EXIF)))
    gps = _directory(tiff, order, _offset(main.get(_GPS)))
    return Exif(
        model=_text(main.get(_MODEL)),
        taken=_text(photo.get(_TAKEN)),
        zone=_text(photo.get(_OFFSET)),
        gps_utc=_gps_utc(gps),
        focal_35mm=_positive(photo.get(_FOCAL_35)),
        lat_deg=_angle_deg(gps.get(2), gps.get(1), "S"),
        lon_deg=_angle_deg(gps.get(4), gps.get(3), "W"),
        altitude_m=_altitude_m(gps),
    )


def _directory(tiff: bytes, order: str, at: int) -> dict[int, Value]:
    """The entries of one directory by tag; empty where the offset leads nowhere."""
    if not 8 <= at <= len(tiff) - 2:
        return {}
    (count,) = struct.unpack_from(order + "H", tiff, at)
    return dict(_entries(tiff, order, at + 2, min(count, _MAX_ENTRIES)))


def _entries(tiff: bytes, order: str, at: int, count: int) -> Iterator[tuple[int, Value]]:
    for entry in range(at, min(at + 12 * count, len(tiff) - 11), 12):
        tag, kind, length = struct.unpack_from(order + "HHI", tiff, entry)
        size = _SIZES.get(kind, 0) * length
        if not 0 < size <= len(tiff):
            continue
        start = entry + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, entry + 8)[0]
        raw = tiff[start : start + size]
        if len(raw) == size:
            yield tag, _value(raw, order, kind, length)


def _value(raw: bytes, order: str, kind: int, length: int) -> Value:
    if kind in _NUMBERS:
        return tuple(map(float, struct.unpack(f"{order}{length}{_NUMBERS[kind]}", raw)))
    if kind in {5, 10}:
        parts = struct.unpack(f"{order}{2 * length}{'I' if kind == 5 else 'i'}", raw)
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return tuple(a / b if b else math.nan for a, b in pairs)
    return raw.split(b"\0", 1)[0].decode("latin-1").strip()


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) and value and value.isprintable() else None


def _offset(value: Value | None) -> int:
    return int(value[0]) if isinstance(value, tuple) else 0


def _positive(value: Value | None) -> float | None:
    return value[0] if isinstance(value, tuple) and value[0] > 0 else None


def _angle_deg(value: Value | None, letter: Value | None, minus: str) -> float | None:
    """Degrees, minutes and seconds; None where they or their hemisphere are missing."""
    if not isinstance(value, tuple) or len(value) != 3 or not isinstance(letter, str):
        return None
    angle_deg = value[0] + value[1] / 60 + value[2] / 3600
    if not letter or math.isnan(angle_deg):
        return None
    return -angle_deg if letter.startswith(minus) else angle_deg


def _altitude_m(gps: dict[int, Value]) -> float | None:
    value, below = gps.get(6), gps.get(5)
    if not isinstance(value, tuple) or math.isnan(value[0]):
        return None
    return -value[0] if isinstance(below, tuple) and below[0] in {1.0, 3.0} else value[0]


def _gps_utc(gps: dict[int, Value]) -> str | None:
    """Date and time of the receiver (tags 29 and 7), which are UTC by the standard."""
    date, time = _text(gps.get(29)), gps.get(7)
    if date is None or not isinstance(time, tuple) or len(time) != 3:
        return None
    if not all(0 <= part < 61 for part in time):
        return None
    return f"{date} {int(time[0]):02}:{int(time[1]):02}:{time[2]:05.2f}"
