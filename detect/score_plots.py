"""The curves of a score as PNG, with the extra ``plots`` (matplotlib)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detect.detection import Label
from detect.errors import DetectError
from detect.manifest import Thresholds
from detect.scoring import Judged, curve, false_share, reliability

COLOURS = {Label.SMOKE: "#4c6a92", Label.FIRE: "#c8501e"}
_SIZE_IN = (6.0, 5.0)
_DPI = 120
_STEPS = [percent / 100 for percent in range(1, 100)]


class PlotsUnavailable(DetectError):
    """Plots were asked for without the extra that draws them."""

    def __init__(self) -> None:
        super().__init__("matplotlib is not installed: pip install 'plumeline[plots]'")


def new_figure() -> Any:
    """An empty one of matplotlib's.

    Raises:
        PlotsUnavailable: without the extra ``plots``.
    """
    try:
        figure_of = importlib.import_module("matplotlib.figure").Figure
    except ModuleNotFoundError as exc:
        raise PlotsUnavailable from exc
    return figure_of(figsize=_SIZE_IN, layout="constrained")


def draw(judged: Sequence[Judged], thresholds: Thresholds, folder: Path) -> tuple[Path, ...]:
    """Precision over recall, recall and false alarms over threshold, and reliability.

    Raises:
        PlotsUnavailable: without the extra ``plots``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for name, paint in (
        ("precision_recall", _precision_recall),
        ("threshold", _threshold),
        ("reliability", _reliability),
    ):
        figure = new_figure()
        axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1.02))
        axes.grid(alpha=0.3)
        paint(axes, judged, thresholds)
        axes.legend()
        made.append(folder / f"{name}.png")
        figure.savefig(made[-1], dpi=_DPI)
    return tuple(made)


def _precision_recall(axes: Any, judged: Sequence[Judged], thresholds: Thresholds) -> None:
    for label, colour in COLOURS.items():
        points = curve(judged, label)
        axes.plot(points.recall, points.precision, color=colour, label=label)
        count = int((points.scores >= thresholds.of(label)).sum())
        if count:
            at = points.recall[count - 1], points.precision[count - 1]
            axes.plot(*at, "o", color=colour, label=f"{label} at {thresholds.of(label):.2f}")
    axes.set(xlabel="recall of boxes", ylabel="precision of boxes", title="IoU 0.5")


def _threshold(axes: Any, judged: Sequence[Judged], thresholds: Thresholds) -> None:
    for label, colour in COLOURS.items():
        tops = [one.top(label) for one in judged if one.truths[label]]
        found = [sum(top >= at for top in tops) / len(tops) if tops else 0.0 for at in _STEPS]
        false = [false_share(judged, label, at) for at in _STEPS]
        axes.plot(_STEPS, found, color=colour, label=f"{label}: images found")
        axes.plot(_STEPS, false, ":", color=colour, label=f"{label}: false alarms")
        axes.axvline(thresholds.of(label), color=colour, linewidth=0.8, alpha=0.6)
    axes.set(xlabel="threshold", ylabel="share of images", title="What a threshold costs")


def _reliability(axes: Any, judged: Sequence[Judged], thresholds: Thresholds) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, label="score = precision")
    for label, colour in COLOURS.items():
        bins = reliability(judged, label)
        told = [one.mean_score for one in bins], [one.precision for one in bins]
        axes.plot(*told, "o-", color=colour, label=label)
        axes.axvline(thresholds.of(label), color=colour, linewidth=0.8, alpha=0.6)
    axes.set(xlabel="mean score of a bin", ylabel="precision of its boxes", title="Reliability")
