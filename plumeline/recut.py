"""Tiles drawn in GCJ-02, cut anew so that they lie right under WGS84.

The data is never moved: exported coordinates would be wrong by half a kilometre. A tile's four
corners are found in the shifted tiles, which are stitched and warped. Within one tile the shift
changes by less than a pixel from zoom 8 on.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.gcj02 import gcj02_from_wgs84, wgs84_from_gcj02
from plumeline.web.chart import Basemap, Tiles

KEPT = 512
"""Tiles cut lately, for the other screens; some tens of megabytes."""
Picture = NDArray[np.uint8]


class Recut:
    """The same tiles in WGS84."""

    def __init__(self, shifted: Tiles) -> None:
        self._shifted = shifted
        self._cut = lru_cache(maxsize=KEPT)(self._make)

    @property
    def basemap(self) -> Basemap:
        """What they cover; the bounds are those of the shifted tiles, moved back."""
        told = self._shifted.basemap
        if told.bounds is None:
            return told
        west, south, east, north = told.bounds
        lat, lon = wgs84_from_gcj02([south, north], [west, east])
        return Basemap(
            min_zoom=told.min_zoom,
            max_zoom=told.max_zoom,
            tile_px=told.tile_px,
            attribution=told.attribution,
            bounds=(float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])),
        )

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One picture, PNG, clear where nothing was drawn; None where there is none at all."""
        return self._cut(z, x, y)

    def _make(self, z: int, x: int, y: int) -> bytes | None:
        size = self._shifted.basemap.tile_px
        corners = np.array([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], float)
        there = _shift(corners, z)
        low, high = np.floor(there.min(0)).astype(int), np.ceil(there.max(0)).astype(int)
        sheet = self._stitch(z, (int(low[0]), int(low[1])), (int(high[0]), int(high[1])), size)
        if sheet is None:
            return None
        source = ((there - low) * size).astype(np.float32)
        target = ((corners - (x, y)) * size).astype(np.float32)
        turn = cv2.getPerspectiveTransform(source - 0.5, target - 0.5)  # pixels have their middle
        cut = cv2.warpPerspective(sheet, turn, (size, size), flags=cv2.INTER_LINEAR)
        return bytes(cv2.imencode(".png", cut, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1])

    def _stitch(
        self, z: int, low: tuple[int, int], high: tuple[int, int], size: int
    ) -> Picture | None:
        """The tiles from one column and row to before others, side by side, with transparency."""
        columns, rows = high[0] - low[0], high[1] - low[1]
        sheet = np.zeros((rows * size, columns * size, 4), np.uint8)
        found = False
        for i in range(columns):
            for j in range(rows):
                picture = _decode(self._shifted.tile(z, low[0] + i, low[1] + j), size)
                if picture is not None:
                    sheet[j * size : (j + 1) * size, i * size : (i + 1) * size] = picture
                    found = True
        return sheet if found else None


def _shift(tiles: NDArray[np.float64], z: int) -> NDArray[np.float64]:
    """Columns and rows of Web Mercator, where GCJ-02 has the places that WGS84 has there."""
    n = 2.0**z
    lon = tiles[:, 0] / n * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * tiles[:, 1] / n))))
    lat, lon = gcj02_from_wgs84(lat, lon)
    row = (1 - np.arcsinh(np.tan(np.radians(lat))) / math.pi) / 2
    return np.stack([(lon + 180) / 360 * n, row * n], axis=1)


def _decode(picture: bytes | None, size: int) -> Picture | None:
    if picture is None:
        return None
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.shape[:2] != (size, size):
        return None
    match image.ndim, image.shape[-1]:
        case 2, _:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGRA), np.uint8)
        case _, 3:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), np.uint8)
    return np.asarray(image, np.uint8)
