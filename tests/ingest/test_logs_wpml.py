"""DJI missions: a real one against ElementTree, made ones, and templates."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ingest.errors import BadLog
from ingest.logs import wpml
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity, Waypoint
from tools.log_writers.patrol import patrol
from tools.log_writers.text import WRITERS

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "wpml"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/data is not on this machine"
)
KML = "{http://www.opengis.net/kml/2.2}"
WPML = "{http://www.dji.com/wpmz/1.0.2}"
HEAD = (
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:wpml="http://www.dji.com/wpmz/1.0.6">'
    "<Document><Folder>"
)
TAIL = "</Folder></Document></kml>"
POINT = "<Placemark><Point><coordinates>118.1,32.1</coordinates></Point>{more}</Placemark>"


def read(folder: Path, data: bytes | str) -> Flight:
    path = folder / "waylines.wpml"
    path.write_bytes(data if isinstance(data, bytes) else f"{HEAD}{data}{TAIL}".encode())
    assert wpml.READER.recognise(path.read_bytes()[:65536])
    return wpml.READER.read(path)


@needs_shared
def test_a_real_mission_is_its_waypoints_with_the_height_that_is_flown() -> None:
    path = SHARED / "waygen_waylines.wpml"
    marks = list(ET.parse(path).iter(f"{KML}Placemark"))
    expected = []
    for mark in marks:
        place = mark.findtext(f"{KML}Point/{KML}coordinates", "")
        lon, lat = place.split(",")[:2]
        expected.append((float(lat), float(lon), float(mark.findtext(f"{WPML}executeHeight", ""))))
    flight = wpml.READER.read(path)
    assert [(one.lat_deg, one.lon_deg, one.height_m) for one in flight.plan] == expected
    assert len(expected) == 12
    assert expected[0] == (34.98762809885949, -106.61822161449658, 50.0), "read by eye"
    assert {one.height_mode for one in flight.plan} == {"relativeToStartPoint"}
    assert (len(flight.track), flight.clock, flight.gimbal) == (0, Clock.NONE, GimbalKnown.NO)
    assert flight.dialect == "WPML 1.0.2"


@needs_shared
def test_a_template_without_waypoints_is_refused_with_what_to_give_instead() -> None:
    path = SHARED / "waygen_template.kml"
    assert wpml.READER.recognise(path.read_bytes())
    with pytest.raises(BadLog, match=r"without waypoints: give Plumeline waylines\.wpml"):
        wpml.READER.read(path)


def test_the_made_mission_comes_back_though_its_coordinates_break_lines(tmp_path: Path) -> None:
    truth = [one for one in patrol() if one.has_fix]
    flight = read(tmp_path, WRITERS["waylines.wpml"](patrol()))
    assert flight.dialect == "WPML 1.0.6"
    assert [one.lat_deg for one in flight.plan] == pytest.approx(
        [one.lat_deg for one in truth], abs=1e-9
    )
    assert [one.lon_deg for one in flight.plan] == pytest.approx(
        [one.lon_deg for one in truth], abs=1e-9
    )
    assert [one.height_m for one in flight.plan] == pytest.approx(
        [one.height_takeoff_m for one in truth], abs=1e-3
    )


def test_a_template_with_waypoints_gives_their_own_height_or_the_one_for_all(
    tmp_path: Path,
) -> None:
    modes = (
        "<wpml:waylineCoordinateSysParam><wpml:heightMode>EGM96</wpml:heightMode>"
        "</wpml:waylineCoordinateSysParam><wpml:globalHeight>90</wpml:globalHeight>"
    )
    own = POINT.format(
        more="<wpml:height>70</wpml:height><wpml:useGlobalHeight>0</wpml:useGlobalHeight>"
    )
    flight = read(tmp_path, modes + own + POINT.format(more=""))
    assert flight.plan == tuple(
        Waypoint(lat_deg=32.1, lon_deg=118.1, height_m=height_m, height_mode="EGM96")
        for height_m in (70, 90)
    )


def test_a_height_of_an_action_is_not_that_of_the_waypoint(tmp_path: Path) -> None:
    action = "<wpml:actionGroup><wpml:height>5</wpml:height></wpml:actionGroup>"
    flight = read(tmp_path, POINT.format(more=f"<wpml:height>60</wpml:height>{action}"))
    assert flight.plan[0].height_m == 60
    assert flight.plan[0].height_mode == "unknown"


def test_a_waypoint_without_a_position_is_counted(tmp_path: Path) -> None:
    flight = read(tmp_path, POINT.format(more="") + "<Placemark/>")
    assert (len(flight.plan), flight.integrity) == (1, Integrity.CORRUPT)
    assert flight.rejected[0].reason == "a waypoint without a position"


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_cut_mission_gives_the_waypoints_before_the_cut(tmp_path: Path, share: float) -> None:
    data = WRITERS["waylines.wpml"](patrol())
    piece = data[: int(len(data) * share)]
    flight = read(tmp_path, piece)
    assert len(flight.plan) == piece.count(b"</Placemark>")
    assert flight.integrity is Integrity.TRUNCATED
