"""How a live analysis keeps up with what arrives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a live analysis keeps up. A past range has none: it judges every frame."""

    max_lag_s: float = 3.0
    """A frame that has waited longer is skipped if its device has sent a newer one."""
    silence_s: float = 3.0
    """After this long without a word from a device, its waiting frames are settled."""
