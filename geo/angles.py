"""Angles in degrees: one turn, no seams at north or at 180."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Angle = TypeVar("Angle", float, NDArray[np.float64])


def wrap_deg(angle_deg: Angle) -> Angle:
    """The same direction in -180 <= angle < 180."""
    wrapped = (angle_deg + 180.0) % 360.0 - 180.0
    return wrapped - 360.0 * (wrapped >= 180.0)  # a remainder may round up to the full turn


def turn_deg(start_deg: Angle, end_deg: Angle) -> Angle:
    """The shortest turn that leads from start to end; half a turn counts as -180."""
    return wrap_deg(end_deg - start_deg)


def between_deg(start_deg: Angle, end_deg: Angle, fraction: Angle) -> Angle:
    """The direction at a fraction of the shortest turn: 0 is start, 1 is end."""
    return wrap_deg(start_deg + fraction * turn_deg(start_deg, end_deg))
