"""Ultralytics: a ``.pt`` from elsewhere, as it is, on the GPU where torch finds one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detect.detection import Box, Detection, Image, Label
from detect.errors import BadModel, EngineFailed, EngineMissing

SCORE_LEAST = 0.25
"""Ultralytics' own default; a bare ``.pt`` has no manifest with thresholds chosen for it."""

QUIET_AND_OFFLINE = {
    "YOLO_OFFLINE": "true",  # sends no statistics, fetches nothing
    "YOLO_AUTOINSTALL": "false",  # installs nothing that a file asks for
    "ULTRALYTICS_SAFE_LOAD": "1",  # rebuilds only the layers Ultralytics and torch know
    "YOLO_VERBOSE": "false",
}
"""Read when ``ultralytics`` is imported (8.4.190: ``ultralytics/utils/__init__.py``)."""

RISK = (
    "loading a .pt can run any code that is hidden in it; if you know who made it, "
    "set trust_pt = true under [detector]"
)


class UltralyticsDetector:
    """A detection model in Ultralytics' own file."""

    def __init__(self, weights: Path, *, trusted: bool = False) -> None:
        """Load the file, whose classes named smoke and fire count and no others.

        Raises:
            BadModel: not trusted, no such ``.pt``, or not a detector of smoke or fire.
            EngineMissing: the extra ``train`` is not installed.
            EngineFailed: Ultralytics would load the file without its own limits.
        """
        if weights.suffix != ".pt" or not weights.is_file():
            raise BadModel(weights, "no such .pt file")
        if not trusted:
            raise BadModel(weights, RISK)
        self._network, version = _load(weights)
        names: dict[int, str] = self._network.names
        self._labels = {
            number: label
            for number, name in names.items()
            for label in Label
            if label.value == name.lower()
        }
        if self._network.task != "detect" or not self._labels:
            known = ", ".join(names.values())
            raise BadModel(weights, f"a model to {self._network.task} {known}, not smoke or fire")
        sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
        self._identity = f"{weights.stem}@{sha256[:12]} ultralytics-{version}"

    @property
    def identity(self) -> str:
        """File and engine."""
        return self._identity

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first."""
        if not images:
            return []
        results = self._network.predict(
            list(images), conf=SCORE_LEAST, classes=list(self._labels), verbose=False
        )
        return [self._found(result.boxes.data.cpu().numpy()) for result in results]

    def _found(self, rows: Any) -> list[Detection]:
        found = [
            Detection(
                label=self._labels[int(number)],
                score=float(score),
                box=Box(x0_px=float(x0), y0_px=float(y0), x1_px=float(x1), y1_px=float(y1)),
            )
            for x0, y0, x1, y1, score, number in rows
        ]
        return sorted(found, key=lambda one: -one.score)


def _load(weights: Path) -> tuple[Any, str]:
    os.environ.update(QUIET_AND_OFFLINE)
    try:
        import ultralytics  # noqa: PLC0415  # an extra, and two seconds
    except ImportError as exc:
        raise EngineMissing(engine="ultralytics", extra="train") from exc
    if not getattr(ultralytics.utils, "SAFE_LOAD", False):
        reason = "was imported before, or in a release, without ULTRALYTICS_SAFE_LOAD"
        raise EngineFailed(engine="ultralytics", reason=reason)
    try:
        return ultralytics.YOLO(weights.absolute()), ultralytics.__version__
    except (AttributeError, ImportError, KeyError, OSError, RuntimeError, TypeError) as exc:
        reason = " ".join(str(exc).split())
        raise BadModel(weights, f"Ultralytics: {reason}") from exc
