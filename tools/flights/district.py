"""The synthetic district: 25 premises on a grid of roads, in metres east and north of its centre.

None of it is a real place. `register()` is what `premises.geojson` holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flights.view import to_wgs84

COLUMNS_M = {
    "A1": (-246, -188), "A2": (-184, -127), "B1": (-113, -60), "B2": (-56, -4),
    "B3": (0, 50), "B4": (54, 103), "C1": (117, 176), "C2": (180, 240),
}  # fmt: skip
ROWS_M = {"N2": (68, 124), "N1": (10, 64), "S1": (-64, -10), "S2": (-124, -68)}
ROADS_M = (
    (-600, -7, 600, 7), (-600, 127, 600, 135), (-600, -135, 600, -127),
    (-124, -600, -116, 600), (106, -600, 114, 600), (246, -600, 254, 600),
)  # fmt: skip
"""Each as west, south, east, north."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An upright box, or with a ridge a house with a gable roof (the ridge runs east-west)."""

    west_m: float
    south_m: float
    east_m: float
    north_m: float
    height_m: float
    roof: str
    ridge_m: float = 0.0
    floor_m: float = 0.0
    """Where it stands: 0 on the ground, a roof's height for what is on a roof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One premises: its plot and its buildings."""

    number: int
    name: str
    name_en: str
    category: str
    risk: int
    """1 red (gravest) to 4 blue."""
    cell: str
    layout: str
    roof: str

    @property
    def premises_id(self) -> str:
        """As in the register."""
        return f"P-{self.number:03d}"

    @property
    def plot_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        west, east = COLUMNS_M[self.cell[:2]]
        south, north = ROWS_M[self.cell[2:]]
        return west, south, east, north

    @property
    def blocks(self) -> list[Block]:
        """The buildings, laid out in the plot."""
        west, south, east, north = self.plot_m
        return [
            Block(
                west_m=west + x0 * (east - west),
                east_m=west + x1 * (east - west),
                south_m=south + y0 * (north - south),
                north_m=south + y1 * (north - south),
                height_m=height,
                roof=self.roof if roof == "own" else roof,
                ridge_m=ridge,
                floor_m=floor,
            )
            for x0, y0, x1, y1, floor, height, ridge, roof in LAYOUTS[self.layout]
        ]


# West, south, east, north as shares of the plot; floor, height and ridge in metres; roof.
LAYOUTS: dict[str, list[tuple[float, float, float, float, float, float, float, str]]] = {
    "hall": [(0.12, 0.3, 0.88, 0.9, 0, 8, 2.6, "own"), (0.12, 0.08, 0.4, 0.22, 0, 4, 0, "slab")],
    "twin": [(0.1, 0.1, 0.9, 0.45, 0, 7, 2.2, "own"), (0.1, 0.55, 0.9, 0.9, 0, 7, 2.2, "own")],
    "flat": [
        (0.1, 0.14, 0.9, 0.86, 0, 9, 0, "own"),
        (0.16, 0.66, 0.26, 0.76, 9, 2.6, 0, "slab"),
        (0.6, 0.7, 0.66, 0.75, 9, 1.4, 0, "plant"),
        (0.7, 0.7, 0.76, 0.75, 9, 1.4, 0, "plant"),
        (0.8, 0.22, 0.84, 0.26, 9, 1.2, 0, "plant"),
    ],
    "boiler": [
        (0.1, 0.1, 0.6, 0.9, 0, 9, 0, "own"),
        (0.68, 0.55, 0.9, 0.88, 0, 6, 0, "slab"),
        (0.76, 0.66, 0.8, 0.7, 6, 10, 0, "brick"),
    ],
    "shops": [
        (0.06, 0.08, 0.36, 0.4, 0, 7, 0, "own"),
        (0.38, 0.08, 0.62, 0.4, 0, 10, 0, "slab"),
        (0.64, 0.08, 0.94, 0.4, 0, 7, 0, "tile"),
        (0.2, 0.6, 0.8, 0.85, 0, 6, 2, "tile"),
        (0.45, 0.2, 0.52, 0.28, 10, 2, 0, "plant"),
    ],
    "flats": [
        (0.08, 0.62, 0.92, 0.84, 0, 18, 0, "own"),
        (0.08, 0.14, 0.92, 0.36, 0, 18, 0, "own"),
        (0.2, 0.68, 0.28, 0.78, 18, 2.8, 0, "plant"),
        (0.68, 0.68, 0.76, 0.78, 18, 2.8, 0, "plant"),
        (0.2, 0.2, 0.28, 0.3, 18, 2.8, 0, "plant"),
        (0.68, 0.2, 0.76, 0.3, 18, 2.8, 0, "plant"),
    ],
    "store": [
        (0.1, 0.6, 0.9, 0.88, 0, 5.5, 1.6, "own"),
        (0.08, 0.1, 0.3, 0.3, 0, 4, 0, "slab"),
        (0.86, 0.3, 0.92, 0.42, 0, 2.4, 0, "plant"),
    ],
    "yard": [
        (0.08, 0.66, 0.56, 0.9, 0, 5, 1.4, "own"),
        (0.76, 0.7, 0.92, 0.88, 0, 3.2, 0, "rust"),
        (0.08, 0.14, 0.2, 0.3, 0, 2.6, 0, "rust"),
        (0.8, 0.1, 0.9, 0.34, 0, 2.4, 0, "blue"),
    ],
}


