"""Pictures of one shape go through the network together: up to a fifth less time for each.

A model may ask for a second look at what the first one suspects: the same picture mirrored, at
another size and, where the model has two, by another network. What is there is seen twice, a chance
likeness more rarely (docs/detector.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby, islice

import numpy as np

from detect.detection import Detection, Image
from detect.fusion import fused
from detect.manifest import Manifest, Thresholds
from detect.yolo import Floats, Letterbox, detections, letterbox

MOST = 4
"""Pictures at once: more gains nothing on a CPU and takes memory."""
FAINT = 0.04
"""A score of the first look that calls for the second."""

Network = Callable[[Floats], Floats]


def detect_in_batches(
    images: Sequence[Image], manifest: Manifest, run: Network, run_second: Network | None = None
) -> list[list[Detection]]:
    """The detections of each picture, best first.

    Args:
        images: of any sizes; neighbours that fill the network's input alike share a batch.
        manifest: the model's.
        run: the network: N x 3 x H x W in, N x (4 + classes) x anchors out.
        run_second: the network of the second look; None for the same.
    """
    if manifest.second_look_px is None:
        return _looked(images, manifest, run)
    at = manifest.threshold
    faint = Thresholds(smoke=min(at.smoke, FAINT), fire=min(at.fire, FAINT))
    first = _looked(images, replace(manifest, threshold=faint), run)
    doubtful = [i for i, found in enumerate(first) if found and found[0].score >= FAINT]
    again = replace(manifest, threshold=faint, input_px=manifest.second_look_px)
    second = _looked([_mirrored(images[i]) for i in doubtful], again, run_second or run)
    mirrored = dict(zip(doubtful, second, strict=True))
    return [
        [
            one
            for one in fused([found, _unmirrored(mirrored.get(i, []), images[i].shape[1])])
            if one.score >= at.of(one.label)
        ]
        for i, found in enumerate(first)
    ]


def _mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def _unmirrored(found: Sequence[Detection], width_px: int) -> list[Detection]:
    """Boxes of a mirrored picture, in the pixels of the picture itself."""
    return [
        replace(
            one,
            box=replace(one.box, x0_px=width_px - one.box.x1_px, x1_px=width_px - one.box.x0_px),
        )
        for one in found
    ]


def _looked(images: Sequence[Image], manifest: Manifest, run: Network) -> list[list[Detection]]:
    found: list[list[Detection]] = []
    fitted = (letterbox(image, manifest.input_px) for image in images)
    for _, alike in groupby(fitted, key=lambda one: one[0].shape):
        while batch := list(islice(alike, MOST)):
            found += _found(batch, manifest, run)
    return found


def _found(
    batch: Sequence[tuple[Floats, Letterbox]], manifest: Manifest, run: Network
) -> list[list[Detection]]:
    outputs = run(np.concatenate([blob for blob, _ in batch]))
    return [detections(out, fit, manifest) for out, (_, fit) in zip(outputs, batch, strict=True)]
