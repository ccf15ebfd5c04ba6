"""KML read back as XML, its balloons as HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from alerts.export import kml
from alerts.export.markup import element, xml
from alerts.export.track import segments_of
from tests.alerts.export_scene import EVIL, POINT, content, file_of, fixes

FILE = file_of(kml.write(content()))
NAMES = {"k": kml.NAMESPACE, "gx": kml.GX_NAMESPACE}


@pytest.fixture(scope="module")
def tracks() -> list[Element]:
    return ElementTree.fromstring(FILE).findall(".//gx:Track", NAMES)


class Tags(HTMLParser):
    """The tags a browser would see, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_each_segment_is_a_track_with_a_time_for_each_place(tracks: list[Element]) -> None:
    segments = segments_of(fixes())
    assert len(tracks) == len(segments)
    for track, segment in zip(tracks, segments, strict=True):
        coordinates = [c.text or "" for c in track.findall("gx:coord", NAMES)]
        assert len(coordinates) == len(track.findall("k:when", NAMES)) == len(segment.fixes)
        for said, (lon, lat) in zip(coordinates, segment.places(), strict=True):
            assert [float(axis) for axis in said.split()[:2]] == pytest.approx([lon, lat], abs=1e-7)


def test_the_altitude_mode_follows_the_datum(tracks: list[Element]) -> None:
    modes = [track.findtext("k:altitudeMode", None, NAMES) for track in tracks]
    assert modes[2:] == ["absolute", "relativeToGround", "clampToGround"]
    absolute, relative, clamped = tracks[2:]
    assert _heights(absolute) == [131.25 + i for i in range(51)]
    assert _heights(relative) == [100.0] * 21
    assert _heights(clamped) == [0.0]


def _heights(track: Element) -> list[float]:
    return [float((c.text or "").split()[2]) for c in track.findall("gx:coord", NAMES)]


def test_the_file_says_which_heights_it_shows() -> None:
    says = [
        placemark.findtext("k:description", "", NAMES)
        for placemark in ElementTree.fromstring(FILE).findall(".//k:Folder/k:Placemark", NAMES)
    ]
    assert "above mean sea level" in says[2]
    assert "above the take-off point" in says[3]
    assert "on the ground" in says[4]


def test_arrays_have_a_value_for_each_place(tracks: list[Element]) -> None:
    for track in tracks:
        places = len(track.findall("gx:coord", NAMES))
        for array in track.findall(".//gx:SimpleArrayData", NAMES):
            assert len(array.findall("gx:value", NAMES)) == places


def test_an_incident_is_its_point_and_its_ellipse() -> None:
    root = ElementTree.fromstring(FILE)
    point, sector, lost = root.findall("k:Document/k:Placemark", NAMES)
    said = point.findtext(".//k:Point/k:coordinates", "", NAMES).split(",")
    assert [float(a) for a in said] == pytest.approx([POINT.lon_deg, POINT.lat_deg], abs=1e-7)
    assert len(point.findall(".//k:Polygon", NAMES)) == 1
    assert sector.find(".//k:Point", NAMES) is None
    assert len(sector.findall(".//k:Polygon", NAMES)) == 1
    assert lost.find("k:MultiGeometry", NAMES) is None


def test_names_are_text_in_xml_and_in_the_balloon() -> None:
    root = ElementTree.fromstring(FILE)
    point = root.find("k:Document/k:Placemark", NAMES)
    assert point is not None
    assert f"Smoke at {EVIL}" in point.findtext("k:name", "", NAMES)
    balloon = Tags()
    balloon.feed(point.findtext("k:description", "", NAMES))
    assert balloon.tags == {"br"}
    assert EVIL in balloon.text


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb"])
def test_what_xml_cannot_hold_is_replaced(text: str) -> None:
    made = ElementTree.fromstring(xml(element("name", text, role=text)))
    assert made.text == "a\N{REPLACEMENT CHARACTER}b"
    assert made.attrib["role"] == "a\N{REPLACEMENT CHARACTER}b"
