"""GPX as gpxpy and the schema of GPX 1.1 read it."""

from __future__ import annotations

from xml.etree import ElementTree

import gpxpy
import pytest
from gpxpy.gpx import GPX

from alerts.export import gpx
from alerts.export.track import segments_of
from tests.alerts.export_scene import EVIL, MAPPABLE, POINT, SEGMENTS, content, file_of, fixes

FILE = file_of(gpx.write(content()))
ROOM = f"{{{gpx.NAMESPACE}}}"
SEQUENCES = {
    "gpx": "metadata wpt rte trk extensions",
    "metadata": "name desc author copyright link time keywords bounds extensions",
    "wpt": "ele time magvar geoidheight name cmt desc src link sym type fix sat hdop vdop pdop"
    " ageofdgpsdata dgpsid extensions",
    "rte": "name cmt desc src link number type extensions rtept",
    "trk": "name cmt desc src link number type extensions trkseg",
    "trkseg": "trkpt extensions",
}
"""The order of elements in https://www.topografix.com/GPX/1/1/gpx.xsd."""
SEQUENCES |= {"trkpt": SEQUENCES["wpt"], "rtept": SEQUENCES["wpt"]}


@pytest.fixture(scope="module")
def read() -> GPX:
    return gpxpy.parse(FILE.decode())


def test_positions_and_times_come_back(read: GPX) -> None:
    points = [point for track in read.tracks for s in track.segments for point in s.points]
    flown = [fix for segment in segments_of(fixes()) for fix in segment.fixes]
    assert len(points) == MAPPABLE
    for point, fix in zip(points, flown, strict=True):
        assert fix.lat_deg is not None and fix.lon_deg is not None and point.time is not None
        assert point.latitude == pytest.approx(fix.lat_deg, abs=1e-7)
        assert point.longitude == pytest.approx(fix.lon_deg, abs=1e-7)
        assert point.time.timestamp() == pytest.approx(fix.t_device_s, abs=6e-4)


def test_gaps_are_segments(read: GPX) -> None:
    assert sum(len(track.segments) for track in read.tracks) == SEGMENTS
    assert len(read.tracks) == 2


def test_only_heights_above_the_sea_are_elevations(read: GPX) -> None:
    points = [point for track in read.tracks for s in track.segments for point in s.points]
    elevations = [point.elevation for point in points if point.elevation is not None]
    assert elevations == [131.25 + i for i in range(51)]


def test_incidents_are_waypoints_and_their_outlines_routes(read: GPX) -> None:
    (waypoint,) = read.waypoints
    assert waypoint.latitude == pytest.approx(POINT.lat_deg, abs=1e-7)
    assert waypoint.longitude == pytest.approx(POINT.lon_deg, abs=1e-7)
    assert [(len(route.points), route.type) for route in read.routes] == [
        (65, "error ellipse, 95%"),
        (19, "bearing, 95%, drawn 1000 m long: distance unknown"),
    ]
    assert read.description is not None and "inc-lost" in read.description


def test_elements_stand_in_the_order_of_the_schema() -> None:
    for parent in ElementTree.fromstring(FILE).iter():
        name = parent.tag.removeprefix(ROOM)
        if name in SEQUENCES:
            places = [
                SEQUENCES[name].split().index(child.tag.removeprefix(ROOM)) for child in parent
            ]
            assert places == sorted(places), name


def test_coordinates_are_in_the_schemas_range() -> None:
    for point in ElementTree.fromstring(FILE).iter():
        if "lon" in point.attrib:
            assert -180 <= float(point.attrib["lon"]) < 180
            assert -90 <= float(point.attrib["lat"]) <= 90


def test_names_are_text_never_markup(read: GPX) -> None:
    assert b"<script" not in FILE and b"]]>" not in FILE
    assert read.name == f"Test {EVIL}"
    assert read.waypoints[0].name == f"Smoke at {EVIL}"
