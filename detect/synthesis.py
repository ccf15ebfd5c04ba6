"""Made-up smoke in real views: early plumes, thin and small, whose boxes are exact.

A plume is a chain of soft puffs that rise from a foot, lean with the wind, widen and thin out
(a puff's width grows with the path travelled, its opacity falls with its area), broken up by
noise over several scales. It is laid over the view as haze is: picture times (1 - alpha) plus
colour times alpha. The box is drawn around what changed the picture visibly, not around what
was computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.datasets import LabelBox
from detect.detection import Image, Label

Alpha = NDArray[np.float32]
VISIBLE = 10.0
"""Grey levels, of 255, by which smoke must change a pixel to count as seen."""
SMALLEST_PX = 10
_CANVAS_PX = (448, 288)
_FOOT_PX = (224, 270)
_RISE_PX = 220.0
"""A plume is made on a canvas of this size, its foot here and its top so much higher."""
_OCTAVES = (4, 9, 19, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plume:
    """How a plume is made; lengths in px of the picture it goes into."""

    foot_px: tuple[float, float]
    height_px: float
    lean: float
    """Sideways px per px risen, at the top; -0.8 to 0.8."""
    opacity: float
    """Of the densest place, 0 to 1."""
    grey: float
    """Of the smoke itself, 0 black to 255 white."""


def add_plumes(view: Image, rng: np.random.Generator) -> tuple[Image, tuple[LabelBox, ...]]:
    """The view, sometimes hazy, with one to three plumes; and the boxes of those to be seen."""
    if rng.random() < 0.3:
        view = haze(view, float(rng.uniform(0.1, 0.4)))
    boxes: list[LabelBox] = []
    for _ in range(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1])):
        after = lay(view, _random_plume(view, rng), rng)
        box = seen_box(view, after)
        if box is not None and not any(_touch(box, other) for other in boxes):
            view = after
            boxes.append(box)
    return view, tuple(boxes)


def lay(view: Image, plume: Plume, rng: np.random.Generator) -> Image:
    """The view with the plume in it."""
    height, width = view.shape[:2]
    scale = plume.height_px / _RISE_PX
    x, y = plume.foot_px[0] - _FOOT_PX[0] * scale, plume.foot_px[1] - _FOOT_PX[1] * scale
    place = np.array([[scale, 0, x], [0, scale, y]])
    alpha = _onto(plume.opacity * alpha_of(plume.lean, rng), place, (width, height))
    shade = _onto(1 + 0.15 * _noise(*_CANVAS_PX, rng), place, (width, height))
    tint = np.array([1.02, 1.0, 0.98]) if rng.random() < 0.5 else np.array([0.96, 1.0, 1.03])
    colour = np.clip(plume.grey * tint * shade[..., None], 0, 255)
    return np.clip(view * (1 - alpha[..., None]) + colour * alpha[..., None], 0, 255).astype(
        np.uint8
    )


def alpha_of(lean: float, rng: np.random.Generator) -> Alpha:
    """A plume by itself on a canvas of its own: how much of each pixel is smoke, 0 to 1."""
    width, height = _CANVAS_PX
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = np.zeros((height, width), np.float32)
    for step in np.sort(rng.uniform(0, 1, 45)):
        radius = _RISE_PX * (0.03 + 0.13 * step) * rng.uniform(0.6, 1.3)
        x = _FOOT_PX[0] + _RISE_PX * lean * step**1.4 + rng.normal(0, radius * 0.6)
        y = _FOOT_PX[1] - _RISE_PX * step * 0.85
        apart = ((xs - x) ** 2 + (ys - y) ** 2) / radius**2
        depth += np.exp(-(apart**1.5)) * np.float32((1 - 0.7 * step) / (0.4 + step))
    bend = np.float32(0.06 * _RISE_PX)
    depth = np.asarray(
        cv2.remap(
            depth,
            xs + bend * _noise(width, height, rng),
            ys + bend * _noise(width, height, rng),
            cv2.INTER_LINEAR,
        )
    )
    depth *= np.clip(0.6 + 0.9 * _noise(width, height, rng), 0.05, 2)
    alpha = 1 - np.exp(-2.5 * depth / max(float(np.percentile(depth, 99)), 1e-6))
    return np.asarray(alpha, dtype=np.float32)


def haze(view: Image, strength: float) -> Image:
    """Distant air: the upper part of the picture loses contrast to a pale grey."""
    far = np.linspace(1, 0.3, view.shape[0], dtype=np.float32)[:, None, None] * strength
    hazy: Image = np.clip(view * (1 - far) + 205 * far, 0, 255).astype(np.uint8)
    return hazy


def seen_box(before: Image, after: Image) -> LabelBox | None:
    """Around the pixels that changed visibly, the outermost percent of them left out."""
    change = np.abs(after.astype(np.float32) - before).mean(axis=2)
    ys, xs = np.nonzero(cv2.GaussianBlur(change, (0, 0), 1.0) >= VISIBLE)
    if not len(xs):
        return None
    (x0, x1), (y0, y1) = np.percentile(xs, [1, 99]), np.percentile(ys, [1, 99])
    x1, y1 = x1 + 1, y1 + 1  # half-open
    if min(x1 - x0, y1 - y0) < SMALLEST_PX / 2 or max(x1 - x0, y1 - y0) < SMALLEST_PX:
        return None
    height, width = before.shape[:2]
    return LabelBox(
        label=Label.SMOKE,
        x=float(x0 + x1) / 2 / width,
        y=float(y0 + y1) / 2 / height,
        width=float(x1 - x0) / width,
        height=float(y1 - y0) / height,
    )


def window(view: Image, rng: np.random.Generator, side_px: int = 512) -> Image:
    """A part of the view, at random place, scale and mirroring, its long side ``side_px``."""
    height, width = view.shape[:2]
    share = float(rng.uniform(0.5, 1))
    h, w = max(1, round(height * share)), max(1, round(width * share))
    y, x = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    part = view[y : y + h, x : x + w]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    scale = side_px / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=how), dtype=np.uint8)


def has_ground(view: Image) -> bool:
    """Not sky alone."""
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return _horizon(grey) or float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean()) > 25


def _horizon(grey: Alpha) -> bool:
    """The lowest fifth is much darker than the upper half: sky over ground."""
    low, high = grey[-len(grey) // 5 :], grey[: len(grey) // 2]
    return float(low.mean()) < 0.6 * float(high.mean())


def _random_plume(view: Image, rng: np.random.Generator) -> Plume:
    """Half of them small and far; white to black, but unlike what is behind."""
    height, width = view.shape[:2]
    tall = rng.uniform(0.05, 0.15) if rng.random() < 0.5 else rng.uniform(0.15, 0.6)
    sky = _horizon(cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32))
    x, y = rng.uniform(0.05, 0.95) * width, rng.uniform(0.8 if sky else 0.3, 0.99) * height
    around = view[max(0, int(y - tall * height)) : int(y) + 1, max(0, int(x) - 20) : int(x) + 20]
    behind = float(around.mean())
    greys = (rng.uniform(15, 90), *rng.uniform(130, 250, 3))
    unlike = [grey for grey in greys if abs(grey - behind) > 45] or [
        255.0 if behind < 128 else 15.0
    ]
    return Plume(
        foot_px=(float(x), float(y)),
        height_px=float(tall * height),
        lean=float(np.clip(rng.normal(0, 0.45), -0.8, 0.8)),
        opacity=float(rng.uniform(0.4, 0.95)),
        grey=float(rng.choice(unlike)),
    )


def _onto(plate: Alpha, place: NDArray[np.float64], size: tuple[int, int]) -> Alpha:
    """The canvas laid into the picture; blurred first, as OpenCV shrinks without averaging."""
    scale = float(place[0, 0])
    if scale < 1:
        plate = np.asarray(cv2.GaussianBlur(plate, (0, 0), max(0.4 / scale, 0.3)), np.float32)
    return np.asarray(cv2.warpAffine(plate, place, size, flags=cv2.INTER_LINEAR), np.float32)


def _noise(width: int, height: int, rng: np.random.Generator) -> Alpha:
    """About -1 to 1, cloudy: random grids from coarse to fine, each of half the weight."""
    total = np.zeros((height, width), np.float32)
    for octave, cells in enumerate(_OCTAVES):
        grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
        wide = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(wide, dtype=np.float32) / 2**octave
    return total


def _touch(one: LabelBox, other: LabelBox) -> bool:
    return (
        abs(one.x - other.x) < (one.width + other.width) / 2
        and abs(one.y - other.y) < (one.height + other.height) / 2
    )
