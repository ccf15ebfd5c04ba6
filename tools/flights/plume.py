"""Smoke, steam, dust and flames: many soft puffs in the district's metres, drawn far to near.

A puff's place, size and opacity follow from its age alone, so any moment of a flight can be drawn
without the ones before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from flights.raster import SUN, Picture, Plane, hazy
from flights.scene import fractal
from flights.view import Floats, View

SPRITES = 12
SPRITE_PX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Plume:
    """Puffs that leave a foot one after another."""

    foot_m: tuple[float, float, float]
    t_first_s: float
    t_last_s: float
    bgr: tuple[float, float, float]
    seed: int
    per_s: float = 9.0
    life_s: float = 16.0
    rise_m_s: float = 3.2
    wind_m_s: tuple[float, float] = (0.2, 0.15)
    start_radius_m: float = 0.9
    growth_m_s: float = 0.42
    spread_m: float = 1.2
    """Half width of what burns, and of how far the puffs stray."""
    opacity: float = 0.5
    build_up_s: float = 12.0
    """Until the source is at full strength."""
    foot_drift_m_s: tuple[float, float] = (0.0, 0.0)
    """Of a source that drives, such as a lorry."""

    def puffs(self, t_s: float) -> NDArray[np.float64]:
        """Rows of east, north, up, radius, opacity, brightness and kind at a moment."""
        first = max(0, int((t_s - self.life_s - self.t_first_s) * self.per_s))
        last = int((min(t_s, self.t_last_s) - self.t_first_s) * self.per_s)
        rows = [row for k in range(first, last + 1) if (row := self._puff(k, t_s)) is not None]
        return np.array(rows).reshape(-1, 7)

    def _puff(self, number: int, t_s: float) -> Floats | None:
        random = np.random.default_rng([self.seed, number])
        born_s = self.t_first_s + number / self.per_s
        age = t_s - born_s
        life = self.life_s * random.uniform(0.75, 1.25)
        if not 0 <= age < life:
            return None
        strength = 0.45 + 0.55 * min(1.0, (born_s - self.t_first_s) / self.build_up_s)
        offset = random.normal(0, 0.5, 2) * self.spread_m
        swirl = random.normal(0, 1, 3) * (0.5 + 0.22 * age) * min(1.0, age / 2) * strength
        risen = self.rise_m_s * strength * random.uniform(0.8, 1.15) * (age**0.93)
        drift = np.array(self.wind_m_s) * age * (0.55 + 0.45 * min(1.0, risen / 20))
        moved = np.array(self.foot_drift_m_s) * (born_s - self.t_first_s)
        east, north = np.array(self.foot_m[:2]) + moved + offset + drift + swirl[:2]
        radius = (
            (self.start_radius_m + self.growth_m_s * age) * strength * random.uniform(0.8, 1.25)
        )
        up = self.foot_m[2] + radius * 0.5 + risen + swirl[2]
        fade = min(1.0, age / 0.5) * (1 - (age / life) ** 1.6)
        outward = offset + swirl[:2]
        lit = 1 + 0.09 * float(np.clip(outward @ SUN[:2], -1.5, 1.5)) + random.normal(0, 0.06)
        return np.array(
            [east, north, max(up, 0.4), radius, self.opacity * fade, lit, random.integers(SPRITES)]
        )


def draw_plume(bgr: Picture, inverse_depth: Plane, view: View, plume: Plume, t_s: float) -> None:
    """Blend a plume into a picture, behind what stands in front of it."""
    puffs = plume.puffs(t_s)
    if not len(puffs):
        return
    _shade_ground(bgr, view, puffs)
    right, down, _ = view.axes @ SUN
    depth = view.project(puffs[:, :3])[1]
    for puff in puffs[np.argsort(-depth)]:
        _blend(
            bgr,
            inverse_depth,
            view,
            puff=puff,
            colour=np.array(plume.bgr),
            sun_px=(float(right), float(down)),
        )


def _shade_ground(bgr: Picture, view: View, puffs: Floats) -> None:
    """The plume's soft shadow where the ground lies open."""
    landed = puffs[:, :3] - SUN * (puffs[:, 2:3] / SUN[2])
    pixels, depth = view.project(landed)
    small = np.ones((bgr.shape[0] // 8, bgr.shape[1] // 8), np.float32)
    for (x, y), z, puff in zip(pixels / 8, depth, puffs, strict=True):
        if z < 1 or not (-500 < x < 1000 and -500 < y < 1000):
            continue
        reach = view.focal_px * puff[3] / z / 8
        layer = np.zeros_like(small)
        cv2.ellipse(layer, ((float(x), float(y)), (2 * reach, 1.3 * reach), 0), 1.0, -1)
        small *= 1 - 0.07 * np.float32(puff[4]) * layer
    small = np.maximum(cv2.GaussianBlur(small, (0, 0), 2.5), 0.68)
    shade = cv2.resize(small, (bgr.shape[1], bgr.shape[0]), interpolation=cv2.INTER_LINEAR)
    bgr *= np.asarray(shade, np.float32)[..., None]


@cache
def _sprites() -> list[NDArray[np.float32]]:
    """Puffs as opacity and the slope of their surface to the right and down."""
    random = np.random.default_rng(20)
    side = np.linspace(-1.15, 1.15, SPRITE_PX, dtype=np.float32)
    x, y = np.meshgrid(side, side)
    sprites = []
    for _ in range(SPRITES):
        noise = fractal(random, (SPRITE_PX, SPRITE_PX), 5, 4)
        distance = np.hypot(x, y)
        opacity = np.clip((0.86 - distance + 0.34 * noise) * 1.9, 0, 1)
        edge = np.clip((1.12 - distance) * 6, 0, 1)
        bulge = np.sqrt(np.clip(1.1 - distance**2, 0.02, None)) + 0.30 * noise
        down, right = np.gradient(bulge, side, side)
        sprites.append(np.dstack([opacity * edge, -right, -down]).astype(np.float32))
    return sprites


def _blend(
    bgr: Picture,
    inverse_depth: Plane,
    view: View,
    *,
    puff: Floats,
    colour: Floats,
    sun_px: tuple[float, float],
) -> None:
    pixels, depth = view.project(puff[:3])
    if depth[0] < 5:
        return
    reach = 1.15 * view.focal_px * puff[3] / depth[0]
    (x, y), height, width = pixels[0] - 0.5, bgr.shape[0], bgr.shape[1]
    x0, x1 = max(0, int(x - reach)), min(width, int(x + reach) + 2)
    y0, y1 = max(0, int(y - reach)), min(height, int(y + reach) + 2)
    if x0 >= x1 or y0 >= y1:
        return
    zoom = SPRITE_PX / (2 * reach)
    move = np.array([[zoom, 0, (x0 - x + reach) * zoom], [0, zoom, (y0 - y + reach) * zoom]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(_sprites()[int(puff[6])], move, (x1 - x0, y1 - y0), flags=flags)
    free_m = 1 / np.maximum(inverse_depth[y0:y1, x0:x1], 1e-6) - depth[0]
    open_share = np.clip(free_m / puff[3] + 0.6, 0, 1)
    opacity = (patch[..., 0] * open_share * puff[4])[..., None]
    light = puff[5] + 0.17 * (patch[..., 1] * sun_px[0] + patch[..., 2] * sun_px[1])
    inverse = np.full(light.shape, 1 / depth[0], np.float32)
    shaded = hazy(np.asarray(colour * np.clip(light, 0.45, 1.4)[..., None], np.float32), inverse)
    target = bgr[y0:y1, x0:x1]
    target += (shaded - target) * opacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Flames:
    """Tongues of fire over a round foot."""

    foot_m: tuple[float, float, float]
    t_first_s: float
    t_last_s: float
    seed: int
    radius_m: float = 5.5
    height_m: float = 10.0
    tongues: int = 80


def draw_flames(bgr: Picture, view: View, flames: Flames, t_s: float) -> None:
    """Add the glow and the tongues of one moment; each moment flickers on its own."""
    if not flames.t_first_s <= t_s <= flames.t_last_s:
        return
    random = np.random.default_rng([flames.seed, round(t_s * 1024) % 2**31])
    growth = min(1.0, 0.55 + (t_s - flames.t_first_s) / 25)
    foot = np.array(flames.foot_m)
    _glow(bgr, view, foot, flames.radius_m * growth)
    spots = random.normal(0, 0.42, (flames.tongues, 2)) * flames.radius_m * growth
    depth = view.project(np.column_stack([spots + foot[:2], np.full(len(spots), foot[2])]))[1]
    for east, north in spots[np.argsort(-depth)]:
        inner = np.exp(-((np.hypot(east, north) / flames.radius_m) ** 2))
        height = flames.height_m * growth * random.uniform(0.45, 1.0) * (0.35 + 0.65 * inner)
        base = foot + np.array([east, north, 0.0])
        top = base + np.array([*random.normal(0, 0.12, 2) * height, height])
        _tongue(bgr, view, (base, top), width_m=height * random.uniform(0.45, 0.7), random=random)


def _glow(bgr: Picture, view: View, foot: Floats, radius_m: float) -> None:
    """Scorched ground round the foot, and the light of the fire on it."""
    pixels, depth = view.project(foot)
    reach = view.focal_px * radius_m / depth[0]
    y, x = np.ogrid[: bgr.shape[0], : bgr.shape[1]]
    squared = ((x - pixels[0, 0]) / (1.6 * reach)) ** 2 + ((y - pixels[0, 1]) / (1.1 * reach)) ** 2
    bgr *= 1 - 0.35 * np.exp(-(squared**2))[..., None].astype(np.float32)
    bgr += np.exp(-squared)[..., None] * np.array([6.0, 42.0, 88.0], np.float32)


def _tongue(
    bgr: Picture,
    view: View,
    ends: tuple[Floats, Floats],
    width_m: float,
    random: np.random.Generator,
) -> None:
    """One tongue between its base and its tip: white-yellow inside, orange to red outside."""
    pixels, depth = view.project(np.array(ends))
    along = pixels[1] - pixels[0]
    half = view.focal_px * width_m / depth[0] / 2
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6) * half
    rows, columns = 96, 48
    y = np.linspace(1, 0, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    sway = 0.45 * fractal(random, (rows, columns), 4, 3) * (0.3 + y)
    width = np.sqrt(np.clip(y + 0.12, 0, 1)) * (1 - y) ** 0.75 * 1.5
    heat = np.clip(1 - np.abs(x + sway) / np.maximum(width, 0.02), 0, 1)
    opacity = np.clip(heat * 3.0, 0, 1) * np.clip(y * 12, 0.2, 0.85)
    warm = np.clip(heat * (1.25 - 0.75 * y), 0, 1)[..., None]
    colour = np.concatenate([40 + 170 * warm**2.2, 95 + 160 * warm**0.8, 235 + 20 * warm], axis=2)
    sprite = np.dstack([colour, opacity]).astype(np.float32)
    source = np.array([(0, rows), (columns, rows), (0, 0)], np.float32)
    target = np.array([pixels[0] + across, pixels[0] - across, pixels[1] + across], np.float32)
    low = np.floor(np.minimum(target.min(axis=0), pixels.min(axis=0) - half)).astype(int)
    high = np.ceil(np.maximum(target.max(axis=0), pixels.max(axis=0) + half)).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, (bgr.shape[1], bgr.shape[0]))
    if x0 >= x1 or y0 >= y1:
        return
    move = cv2.getAffineTransform(source, np.asarray(target - (x0, y0), np.float32))
    patch = cv2.warpAffine(sprite, move, (int(x1 - x0), int(y1 - y0)))
    area = bgr[y0:y1, x0:x1]
    area += (patch[..., :3] - area) * patch[..., 3:]
