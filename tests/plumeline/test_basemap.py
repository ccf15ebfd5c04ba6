"""The station's own tiles: read from every kind of file, and GCJ-02 laid right under WGS84."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.gcj02 import gcj02_from_wgs84
from plumeline.basemap import open_basemap, tile_at
from plumeline.config import ConfigError
from plumeline.sections import BasemapSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.chart import NO_PICTURE, Chart, picture_type
from tests.fakes import MemoryRecord
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import STATION

SIZE, ZOOM = 256, 16
PUBLISHED = [
    # googollee/eviltransform, its published tests: the same places in WGS84 and GCJ-02, lat, lon.
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
Image = NDArray[np.uint8]


def png(image: Image) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


def coloured(z: int, x: int, y: int) -> bytes:
    return png(np.full((SIZE, SIZE, 3), (z, x % 256, y % 256), np.uint8))


def some_tiles() -> dict[tuple[int, int, int], bytes]:
    places = [(z, *map(int, tile_at(31.95, 118.84, z))) for z in (10, 11, 12)]
    return {place: coloured(*place) for place in places}


def mbtiles(folder: Path, form: str = "png") -> Path:
    """By the text of MBTiles 1.3."""
    file = folder / "map.mbtiles"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        said = {"format": form, "bounds": "118.7,31.9,118.98,32.0", "attribution": "Surveyors"}
        db.executemany("INSERT INTO metadata VALUES (?, ?)", said.items())
        for (z, x, y), picture in some_tiles().items():
            db.execute("INSERT INTO tiles VALUES (?,?,?,?)", (z, x, 2**z - 1 - y, picture))
    db.close()
    return file


def pmtiles(folder: Path, kind: TileType = TileType.PNG) -> Path:
    file = folder / "map.pmtiles"
    with file.open("wb") as out:
        writer = Writer(out)
        for (z, x, y), picture in sorted(some_tiles().items()):
            writer.write_tile(zxy_to_tileid(z, x, y), picture)
        west, south, east, north = 1187000000, 319000000, 1189800000, 320000000
        head = {
            "tile_type": kind,
            "tile_compression": Compression.NONE,
            "min_lon_e7": west,
            "min_lat_e7": south,
            "max_lon_e7": east,
            "max_lat_e7": north,
            "center_zoom": 11,
            "center_lon_e7": west,
            "center_lat_e7": south,
        }
        writer.finalize(head, {"attribution": "Surveyors"})
    return file


def folder_of(folder: Path) -> Path:
    for (z, x, y), picture in some_tiles().items():
        file = folder / "tiles" / str(z) / str(x) / f"{y}.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(picture)
    return folder / "tiles"


@pytest.mark.parametrize("make", [mbtiles, pmtiles, folder_of])
def test_every_kind_of_file_gives_its_tiles_where_they_belong(make, tmp_path: Path) -> None:
    tiles = open_basemap(BasemapSection(path=str(make(tmp_path)), attribution="Ours"))
    assert tiles is not None
    told = tiles.basemap
    assert (told.min_zoom, told.max_zoom, told.tile_px) == (10, 12, SIZE)
    assert told.attribution == "Ours"
    for place, picture in some_tiles().items():
        assert tiles.tile(*place) == picture
    assert tiles.tile(12, 0, 0) is None
    app = create_app(
        MemoryRecord(tmp_path),
        Bell(),
        station=STATION,
        now_s=lambda: 0.0,
        door=FakeDoor(),
        chart=Chart(tiles=tiles),
    )
    client = Client(app)
    place = next(iter(some_tiles()))
    answer = client.get("/tiles/{}/{}/{}".format(*place))
    assert (answer.headers["content-type"], answer.content) == ("image/png", coloured(*place))
    for nowhere in ("12/0/0", "3/9/9", "40/1/1"):
        assert client.get(f"/tiles/{nowhere}").content == NO_PICTURE
    assert client.get("/api/map").json()["basemap"]["max_zoom"] == 12


def test_a_station_without_tiles_says_so(tmp_path: Path) -> None:
    assert open_basemap(BasemapSection()) is None
    app = create_app(
        MemoryRecord(tmp_path), Bell(), station=STATION, now_s=lambda: 0.0, door=FakeDoor()
    )
    assert Client(app).get("/tiles/1/0/0").status_code == 404


def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path: Path) -> None:
    def refused(match: str, **section: str) -> None:
        with pytest.raises(ConfigError, match=match):
            open_basemap(BasemapSection(**section))

    refused("Baidu's tiles have a grid", path="x.mbtiles", crs="bd09")
    refused("'epsg:3857' is not wgs84 or gcj02", path="x.mbtiles", crs="epsg:3857")
    refused("not a folder, .mbtiles or .pmtiles", path=str(tmp_path / "map.tif"))
    refused("unable to open", path=str(tmp_path / "none.mbtiles"))
    refused("pbf tiles are not drawn", path=str(mbtiles(tmp_path, "pbf")))
    refused("mvt tiles are not drawn", path=str(pmtiles(tmp_path, TileType.MVT)))
    (tmp_path / "empty").mkdir()
    refused("no folder of a zoom level", path=str(tmp_path / "empty"))


def test_the_type_of_a_tile_is_told_by_its_bytes() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    made = {end: bytes(cv2.imencode(end, image)[1]) for end in (".png", ".jpg", ".webp")}
    types = ["image/png", "image/jpeg", "image/webp"]
    assert [picture_type(picture) for picture in made.values()] == types


class Drawn:
    """A sheet of 5 x 5 tiles with white marks at places given in its own system."""

    def __init__(self, lat: NDArray[np.float64], lon: NDArray[np.float64], *, line: bool) -> None:
        middle = tile_at(float(lat.mean()), float(lon.mean()), ZOOM)
        self.x0, self.y0 = (int(v) - 2 for v in middle)
        sheet = np.zeros((5 * SIZE, 5 * SIZE, 3), np.uint8)
        at = np.array([tile_at(a, o, ZOOM) for a, o in zip(lat, lon, strict=True)])
        px = ((at - (self.x0, self.y0)) * SIZE * 16 - 8).round().astype(np.int32)  # 1/16 px
        if line:
            cv2.polylines(sheet, [px], False, (255, 255, 255), 3, cv2.LINE_AA, 4)
        else:
            for mark in px:
                cv2.circle(sheet, mark, 4 * 16, (255, 255, 255), -1, cv2.LINE_AA, 4)
        self.sheet = sheet

    def save(self, folder: Path) -> None:
        for i in range(5):
            for j in range(5):
                part = self.sheet[j * SIZE : (j + 1) * SIZE, i * SIZE : (i + 1) * SIZE]
                file = folder / str(ZOOM) / str(self.x0 + i) / f"{self.y0 + j}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(png(part))


def found(folder: Path, crs: str, lat: float, lon: float) -> NDArray[np.float64]:
    """Global pixels of everything bright around a place, as the map would show it."""
    tiles = open_basemap(BasemapSection(path=str(folder), crs=crs))
    assert tiles is not None
    x, y = map(int, tile_at(lat, lon, ZOOM))
    bright: list[NDArray[np.float64]] = []
    for i in range(x - 2, x + 3):
        for j in range(y - 2, y + 3):
            picture = tiles.tile(ZOOM, i, j)
            if picture:
                image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
                rows, columns = np.nonzero(image[..., 0] > 127)
                middles = np.stack([columns + 0.5 + i * SIZE, rows + 0.5 + j * SIZE], axis=1)
                bright.append(middles)
    return np.concatenate(bright)


def metres_per_px(lat: float) -> float:
    return 40_075_016.7 * math.cos(math.radians(lat)) / (SIZE * 2**ZOOM)


@pytest.mark.parametrize(("wgs84", "shifted"), PUBLISHED)
def test_a_place_drawn_in_gcj02_comes_to_lie_where_wgs84_has_it(
    wgs84, shifted, tmp_path: Path
) -> None:
    Drawn(np.array([shifted[0]]), np.array([shifted[1]]), line=False).save(tmp_path)
    true = np.array(tile_at(*wgs84, ZOOM)) * SIZE
    off = {
        crs: np.hypot(*(found(tmp_path, crs, *wgs84).mean(0) - true)) * metres_per_px(wgs84[0])
        for crs in ("wgs84", "gcj02")
    }
    assert off["wgs84"] > 400, "as drawn it is half a kilometre off"
    assert off["gcj02"] < 2, "about a pixel at this zoom"


def test_a_road_drawn_in_gcj02_lies_on_itself_within_its_own_width(tmp_path: Path) -> None:
    lat = np.linspace(32.040, 32.046, 30)
    lon = 118.780 + 0.004 * np.sin((lat - 32.04) * 900)
    Drawn(*gcj02_from_wgs84(lat, lon), line=True).save(tmp_path)
    way = np.array([tile_at(a, o, ZOOM) for a, o in zip(lat, lon, strict=True)]) * SIZE
    steps = np.linspace(0, len(way) - 1, 2000)
    true = np.stack([np.interp(steps, np.arange(len(way)), way[:, k]) for k in (0, 1)], axis=1)

    def near(crs: str) -> float:
        """The share of the road's pixels, it is 5 wide, within 3 of where it runs."""
        seen = found(tmp_path, crs, 32.043, 118.780)
        away = [np.hypot(*(true - pixel).T).min() for pixel in seen[::7]]
        return float(np.mean(np.array(away) <= 3))

    assert near("wgs84") < 0.1
    assert near("gcj02") == 1.0
