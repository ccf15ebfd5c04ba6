"""The station's own tiles under its map: one MBTiles or PMTiles file, or a folder z/x/y.png.

None is shipped: no lawful one exists that could be.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import TileType

from plumeline.config import ConfigError
from plumeline.recut import Recut
from plumeline.sections import BasemapSection
from plumeline.web.chart import Basemap, Tiles

Find = Callable[[int, int, int], bytes | None]
Bounds = tuple[float, float, float, float]
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
PICTURES = {TileType.PNG, TileType.JPEG, TileType.WEBP}
BD09 = (
    "bd09 is refused: Baidu's tiles have a grid and an origin of their own and cannot be cut to "
    "the map's. Export them to Web Mercator first (as wgs84 or gcj02), or bring other tiles"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file says of its tiles."""

    find: Find
    min_zoom: int
    max_zoom: int
    bounds: Bounds | None = None
    attribution: str = ""


class PlainTiles:
    """Tiles as they lie in the file."""

    def __init__(self, found: Found, basemap: Basemap) -> None:
        self._find = found.find
        self._basemap = basemap

    @property
    def basemap(self) -> Basemap:
        """What they cover."""
        return self._basemap

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One picture, None where there is none."""
        return self._find(z, x, y)


def open_basemap(section: BasemapSection) -> Tiles | None:
    """The configured tiles, None where none are set.

    Raises:
        ConfigError: they cannot be read, are no pictures, or are in a system that cannot be used.
    """
    if section.path is None:
        return None
    if section.crs not in {"wgs84", "gcj02"}:
        why = BD09 if section.crs == "bd09" else f"crs: {section.crs!r} is not wgs84 or gcj02"
        raise ConfigError(None, f"[basemap] {why}")
    path = Path(section.path)
    try:
        found = _open(path)
        basemap = Basemap(
            min_zoom=found.min_zoom,
            max_zoom=found.max_zoom,
            tile_px=_size(found, path),
            attribution=section.attribution or found.attribution,
            bounds=found.bounds,
        )
    except (OSError, sqlite3.Error, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(None, f"[basemap] path: {path}: {exc}") from exc
    plain = PlainTiles(found, basemap)
    return plain if section.crs == "wgs84" else Recut(plain)


def _open(path: Path) -> Found:
    if path.is_dir():
        return _folder(path)
    match path.suffix:
        case ".mbtiles":
            return _mbtiles(path)
        case ".pmtiles":
            return _pmtiles(path)
    msg = "not a folder, .mbtiles or .pmtiles"
    raise ValueError(msg)


def _mbtiles(path: Path) -> Found:
    """MBTiles 1.3: rows are counted from the south."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
    )
    lock = threading.Lock()

    def ask(query: str, *values: object) -> Any:
        with lock:
            return connection.execute(query, values).fetchall()

    said = dict(ask("SELECT name, value FROM metadata"))
    if said.get("format", "png") not in {"png", "jpg", "jpeg", "webp"}:
        raise ValueError(_vector(said["format"]))
    ((low, high),) = ask("SELECT min(zoom_level), max(zoom_level) FROM tiles")

    def find(z: int, x: int, y: int) -> bytes | None:
        rows = ask(
            "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?",
            *(z, x, (1 << z) - 1 - y),
        )
        return bytes(rows[0][0]) if rows else None

    bounds = [float(edge) for edge in said["bounds"].split(",")] if said.get("bounds") else None
    return Found(
        find=find,
        min_zoom=low,
        max_zoom=high,
        bounds=None if bounds is None else (bounds[0], bounds[1], bounds[2], bounds[3]),
        attribution=said.get("attribution", ""),
    )


def _pmtiles(path: Path) -> Found:
    """PMTiles 3. The mapping stays open as long as the process."""
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
    head = reader.header()
    if head["tile_type"] not in PICTURES:
        raise ValueError(_vector(head["tile_type"].name.lower()))
    edges = [head[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
    return Found(
        find=reader.get,
        min_zoom=head["min_zoom"],
        max_zoom=head["max_zoom"],
        bounds=(edges[0], edges[1], edges[2], edges[3]) if edges[0] < edges[2] else None,
        attribution=str(reader.metadata().get("attribution", "")),
    )


def _folder(path: Path) -> Found:
    zooms = sorted(int(one.name) for one in path.iterdir() if one.name.isdecimal())
    if not zooms:
        msg = "no folder of a zoom level in it: tiles lie as z/x/y.png"
        raise ValueError(msg)

    def find(z: int, x: int, y: int) -> bytes | None:
        files = (path / str(z) / str(x) / f"{y}{ending}" for ending in ENDINGS)
        return next((file.read_bytes() for file in files if file.is_file()), None)

    return Found(find=find, min_zoom=zooms[0], max_zoom=zooms[-1])


def _vector(kind: str) -> str:
    return f"{kind} tiles are not drawn: bring pictures (png, jpg, webp)"


def _size(found: Found, path: Path) -> int:
    """The width of a tile in pixels, of the first that is found from the widest view on."""
    for z in range(found.min_zoom, found.max_zoom + 1):
        for x, y in _likely(found, path, z):
            picture = found.find(z, x, y)
            if picture:
                image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
                if image is None:
                    msg = f"tile {z}/{x}/{y} is no picture"
                    raise ValueError(msg)
                return int(image.shape[1])
    msg = "no tile in it"
    raise ValueError(msg)


def _likely(found: Found, path: Path, z: int) -> list[tuple[int, int]]:
    """Where the first tile of a zoom level lies: in the middle of the bounds, or anywhere."""
    if path.is_dir():
        files = (file for file in (path / str(z)).glob("*/*") if file.suffix in ENDINGS)
        return [(int(file.parent.name), int(file.stem)) for file in files][:1]
    if found.bounds is None:
        return [(x, y) for x in range(1 << min(z, 5)) for y in range(1 << min(z, 5))]
    west, south, east, north = found.bounds
    x, y = tile_at((south + north) / 2, (west + east) / 2, z)
    return [(int(x), int(y))]


def tile_at(lat_deg: float, lon_deg: float, z: int) -> tuple[float, float]:
    """Column and row of a place in Web Mercator, with the fraction inside the tile."""
    lat = math.radians(lat_deg)
    row = (1 - math.asinh(math.tan(lat)) / math.pi) / 2
    return (lon_deg + 180) / 360 * 2**z, row * 2**z
