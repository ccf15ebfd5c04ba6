"""Decoding pictures: limits first, because a small file can hold a very large picture."""

from __future__ import annotations

import os

MAX_PIXELS = 50_000_000
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))  # read when cv2 is imported
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from detect.detection import Image  # noqa: E402
from detect.errors import UnreadablePicture  # noqa: E402

_JPEG = b"\xff\xd8\xff"


def decode_jpeg(data: bytes) -> Image:
    """The picture as height x width x 3 BGR, as stored: no rotation from its metadata.

    That a JPEG decodes does not prove it whole: the sha256 of its envelope does, at the door.

    Raises:
        UnreadablePicture: not a JPEG, over 50 Mpixel, or nothing comes out.
    """
    if not data.startswith(_JPEG):
        msg = "not a JPEG"
        raise UnreadablePicture(msg)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as exc:
        reason = f"does not decode: {exc}".replace("\n", " ")
        raise UnreadablePicture(reason) from exc
    if image is None:
        msg = "does not decode"
        raise UnreadablePicture(msg)
    return image.astype(np.uint8, copy=False)
