"""What a detector says about one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width x 3, BGR as OpenCV decodes it."""


class Label(StrEnum):
    """The two things looked for."""

    SMOKE = "smoke"
    FIRE = "fire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Pixels, origin at the top left, half-open: x0 <= x < x1."""

    x0_px: float
    y0_px: float
    x1_px: float
    y1_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One thing seen in one picture."""

    label: Label
    score: float
    box: Box


class Detector(Protocol):
    """The seam behind which every engine lives."""

    @property
    def identity(self) -> str:
        """Name and weights hash: what the record says judged the picture."""
        ...

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first."""
        ...
