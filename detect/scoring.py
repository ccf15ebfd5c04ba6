"""How good a detector is on labelled images: the COCO definition, and what an alarm desk asks.

Average precision is that of COCO (https://cocodataset.org/#detection-eval): boxes are matched by
descending score to the free truth they overlap most, at IoU 0.50 to 0.95 in steps of 0.05;
precision is made non-increasing and read at 101 recalls. No areas, no crowds, 100 boxes a picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detect.datasets import LabelBox
from detect.detection import Detection, Label
from detect.manifest import Model, Thresholds

IOUS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST_BOXES = 100
LOWEST_SCORE = 0.001
CALIBRATED_FROM = 0.05
"""Below it boxes are so many that they would drown every bin above."""
BINS = 10
LEAST_RECALL = {Label.SMOKE: 0.60, Label.FIRE: 0.70}
MOST_FALSE = 0.03
"""A threshold is to find so many boxes and so few images without: docs/detector.md."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One picture: its boxes and truths of each label, matched. Boxes are sorted by score."""

    scores: Mapping[Label, Floats]
    hits: Mapping[Label, NDArray[np.bool_]]
    """Boxes x IOUS."""
    truths: Mapping[Label, int]

    @property
    def clean(self) -> bool:
        """Nothing is boxed in it."""
        return not any(self.truths.values())

    def top(self, label: Label) -> float:
        """The best score, 0 without boxes."""
        return float(self.scores[label].max(initial=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Boxes of like score: what the score promised and what came true."""

    boxes: int
    mean_score: float
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What ``plumeline score --json`` prints. None where a label has no truths."""

    images: int
    ap50: Mapping[Label, float | None]
    ap50_95: Mapping[Label, float | None]
    recall_at_threshold: Mapping[Label, float | None]
    """Of truth boxes, at IoU 0.5."""
    false_alarm_images: int
    """Images with nothing boxed and a detection of either label at its threshold."""
    threshold: Mapping[Label, float]
    precision_at_threshold: Mapping[Label, float | None]
    image_recall_at_threshold: Mapping[Label, float | None]
    """Of images in which the label is boxed: any detection of it at the threshold, anywhere."""
    clean_images: int
    """With nothing boxed."""
    calibration_error: Mapping[Label, float | None]
    """Expected: mean over boxes of how far the precision of their bin is from its mean score."""


def without_threshold(model: Model) -> Model:
    """The same model, answering with every box a curve needs."""
    low = Thresholds(smoke=LOWEST_SCORE, fire=LOWEST_SCORE)
    return replace(model, manifest=replace(model.manifest, threshold=low))


def judge(
    found: Iterable[Detection], truth: Sequence[LabelBox], width_px: int, height_px: int
) -> Judged:
    """One picture's detections against its labels."""
    scores: dict[Label, Floats] = {}
    hits: dict[Label, NDArray[np.bool_]] = {}
    found = list(found)
    for label in Label:
        mine = sorted((one for one in found if one.label is label), key=lambda one: -one.score)
        mine = mine[:MOST_BOXES]
        boxes = np.array(
            [[b.x0_px, b.y0_px, b.x1_px, b.y1_px] for b in (one.box for one in mine)]
        ).reshape(-1, 4)
        real = [(b.x, b.y, b.width, b.height) for b in truth if b.label is label]
        centre, size = np.split(np.array(real).reshape(-1, 4), 2, axis=1)
        corners = np.hstack([centre - size / 2, centre + size / 2])
        reals = corners * [width_px, height_px, width_px, height_px]
        scores[label] = np.array([one.score for one in mine])
        hits[label] = _match(_ious(boxes, reals))
    counts = {label: sum(box.label is label for box in truth) for label in Label}
    return Judged(scores=scores, hits=hits, truths=counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Precision and recall of one label down the scores of all pictures, at IoU 0.5."""

    scores: Floats
    precision: Floats
    recall: Floats


def curve(judged: Sequence[Judged], label: Label) -> Curve:
    """One point a box, best first; empty without boxes or truths."""
    scores, hits, truths = _pooled(judged, label)
    hit = np.cumsum(hits[:, 0])
    return Curve(
        scores=scores,
        precision=hit / np.arange(1, len(hit) + 1),
        recall=hit / truths if truths else np.zeros(len(hit)),
    )


def average_precision(judged: Sequence[Judged], label: Label) -> Floats | None:
    """At each of IOUS; None where nothing of the label is boxed."""
    _, hits, truths = _pooled(judged, label)
    return np.array([_area(hits[:, at], truths) for at in range(len(IOUS))]) if truths else None


def reliability(judged: Sequence[Judged], label: Label) -> tuple[Bin, ...]:
    """Ten bins of score from CALIBRATED_FROM to 1, the empty ones left out."""
    scores, hits, _ = _pooled(judged, label)
    numbers = np.minimum((scores * BINS).astype(int), BINS - 1)
    of_bin = [(scores >= CALIBRATED_FROM) & (numbers == number) for number in range(BINS)]
    return tuple(
        Bin(
            boxes=int(chosen.sum()),
            mean_score=float(scores[chosen].mean()),
            precision=float(hits[chosen, 0].mean()),
        )
        for chosen in of_bin
        if chosen.any()
    )


def expected_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error (Guo et al. 2017): the gaps, weighted by the boxes behind them."""
    boxes = sum(one.boxes for one in bins)
    gaps = sum(one.boxes * abs(one.mean_score - one.precision) for one in bins)
    return gaps / boxes if boxes else None


def false_share(judged: Sequence[Judged], label: Label, threshold: float) -> float:
    """Share of the clean images in which the label is seen; 0 without clean images."""
    tops = [one.top(label) for one in judged if one.clean]
    return sum(top >= threshold for top in tops) / len(tops) if tops else 0.0


def choose_threshold(judged: Sequence[Judged], label: Label) -> float | None:
    """The highest of 0.99, 0.98, ... 0.05 at which LEAST_RECALL of the boxes are found.

    None where there is none, or where it shows more than MOST_FALSE of the clean images.
    """
    points = curve(judged, label)
    for percent in range(99, 4, -1):
        threshold = percent / 100
        count = int((points.scores >= threshold).sum())
        if count and points.recall[count - 1] >= LEAST_RECALL[label]:
            return threshold if false_share(judged, label, threshold) <= MOST_FALSE else None
    return None


def score(judged: Sequence[Judged], thresholds: Thresholds) -> Score:
    """All figures of one set."""
    aps = {label: average_precision(judged, label) for label in Label}
    at = {label: _at(judged, label, thresholds.of(label)) for label in Label}
    clean = [one for one in judged if one.clean]
    return Score(
        images=len(judged),
        ap50={label: None if ap is None else float(ap[0]) for label, ap in aps.items()},
        ap50_95={label: None if ap is None else float(ap.mean()) for label, ap in aps.items()},
        recall_at_threshold={label: one[0] for label, one in at.items()},
        false_alarm_images=sum(
            any(one.top(label) >= thresholds.of(label) for label in Label) for one in clean
        ),
        threshold={label: thresholds.of(label) for label in Label},
        precision_at_threshold={label: one[1] for label, one in at.items()},
        image_recall_at_threshold={label: one[2] for label, one in at.items()},
        clean_images=len(clean),
        calibration_error={label: expected_error(reliability(judged, label)) for label in Label},
    )


def _at(
    judged: Sequence[Judged], label: Label, threshold: float
) -> tuple[float | None, float | None, float | None]:
    """Recall and precision of boxes, recall of images."""
    scores, hits, truths = _pooled(judged, label)
    over = hits[scores >= threshold, 0]
    tops = [one.top(label) for one in judged if one.truths[label]]
    return (
        float(over.sum()) / truths if truths else None,
        float(over.mean()) if len(over) else None,
        sum(top >= threshold for top in tops) / len(tops) if tops else None,
    )


def _pooled(judged: Sequence[Judged], label: Label) -> tuple[Floats, NDArray[np.bool_], int]:
    """Scores, hits and number of truths of all pictures, best score first."""
    scores = np.concatenate([np.zeros(0), *(one.scores[label] for one in judged)])
    none = np.zeros((0, len(IOUS)), dtype=bool)
    hits = np.concatenate([none, *(one.hits[label] for one in judged)])
    order = np.argsort(-scores, kind="stable")
    return scores[order], hits[order], sum(one.truths[label] for one in judged)


def _match(ious: Floats) -> NDArray[np.bool_]:
    """Boxes x IOUS: whether each box, best first, gets a truth of its own."""
    hits = np.zeros((len(ious), len(IOUS)), dtype=bool)
    for at, least in enumerate(IOUS):
        free = np.ones(ious.shape[1], dtype=bool)
        for box, row in enumerate(ious):
            open_ious = np.where(free, row, -1.0)
            if len(row) and open_ious.max() >= min(least, 1 - 1e-10):
                free[int(open_ious.argmax())] = False
                hits[box, at] = True
    return hits


def _ious(boxes: Floats, truths: Floats) -> Floats:
    """Boxes x truths."""
    low = np.maximum(boxes[:, None, :2], truths[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], truths[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    own, real = (np.prod(one[:, 2:] - one[:, :2], axis=1) for one in (boxes, truths))
    joint = own[:, None] + real[None] - shared
    return np.asarray(np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0))


def _area(hits: NDArray[np.bool_], truths: int) -> float:
    """101-point interpolated area under one curve."""
    hit = np.cumsum(hits)
    recall, precision = hit / truths, hit / np.arange(1, len(hit) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS, side="left")
    read = np.append(best_after, 0.0)[np.minimum(at, len(best_after))]
    return math.fsum(read) / len(RECALLS)
