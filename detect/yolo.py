"""What every YOLO engine shares: a picture into the network's input, its output into boxes.

The network takes RGB, 0 to 1, batch x 3 x height x width, and answers batch x (4 + classes) x
anchors: box centre and size in input pixels, then a score per class (Ultralytics' export of
YOLOv5u to YOLO11, without non-maximum suppression).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.detection import Box, Detection, Image
from detect.manifest import Manifest

STRIDE_PX = 32
PAD_VALUE = 114
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """How a picture was fitted: scaled, then padded on the right and at the bottom."""

    scale: float
    width_px: int
    height_px: int
    """Of the picture itself."""


def letterbox(image: Image, input_px: int) -> tuple[Floats, Letterbox]:
    """The picture as 1 x 3 x H x W, its long side ``input_px``, H and W multiples of the stride."""
    height, width = image.shape[:2]
    scale = input_px / max(height, width)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, inner, interpolation=interpolation)
    outer = [-(-side // STRIDE_PX) * STRIDE_PX for side in inner]
    canvas = np.full((outer[1], outer[0], 3), PAD_VALUE, np.uint8)
    canvas[: inner[1], : inner[0]] = small
    blob = cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=True)
    return blob.astype(np.float32, copy=False), Letterbox(
        scale=scale, width_px=width, height_px=height
    )


def detections(output: Floats, fitted: Letterbox, manifest: Manifest) -> list[Detection]:
    """The boxes of one picture from its (4 + classes) x anchors output, best first."""
    found: list[Detection] = []
    for i, label in enumerate(manifest.classes):
        scores = output[4 + i]
        over = scores >= manifest.threshold.of(label)
        boxes, kept_scores = _corners(output[:4, over], fitted), scores[over]
        for j in _suppress(boxes, kept_scores, manifest.nms_iou):
            x0, y0, x1, y1 = (float(value) for value in boxes[j])
            box = Box(x0_px=x0, y0_px=y0, x1_px=x1, y1_px=y1)
            found.append(Detection(label=label, score=float(kept_scores[j]), box=box))
    return sorted(found, key=lambda one: -one.score)


def _corners(centred: Floats, fitted: Letterbox) -> Floats:
    """Anchors x 4 corners in the picture's own pixels, cut at its edges."""
    x, y, width, height = centred
    corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    limits = [fitted.width_px, fitted.height_px] * 2
    return np.clip(corners / fitted.scale, 0, limits).astype(np.float32)


def _suppress(boxes: Floats, scores: Floats, iou: float) -> list[int]:
    """The boxes that no better one overlaps by more than ``iou``."""
    if not len(boxes):
        return []
    xywh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), scores.tolist(), 0.0, iou)
    return [int(i) for i in np.asarray(kept).ravel()]
