"""Is it a JPEG, and how large: answered from its segments, before any decoder touches it."""

from __future__ import annotations

MAX_BYTES = 8_000_000
MAX_PIXELS = 50_000_000

_SOI = b"\xff\xd8"
_EOI = b"\xff\xd9"
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and RST0 to RST7."""
_SIZED = frozenset({0xC0, 0xC1, 0xC2})
"""Start of frame: baseline, extended sequential, progressive."""
_UNREADABLE = frozenset(range(0xC0, 0xD0)) - _SIZED - {0xC4, 0xC8, 0xCC}
"""Start of frame of the lossless, hierarchical and arithmetic kinds: nothing here reads them."""
_SCAN, _END = 0xDA, 0xD9


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels as the frame header states them, before any EXIF rotation.

    Segments as in ITU-T T.81, annex B. A thumbnail inside an EXIF segment is skipped over.

    Raises:
        ValueError: not a JPEG, or one whose size cannot be read; says why.
    """
    if not data.startswith(_SOI):
        msg = "no start-of-image marker: not a JPEG"
        raise ValueError(msg)
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            msg = f"no marker where a segment should start (byte {at})"
            raise ValueError(msg)
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _SIZED:
            return _frame_size(data[at + 4 : at + 2 + length])
        if marker in _UNREADABLE:
            msg = f"JPEG of kind 0x{marker:02x} (lossless, hierarchical or arithmetic)"
            raise ValueError(msg)
        if marker in (_SCAN, _END) or length < 2:
            break
        at += 2 + length
    msg = "no frame header: the size is not given"
    raise ValueError(msg)


def check_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height of a picture that is whole and within the limits.

    Raises:
        ValueError: more than 8 MB or 50 Mpixel, cut short, or not a JPEG; says which.
    """
    if len(data) > MAX_BYTES:
        msg = f"picture of {len(data)} bytes is larger than {MAX_BYTES}"
        raise ValueError(msg)
    width_px, height_px = jpeg_size(data)
    if width_px * height_px > MAX_PIXELS:
        msg = f"picture of {width_px} x {height_px} px has more than {MAX_PIXELS} pixels"
        raise ValueError(msg)
    if not data.endswith(_EOI):
        msg = "no end-of-image marker at the end: the picture is cut short"
        raise ValueError(msg)
    return width_px, height_px


def _frame_size(header: bytes) -> tuple[int, int]:
    """Read precision, height, width and the number of components (T.81, B.2.2)."""
    if len(header) < 6 or len(header) != 6 + 3 * header[5]:
        msg = "frame header of a wrong length"
        raise ValueError(msg)
    if header[0] != 8 or header[5] not in (1, 3):
        msg = f"{header[5]} components of {header[0]} bits: not an 8-bit grey or colour picture"
        raise ValueError(msg)
    height_px = int.from_bytes(header[1:3], "big")
    width_px = int.from_bytes(header[3:5], "big")
    if not width_px or not height_px:
        msg = f"empty picture of {width_px} x {height_px} px"
        raise ValueError(msg)
    return width_px, height_px
