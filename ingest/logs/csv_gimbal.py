"""Whether a gimbal's heading counts from north."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingest.logs.flight import FloatArray

_STEADY_DEG = 10.0
_APART_DEG = 30.0
_TURNED = 0.7
"""Length of the mean of the headings as unit vectors; it is longer for less than half a turn."""


def has_another_north(columns: Mapping[str, FloatArray]) -> bool:
    """Whether a gimbal turns with its aircraft all along, yet points steadily elsewhere.

    Seen in AirData's export of an Air 2S, whose gimbal cannot turn sideways: ``gimbal_heading``
    stays 165 degrees off ``compass_heading`` through every turn, while the aircraft flies where
    its compass says. No camera is held so, and a wrong direction is worse than none.
    """
    gimbal_deg, yaw_deg = columns.get("gimbal_yaw_deg"), columns.get("yaw_deg")
    if gimbal_deg is None or yaw_deg is None:
        return False
    known = np.isfinite(gimbal_deg) & np.isfinite(yaw_deg)
    if not known.any():
        return False
    heading = np.exp(1j * np.radians(yaw_deg[known]))
    apart = np.exp(1j * np.radians(gimbal_deg[known])) / heading
    middle = apart.mean()
    spread_deg = np.median(np.abs(np.degrees(np.angle(apart * middle.conjugate()))))
    turned = abs(heading.mean()) < _TURNED
    elsewhere = abs(np.degrees(np.angle(middle))) > _APART_DEG
    return bool(turned and elsewhere and spread_deg < _STEADY_DEG)
