"""The camera: from pixels to directions in its own frame, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from geo.geodesy import Array
from geo.lens import Lens, Pinhole


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Intrinsics in pixels; the origin is the top left corner of the top left pixel.

    The middle of that pixel is (0.5, 0.5). Calibrations by OpenCV call it (0, 0): add 0.5 to
    their cx and cy.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    lens: Lens = field(default_factory=Pinhole)

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

    def of_size(self, width_px: int, height_px: int) -> Camera | None:
        """The same camera in pictures of another size; None where their shape is another too."""
        times = width_px / self.width_px
        if abs(height_px - times * self.height_px) > 1:
            return None
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px * times,
            fy_px=self.fy_px * times,
            cx_px=self.cx_px * times,
            cy_px=self.cy_px * times,
        )

    def zoomed(self, times: float) -> Camera:
        """The same picture size showing the middle 1 / times of the view.

        Exact for digital zoom. An optical zoom moves the principal point and the distortion too:
        calibrate it at the focal length it is used at.

        Raises:
            ValueError: a zoom that is not positive.
        """
        if not times > 0:
            msg = f"zoom {times} is not positive"
            raise ValueError(msg)
        return replace(
            self,
            fx_px=self.fx_px * times,
            fy_px=self.fy_px * times,
            cx_px=self.width_px / 2 + times * (self.cx_px - self.width_px / 2),
            cy_px=self.height_px / 2 + times * (self.cy_px - self.height_px / 2),
        )

    def directions(self, u_px: ArrayLike, v_px: ArrayLike) -> Array:
        """Unit vectors (..., 3) forward, right, down through pixels; nan where there are none."""
        x = (np.asarray(u_px, float) - self.cx_px) / self.fx_px
        y = (np.asarray(v_px, float) - self.cy_px) / self.fy_px
        return self.lens.directions(*np.broadcast_arrays(x, y))

    def pixels(self, forward: Array, right: Array, down: Array) -> tuple[Array, Array]:
        """The pixels u, v of directions of any length, in the picture or not; nan for none."""
        x, y = self.lens.plane(forward, right, down)
        return self.cx_px + self.fx_px * x, self.cy_px + self.fy_px * y
