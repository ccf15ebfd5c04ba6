"""Flat faces and tree crowns drawn with a depth buffer, so that nearer things hide further ones."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from flights.view import Floats, View

Picture = NDArray[np.float32]
"""Height x width x 3, BGR, 0 to 255."""
Plane = NDArray[np.float32]

SUN = np.array([0.0275, -0.7875, 0.6157])
"""Towards the sun: azimuth 178 degrees, 38 degrees high (Nanjing, 20 November, noon)."""
HAZE_BGR = np.array([206.0, 200.0, 194.0])
HAZE_RANGE_M = 1700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A convex flat polygon. With a texture its first corner is the texture's top left,
    the second its top right and the fourth its bottom left."""

    corners_m: Floats
    bgr: tuple[float, float, float]
    texture: NDArray[np.uint8] | None = None


class Canvas:
    """A picture that grows, with the inverse depth of every pixel."""

    def __init__(self, view: View) -> None:
        width, height = view.size_px
        self.view = view
        self.bgr: Picture = np.zeros((height, width, 3), np.float32)
        self.inverse_depth: Plane = np.zeros((height, width), np.float32)

    def draw(self, face: Face) -> None:
        """Draw one face where nothing nearer is; faces that turn away are left out."""
        corners = face.corners_m
        normal = np.cross(corners[1] - corners[0], corners[-1] - corners[0])
        normal /= -np.linalg.norm(normal)
        towards = np.array(self.view.at_m) - corners[0]
        pixels, depth = self.view.project(corners)
        if normal @ towards <= 0 or depth.min() < 1:
            return
        box = self._box(pixels)
        if box is None:
            return
        x0, y0, x1, y1 = box
        inverse = self._plane_inverse_depth(box, normal, -float(normal @ towards))
        seen = _inside(pixels, box) & (inverse > self.inverse_depth[y0:y1, x0:x1])
        light = 0.62 + 0.46 * max(0.0, float(normal @ SUN))
        colour = self._colour(face, pixels, box) * np.float32(light)
        hazed = hazy(np.asarray(colour, np.float32), inverse)
        self.bgr[y0:y1, x0:x1][seen] = hazed[seen]
        self.inverse_depth[y0:y1, x0:x1][seen] = inverse[seen]

    def stamp(self, sprite: NDArray[np.float32], at_m: Floats, radius_m: float) -> None:
        """Draw an upright picture (BGR and opacity 0 to 1) round a point: a tree's crown."""
        pixels, depth = self.view.project(at_m)
        if depth[0] < 1:
            return
        radius_px = self.view.focal_px * radius_m / depth[0]
        corners = np.array([pixels[0] - radius_px, pixels[0] + radius_px])
        box = self._box(corners)
        if box is None:
            return
        x0, y0, x1, y1 = box
        zoom = sprite.shape[0] / (2 * radius_px)
        move = np.array(
            [[zoom, 0, (x0 - corners[0, 0]) * zoom], [0, zoom, (y0 - corners[0, 1]) * zoom]]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        patch = cv2.warpAffine(sprite, move, (x1 - x0, y1 - y0), flags=flags)
        inverse = np.full(patch.shape[:2], 1 / max(depth[0] - radius_m / 2, 1), np.float32)
        opacity = patch[..., 3] * (inverse > self.inverse_depth[y0:y1, x0:x1])
        target = self.bgr[y0:y1, x0:x1]
        crown = np.asarray(patch[..., :3], np.float32)
        target += (hazy(crown, inverse) - target) * opacity[..., None]
        solid = opacity > 0.5
        self.inverse_depth[y0:y1, x0:x1][solid] = inverse[solid]

    def _box(self, pixels: Floats) -> tuple[int, int, int, int] | None:
        height, width = self.inverse_depth.shape
        x0, y0 = np.maximum(np.floor(pixels.min(axis=0) - 1), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(pixels.max(axis=0) + 1), (width, height)).astype(int)
        return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None

    def _plane_inverse_depth(
        self, box: tuple[int, int, int, int], normal: Floats, distance_m: float
    ) -> Plane:
        """Of the plane normal . (X - camera) = distance: affine in the pixel."""
        x0, y0, x1, y1 = box
        width, height = self.view.size_px
        right, down, forward = self.view.axes @ normal / distance_m
        x = (np.arange(x0, x1, dtype=np.float32) + 0.5 - width / 2) / self.view.focal_px
        y = (np.arange(y0, y1, dtype=np.float32) + 0.5 - height / 2) / self.view.focal_px
        return np.asarray(x[None, :] * right + y[:, None] * down + forward, np.float32)

    def _colour(self, face: Face, pixels: Floats, box: tuple[int, int, int, int]) -> Picture:
        x0, y0, x1, y1 = box
        if face.texture is None:
            return np.broadcast_to(np.array(face.bgr, np.float32), (y1 - y0, x1 - x0, 3))
        rows, columns = face.texture.shape[:2]
        texture = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32) - 0.5
        target = np.asarray(pixels - 0.5 - (x0, y0), np.float32)
        warp = cv2.getPerspectiveTransform(texture, target)
        size = (x1 - x0, y1 - y0)
        mode = cv2.BORDER_REPLICATE
        patch = cv2.warpPerspective(face.texture, warp, size, borderMode=mode)
        return patch.astype(np.float32)

    def ground(self, texture: NDArray[np.uint8], smooth: NDArray[np.uint8], side_m: float) -> None:
        """Lay the ground plane: the texture is a square of side_m round the centre, north up."""
        size = texture.shape[0]
        metres = side_m / size
        lay = np.array([[metres, 0, -side_m / 2], [0, -metres, side_m / 2], [0, 0, 0], [0, 0, 1]])
        centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        warp = np.linalg.inv(centre) @ self.view.matrix @ lay @ centre
        width, height = self.view.size_px
        box = (0, 0, width, height)
        inverse = self._plane_inverse_depth(box, np.array([0.0, 0, 1]), -self.view.at_m[2])
        inverse = np.maximum(inverse, 1e-6)
        mode = cv2.BORDER_REFLECT_101
        near = cv2.warpPerspective(texture, warp, (width, height), borderMode=mode)
        far = cv2.warpPerspective(smooth, warp, (width, height), borderMode=mode)
        texel_m = 1 / (inverse**2 * self.view.at_m[2] * self.view.focal_px)
        weight = np.clip((texel_m - 0.25) / 0.9, 0, 1)[..., None]
        mixed = near + weight * (far.astype(np.float32) - near)
        self.bgr = hazy(np.asarray(mixed, np.float32), inverse)
        self.inverse_depth = inverse

    def reduced(self) -> tuple[Picture, Plane]:
        """Picture and inverse depth at the camera's own size."""
        size = (
            round(self.view.size_px[0] / self.view.scale),
            round(self.view.size_px[1] / self.view.scale),
        )
        area = cv2.INTER_AREA
        return (
            np.asarray(cv2.resize(self.bgr, size, interpolation=area), np.float32),
            np.asarray(cv2.resize(self.inverse_depth, size, interpolation=area), np.float32),
        )


def _inside(pixels: Floats, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Which pixel centres of the box lie in a convex polygon whose corners turn clockwise."""
    x0, y0, x1, y1 = box
    x = np.arange(x0, x1, dtype=np.float32)[None, :] + 0.5
    y = np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5
    inside = np.ones((y1 - y0, x1 - x0), bool)
    for (ax, ay), (bx, by) in zip(pixels, np.roll(pixels, -1, axis=0), strict=True):
        inside &= (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0
    return inside


def hazy(bgr: Picture, inverse_depth: Plane) -> Picture:
    """Air light added with distance."""
    clear = np.exp(-1 / (HAZE_RANGE_M * np.maximum(inverse_depth, 1e-6)))[..., None]
    return np.asarray(HAZE_BGR + (bgr - HAZE_BGR) * clear, np.float32)
