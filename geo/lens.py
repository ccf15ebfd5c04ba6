"""Lenses: from where a point falls on the image plane to its direction in the camera, and back.

The image plane is at distance 1 in front of the camera: ``x`` to the right is (u - cx) / fx, ``y``
downwards is (v - cy) / fy. A direction is (forward, right, down). Coefficients and their order are
OpenCV's, and so are the models; OpenCV's pixel centres are whole numbers and ours end in .5, so
add 0.5 to its cx and cy (docs/units.md).

A polynomial lens folds: beyond some radius it would draw two directions on one point. There, and
wherever no direction leads, the answer is nan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geo.geodesy import Array

_ROUNDS = 30  # Newton needs 4 to 6; more only close to the fold
_EXACT = 1e-12  # of the focal length


class Lens(Protocol):
    """What a camera's glass does to directions."""

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Every number of the model, in OpenCV's order."""
        ...

    def directions(self, x: Array, y: Array) -> Array:
        """Unit vectors (..., 3) forward, right, down through points of the plane; nan for none."""
        ...

    def plane(self, forward: Array, right: Array, down: Array) -> tuple[Array, Array]:
        """The points x, y where directions of any length fall; nan where they fall on none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinhole:
    """No distortion."""

    @property
    def coefficients(self) -> tuple[float, ...]:
        """None."""
        return ()

    def directions(self, x: Array, y: Array) -> Array:
        """Every point of the plane has one."""
        return _unit(np.ones_like(x), x, y)

    def plane(self, forward: Array, right: Array, down: Array) -> tuple[Array, Array]:
        """Nan for what is beside or behind the camera."""
        forward = np.where(forward > 0, forward, np.nan)
        return right / forward, down / forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Brown:
    """Radial and tangential distortion (Brown 1966; OpenCV's calib3d, order k1, k2, p1, p2, k3)."""

    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0

    @property
    def coefficients(self) -> tuple[float, ...]:
        """In OpenCV's order k1, k2, p1, p2, k3."""
        return self.k1, self.k2, self.p1, self.p2, self.k3

    def directions(self, x: Array, y: Array) -> Array:
        """Newton's method on the plane, from the distorted point."""
        fold = _fold(self.k1, self.k2, self.k3)
        with np.errstate(all="ignore"):
            a, b = x, y
            for _ in range(_ROUNDS):
                a, b = _within(a, b, fold)
                off_x, off_y, xx, xy, yy = self._bend(a, b)
                off_x, off_y = off_x - x, off_y - y
                if not np.any(np.hypot(off_x, off_y) > _EXACT):
                    break
                determinant = xx * yy - xy**2
                a = a - (yy * off_x - xy * off_y) / determinant
                b = b - (xx * off_y - xy * off_x) / determinant
            sound = (np.hypot(off_x, off_y) < 10 * _EXACT) & (xx * yy - xy**2 > 0) & (xx > 0)
        return _unit(np.where(sound, 1.0, np.nan), a, b)

    def plane(self, forward: Array, right: Array, down: Array) -> tuple[Array, Array]:
        """Nan for what is beside or behind the camera, or beyond the fold."""
        a, b = Pinhole().plane(forward, right, down)
        x, y, *_ = self._bend(a, b)
        seen = np.hypot(a, b) < _fold(self.k1, self.k2, self.k3)
        return np.where(seen, x, np.nan), np.where(seen, y, np.nan)

    def _bend(self, a: Array, b: Array) -> tuple[Array, Array, Array, Array, Array]:
        """The distorted x and y, and their derivatives dx/da, dx/db = dy/da, dy/db."""
        k1, k2, p1, p2, k3 = self.coefficients
        r2, ab = a**2 + b**2, a * b
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        steep = 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
        x = a * radial + 2 * p1 * ab + p2 * (r2 + 2 * a**2)
        y = b * radial + p1 * (r2 + 2 * b**2) + 2 * p2 * ab
        xx = radial + a**2 * steep + 2 * p1 * b + 6 * p2 * a
        yy = radial + b**2 * steep + 6 * p1 * b + 2 * p2 * a
        return x, y, xx, ab * steep + 2 * p1 * a + 2 * p2 * b, yy


@dataclass(frozen=True, slots=True, kw_only=True)
class Fisheye:
    """Equidistant with an odd polynomial of the angle (Kannala and Brandt; OpenCV's fisheye)."""

    k1: float = 0.0
    k2: float = 0.0
    k3: float = 0.0
    k4: float = 0.0

    @property
    def coefficients(self) -> tuple[float, ...]:
        """In OpenCV's order k1 to k4."""
        return self.k1, self.k2, self.k3, self.k4

    def directions(self, x: Array, y: Array) -> Array:
        """Newton's method on the angle off the axis, which may pass 90 degrees."""
        radius = np.hypot(x, y)
        most = min(_fold(*self.coefficients), math.pi)
        with np.errstate(all="ignore"):
            angle = np.minimum(radius, most)
            for _ in range(_ROUNDS):
                bent, rise = self._bend(angle)
                if not np.any(np.abs(bent - radius) > _EXACT):
                    break
                angle = np.clip(angle - (bent - radius) / rise, 0.0, most)
            sound = np.abs(self._bend(angle)[0] - radius) < 10 * _EXACT
        across = np.where(radius > 0, np.sin(angle), 0.0) / np.where(radius > 0, radius, 1.0)
        forward = np.where(sound, np.cos(angle), np.nan)
        return np.stack([forward, across * x, across * y], axis=-1)

    def plane(self, forward: Array, right: Array, down: Array) -> tuple[Array, Array]:
        """Nan beyond the fold, or straight behind."""
        across = np.hypot(right, down)
        angle = np.arctan2(across, forward)
        angle = np.where(angle < min(_fold(*self.coefficients), math.pi), angle, np.nan)
        reach = self._bend(angle)[0] / np.where(across > 0, across, 1.0)
        return reach * right, reach * down

    def _bend(self, angle: Array) -> tuple[Array, Array]:
        """The radius on the plane, and its derivative."""
        k1, k2, k3, k4 = self.coefficients
        a2 = angle**2
        radius = angle * (1 + a2 * (k1 + a2 * (k2 + a2 * (k3 + a2 * k4))))
        return radius, 1 + a2 * (3 * k1 + a2 * (5 * k2 + a2 * (7 * k3 + a2 * 9 * k4)))


def lens_of(coefficients: Sequence[float]) -> Lens:
    """The lens with these coefficients: none a pinhole, four a fisheye, five Brown's.

    Raises:
        ValueError: any other number of them.
    """
    match tuple(coefficients):
        case ():
            return Pinhole()
        case (k1, k2, k3, k4):
            return Fisheye(k1=k1, k2=k2, k3=k3, k4=k4)
        case (k1, k2, p1, p2, k3):
            return Brown(k1=k1, k2=k2, p1=p1, p2=p2, k3=k3)
    msg = f"{len(coefficients)} numbers are neither a fisheye's (4) nor Brown's (5)"
    raise ValueError(msg)


def _fold(*radial: float) -> float:
    """Just short of the least r at which r (1 + k1 r^2 + k2 r^4 + ...) stops growing, or inf.

    At that r itself a pixel has no width. The roots are those of the slope in 1 / r^2.
    """
    slope = [(2 * i + 3) * k for i, k in enumerate(radial)]
    if not np.all(np.isfinite(slope)):
        return 0.0
    steepest = max((w.real for w in np.roots([1.0, *slope]) if abs(w.imag) < 1e-9), default=0.0)
    return 0.999 / math.sqrt(steepest) if steepest > 0 else math.inf


def _within(a: Array, b: Array, radius: float) -> tuple[Array, Array]:
    shrink = np.minimum(1.0, radius / np.maximum(np.hypot(a, b), 1e-300))
    return a * shrink, b * shrink


def _unit(forward: Array, right: Array, down: Array) -> Array:
    ray = np.stack([forward, right, down], axis=-1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    return ray
