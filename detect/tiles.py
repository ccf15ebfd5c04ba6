"""Where to look closer in a large picture, and how boxes of several looks become one list.

A network sees at most its input size: in a 4K picture a far plume of 40 px would be 5. So a large
picture is also looked at in overlapping square tiles, as SAHI does (Akyon et al. 2022,
https://arxiv.org/abs/2202.06934), but not in all of them each time: some in turn, and those in
which something stirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.detection import Box, Detection, Image

TILES_ALONG = 8
"""A tile's side is this part of the picture's long side, though never less than the input."""
OVERLAP = 0.15
"""Of a tile's side, at least: what is smaller than that lies whole in some tile."""
SAME_SHARE = 0.5
"""Boxes of different looks are one thing if they share this part of the smaller (SAHI's IoS)."""
CUT_PX = 2.0
"""A box that ends this near to a tile's inner edge may go on beyond it."""
GLANCE_PX = 320
"""The long side of what motion and haze are judged on."""
MOTION_LEAST, MOTION_FACTOR = 4.0, 2.0
"""Grey levels that a tile changes beyond the median tile, and how many times the median."""
HAZE_SHARE = 0.75
"""A tile that keeps less of its contrast, compared with the median tile, hazes over."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A part of a picture: its origin and size in the picture's pixels."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int

    def cut(self, image: Image) -> Image:
        """The tile's pixels: a view into the image."""
        rows = slice(self.y_px, self.y_px + self.height_px)
        return image[rows, self.x_px : self.x_px + self.width_px]

    def near_middle(self, x_px: float, y_px: float) -> float:
        """How far a point is from the tile's middle, squared pixels."""
        away_x = x_px - self.x_px - self.width_px / 2
        away_y = y_px - self.y_px - self.height_px / 2
        return away_x**2 + away_y**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What is kept of a picture to see what stirs in the next one of the same camera."""

    grey: Floats
    """The picture at GLANCE_PX."""
    contrast: Floats
    """Of each tile: the mean strength of its edges."""
    watched: tuple[int, ...]
    """Tiles in which something was seen: they are looked at again."""
    turn: int
    """The tile whose turn comes next."""


def grid(width_px: int, height_px: int, input_px: int) -> tuple[Tile, ...]:
    """Overlapping tiles that cover a picture, row by row."""
    side = max(input_px, max(width_px, height_px) // TILES_ALONG)
    return tuple(
        Tile(x_px=x, y_px=y, width_px=min(side, width_px), height_px=min(side, height_px))
        for y in _starts(height_px, side)
        for x in _starts(width_px, side)
    )


def _starts(length_px: int, side_px: int) -> list[int]:
    if length_px <= side_px:
        return [0]
    count = math.ceil((length_px - side_px) / (side_px * (1 - OVERLAP))) + 1
    return [round(at) for at in np.linspace(0, length_px - side_px, count)]


def small_grey(image: Image) -> Floats:
    """The picture in grey at GLANCE_PX, rows x columns, 0 to 255."""
    height, width = image.shape[:2]
    scale = GLANCE_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def contrast_of(tiles: Sequence[Tile], grey: Floats, scale: float) -> Floats:
    """Of each tile the mean strength of its edges in the small grey picture."""
    edges = np.abs(np.asarray(cv2.Laplacian(grey, cv2.CV_32F)))
    return _means(tiles, edges, scale)


def stirred(tiles: Sequence[Tile], grey: Floats, scale: float, before: Glance) -> list[int]:
    """Tiles that moved or hazed over more than the rest of the picture did, the most first.

    Compared with the median tile, because a camera that moves, or its exposure, changes them all.
    """
    moved = _means(tiles, np.abs(grey - before.grey), scale)
    usual = float(np.median(moved))
    moves = (moved > MOTION_FACTOR * usual) & (moved > usual + MOTION_LEAST)
    kept = contrast_of(tiles, grey, scale) / np.maximum(before.contrast, 1e-3)
    hazes = (kept < HAZE_SHARE * float(np.median(kept))) & (before.contrast > 1.0)
    order = np.argsort(-moved, kind="stable")
    return [int(i) for i in order if moves[i] or hazes[i]]


def _means(tiles: Sequence[Tile], values: Floats, scale: float) -> Floats:
    means = []
    for tile in tiles:
        y0, x0 = int(tile.y_px * scale), int(tile.x_px * scale)
        y1 = math.ceil((tile.y_px + tile.height_px) * scale)
        x1 = math.ceil((tile.x_px + tile.width_px) * scale)
        means.append(float(values[y0:y1, x0:x1].mean()))
    return np.array(means, np.float32)


def holding(tiles: Sequence[Tile], found: Iterable[Detection]) -> list[int]:
    """For each detection, best first, the tile that has it nearest to its middle; each once."""
    nearest = []
    for one in found:
        x_px, y_px = (one.box.x0_px + one.box.x1_px) / 2, (one.box.y0_px + one.box.y1_px) / 2
        nearest.append(min(range(len(tiles)), key=lambda i: tiles[i].near_middle(x_px, y_px)))
    return list(dict.fromkeys(nearest))


def choose(
    count: int, calling: Iterable[int], turn: int, budget: int
) -> tuple[tuple[int, ...], int]:
    """``budget`` tiles of ``count``, and whose turn is next.

    Those that call come first, in their order, but one tile at least is in turn: so all are seen
    within ``count`` pictures, whatever calls.
    """
    budget = min(budget, count)
    chosen = list(dict.fromkeys(calling))[: max(0, budget - 1)]
    while len(chosen) < budget:
        if turn not in chosen:
            chosen.append(turn)
        turn = (turn + 1) % count
    return tuple(chosen), turn


def moved_back(found: Iterable[Detection], tile: Tile) -> list[Detection]:
    """A tile's detections in the picture's pixels."""
    return [
        Detection(
            label=one.label,
            score=one.score,
            box=Box(
                x0_px=one.box.x0_px + tile.x_px,
                y0_px=one.box.y0_px + tile.y_px,
                x1_px=one.box.x1_px + tile.x_px,
                y1_px=one.box.y1_px + tile.y_px,
            ),
        )
        for one in found
    ]


def merged(looks: Sequence[tuple[Tile, Sequence[Detection]]]) -> list[Detection]:
    """One list, best first, of what several looks at a picture found, all in its pixels.

    Boxes of one label from different looks that share most of the smaller are one thing with the
    best score. Its box is the better one's, or where a tile's inner edge cut either, what both
    cover. Within a look the model's own suppression has spoken.
    """
    frame = Tile(
        x_px=0,
        y_px=0,
        width_px=max(tile.x_px + tile.width_px for tile, _ in looks),
        height_px=max(tile.y_px + tile.height_px for tile, _ in looks),
    )
    every = [
        (number, _is_cut(one.box, tile, frame), one)
        for number, (tile, found) in enumerate(looks)
        for one in found
    ]
    kept: list[tuple[int, bool, Detection]] = []
    for number, cut, one in sorted(every, key=lambda entry: -entry[2].score):
        for at, (other, other_cut, better) in enumerate(kept):
            same = number != other and one.label is better.label
            if same and _shared(one.box, better.box) >= SAME_SHARE:
                if cut or other_cut:
                    whole = Detection(
                        label=one.label, score=better.score, box=_both(one.box, better.box)
                    )
                    kept[at] = other, other_cut and cut, whole
                break
        else:
            kept.append((number, cut, one))
    return [one for _, _, one in kept]


def _is_cut(box: Box, tile: Tile, frame: Tile) -> bool:
    right, below = tile.x_px + tile.width_px, tile.y_px + tile.height_px
    return (
        (tile.x_px > 0 and box.x0_px < tile.x_px + CUT_PX)
        or (tile.y_px > 0 and box.y0_px < tile.y_px + CUT_PX)
        or (right < frame.width_px and box.x1_px > right - CUT_PX)
        or (below < frame.height_px and box.y1_px > below - CUT_PX)
    )


def _both(a: Box, b: Box) -> Box:
    return Box(
        x0_px=min(a.x0_px, b.x0_px),
        y0_px=min(a.y0_px, b.y0_px),
        x1_px=max(a.x1_px, b.x1_px),
        y1_px=max(a.y1_px, b.y1_px),
    )


def _shared(a: Box, b: Box) -> float:
    """The part of the smaller box that lies in the other."""
    width = min(a.x1_px, b.x1_px) - max(a.x0_px, b.x0_px)
    height = min(a.y1_px, b.y1_px) - max(a.y0_px, b.y0_px)
    smaller = min(_area(a), _area(b))
    return max(0.0, width) * max(0.0, height) / smaller if smaller > 0 else 0.0


def _area(box: Box) -> float:
    return (box.x1_px - box.x0_px) * (box.y1_px - box.y0_px)