def _place(text: str) -> Place:
    number, cell, layout, roof, category, risk, name, name_en = text.split("|")
    return Place(
        number=int(number), cell=cell, layout=layout, roof=roof, category=category,
        risk=int(risk), name=name, name_en=name_en,
    )  # fmt: skip


PLACES = tuple(
    _place(line)
    for line in """\
1|A1N1|boiler|slab|production_unit|2|云岭食品加工厂|Yunling Food Works
2|A2N1|hall|blue|production_unit|3|恒川木器厂|Hengchuan Joinery
3|A1S1|flats|slab|residential|3|枫桥新村|Fengqiao New Village
4|A2S1|flats|cream|residential|3|枫桥新村二区|Fengqiao New Village, Block 2
5|B1N1|twin|grey|production_unit|2|启明纺织仓库|Qiming Textile Warehouse
6|B2N1|hall|red|production_unit|3|东篱印刷厂|Dongli Printing House
7|B3N1|store|grey|hazchem|1|青禾化工仓储|Qinghe Chemical Store
8|B4N1|flat|slab|production_unit|2|海石涂料车间|Haishi Coatings Workshop
9|C1N1|shops|cream|small_place|4|柳巷商铺|Liuxiang Shops
10|C2N1|flats|slab|residential|3|望溪花园|Wangxi Garden
11|A2N2|twin|blue|production_unit|3|长河物流库|Changhe Logistics Store
12|B1N2|hall|grey|production_unit|2|南屏塑料厂|Nanping Plastics
13|B2N2|flat|cream|production_unit|3|松风电子厂|Songfeng Electronics
14|B4N2|shops|tile|small_place|4|北巷餐饮|Beixiang Restaurants
15|C1N2|flats|cream|residential|3|竹园小区|Zhuyuan Homes
16|B1S1|flat|slab|production_unit|2|立新机修车间|Lixin Machine Workshop
17|B2S1|shops|tile|small_place|4|南街早市|Nanjie Morning Market
18|B3S1|twin|red|production_unit|3|白桥家具厂|Baiqiao Furniture
19|B4S1|store|blue|hazchem|1|和川气体站|Hechuan Gas Station
20|C1S1|hall|cream|production_unit|3|石湾陶瓷厂|Shiwan Ceramics
21|C2S1|yard|grey|small_place|3|顺达旧物回收站|Shunda Recycling Yard
22|A1S2|shops|slab|small_place|4|西林便民店|Xilin Corner Shops
23|B1S2|hall|blue|production_unit|3|远帆包装厂|Yuanfan Packaging
24|B3S2|flats|slab|residential|3|荷塘公寓|Hetang Apartments
25|C1S2|twin|grey|production_unit|2|平沙建材库|Pingsha Building Materials
""".splitlines()
)
YARD_CELLS = ("B2S2", "B4S2")
"""Plots without premises that are paved: parking places. The other free ones are green."""


def plot_of(cell: str) -> tuple[float, float, float, float]:
    """West, south, east, north of a cell of the grid."""
    (west, east), (south, north) = COLUMNS_M[cell[:2]], ROWS_M[cell[2:]]
    return west, south, east, north


def premises_at(east_m: float, north_m: float) -> str | None:
    """Whose plot a point lies in."""
    for place in PLACES:
        west, south, east, north = place.plot_m
        if west <= east_m <= east and south <= north_m <= north:
            return place.premises_id
    return None


def register() -> dict[str, Any]:
    """All premises as GeoJSON (RFC 7946, WGS84): the outer ring is anticlockwise."""
    return {"type": "FeatureCollection", "features": [_feature(place) for place in PLACES]}


def _feature(place: Place) -> dict[str, Any]:
    west, south, east, north = place.plot_m
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [to_wgs84(np.array([*corner, 0.0])) for corner in corners]
    return {
        "type": "Feature",
        "properties": {
            "premises_id": place.premises_id,
            "name": place.name,
            "name_en": place.name_en,
            "category": place.category,
            "risk": place.risk,
            "address": f"示范区{'南' if north < 0 else '北'}苑路{place.number * 4}号",
            "height_m": max(b.floor_m + b.height_m + b.ridge_m for b in place.blocks),
            "note": "synthetic",
        },
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[round(lon, 8), round(lat, 8)] for lat, lon, _ in ring]],
        },
    }
