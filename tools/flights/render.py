"""One frame of a flight, from the true pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from flights import plume, scene
from flights.raster import Plane
from flights.script import Flight, Source
from flights.view import HEIGHT_PX, WIDTH_PX, View

JPEG_QUALITY = 44
LENS_SIGMA_PX = 0.85
NOISE_SIGMA = 0.5
SETTLED_S = 2.0
"""A source counts as visible from this long after its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture and what a viewer could see in it."""

    bgr: NDArray[np.uint8]
    visible: tuple[int, ...]
    """Which of the flight's sources, by their place in its list."""

    def jpeg(self) -> bytes:
        """As it lies in the sample."""
        settings = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        return cv2.imencode(".jpg", self.bgr, settings)[1].tobytes()


def shoot(flight: Flight, t_s: float) -> Shot:
    """The picture at a moment, in seconds since the flight's start."""
    view = flight.path.view(t_s)
    canvas = scene.draw(replace(view, scale=scene.SUPERSAMPLING), flight.blocks(t_s))
    bgr, inverse_depth = canvas.reduced()
    visible = tuple(
        number
        for number, source in enumerate(flight.sources)
        if _visible(source, view, inverse_depth, t_s)
    )
    for smoke in flight.plumes:
        plume.draw_plume(bgr, inverse_depth, view, smoke, t_s)
    for flames in flight.flames:
        plume.draw_flames(bgr, view, flames, t_s)
    bgr = np.asarray(cv2.GaussianBlur(bgr, (0, 0), LENS_SIGMA_PX), np.float32)
    noise = np.random.default_rng([flight.seed, round(t_s * 1024)]).standard_normal(
        bgr.shape[:2], dtype=np.float32
    )
    bgr += NOISE_SIGMA * noise[..., None]
    return Shot(bgr=np.clip(np.round(bgr), 0, 255).astype(np.uint8), visible=visible)


def _visible(source: Source, view: View, inverse_depth: Plane, t_s: float) -> bool:
    """Whether the foot lies in the picture with nothing but smoke in front of it."""
    if not source.t_first_s + SETTLED_S <= t_s <= source.t_last_s:
        return False
    pixels, depth = view.project(source.foot_m)
    x, y = pixels[0]
    if depth[0] < 1 or not (20 <= x < WIDTH_PX - 20 and 20 <= y < HEIGHT_PX - 20):
        return False
    return bool(1 / inverse_depth[int(y), int(x)] > depth[0] - 0.5)
