"""Decoding pictures: limits first, because a small file can hold a very large picture."""

from __future__ import annotations

import cv2
import numpy as np

from detect.detection import Image
from detect.errors import UnreadablePicture

MAX_PIXELS = 50_000_000
_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
}
_JPEG = b"\xff\xd8\xff"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, table B.1)."""
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xDA)) | {0x01}
_NO_MARKERS = frozenset({0x00, 0xFF})
"""A stuffed byte and a fill byte."""

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


def decode_jpeg(data: bytes, *, least_px: int | None = None) -> Image:
    """The picture as height x width x 3 BGR, as stored: no rotation from its metadata.

    With ``least_px`` at an eighth, a quarter or half of its size, the smallest whose long side has
    that many pixels: the JPEG's own transform makes it, so the details are never computed.

    That a JPEG decodes does not prove it whole: the sha256 of its envelope does, at the door.

    Raises:
        UnreadablePicture: not a JPEG, over 50 Mpixel, or nothing comes out.
    """
    height, width = jpeg_size(data)
    if height * width > MAX_PIXELS:
        msg = f"{width} x {height} pixels, over {MAX_PIXELS / 1e6:.0f} million"
        raise UnreadablePicture(msg)
    fits = (n for n in _REDUCED if least_px is not None and max(height, width) >= n * least_px)
    flags = _REDUCED.get(next(fits, 1), cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as exc:
        reason = f"does not decode: {exc}".replace("\n", " ")
        raise UnreadablePicture(reason) from exc
    if image is None:
        msg = "does not decode"
        raise UnreadablePicture(msg)
    return image.astype(np.uint8, copy=False)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Height and width in a JPEG's first frame header, found by segment lengths (T.81, B.1.1).

    OpenCV has a limit of its own, but reads it once, whenever it is first imported by anyone.

    Raises:
        UnreadablePicture: not a JPEG, or one without a frame header.
    """
    if not data.startswith(_JPEG):
        msg = "not a JPEG"
        raise UnreadablePicture(msg)
    at = 2
    while 0 <= (at := data.find(b"\xff", at)) <= len(data) - 9:
        marker = data[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        if marker in _NO_MARKERS:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    msg = "a JPEG without a frame header"
    raise UnreadablePicture(msg)
