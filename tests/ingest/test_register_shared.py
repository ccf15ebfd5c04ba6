"""The shared premises files: one town in six forms, and eleven districts in two systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from alerts.events import Evidence, LikelyPremises
from alerts.words import place_in_words
from detect.detection import Box, Label
from geo.crs import GCJ02, WGS84, Crs, parse_crs
from geo.geodesy import east_north
from geo.ground import GroundPoint
from geo.premises import Premises, PremisesIndex, read_geojson
from ingest.records import Key
from plumeline.register import import_register

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "premises"
TOWN = "syn_premises_wgs84.geojson"
DISTRICTS = "nanjing_districts_wgs84.geojson"
DISTRICTS_GCJ02 = "nanjing_districts_datav_320100.geojson"
SPIKED = {"雨花台区", "高淳区"}
"""The outlines of two of the districts run out and back over a line, in both files."""

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="needs the shared premises files")


def truth() -> dict[str, Premises]:
    return {one.premises_id: one for one in read_geojson((SHARED / TOWN).read_text("utf-8"), TOWN)}


def apart_m(one: Any, other: Any) -> float:
    """How far two outlines lie from each other where that is most (Hausdorff), in metres."""
    lon0, lat0 = other.centroid.coords[0]

    def metres(lonlat: Any) -> Any:
        return np.stack(east_north(lonlat[:, 1], lonlat[:, 0], lat0, lon0), axis=-1)

    pair = [shapely.transform(shape.boundary, metres) for shape in (one, other)]
    return float(shapely.hausdorff_distance(*pair))


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        (TOWN, None),
        ("syn_premises.kml", WGS84),
        ("syn_premises_cgcs2000_gk120.gpkg", None),
        ("syn_premises_cgcs2000_gk120.gpkg", parse_crs("gk3:40")),
        ("syn_premises_shp_gbk", None),
    ],
)
def test_each_form_holds_the_same_sixty_outlines_within_a_centimetre(
    name: str, crs: Crs | None
) -> None:
    register = import_register(SHARED / name, crs)
    known = truth()
    assert (register.report.placed, register.report.refused) == (60, [])
    assert {one.premises_id: one.name for one in register.premises} == {
        one.premises_id: one.name for one in known.values()
    }
    for one in register.premises:
        outline = known[one.premises_id].geometry
        assert apart_m(one.geometry, outline) < 0.01
        assert one.geometry.symmetric_difference(outline).area < 0.001 * outline.area


@pytest.mark.parametrize(
    "name", ["syn_premises_shp_gbk", "syn_premises_cgcs2000_gk120.gpkg", "syn_premises_points.csv"]
)
def test_categories_risks_addresses_and_heights_come_along(name: str) -> None:
    known = truth()
    for one in import_register(SHARED / name, None if "csv" not in name else WGS84).premises:
        there = known[one.premises_id]
        assert (one.category, one.risk, one.address) == (there.category, there.risk, there.address)
        assert one.height_m == pytest.approx(there.height_m)


def test_the_points_are_the_middles_of_the_outlines_within_a_centimetre() -> None:
    known = truth()
    register = import_register(SHARED / "syn_premises_points.csv", WGS84)
    assert register.report.placed == 60
    for one in register.premises:
        middle, place = known[one.premises_id].geometry.centroid, one.geometry
        assert np.hypot(*east_north(place.y, place.x, middle.y, middle.x)) < 0.01


def test_addresses_alone_are_kept_and_listed() -> None:
    register = import_register(SHARED / "syn_premises_address_only.csv")
    report = register.report
    assert (report.placed, report.crs, len(register.premises)) == (0, None, 60)
    assert {(one.premises_id, one.address) for one in report.unplaced} == {
        (one.premises_id, one.address) for one in truth().values()
    }


@pytest.mark.parametrize("name", [DISTRICTS, DISTRICTS_GCJ02])
def test_a_line_out_and_back_in_an_outline_is_taken_off_and_told(name: str) -> None:
    """The ground inside is that of the file, as summed along its outline."""
    register = import_register(SHARED / name, WGS84)
    assert register.report.refused == []
    told = [note for note in register.report.notes if "out and back" in note]
    assert len(told) == len(SPIKED) and all(
        name in note for name, note in zip(sorted(SPIKED), sorted(told, key=_name), strict=True)
    )
    as_drawn = {
        one["properties"]["name"]: shapely.from_geojson(json.dumps(one["geometry"]))
        for one in json.loads((SHARED / name).read_text("utf-8"))["features"]
    }
    for one in register.premises:
        assert one.geometry.is_valid
        assert one.geometry.area == pytest.approx(as_drawn[one.name].area, rel=1e-9)
        corners = set(map(tuple, shapely.get_coordinates(as_drawn[one.name])))
        assert set(map(tuple, shapely.get_coordinates(one.geometry))) <= corners


def _name(note: str) -> str:
    return note.split()[2]


def test_the_two_versions_of_the_districts_are_one_within_a_centimetre() -> None:
    known = {one.name: one for one in import_register(SHARED / DISTRICTS, WGS84).premises}
    ours = import_register(SHARED / DISTRICTS_GCJ02, GCJ02).premises
    assert len(ours) == len(known) == 11
    assert max(apart_m(one.geometry, known[one.name].geometry) for one in ours) < 0.01


def test_every_corner_of_all_eleven_districts_agrees_within_a_centimetre() -> None:
    corners = [
        np.concatenate(
            [
                shapely.get_coordinates(shapely.from_geojson(json.dumps(one["geometry"])))
                for one in json.loads((SHARED / name).read_text("utf-8"))["features"]
            ]
        )
        for name in (DISTRICTS_GCJ02, DISTRICTS)
    ]
    ours, known = GCJ02.to_wgs84(corners[0]), corners[1]
    assert len(ours) == len(known) > 1000
    away = east_north(ours[:, 1], ours[:, 0], known[:, 1], known[:, 0])
    assert np.hypot(*away).max() < 0.01


def test_districts_read_as_wgs84_are_caught_540_metres_off() -> None:
    report = import_register(
        SHARED / DISTRICTS_GCJ02, WGS84, compare=[str(SHARED / DISTRICTS)]
    ).report
    (against,) = report.comparisons
    assert report.mislabelled
    assert against.shift.meant == "gcj02"
    assert against.shift.east_m == pytest.approx(494, abs=20)
    assert against.shift.north_m == pytest.approx(-224, abs=20)


def test_forty_metres_north_east_of_an_imported_outline_is_said_so() -> None:
    """The way from the outline's north-eastern corner is PROJ's."""
    premises = import_register(SHARED / "syn_premises_cgcs2000_gk120.gpkg").premises
    corners = shapely.get_coordinates(premises[0].geometry)
    corner = corners[np.argmax(corners @ [np.cos(np.radians(31.86)), 1.0])]
    lon, lat, _ = pyproj.Geod(ellps="WGS84").fwd(*corner, 45.0, 40.0)
    point = GroundPoint(
        lat_deg=lat, lon_deg=lon, range_m=200.0, cov_ee_m2=25.0, cov_en_m2=0.0, cov_nn_m2=25.0
    )
    index = PremisesIndex(premises)
    near = index.nearest(lat, lon)
    assert index.rank(point) == []
    assert near is not None
    assert near.distance_m == pytest.approx(40.0, abs=1e-3)
    assert near.bearing_deg == pytest.approx(45.0, abs=1e-3)
    seen = Evidence(
        key=Key(device_id="UAV-07", boot_id="b1", seq=1), t_capture_s=0.0, t_received_s=0.5,
        historic=False, sha256="0" * 64, width_px=1280, height_px=720, label=Label.SMOKE,
        score=0.9, box=Box(x0_px=0, y0_px=0, x1_px=10, y1_px=10), point=point,
        premises=(
            LikelyPremises(
                premises_id=near.premises.premises_id, name=near.premises.name,
                category=near.premises.category, risk=near.premises.risk,
                probability=near.probability, distance_m=near.distance_m,
                bearing_deg=near.bearing_deg,
            ),
        ),
    )  # fmt: skip
    assert "near 合成厂房1号, 40 m north-east of it" in place_in_words(seen, "en")
    assert "合成厂房1号东北约40米处" in place_in_words(seen, "zh")
