"""Reading premises, ranking them against a plain Monte Carlo, and saying what is near."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadPremises, GeoError
from geo.geodesy import offset
from geo.ground import GroundPoint
from geo.premises import Premises, PremisesIndex, read_geojson, without_spikes

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "premises"
LAT, LON = 31.95, 118.84
PROJ = pyproj.Geod(ellps="WGS84")


def outline(corners_m: list[tuple[float, float]], lon: float = LON, lat: float = LAT) -> Any:
    """A polygon of corners given in metres east and north."""
    east, north = np.array(corners_m, float).T
    lats, lons = offset(lat, lon, east, north)
    return shapely.Polygon(zip(lons, lats, strict=True))


def square(east_m: float, north_m: float, half_m: float = 20.0, **where: float) -> Any:
    turns = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return outline([(east_m + half_m * x, north_m + half_m * y) for x, y in turns], **where)


def place(premises_id: str, geometry: Any) -> Premises:
    return Premises(
        premises_id=premises_id, name=f"name of {premises_id}", category="", risk=None,
        address=None, geometry=geometry,
    )  # fmt: skip


def point(ee: float = 100.0, en: float = 0.0, nn: float = 100.0, lon: float = LON) -> GroundPoint:
    return GroundPoint(
        lat_deg=LAT, lon_deg=lon, range_m=300.0, cov_ee_m2=ee, cov_en_m2=en, cov_nn_m2=nn
    )


SHAPES = {
    "around": square(5.0, -8.0),
    "beside": square(45.0, 10.0),
    "far wedge": outline([(0, 60), (200, 400), (-200, 400)]),
    "notched": outline([(-25, -60), (-5, -60), (-5, -20), (-15, -40), (-25, -20)]),
    "courtyard": square(0, 0, 90) - square(0, 0, 70),
    "two halls": shapely.union(square(-60, 40, 10), square(-90, 40, 12)),
    "elsewhere": square(900, 900),
}


@pytest.mark.parametrize("covariance", [(100.0, 0.0, 100.0), (2500.0, -900.0, 400.0)])
def test_probabilities_are_those_of_four_hundred_thousand_throws(
    covariance: tuple[float, float, float],
) -> None:
    ee, en, nn = covariance
    index = PremisesIndex([place(name, shape) for name, shape in SHAPES.items()])
    likely = {
        one.premises.premises_id: one.probability for one in index.rank(point(*covariance), 99)
    }
    throws = np.random.default_rng(3).multivariate_normal([0, 0], [[ee, en], [en, nn]], 400_000)
    lat, lon = offset(LAT, LON, *throws.T)
    for name, shape in SHAPES.items():
        hit = float(np.mean(shapely.contains_xy(shape, lon, lat)))
        assert likely.get(name, 0.0) == pytest.approx(hit, abs=0.003)
    assert "elsewhere" not in likely


def test_the_most_probable_premises_come_first_and_no_more_than_asked() -> None:
    index = PremisesIndex([place(name, shape) for name, shape in SHAPES.items()])
    ranked = index.rank(point(2500.0, -900.0, 400.0), limit=3)
    assert len(ranked) == 3
    chances = [one.probability for one in ranked]
    assert chances == sorted(chances, reverse=True)


def test_the_nearest_outline_is_not_the_most_probable_premises() -> None:
    index = PremisesIndex([place("kiosk", square(4, 0, 2)), place("hall", square(80, 0, 70))])
    assert index.nearest(LAT, LON).premises.premises_id == "kiosk"
    assert index.rank(point(400.0, 0.0, 400.0))[0].premises.premises_id == "hall"


def test_near_is_a_distance_and_a_bearing_from_the_premises() -> None:
    near = PremisesIndex([place("mill", square(-60, -40)), place("far", square(500, 0))]).nearest(
        LAT, LON
    )
    assert near is not None
    corner = offset(LAT, LON, -40.0, -20.0)
    azimuth, _, length = PROJ.inv(float(corner[1]), float(corner[0]), LON, LAT)
    assert near.premises.premises_id == "mill"
    assert near.distance_m == pytest.approx(length, abs=0.01)
    assert near.bearing_deg == pytest.approx(azimuth, abs=0.01)
    assert near.probability == 0.0


def test_inside_the_distance_is_zero_and_the_place_is_certain() -> None:
    inside = PremisesIndex([place("mill", square(0, 0))]).nearest(LAT, LON)
    assert inside is not None
    assert (inside.distance_m, inside.probability) == (0.0, 1.0)


def test_premises_known_as_a_point_are_near_but_never_ranked() -> None:
    lat, lon = offset(LAT, LON, 0.0, 30.0)
    index = PremisesIndex([place("well", shapely.Point(lon, lat))])
    assert index.rank(point()) == []
    near = index.nearest(LAT, LON)
    assert near is not None
    assert near.distance_m == pytest.approx(30.0, abs=1e-3)
    assert near.bearing_deg == pytest.approx(180.0, abs=1e-3)


def test_where_there_are_no_premises_nothing_is_near() -> None:
    index = PremisesIndex([])
    assert index.nearest(LAT, LON) is None
    assert index.rank(point()) == []


def test_premises_on_the_other_side_of_the_earth_are_not_near() -> None:
    assert (
        PremisesIndex([place("antipode", shapely.Point(LON - 180, -LAT))]).nearest(LAT, LON) is None
    )


def test_across_the_antimeridian_premises_are_still_neighbours() -> None:
    shape = square(-40.0, 0.0, lon=-179.9999)
    west = shapely.transform(shape, lambda lonlat: lonlat % 360)
    index = PremisesIndex([place("isle", west), place("inland", square(0, 0))])
    near = index.nearest(LAT, -179.9999)
    assert near is not None
    assert near.premises.premises_id == "isle"
    assert near.distance_m == pytest.approx(20.0, abs=0.01)
    assert index.rank(point(400.0, 0.0, 400.0, lon=-179.9999))[0].premises.premises_id == "isle"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-3e4, 3e4), st.floats(-3e4, 3e4)), min_size=1, max_size=12))
def test_nearest_is_the_least_of_all_geodesics(places_m: list[tuple[float, float]]) -> None:
    lats, lons = offset(62.0, LON, *np.array(places_m).T)
    index = PremisesIndex(
        [place(str(i), shapely.Point(*at)) for i, at in enumerate(zip(lons, lats, strict=True))]
    )
    least = min(PROJ.inv(LON, 62.0, lon, lat)[2] for lon, lat in zip(lons, lats, strict=True))
    near = index.nearest(62.0, LON)
    assert near is not None
    assert near.distance_m == pytest.approx(least, abs=1e-3)


def feature(**changes: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {"premises_id": "P1", "name": "合成厂房", "kind": "厂房"}
    properties |= {"risk": 4, "address": "路1号"}
    ring = [[118.0, 31.0], [118.1, 31.0], [118.1, 31.1], [118.0, 31.0]]
    return {
        "type": "Feature",
        "properties": properties | changes.pop("properties", {}),
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    } | changes


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | members)


def named_crs(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize("crs", [{}, {"crs": named_crs("urn:ogc:def:crs:OGC:1.3:CRS84")}])
def test_a_feature_becomes_premises(crs: dict[str, Any]) -> None:
    (one,) = read_geojson(collection(feature(), **crs), "a.geojson")
    assert (one.premises_id, one.name, one.category) == ("P1", "合成厂房", "厂房")
    assert (one.risk, one.address) == (4, "路1号")
    assert one.geometry.bounds == (118.0, 31.0, 118.1, 31.1)


def test_an_address_without_a_place_is_left_out() -> None:
    (one,) = read_geojson(
        collection(feature(geometry=None), feature(properties={"premises_id": "P2"})), "a.geojson"
    )
    assert one.premises_id == "P2"


def test_an_id_a_category_and_nothing_else_will_do() -> None:
    bare = feature(properties={"premises_id": None, "id": 7, "risk": None, "address": None})
    (one,) = read_geojson(collection(bare), "a.geojson")
    assert (one.premises_id, one.risk, one.address) == ("7", None, None)


BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[118, 31], [118.1, 31.1], [118.1, 31], [118, 31.1], [118, 31]]],
}


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("{", None, "not JSON"),
        ("[" * 100_000, None, "not JSON"),
        ('{"type": "FeatureCollection", "features": [NaN]}', None, "NaN is not JSON"),
        ("[]", None, "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', None, "features is not a list"),
        (collection(feature(), crs=named_crs("urn:ogc:def:crs:EPSG::4490")), None, "EPSG::4490"),
        (collection(feature(), crs=None), None, "coordinate system None"),
        (collection(feature(crs=named_crs("GCJ-02"))), 0, "GCJ-02"),
        (collection(1), 0, "not a GeoJSON Feature"),
        (collection(feature() | {"properties": None}), 0, "has no properties"),
        (collection(feature(properties={"premises_id": None})), 0, "has no premises_id"),
        (collection(feature(properties={"name": ""})), 0, "has no name"),
        (collection(feature(properties={"name": [1]})), 0, "name [1] is not a text"),
        (collection(feature(properties={"risk": "high"})), 0, "risk 'high' is not an integer"),
        (collection(feature(), feature()), 1, "'P1' is given twice"),
        (collection(feature(geometry=7)), 0, "not a geometry"),
        (collection(feature(geometry=BOW_TIE)), 0, "Self-intersection"),
        (
            collection(feature(geometry={"type": "LineString", "coordinates": [[0, 0], [1, 1]]})),
            0,
            "a LineString cannot be premises",
        ),
        (collection(feature(geometry={"type": "Polygon", "coordinates": []})), 0, "is empty"),
        (
            collection(feature(geometry={"type": "Point", "coordinates": [670192, 3537000]})),
            0,
            "is not a longitude and latitude",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_place_and_reason(
    text: str, number: int | None, reason: str
) -> None:
    with pytest.raises(BadPremises) as caught:
        read_geojson(text, "town.geojson")
    assert isinstance(caught.value, GeoError)
    assert (caught.value.source, caught.value.feature) == ("town.geojson", number)
    assert reason in caught.value.reason
    assert str(caught.value).startswith("town.geojson: ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
shapes = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Point", "Polygon", "MultiPolygon", "GeometryCollection", "X"]),
        "coordinates": json_values,
    }
)


@settings(deadline=None)
@given(json_values | shapes, json_values, json_values)
def test_whatever_a_feature_holds_the_only_error_is_bad_premises(
    geometry: Any, name: Any, crs: Any
) -> None:
    text = collection(feature(geometry=geometry, properties={"name": name}), crs=crs)
    for body in (text, collection(feature(geometry=geometry, properties={"risk": name}))):
        with suppress(BadPremises):
            read_geojson(body, "fuzz")


def test_sixty_premises_from_qgis_are_read() -> None:
    path = SHARED / "syn_premises_wgs84.geojson"
    if not path.exists():
        pytest.skip("needs the shared premises files")
    premises = read_geojson(path.read_text(encoding="utf-8"), path.name)
    assert len(premises) == 60
    assert premises[0].premises_id == "SYN-0001"
    assert premises[0].risk == 4
    inside = premises[0].geometry.representative_point()
    assert PremisesIndex(premises).nearest(inside.y, inside.x).premises == premises[0]


SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]


@pytest.mark.parametrize(
    ("ring", "mended"),
    [
        (SQUARE, SQUARE),
        ([(0, 0), (4, 0), (4, 2), (9, 2), (4, 2), (4, 4), (0, 4)], SQUARE),  # out and back
        ([(0, 0), (4, 0), (4, 2), (1, 2), (4, 2), (4, 4), (0, 4)], SQUARE),  # in and back
        ([(0, 0), (4, 4), (4, 0), (0, 4)], None),  # a bow tie
        ([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (2, 0), (2, 2), (0, 2)], None),  # a loop twice
        ([(0, 0), (4, 0), (4, 0), (0, 0)], None),  # nothing but a line
    ],
)
def test_only_what_encloses_nothing_is_taken_off_an_outline(
    ring: list[tuple[float, float]], mended: list[tuple[float, float]] | None
) -> None:
    drawn = shapely.Polygon(ring)
    clean = without_spikes(drawn)
    if mended is None:
        assert clean is drawn and not clean.is_valid
    else:
        assert clean.is_valid and clean.equals(shapely.Polygon(mended))
