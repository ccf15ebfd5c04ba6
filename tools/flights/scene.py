"""What the camera sees of the district without smoke: textured ground, houses, cars and trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from flights.district import PLACES, ROADS_M, YARD_CELLS, Block, plot_of
from flights.raster import SUN, Canvas, Face
from flights.view import Floats, View

GROUND_SIDE_M = 1200.0
GROUND_PX = 4000
SUPERSAMPLING = 2.0
ROOFS_BGR = {
    "slab": (168, 172, 174), "cream": (172, 190, 200), "grey": (140, 138, 134),
    "blue": (158, 122, 84), "red": (86, 88, 150), "tile": (92, 108, 150),
    "brick": (98, 108, 148), "rust": (82, 102, 138), "plant": (182, 186, 186),
}  # fmt: skip
WALLS_BGR = {"slab": (176, 186, 192), "cream": (166, 190, 206), "brick": (98, 108, 148)}
CARS_BGR = ((225, 225, 225), (60, 58, 56), (150, 150, 152), (60, 50, 140), (130, 90, 60))


def fractal(
    random: np.random.Generator, shape: tuple[int, int], cells: int, octaves: int = 4
) -> NDArray[np.float32]:
    """Smooth noise about 0, mostly within -1 to 1: `cells` bumps along the longer side at first."""
    total = np.zeros(shape, np.float32)
    longer = max(shape)
    for octave in range(octaves):
        count = cells * 2**octave
        small = random.standard_normal(
            (max(2, count * shape[0] // longer), max(2, count * shape[1] // longer))
        ).astype(np.float32)
        grown = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(grown, np.float32) * np.float32(0.5 ** (octave + 1))
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A round crown."""

    at_m: tuple[float, float, float]
    radius_m: float
    kind: int


def _px(east_m: float, north_m: float) -> tuple[int, int]:
    scale = GROUND_PX / GROUND_SIDE_M
    return round((east_m + GROUND_SIDE_M / 2) * scale), round((GROUND_SIDE_M / 2 - north_m) * scale)


def _fill(image: NDArray[np.uint8], rectangle: tuple[float, ...], bgr: tuple[int, ...]) -> None:
    west, south, east, north = rectangle
    cv2.rectangle(image, _px(west, north), _px(east, south), bgr, -1)


def trees() -> list[Tree]:
    """Along the roads, in the green plots and outside the district."""
    random = np.random.default_rng(11)
    spots = [(e, n) for e in np.arange(-240, 240, 19.0) for n in (-9.5, 9.5, -125.5, 137.5)]
    spots += [(e, n) for n in np.arange(-120, 122, 21.0) for e in (-125.5, 115.5, 244.0)]
    for cell in ("A1N2", "C2N2", "B3N2", "A2S2", "C2S2"):
        west, south, east, north = plot_of(cell)
        spots += list(
            zip(
                random.uniform(west + 4, east - 4, 18),
                random.uniform(south + 4, north - 4, 18),
                strict=True,
            )
        )
    belt = random.uniform(-420, 420, (420, 2))
    spots += [(e, n) for e, n in belt if abs(n) > 145 or abs(e) > 265]
    clear = [
        s
        for s in spots
        if not any(w - 3 < s[0] < e + 3 and a - 1 < s[1] < b + 1 for w, a, e, b in ROADS_M)
    ]
    found = []
    for east, north in clear:
        radius = random.uniform(1.7, 3.4)
        at = (east + random.normal(0, 0.8), north + random.normal(0, 0.5), radius * 1.4)
        found.append(Tree(at_m=at, radius_m=radius, kind=int(random.integers(4))))
    return found


def cars() -> list[Block]:
    """Parked along the main road and in the parking places: lower body, then cabin, for each."""
    random = np.random.default_rng(12)
    spots = [
        (e, n, True)
        for e in np.arange(-230, 230, 7.5)
        for n in (-5.6, 5.6)
        if random.random() < 0.28
    ]
    for cell in YARD_CELLS:
        west, south, east, _ = plot_of(cell)
        for row in (south + 12, south + 30, south + 46):
            spots += [
                (e, row, False) for e in np.arange(west + 5, east - 4, 3.0) if random.random() < 0.6
            ]
    found = []
    for east, north, along in spots:
        half = (2.2, 0.9) if along else (0.9, 2.2)
        colour = f"car{random.integers(len(CARS_BGR))}"
        for share, floor, top in ((1.0, 0.3, 0.9), (0.6, 0.9, 1.45)):
            w, d = half[0] * share, half[1] * (0.85 if share < 1 else 1)
            found.append(
                Block(west_m=east - w, east_m=east + w, south_m=north - d, north_m=north + d,
                      floor_m=floor, height_m=top - floor, roof=colour)
            )  # fmt: skip
    return found


