"""CZML against the CZML guide: packets, intervals, samples."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from alerts.export import czml
from alerts.export.track import segments_of
from tests.alerts.export_scene import EVIL, content, file_of, fixes

PACKETS: list[dict[str, Any]] = json.loads(file_of(czml.write(content())))
TRACKS = [packet for packet in PACKETS if packet["id"].startswith("track/")]


def test_the_first_packet_is_the_document() -> None:
    document = PACKETS[0]
    assert (document["id"], document["version"]) == ("document", "1.0")
    start, stop = document["clock"]["interval"].split("/")
    assert datetime.fromisoformat(start) < datetime.fromisoformat(stop)


def test_every_packet_has_an_id_of_its_own() -> None:
    ids = [packet["id"] for packet in PACKETS]
    assert len(set(ids)) == len(ids)
    assert {packet["parent"] for packet in PACKETS if "parent" in packet} <= set(ids)


def test_samples_are_seconds_since_the_epoch_longitude_latitude_height() -> None:
    for packet, segment in zip(TRACKS, segments_of(fixes()), strict=True):
        flat = packet["position"]["cartographicDegrees"]
        samples = [flat[i : i + 4] for i in range(0, len(flat), 4)]
        assert len(flat) == 4 * len(segment.fixes)
        assert [place[1:3] for place in samples] == [
            pytest.approx([lon, lat], abs=1e-7) for lon, lat in segment.places()
        ]
        assert all(a[0] < b[0] for a, b in pairwise(samples))
        epoch, (start, stop) = packet["position"]["epoch"], packet["availability"].split("/")
        passed_s = datetime.fromisoformat(stop) - datetime.fromisoformat(epoch)
        assert epoch == start
        assert samples[-1][0] == pytest.approx(passed_s.total_seconds(), abs=2e-3)


def test_only_heights_above_the_ellipsoid_fly() -> None:
    whole, *others = TRACKS[2:] + TRACKS[:2]
    assert whole["position"]["cartographicDegrees"][3::4] == [133.5 + i for i in range(51)]
    assert "path" in whole and "heightReference" not in whole["point"]
    for packet in others:
        assert set(packet["position"]["cartographicDegrees"][3::4]) == {0}
        assert packet["point"]["heightReference"] == "CLAMP_TO_GROUND"
        assert "path" not in packet and packet.get("polyline", {}).get("clampToGround", True)
        assert "clamped to the ground" in packet["properties"]["heights"]["string"]


def test_what_else_is_known_of_each_fix_is_in_the_properties_over_time() -> None:
    """As CZML samples numbers: seconds since the epoch and a value, over and over."""
    for packet, segment in zip(TRACKS, segments_of(fixes()), strict=True):
        for name, values in segment.columns().items():
            sampled = packet["properties"][name]
            assert sampled["epoch"] == packet["position"]["epoch"]
            assert sampled["number"][1::2] == [value for value in values if value is not None]
            times = packet["position"]["cartographicDegrees"][::4]
            assert sampled["number"][::2] == [
                t_s for t_s, value in zip(times, values, strict=True) if value is not None
            ]
    assert "height_msl_m" in TRACKS[2]["properties"]


def test_names_are_escaped_where_cesium_shows_html() -> None:
    point = next(packet for packet in PACKETS if packet["id"] == "inc-point")
    assert "<script" not in point["description"]
    assert "&lt;script&gt;" in point["description"]
    assert EVIL in point["properties"]["headline_en"]["string"]


def test_an_incident_without_a_point_has_no_position() -> None:
    by_id = {packet["id"]: packet for packet in PACKETS}
    assert "position" not in by_id["inc-sector"]
    assert "polygon" in by_id["inc-sector/outline/1"]
    assert "position" not in by_id["inc-lost"]
    assert "inc-lost/outline/1" not in by_id
