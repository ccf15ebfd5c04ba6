"""A calibrated camera, written down."""

from __future__ import annotations

import msgspec

from geo.camera import Camera
from geo.lens import lens_of


class Optics(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """In a question of ``plumeline locate``, or in a device's table of the configuration."""

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    """k1, k2, p1, p2, k3."""
    fisheye: tuple[float, float, float, float] | None = None
    """k1 to k4, instead of the distortion."""

    def camera(self) -> Camera:
        """As geo knows it."""
        return Camera(
            width_px=self.width_px,
            height_px=self.height_px,
            fx_px=self.fx_px,
            fy_px=self.fy_px,
            cx_px=self.cx_px,
            cy_px=self.cy_px,
            lens=lens_of(self.fisheye or (self.distortion if any(self.distortion) else ())),
        )
