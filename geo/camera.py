"""The pinhole camera: from pixels to directions in the camera's own frame."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Intrinsics in pixels; the origin is the top left corner of the top left pixel."""

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float

    @classmethod
    def from_hfov(cls, width_px: int, height_px: int, hfov_deg: float) -> Camera:
        """A camera with square pixels, its axis through the middle of the picture.

        Raises:
            ValueError: a field of view outside (0, 180) degrees or an empty picture.
        """
        if not 0 < hfov_deg < 180:
            msg = f"field of view {hfov_deg} deg is not between 0 and 180"
            raise ValueError(msg)
        if width_px < 1 or height_px < 1:
            msg = f"picture of {width_px} x {height_px} px is empty"
            raise ValueError(msg)
        focal_px = width_px / 2 / math.tan(math.radians(hfov_deg) / 2)
        return cls(
            width_px=width_px,
            height_px=height_px,
            fx_px=focal_px,
            fy_px=focal_px,
            cx_px=width_px / 2,
            cy_px=height_px / 2,
        )
