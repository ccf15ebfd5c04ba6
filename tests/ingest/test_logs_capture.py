"""Live captures, read back as flights and as the messages they were."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ingest.errors import BadLog
from ingest.logs import capture
from ingest.logs.capture_flat import unflattened
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity
from tools.log_writers.patrol import HOME, patrol
from tools.log_writers.tables import SERIAL, capture_dji

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "live-mqtt"
SAMPLES = Path(__file__).parents[2] / "sample_flights"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/data is not on this machine"
)
FIX = {"boot_id": "b1", "seq": 1, "t_device_s": 1_772_352_000.0, "lat_deg": 32.1, "lon_deg": 118.1}


def read(folder: Path, *lines: object) -> Flight:
    path = folder / "capture.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert capture.READER.recognise(path.read_bytes())
    return capture.READER.read(path)


@needs_shared
@pytest.mark.parametrize("name", ["dji_osd_capture_0.jsonl", "dji_osd_capture_1.jsonl"])
def test_every_line_of_djis_captures_is_a_sample_on_the_receivers_clock(name: str) -> None:
    flight = capture.READER.read(SHARED / name)
    told = [json.loads(line) for line in (SHARED / name).read_text().splitlines()]
    track = flight.track
    assert track.t_s.tolist() == [one["timestamp"] for one in told]
    assert track.lat_deg.tolist() == [one["data"]["latitude"] for one in told]
    assert track.lon_deg.tolist() == [one["data"]["longitude"] for one in told]
    assert track.height_takeoff_m.tolist() == [one["data"]["elevation"] for one in told]
    assert track.height_ellipsoid_m.tolist() == [one["data"]["height"] for one in told]
    assert bool(track.mappable.all())
    assert (flight.clock, flight.gimbal) == (Clock.RECEIVER, GimbalKnown.NO)
    assert (flight.device, flight.messages) == (None, ()), "nobody says which aircraft it was"


@needs_shared
def test_autels_merged_message_is_one_sample_with_its_gimbal() -> None:
    path = SHARED / "autel_evo_max_osd_events_merged.json"
    assert capture.READER.recognise(path.read_bytes()[:4096]), "an object over many lines"
    flight = capture.READER.read(path)
    track = flight.track
    assert (len(track), flight.clock) == (1, Clock.UTC)
    assert (track.t_s[0], track.lat_deg[0]) == (1765729922.498, 60.31954)
    assert (track.gimbal_yaw_deg[0], track.hfov_deg[0]) == (-168.69, 58.59527)
    assert flight.gimbal is GimbalKnown.WORLD


@needs_shared
def test_autels_flattened_snapshots_give_the_aircraft_and_not_its_controller() -> None:
    path = SHARED / "autel_snapshots.jsonl"
    flight = capture.READER.read(path)
    told = [json.loads(line) for line in path.read_text().splitlines()]
    flown = [one for one in told if "data_attitude_head" in one and "data_latitude" in one]
    assert flight.track.lat_deg.tolist() == [one["data_latitude"] for one in flown]
    fixed = [one.get("data_position_state_is_fixed", 2) in {2, 3} for one in flown]
    assert flight.track.mappable.tolist() == fixed
    assert fixed.count(False) == 5
    assert (flight.rejected[0].count, flight.rejected[0].where) == (1, "line 1"), "no time"
    assert flight.clock is Clock.UTC


@needs_shared
def test_a_report_about_a_capture_is_no_capture() -> None:
    head = (SHARED / "autel_evo_max_influx_dump.txt").read_bytes()[:65536]
    assert not capture.READER.recognise(head)


def test_the_patrol_comes_back_with_its_messages_as_they_were(tmp_path: Path) -> None:
    truth, path = patrol(), tmp_path / "capture.jsonl"
    path.write_bytes(capture_dji(truth))
    flight = capture.READER.read(path)
    track = flight.track
    assert (flight.device, flight.home, flight.clock) == (SERIAL, HOME, Clock.UTC)
    assert track.t_s == pytest.approx([one.t_s for one in truth], abs=1e-3)
    assert track.mappable.tolist() == [one.has_fix for one in truth]
    assert track.lat_deg[5:].tolist() == [one.lat_deg for one in truth[5:]]
    assert track.height_takeoff_m.tolist() == [one.height_takeoff_m for one in truth]
    assert track.height_ellipsoid_m.tolist() == [one.height_ellipsoid_m for one in truth]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one.topic for one in flight.messages] == [line["topic"] for line in lines]
    assert [json.loads(one.payload) for one in flight.messages] == [one["payload"] for one in lines]
    assert flight.messages[0].t_received_s == pytest.approx(truth[0].t_s + 0.04)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample flights are not in this checkout")
def test_our_own_recorded_flight_is_read_and_says_that_pictures_lie_elsewhere() -> None:
    path = SAMPLES / "chemical_store" / "flight.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    pictures = sum("jpeg" in line for line in lines)
    flight = capture.READER.read(path)
    assert len(flight.messages) == len(lines) - pictures
    (rejected,) = flight.rejected
    assert (rejected.reason, rejected.count) == ("a picture that lies in another file", pictures)
    assert flight.integrity is Integrity.COMPLETE


@pytest.mark.parametrize(
    "payload",
    [
        {"payload": FIX},
        {"payload": json.dumps(FIX)},
        {"raw_base64": base64.b64encode(json.dumps(FIX).encode()).decode()},
    ],
    ids=["object", "text", "base64"],
)
def test_a_payload_may_be_json_text_or_base64(tmp_path: Path, payload: dict[str, object]) -> None:
    topic = "uav/uav-01/fix"
    flight = read(tmp_path, {"tst": "2026-03-01T16:00:01+0800", "topic": topic, **payload})
    (message,) = flight.messages
    assert json.loads(message.payload) == FIX
    assert message.t_received_s == 1_772_352_001.0
    assert flight.track.lat_deg.tolist() == [32.1]
    assert flight.device == "uav-01"


def test_a_bad_line_costs_itself_and_a_cut_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    good = json.dumps({"t_s": 1_772_352_000.5, "topic": "uav/uav-01/fix", "payload": FIX})
    path.write_text(f"{good}\n}}\n{good[:-30]}")
    flight = capture.READER.read(path)
    assert len(flight.track) == 1
    assert [one.where for one in flight.rejected] == ["line 2", "line 3"]
    assert (flight.integrity, flight.recovered) == (Integrity.CORRUPT, 1 / 3)
    path.write_text(f"{good}\n{good[:-30]}")
    flight = capture.READER.read(path)
    assert (flight.integrity, flight.damage) == (Integrity.TRUNCATED, "cut inside line 2")


def test_a_message_of_a_topic_without_a_decoder_is_kept_and_counted(tmp_path: Path) -> None:
    strange = {"t_s": 1_772_352_000.0, "topic": "kitchen/lamp", "payload": {"on": 1}}
    flight = read(tmp_path, strange)
    assert (len(flight.messages), len(flight.track)) == (1, 0)
    assert "no decoder" in flight.rejected[0].reason
    assert flight.integrity is Integrity.COMPLETE


def test_no_message_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="not one message"):
        read(tmp_path, {"topic": "uav/uav-01/fix", "payload": {"seq": 1}})


def test_flat_names_find_their_place_again() -> None:
    flat = {
        "data_latitude": 1.0,
        "data_10052-0-0_gimbal_yaw": 2.0,
        "data_cameras_0_zoom_fov_h": 3.0,
        "data_drone_list_0_position_state_is_fixed": 4.0,
        "timestamp": 5.0,
    }
    assert json.loads(unflattened(json.dumps(flat).encode())) == {
        "timestamp": 5.0,
        "data": {
            "latitude": 1.0,
            "10052-0-0": {"gimbal_yaw": 2.0},
            "cameras": [{"payload_index": "10052-0-0", "zoom_fov_h": 3.0}],
            "drone_list": [{"sn": "drone-0", "position_state": {"is_fixed": 4.0}}],
        },
    }
