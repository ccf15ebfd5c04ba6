"""What the map lies on: the station's own shapes, and its tiles where it brought any."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from typing import Protocol

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from plumeline.districts import Districts
from plumeline.web.api import as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.refusals import AskWhy, Refused
from store.people import ALL

NO_SHAPES = msgspec.Raw(b'{"type":"FeatureCollection","features":[]}')
NO_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
"""Where a map ends its tiles are clear, not missing: a browser complains of what is missing."""
TILE_S = 86_400
"""How long a browser keeps a tile without asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """What a map needs to know of tiles before it asks for one."""

    min_zoom: int
    max_zoom: int
    tile_px: int
    attribution: str
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north in degrees, where the tiles tell."""


class Tiles(Protocol):
    """Pictures of the ground in WGS84's Web Mercator, numbered from the north-west."""

    @property
    def basemap(self) -> Basemap:
        """What they cover."""
        ...

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One picture, PNG, JPEG or WebP; None where there is none. Called from any thread."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A station's map."""

    tiles: Tiles | None = None
    shapes: msgspec.Raw = field(default_factory=lambda: NO_SHAPES)
    """GeoJSON, WGS84; each feature has `id`, `kind` (premises, route, zone, no_fly) and `name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChart:
    """What the page asks for once."""

    basemap: Basemap | None
    shapes: msgspec.Raw


def chart_routes(chart: Chart, districts: Districts) -> APIRouter:
    """The shapes, and the tiles under them."""
    router = APIRouter()
    tiles = chart.tiles
    told = ToldChart(basemap=tiles.basemap if tiles else None, shapes=chart.shapes)

    @cache
    def of(district: str) -> ToldChart:
        whole = msgspec.json.decode(chart.shapes)
        mine = [
            one
            for one in whole["features"]
            if one["properties"]["kind"] != "premises"
            or district in districts.of_premises(one["properties"]["id"])
        ]
        shapes = msgspec.Raw(msgspec.json.encode(whole | {"features": mine}))
        return replace(told, shapes=shapes)

    @router.get("/api/map")
    @may(READERS, scoped=True)
    def shapes(me: Me) -> Response:
        return as_json(told if me.district == ALL else of(me.district))

    @router.get("/tiles/{z}/{x}/{y}")
    @may(READERS, scoped=True)
    def tile(z: int, x: int, y: int) -> Response:
        if tiles is None:
            raise Refused(HTTPStatus.NOT_FOUND, AskWhy.NO_BASEMAP)
        picture = (tiles.tile(z, x, y) if _exists(z, x, y) else None) or NO_PICTURE
        headers = {"Cache-Control": f"private, max-age={TILE_S}"}
        return Response(picture, headers=headers, media_type=picture_type(picture))

    return router


def picture_type(picture: bytes) -> str:
    """The media type of a tile, by its first bytes."""
    if picture.startswith(b"\x89PNG"):
        return "image/png"
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return "image/jpeg" if picture.startswith(b"\xff\xd8") else "application/octet-stream"


def _exists(z: int, x: int, y: int) -> bool:
    return 0 <= z <= 24 and 0 <= x < 1 << z and 0 <= y < 1 << z
