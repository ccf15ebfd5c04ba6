"""GeoJSON as shapely and RFC 7946 read it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from alerts.export import geojson
from alerts.export.content import content_of
from alerts.export.track import segments_of
from tests.alerts.export_scene import (
    EVIL,
    GEOD,
    MAPPABLE,
    POINT,
    SECTOR,
    content,
    file_of,
    fixes,
    incident,
)

FILE: dict[str, Any] = json.loads(file_of(geojson.write(content())))


def of_kind(kind: str, file: dict[str, Any] = FILE) -> list[dict[str, Any]]:
    return [f for f in file["features"] if f["properties"]["kind"] == kind]


def shape(feature: dict[str, Any]) -> Any:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def test_positions_come_back_with_their_times() -> None:
    for feature, segment in zip(of_kind("track"), segments_of(fixes()), strict=True):
        places = shapely.get_coordinates(shape(feature))
        assert places == pytest.approx(np.array([*segment.places()]), abs=1e-7)
        assert len(feature["properties"]["coordinateProperties"]["times"]) == len(segment.fixes)
    assert sum(f["properties"]["points"] for f in of_kind("track")) == MAPPABLE


def test_only_heights_above_the_ellipsoid_are_a_third_coordinate() -> None:
    with_heights = [feature for feature in of_kind("track") if shape(feature).has_z]
    (feature,) = with_heights
    heights = shapely.get_coordinates(shape(feature), include_z=True)[:, 2]
    assert heights.tolist() == [133.5 + i for i in range(51)]


def test_an_ellipse_is_as_large_as_its_axes_say() -> None:
    (feature,) = of_kind("incident_outline")
    told = of_kind("incident")[0]["properties"]
    area_m2, _ = GEOD.geometry_area_perimeter(shape(feature))
    axes = told["ellipse_semi_major_m"] * told["ellipse_semi_minor_m"]
    polygon64 = math.sin(2 * math.pi / 64) / (2 * math.pi / 64)
    assert area_m2 == pytest.approx(math.pi * axes * polygon64, rel=2e-3)  # > 0: counter-clockwise
    assert shape(feature).contains(shapely.Point(POINT.lon_deg, POINT.lat_deg))


def test_a_bearing_is_a_sector_from_the_drone_and_never_a_point() -> None:
    feature = next(f for f in of_kind("incident") if f["id"] == "inc-sector")
    sector = shape(feature)
    assert feature["properties"]["located"] == "bearing"
    assert shapely.is_ccw(sector.exterior)
    to_edges = [GEOD.inv(*sector.exterior.coords[0], *place) for place in sector.exterior.coords]
    bearings = [azimuth for azimuth, _, length_m in to_edges if length_m > 1]
    lengths_m = [length_m for _, _, length_m in to_edges if length_m > 1]
    half_deg = 1.96 * SECTOR.sigma_deg
    assert max(bearings) == pytest.approx(-10 + half_deg, abs=1e-4)
    assert min(bearings) == pytest.approx(-10 - half_deg, abs=1e-4)
    assert lengths_m == pytest.approx([1000.0] * 17, abs=0.01)


def test_an_incident_without_a_place_has_no_geometry_and_says_why() -> None:
    feature = next(f for f in of_kind("incident") if f["id"] == "inc-lost")
    assert feature["geometry"] is None
    assert feature["properties"]["position_unknown"] == "no telemetry with a position"


def test_the_facts_of_an_incident_are_told() -> None:
    told = of_kind("incident")[0]["properties"]
    assert told["labels"] == ["smoke"]
    assert told["score"] == 0.875
    assert told["premises"][0]["name"] == EVIL
    assert EVIL in told["headline_zh"] and "可能性83%" in told["place_zh"]
    assert told["coordinates"] == "WGS84"


def test_an_ellipse_across_the_antimeridian_is_cut_in_two() -> None:
    point = replace(POINT, lat_deg=-17.0, lon_deg=179.99999)
    made = content_of("t", [], [incident("inc", point=point)])
    file = json.loads(file_of(geojson.write(made)))
    (feature,) = of_kind("incident_outline", file)
    both = shape(feature)
    assert both.geom_type == "MultiPolygon" and both.is_valid
    assert both.bounds[0] == -180.0 and both.bounds[2] == pytest.approx(180.0, abs=2e-8)
    area_m2 = sum(GEOD.geometry_area_perimeter(part)[0] for part in both.geoms)
    whole = content_of("t", [], [incident("inc", point=replace(point, lon_deg=10.0))])
    (ring,) = whole.spots[0].outline
    assert area_m2 == pytest.approx(
        GEOD.geometry_area_perimeter(shapely.Polygon(ring))[0], rel=1e-3
    )


def test_nothing_in_is_an_empty_collection() -> None:
    assert json.loads(file_of(geojson.write(content_of("t", [], []))))["features"] == []