@cache
def ground() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The ground from above (BGR, north up, GROUND_SIDE_M square), and a blurred copy for afar."""
    random = np.random.default_rng(10)
    size = (GROUND_PX, GROUND_PX)
    image = np.full((*size, 3), (88, 118, 112), np.uint8)
    _fields(image, random)
    _fill(image, (-250, -127, 250, 127), (96, 128, 116))
    for place in PLACES:
        tone = int(random.normal(0, 6))
        _fill(image, place.plot_m, (150 + tone, 154 + tone, 156 + tone))
    for cell in YARD_CELLS:
        _fill(image, plot_of(cell), (118, 116, 114))
        west, south, east, _ = plot_of(cell)
        for row in (south + 12, south + 30, south + 46):
            for e in np.arange(west + 3.5, east - 4, 3.0):
                cv2.line(
                    image, _px(e, row - 2.6), _px(e, row + 2.6), (190, 190, 190), 1, cv2.LINE_AA
                )
    _roads(image)
    noise = fractal(random, size, 24, 4)[..., None]
    image = np.clip(image * (1 + 0.09 * noise), 0, 255).astype(np.uint8)
    shade = cv2.GaussianBlur(_shadows(), (0, 0), 1.6)[..., None]
    image = (image * (1 - 0.42 * shade)).astype(np.uint8)
    return image, np.asarray(cv2.GaussianBlur(image, (0, 0), 3.0), np.uint8)


def _fields(image: NDArray[np.uint8], random: np.random.Generator) -> None:
    tones = ((92, 126, 120), (84, 112, 104), (104, 138, 140), (90, 104, 96), (110, 134, 130))
    for east in range(-600, 600, 110):
        for north in range(-600, 600, 75):
            shift = random.uniform(-12, 12)
            bounds = (east + shift, north + 2, east + 107 + shift, north + 73)
            _fill(image, bounds, tones[int(random.integers(len(tones)))])


def _roads(image: NDArray[np.uint8]) -> None:
    for west, south, east, north in ROADS_M:
        _fill(image, (west - 2, south - 2, east + 2, north + 2), (164, 168, 170))
    for west, south, east, north in ROADS_M:
        _fill(image, (west, south, east, north), (104, 102, 100))
    white = (214, 216, 216)
    for west, south, east, north in ROADS_M:
        flat = east - west > north - south
        low, high = (west, east) if flat else (south, north)
        middle = (south + north) / 2 if flat else (west + east) / 2
        for start in np.arange(low, high, 9.0):
            ends = ((start, middle), (start + 4, middle))
            a, b = (_px(x, y) if flat else _px(y, x) for x, y in ends)
            cv2.line(image, a, b, white, 1, cv2.LINE_AA)
    for crossing in (-126, -114, 104, 116):
        for bar in np.arange(-6.2, 6.3, 1.2):
            _fill(image, (crossing - 1.6, bar - 0.3, crossing + 1.6, bar + 0.3), white)


def _shadows() -> NDArray[np.float32]:
    shade = np.zeros((GROUND_PX, GROUND_PX), np.float32)
    drift = -SUN[:2] / SUN[2]
    blocks = [block for place in PLACES for block in place.blocks] + cars()
    for b in blocks:
        base = np.array(
            [
                (b.west_m, b.south_m),
                (b.east_m, b.south_m),
                (b.east_m, b.north_m),
                (b.west_m, b.north_m),
            ]
        )
        spread = [base + drift * h for h in (b.floor_m, b.floor_m + b.height_m)]
        points = np.array([_px(*point) for point in np.vstack(spread)], np.int32)
        cv2.fillConvexPoly(shade, cv2.convexHull(points), 1.0)
    for tree in trees():
        at = np.array(tree.at_m[:2]) + drift * tree.at_m[2]
        cv2.circle(shade, _px(*at), round(tree.radius_m * GROUND_PX / GROUND_SIDE_M), 0.9, -1)
    return shade


@cache
def _crowns() -> list[NDArray[np.float32]]:
    """Four tree crowns seen from above and the side: BGR and opacity."""
    random = np.random.default_rng(13)
    side = np.linspace(-1, 1, 64, dtype=np.float32)
    x, y = np.meshgrid(side, side)
    crowns = []
    for tone in ((58, 92, 80), (52, 84, 82), (62, 104, 96), (54, 90, 66)):
        lumps = fractal(random, (64, 64), 5, 3)
        edge = 0.82 - np.hypot(x, y) + 0.22 * lumps
        opacity = np.clip(edge * 9, 0, 1)
        light = np.clip(0.9 - 0.38 * y + 0.3 * lumps, 0.35, 1.5)
        crowns.append(
            np.dstack([np.array(tone, np.float32) * light[..., None], opacity]).astype(np.float32)
        )
    return crowns


@cache
def _roof(kind: str) -> NDArray[np.uint8]:
    """A roof: ribs on sheet metal, a bright edge and stains on concrete."""
    random = np.random.default_rng(sum(map(ord, kind)))
    image = np.ones((160, 200, 3), np.float32) * np.array(ROOFS_BGR[kind], np.float32)
    image *= 1 + 0.06 * fractal(random, (160, 200), 4, 2)[..., None]
    if kind in ("blue", "red", "tile"):
        image *= (1 + 0.05 * (np.arange(200) % 40 < 3))[None, :, None]
    if kind == "grey":
        for x in (40, 90, 140):
            image[20:140, x : x + 9] = (196, 200, 198)
    if kind in ("slab", "cream"):
        cv2.rectangle(image, (5, 5), (194, 154), [0.72 * c for c in ROOFS_BGR[kind]], 2)
        cv2.rectangle(image, (1, 1), (198, 158), [1.12 * c for c in ROOFS_BGR[kind]], 3)
    return np.clip(image, 0, 255).astype(np.uint8)


@cache
def _wall(kind: str, width_m: int, height_m: int) -> NDArray[np.uint8]:
    """A wall with rows of windows, 6 pixels to the metre."""
    image = np.ones((height_m * 6, width_m * 6, 3), np.float32)
    image *= np.array(WALLS_BGR.get(kind, (178, 182, 184)), np.float32)
    if height_m >= 3 and kind != "brick":
        for top in range(5, height_m * 6 - 8, 19):
            count = (width_m * 6 - 8) // 48
            margin = (width_m * 6 - 48 * count + 8) // 2
            for left in range(margin, margin + 48 * count, 48):
                image[top : top + 8, left : left + 40] = (112, 106, 100)
    return np.clip(image, 0, 255).astype(np.uint8)


def faces_of(block: Block) -> list[Face]:
    """Four walls and a roof (or two slopes and two gables)."""
    w, e, s, n = block.west_m, block.east_m, block.south_m, block.north_m
    low, top = block.floor_m, block.floor_m + block.height_m
    car = block.roof.startswith("car")
    paint = CARS_BGR[int(block.roof[3:])] if car else ROOFS_BGR[block.roof]
    faces = []
    for (x0, y0), (x1, y1) in (
        ((w, s), (e, s)),
        ((e, s), (e, n)),
        ((e, n), (w, n)),
        ((w, n), (w, s)),
    ):
        corners = np.array([(x0, y0, top), (x1, y1, top), (x1, y1, low), (x0, y0, low)])
        length = max(1, round(abs(x1 - x0) + abs(y1 - y0)))
        wall = None if car else _wall(block.roof, length, max(1, round(block.height_m)))
        faces.append(Face(corners_m=corners, bgr=paint, texture=wall))
    texture = None if car else _roof(block.roof)
    return faces + [
        Face(corners_m=c, bgr=paint, texture=texture if len(c) == 4 else None)
        for c in _tops(block, top)
    ]


def _tops(block: Block, top: float) -> list[Floats]:
    w, e, s, n = block.west_m, block.east_m, block.south_m, block.north_m
    if not block.ridge_m:
        return [np.array([(w, n, top), (e, n, top), (e, s, top), (w, s, top)])]
    m, r = (s + n) / 2, top + block.ridge_m
    return [
        np.array([(w, m, r), (e, m, r), (e, s, top), (w, s, top)]),
        np.array([(e, m, r), (w, m, r), (w, n, top), (e, n, top)]),
        np.array([(e, s, top), (e, m, r), (e, n, top)])[::-1],
        np.array([(w, n, top), (w, m, r), (w, s, top)])[::-1],
    ]


def draw(view: View, extra: list[Block]) -> Canvas:
    """The whole scene at SUPERSAMPLING; `extra` are blocks of the moment, such as a lorry."""
    canvas = Canvas(view)
    canvas.ground(*ground(), GROUND_SIDE_M)
    for block in [b for place in PLACES for b in place.blocks] + cars() + extra:
        for face in faces_of(block):
            canvas.draw(face)
    at = np.array(view.at_m)
    for tree in sorted(trees(), key=lambda t: -float(np.linalg.norm(np.array(t.at_m) - at))):
        canvas.stamp(_crowns()[tree.kind], np.array(tree.at_m), tree.radius_m)
    return canvas
