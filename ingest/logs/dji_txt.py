"""The flight records of DJI's apps (.txt): their header is read, their records are not.

From version 13 on the records are encrypted with keys that only DJI's servers give out; those of
versions 7 to 12 are scrambled, and no file older than 13 was at hand to check a decoder with. So
every one is refused, telling what its header says and which export to make instead. Names of
streets, pilots and aircraft, and serial numbers, stay unread.

Layout: dji-log-parser (lvauvillier, MIT), ``layout/prefix.rs``, ``details.rs`` and
``auxiliary.rs``; the same in pydjirecord 1.3, which both of the real files known were read with.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.errors import BadLog
from ingest.logs.flight import Flight
from ingest.logs.reader import LogReader

_OLD_PREFIX, _PREFIX = 12, 100
_LAST_VERSION = 32
_END = 0xFF
"""Behind every record: kind, length (one byte up to version 12), content."""
_RECORDS = 3
"""That must stand behind an old prefix, which has no signature."""
_LINES_AT = 83
"""In the details: four place names and three flags stand before the count of lines."""
_DETAILS = struct.Struct("<iiqddfif")
_SECRET = 0x123456789ABCDEF0
_POLYNOMIAL = 0x95AC9329AC4BC9B5
"""CRC-64 of Jones, bits reversed."""
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_ADVICE = (
    "upload the .txt to airdata.com or open it in Flight Reader, export the flight as CSV, "
    "and give Plumeline that CSV"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a flight record tells without its records."""

    version: int
    lines: int
    start: datetime
    lat_deg: float
    """Of the take-off point."""
    lon_deg: float
    seconds: float
    max_height_m: float

    def __str__(self) -> str:
        start = self.start.strftime("%Y-%m-%d %H:%M:%S UTC")
        at = f"at {self.lat_deg:.5f}, {self.lon_deg:.5f}"
        if self.lat_deg == 0 == self.lon_deg:
            at = "at an unknown place"
        return (
            f"taken off {start} {at}, {self.seconds:.0f} s, "
            f"up to {self.max_height_m:.0f} m, {self.lines} lines"
        )


def read(path: Path) -> Flight:
    """Refuse it, with what its header says.

    Raises:
        BadLog: always.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    version = data[10] if len(data) > 10 else 0
    why = "are encrypted by DJI" if version > 12 else "are in DJI's own scrambled form"
    try:
        told = f"its header says: {header_of(data)}"
    except ValueError as exc:
        told = f"its header is damaged: {exc}"
    raise BadLog(path, f"the records {why} (version {version}); {told}", advice=_ADVICE)


def recognise(head: bytes) -> bool:
    """Whether the prefix, and the details or the records behind it, are as DJI writes them."""
    if len(head) <= _PREFIX or not 1 <= head[10] <= _LAST_VERSION:
        return False
    if head[10] >= 12:
        try:
            header_of(head)
        except ValueError:
            return False
        return True
    at = _OLD_PREFIX if head[10] < 6 else _PREFIX
    for _ in range(_RECORDS):
        end = at + 2 + head[at + 1] if at + 1 < len(head) else len(head)
        if end >= len(head) or head[end] != _END:
            return False
        at = end + 1
    return head[4:8] == bytes(4)


def header_of(data: bytes) -> Header:
    """The header of a flight record.

    Raises:
        ValueError: cut off, or its fields make no sense; says which.
    """
    if len(data) < _PREFIX:
        msg = "shorter than its prefix"
        raise ValueError(msg)
    (offset,), version = struct.unpack_from("<Q", data), data[10]
    details = data[offset:] if version < 12 else data[_PREFIX:]
    if version > 12:
        details = _info(details)
    if len(details) < _LINES_AT + _DETAILS.size:
        msg = "cut off inside its details"
        raise ValueError(msg)
    lines, _, start_ms, lon_deg, lat_deg, _, time_ms, height_m = _DETAILS.unpack_from(
        details, _LINES_AT
    )
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180 and 0 < start_ms < 2**42):
        msg = "no take-off point on Earth, or no time of take-off"
        raise ValueError(msg)
    return Header(
        version=version,
        lines=lines,
        start=_1970 + timedelta(milliseconds=start_ms),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        seconds=time_ms / 1000.0,
        max_height_m=height_m,
    )


def _info(block: bytes) -> bytes:
    """The details inside the first auxiliary block of versions 13 and later.

    Raises:
        ValueError: it is another block.
    """
    if len(block) < 4 or block[0] != 0:
        msg = "no information block behind the prefix"
        raise ValueError(msg)
    (size,) = struct.unpack_from("<H", block, 1)
    plain = _unscrambled(block[3 : 3 + size])
    return plain[3 : 3 + int.from_bytes(plain[1:3], "little")]


def _unscrambled(data: bytes) -> bytes:
    """A block of type 0 without the eight-byte key that its first byte stands for."""
    seed = data[0] if data else 0
    key = _crc64(seed, (_SECRET * seed & (2**64 - 1)).to_bytes(8, "little")).to_bytes(8, "little")
    return bytes(byte ^ key[i % 8] for i, byte in enumerate(data[1:]))


def _crc64(crc: int, data: bytes) -> int:
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


READER = LogReader(
    name="dji-txt", title="Flight record of DJI's apps (.txt)", recognise=recognise, read=read
)
