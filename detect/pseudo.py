"""Labels for smoke that nobody boxed: where several looks at a picture agree.

A look is one detector on the picture or on its mirror image. Boxes of one label that overlap are
one thing; it is a label if enough looks saw it and their mean score is high, and a doubt if it
is neither that nor clearly nothing. A picture with a doubt teaches wrongly either way, so it is
left out of training. The scores were set by looking at sheets of the pictures on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detect.detection import Box, Detection, Detector, Image, Label

SAME_IOU = 0.5
SURE_SCORE = 0.25
DOUBT_SCORE = 0.08
TRACE_SCORE = 0.025
"""A picture in which nothing is sure must show less than this: what is missed scores little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What several looks say together; scores are means over all looks, 0 where one saw nothing."""

    sure: tuple[Detection, ...]
    doubtful: tuple[Detection, ...]


def looks(detectors: Sequence[Detector], image: Image) -> list[list[Detection]]:
    """Each detector on the picture and on its mirror image, boxes turned back."""
    mirrored = np.ascontiguousarray(image[:, ::-1])
    found: list[list[Detection]] = []
    for detector in detectors:
        straight, turned = detector.detect([image, mirrored])
        found += [straight, [_turned_back(one, image.shape[1]) for one in turned]]
    return found


def agreed(seen: Sequence[Sequence[Detection]], label: Label) -> Verdict:
    """The things of one label, best first; sure ones were seen by more than half of the looks."""
    pool = sorted(
        ((one, n) for n, view in enumerate(seen) for one in view if one.label is label),
        key=lambda pair: -pair[0].score,
    )
    things: list[tuple[Detection, dict[int, float]]] = []
    for one, view in pool:
        home = next((by for first, by in things if iou(first.box, one.box) >= SAME_IOU), None)
        if home is None:
            things.append((one, {view: one.score}))
        else:
            home.setdefault(view, one.score)
    sure: list[Detection] = []
    doubtful: list[Detection] = []
    for first, by in things:
        mean = sum(by.values()) / len(seen)
        merged = Detection(label=label, score=mean, box=first.box)
        if mean >= SURE_SCORE and len(by) * 2 > len(seen):
            sure.append(merged)
        else:
            doubtful.append(merged)
    least = DOUBT_SCORE if sure else TRACE_SCORE
    return Verdict(sure=tuple(sure), doubtful=tuple(d for d in doubtful if d.score >= least))


def iou(one: Box, other: Box) -> float:
    """Shared area over joint area."""
    width = min(one.x1_px, other.x1_px) - max(one.x0_px, other.x0_px)
    height = min(one.y1_px, other.y1_px) - max(one.y0_px, other.y0_px)
    shared = max(width, 0.0) * max(height, 0.0)
    joint = _area(one) + _area(other) - shared
    return shared / joint if joint > 0 else 0.0


def _area(box: Box) -> float:
    return (box.x1_px - box.x0_px) * (box.y1_px - box.y0_px)


def _turned_back(one: Detection, width_px: int) -> Detection:
    box = one.box
    back = Box(
        x0_px=width_px - box.x1_px, y0_px=box.y0_px, x1_px=width_px - box.x0_px, y1_px=box.y1_px
    )
    return Detection(label=one.label, score=one.score, box=back)
