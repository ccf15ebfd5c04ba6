"""GCJ-02 on request: shifted in every place, and said in every file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from alerts.export import czml, geojson, gpx, kml
from alerts.export.content import Content
from alerts.export.terms import Crs
from tests.alerts.export_scene import GEOD, content, file_of

WRITERS = {"gpx": gpx.write, "kml": kml.write, "czml": czml.write, "geojson": geojson.write}
SHIFT_M = (520.0, 570.0)
"""At Nanjing, by three public converters: 529 to 560 m, east-south-east."""


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_file_says_what_its_coordinates_are(write: Callable[[Content], Iterator[bytes]]) -> None:
    plain, shifted = file_of(write(content())).decode(), file_of(write(content(Crs.GCJ02))).decode()
    assert "GCJ-02" not in plain and "WGS84" in plain
    assert "(GCJ-02)" in shifted and "不是WGS84" in shifted
    assert "Coordinates: WGS84" not in shifted
    assert '"WGS84"' not in shifted and ">WGS84<" not in shifted


def test_tracks_points_and_outlines_are_shifted_alike() -> None:
    plain, shifted = content(), content(Crs.GCJ02)
    for here, there in zip(plain.segments, shifted.segments, strict=True):
        if here.device_id == "nj-01":
            for a, b in zip(here.places(), there.places(), strict=True):
                _is_shifted(a, b)
    for spot, moved_spot in zip(plain.spots, shifted.spots, strict=True):
        for ring, moved in zip(spot.outline, moved_spot.outline, strict=True):
            for a, b in zip(ring, moved, strict=True):
                _is_shifted(a, b)


def _is_shifted(a: tuple[float, float], b: tuple[float, float]) -> None:
    azimuth, _, length_m = GEOD.inv(*a, *b)
    assert SHIFT_M[0] < length_m < SHIFT_M[1]
    assert 105 < azimuth < 125


def test_outside_of_china_nothing_moves() -> None:
    for here, there in zip(content().segments, content(Crs.GCJ02).segments, strict=True):
        if here.device_id == "fj-01":
            assert [*here.places()] == [*there.places()]


def test_speeds_stay_those_flown() -> None:
    for here, there in zip(content().segments, content(Crs.GCJ02).segments, strict=True):
        assert here.speeds_mps == there.speeds_mps


def test_words_say_the_position_of_the_file() -> None:
    file = json.loads(file_of(geojson.write(content(Crs.GCJ02))))
    told = file["features"][0]
    lon, lat = told["geometry"]["coordinates"]
    said = re.search(r"([\d.]+)° N, ([\d.]+)° E", told["properties"]["place_en"])
    assert said is not None
    assert [float(said[1]), float(said[2])] == pytest.approx([lat, lon], abs=1e-6)
    assert told["properties"]["place_en"].endswith("(GCJ-02)")
