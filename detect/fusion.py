"""Boxes of several looks at one picture, put together: weighted boxes fusion.

After Solovyev, Wang and Gabruseva, "Weighted boxes fusion", Image and Vision Computing 107 (2021),
https://arxiv.org/abs/1910.13302. Boxes of one label that overlap become one, its edges their mean
weighted by score. Its score is the mean over the looks of each look's best, 0 where a look saw
nothing: what only one look sees counts half. (The paper takes the mean over the boxes, so that two
boxes of one look would vouch for each other.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detect.detection import Box, Detection, Label

SAME_IOU = 0.5
"""Boxes that overlap the fused box so far by more than this are of one thing."""

Floats = NDArray[np.float64]


def fused(looks: Sequence[Sequence[Detection]]) -> list[Detection]:
    """One list, best first, of what several looks saw, all in the same pixels."""
    every = [one for label in Label for one in _of(label, looks)]
    return sorted(every, key=lambda one: -one.score)


def _of(label: Label, looks: Sequence[Sequence[Detection]]) -> list[Detection]:
    seen = sorted(
        (
            (one.score, at, one.box)
            for at, found in enumerate(looks)
            for one in found
            if one.label is label
        ),
        key=lambda entry: -entry[0],
    )
    weighted = np.zeros((len(seen), 4))  # of each thing: its boxes times their scores,
    weight = np.zeros(len(seen))  # their scores,
    best = np.zeros((len(seen), len(looks)))  # and each look's best score
    things = 0
    for score, look, box in seen:
        edges = np.array([box.x0_px, box.y0_px, box.x1_px, box.y1_px])
        overlaps = _ious(weighted[:things] / weight[:things, None], edges)
        at = int(overlaps.argmax()) if things and overlaps.max() > SAME_IOU else things
        things = max(things, at + 1)
        weighted[at] += score * edges
        weight[at] += score
        best[at, look] = max(best[at, look], score)
    edges_of, score_of = weighted[:things] / weight[:things, None], best[:things].mean(axis=1)
    return [
        Detection(
            label=label,
            score=float(score),
            box=Box(x0_px=float(x0), y0_px=float(y0), x1_px=float(x1), y1_px=float(y1)),
        )
        for (x0, y0, x1, y1), score in zip(edges_of, score_of, strict=True)
    ]


def _ious(boxes: Floats, one: Floats) -> Floats:
    """Intersection over union of N x 4 corners with one box; 0 where neither has an area."""
    near, far = np.maximum(boxes[:, :2], one[:2]), np.minimum(boxes[:, 2:], one[2:])
    both = np.clip(far - near, 0, None).prod(axis=1)
    either = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (one[2:] - one[:2]).prod() - both
    overlaps: Floats = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return overlaps
