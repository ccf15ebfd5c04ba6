"""A case's pictures: with the detections drawn in, and without what nobody needs to recognise.

There is no detector of faces and plates in the package, and one that misses a face would promise
too much. So ``coarse`` spares no one: everything outside of the detections' boxes becomes squares
of one colour, whatever it shows. What stands inside a box stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detect.detection import Box, Detection, Image, Label
from detect.picture import decode_jpeg

SQUARES_ACROSS = 80
"""In the width of a picture. What is a few squares wide can be seen to be there, not who it is; a
face that fills the picture is beyond this."""
QUALITY = 80
_COLOURS = {Label.SMOKE: (0, 176, 255), Label.FIRE: (48, 48, 255)}
"""BGR."""


def marked(jpeg: bytes, detections: Sequence[Detection]) -> bytes:
    """The picture as a JPEG with a frame, a word and a score around each detection.

    Raises:
        UnreadablePicture: it does not decode.
    """
    image = decode_jpeg(jpeg).copy()
    thick_px = max(1, image.shape[1] // 640)
    for found in detections:
        colour = _COLOURS[found.label]
        x0, y0, x1, y1 = _pixels(found.box, image)
        cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), colour, thick_px)
        words = f"{found.label} {found.score:.2f}"
        at = (x0, y0 - 4 * thick_px if y0 > 20 * thick_px else y1 + 16 * thick_px)
        size = 0.5 * thick_px
        cv2.putText(image, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 3 * thick_px)
        cv2.putText(image, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thick_px)
    return _jpeg(image)


def coarse(jpeg: bytes, detections: Sequence[Detection]) -> bytes:
    """The picture as a JPEG, in squares of one colour outside of the detections.

    Raises:
        UnreadablePicture: it does not decode.
    """
    image = decode_jpeg(jpeg)
    height, width = image.shape[:2]
    across = min(SQUARES_ACROSS, width)
    down = max(1, round(height * across / width))
    small = cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA)
    squares = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    for found in detections:
        x0, y0, x1, y1 = _pixels(found.box, image)
        squares[y0:y1, x0:x1] = image[y0:y1, x0:x1]
    return _jpeg(squares.astype(np.uint8, copy=False))


def _pixels(box: Box, image: Image) -> tuple[int, int, int, int]:
    """The box in whole pixels, inside the picture."""
    height, width = image.shape[:2]
    x0, x1 = np.clip((np.floor(box.x0_px), np.ceil(box.x1_px)), 0, width)
    y0, y1 = np.clip((np.floor(box.y0_px), np.ceil(box.y1_px)), 0, height)
    return int(x0), int(y0), int(x1), int(y1)


def _jpeg(image: Image) -> bytes:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()
