"""The station's shapes, as its map gets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import shapely

from geo.premises import Premises, PremisesIndex
from plumeline.config import ConfigError
from plumeline.shapes import station_shapes
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart
from tests.fakes import MemoryRecord
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import STATION

YARD = "POLYGON ((118.84 31.95, 118.841 31.95, 118.841 31.951, 118.84 31.95))"
LINE = {"type": "LineString", "coordinates": [[118.84, 31.95, 80], [118.85, 31.95, 80]]}


def premises(wkt: str, premises_id: str = "P-1") -> Premises:
    return Premises(
        premises_id=premises_id,
        name="化工仓库",
        category="hazchem",
        risk=1,
        address=None,
        geometry=shapely.from_wkt(wkt),
        name_en="Chemical store",
    )


def zones(folder: Path, *features: dict[str, Any]) -> str:
    file = folder / "zones.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return str(file)


def route(**properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": LINE}


def test_premises_and_routes_come_as_geojson_in_wgs84(tmp_path: Path) -> None:
    file = zones(tmp_path, route(kind="route", name="北线", secret="not for the page"))
    index = PremisesIndex([premises(YARD), premises("POINT EMPTY", "P-2")])
    app = create_app(
        MemoryRecord(tmp_path),
        Bell(),
        station=STATION,
        now_s=lambda: 0.0,
        door=FakeDoor(),
        chart=Chart(shapes=station_shapes(index, file)),
    )
    told = Client(app).get("/api/map").json()
    assert told["basemap"] is None
    yard, north = told["shapes"]["features"]
    assert shapely.from_geojson(json.dumps(yard["geometry"])).equals(shapely.from_wkt(YARD))
    assert (yard["properties"]["id"], yard["properties"]["kind"]) == ("P-1", "premises")
    assert north["geometry"]["coordinates"] == [[118.84, 31.95], [118.85, 31.95]]
    assert north["properties"] == {"id": "zone-0", "kind": "route", "name": "北线"}


@pytest.mark.parametrize(
    ("feature", "why"),
    [
        (route(kind="motorway"), "kind is not route, zone, no_fly"),
        ({**route(kind="zone"), "geometry": {"type": "Point", "coordinates": [5e5, 3e6]}}, "degre"),
        ({"properties": {}}, "no GeoJSON collection"),
    ],
)
def test_zones_that_cannot_be_used_are_refused_with_the_file_and_the_reason(
    tmp_path: Path, feature: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigError, match=f"zones.geojson.*{why}"):
        station_shapes(None, zones(tmp_path, feature))


def test_a_station_without_either_has_an_empty_map(tmp_path: Path) -> None:
    assert msgspec.json.decode(station_shapes(None, None))["features"] == []
    with pytest.raises(ConfigError, match=r"nowhere\.geojson"):
        station_shapes(None, str(tmp_path / "nowhere.geojson"))
