"""DJI's and Autel's dialect: the traps found in documents and captures, by hand-made messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.errors import BadMessage
from ingest.records import Attitude, Decoded, Fix, Home, Note, Quality
from ingest.wire.keys import digest
from ingest.wire.table import Decoders

T_MS = 1_767_600_000_250
T = T_MS / 1000
OSD = "thing/product/1581F5BKD225D00BP891/osd"


def decode(body: dict[str, Any], topic: str = OSD) -> Decoded:
    return Decoders().decode(topic, json.dumps(body).encode(), T + 1)


def fix_of(data: dict[str, Any], **envelope: Any) -> Fix:
    record = decode({"timestamp": T_MS, **envelope, "data": data}).records[0]
    assert isinstance(record, Fix)
    return record


PLACE = {"latitude": 22.9, "longitude": 113.7}


def test_height_is_above_the_ellipsoid_and_elevation_above_takeoff() -> None:
    fix = fix_of({**PLACE, "height": -6.5, "elevation": 79.9})
    assert (fix.height_ellipsoid_m, fix.height_takeoff_m, fix.height_msl_m) == (-6.5, 79.9, None)


def test_the_payload_key_gives_gimbal_camera_and_zoom() -> None:
    fix = fix_of(
        {
            **PLACE,
            "attitude_head": -91.4,
            "attitude_pitch": -3.1,
            "attitude_roll": 0.4,
            "53-0-0": {"gimbal_pitch": -32.9, "gimbal_roll": 0, "gimbal_yaw": -106.6},
            "cameras": [{"payload_index": "53-0-0", "zoom_factor": 5.0}],
        }
    )
    assert fix.aircraft == Attitude(yaw_deg=-91.4, pitch_deg=-3.1, roll_deg=0.4)
    assert fix.gimbal == Attitude(yaw_deg=-106.6, pitch_deg=-32.9)
    assert (fix.camera, fix.zoom, fix.hfov_deg) == ("M30T", 5.0, None)


def test_zero_before_the_first_fix_is_not_a_place_even_with_a_height() -> None:
    data = {"latitude": 0, "longitude": 0, "height": 16.16, "position_state": {"is_fixed": 0}}
    fix = fix_of(data)
    assert (fix.quality, fix.mappable) == (Quality.ZERO, False)
    assert fix.height_ellipsoid_m == 16.16


@pytest.mark.parametrize(
    ("is_fixed", "autel", "expected"),
    [
        (2, {}, Quality.OK),
        ("2", {}, Quality.OK),
        (0, {}, Quality.NO_FIX),
        (1, {}, Quality.NO_FIX),
        (3, {}, Quality.NO_FIX),
        (3, {"10052-0-0": {}}, Quality.OK),
        (2, {"pos_type": "34"}, Quality.OK),
        (0, {"10052-0-0": {}}, Quality.NO_FIX),
    ],
)
def test_three_means_failed_at_dji_and_rtk_at_autel(
    is_fixed: Any, autel: dict[str, Any], expected: Quality
) -> None:
    assert fix_of({**PLACE, "position_state": {"is_fixed": is_fixed}, **autel}).quality is expected


def test_no_position_state_at_all_is_trusted_as_real_captures_have_none() -> None:
    assert fix_of(PLACE).quality is Quality.OK


@pytest.mark.parametrize("name", ["timestamp", "timestamp:"])
@pytest.mark.parametrize("value", [T_MS, T, str(T_MS)])
def test_the_time_is_read_in_seconds_or_milliseconds_and_under_its_misspelt_name(
    name: str, value: Any
) -> None:
    (record,) = decode({name: value, "data": PLACE}).records
    assert isinstance(record, Fix)
    assert record.t_device_s == pytest.approx(T, abs=1e-6)
    assert record.key.seq == T_MS
    assert record.key.boot_id == "day-20260105"


def test_without_a_time_the_time_of_arrival_stands_in() -> None:
    (record,) = decode({"data": PLACE}).records
    assert isinstance(record, Fix)
    assert record.t_device_s == T + 1


def test_a_track_id_is_not_a_boot() -> None:
    assert fix_of({**PLACE, "track_id": "abc"}).key.boot_id == "day-20260105"


def test_a_number_written_as_text_is_a_number() -> None:
    assert fix_of({"latitude": "22.9", "longitude": "113.7"}).lat_deg == 22.9
    assert fix_of({**PLACE, "67-0-0": {"gimbal_yaw": "-91.40", "gimbal_pitch": "-5"}}).gimbal == (
        Attitude(yaw_deg=-91.4, pitch_deg=-5.0)
    )


def test_swapped_coordinates_are_kept_but_are_no_place() -> None:
    fix = fix_of({"latitude": 113.44444, "longitude": 23.45656})
    assert (fix.quality, fix.lat_deg) == (Quality.ABSENT, 113.44444)


def test_sixty_seven_as_a_payload_is_the_m3t_and_not_the_m30() -> None:
    payload = {"gimbal_yaw": 1.0, "gimbal_pitch": -2.0}
    assert fix_of({**PLACE, "67-0-0": payload}).camera == "M3T"


def test_the_nose_camera_is_passed_over_and_the_first_gimbal_port_chosen() -> None:
    fix = fix_of(
        {
            **PLACE,
            "39-0-7": {"gimbal_yaw": 1.0, "gimbal_pitch": 1.0},
            "61-0-1": {"gimbal_yaw": 2.0, "gimbal_pitch": 2.0},
            "42-0-0": {"gimbal_yaw": 3.0, "gimbal_pitch": 3.0},
            "9-9": {"gimbal_yaw": 4.0, "gimbal_pitch": 4.0},
        }
    )
    assert (fix.camera, fix.gimbal) == ("H20", Attitude(yaw_deg=3.0, pitch_deg=3.0))


@pytest.mark.parametrize("index", ["39-0-7", "165-0-0"])
def test_a_nose_or_dock_camera_alone_is_no_gimbal(index: str) -> None:
    fix = fix_of({**PLACE, index: {"gimbal_yaw": 1.0, "gimbal_pitch": 1.0}})
    assert (fix.camera, fix.gimbal) == (None, None)


@pytest.mark.parametrize(("state", "notes"), [(0, 1), (1, 0), (3, 0)])
def test_a_laser_distance_beside_an_error_state_is_no_hit(state: int, notes: int) -> None:
    target = {
        "measure_target_latitude": 22.91,
        "measure_target_longitude": 113.71,
        "measure_target_distance": 4.2,
        "measure_target_error_state": state,
    }
    records = decode({"timestamp": T_MS, "data": {**PLACE, "61-0-0": target}}).records
    laser = [one for one in records if isinstance(one, Note)]
    assert [one.kind for one in laser] == ["laser_target"] * notes
    assert all(json.loads(one.body_json) == target for one in laser)


def test_a_dock_or_controller_without_a_position_is_a_note() -> None:
    raw = b'{"timestamp": 1767600000250, "data": {"job_number":  492, "huge": ' + b"9" * 40 + b"}}"
    (note,) = Decoders().decode(OSD, raw, T).records
    assert isinstance(note, Note)
    assert note.kind == "osd"
    assert note.body_json == '{"job_number":  492, "huge": ' + "9" * 40 + "}", "word for word"


def test_a_controllers_list_of_drones_gives_a_fix_of_each_under_its_own_number() -> None:
    drones = [
        {"sn": "1748FEV3HMM825451479", "latitude": 60.3, "longitude": 24.8, "elevation": 2.0},
        {"sn": "1748FEV3HMM825451479", "latitude": 1.0, "longitude": 1.0},
        {"sn": "NOPOSITION01"},
        {"sn": "no/such", "latitude": 1.0, "longitude": 1.0},
        {"sn": "TH7825451059", "latitude": 1.0, "longitude": 1.0},
        "drone",
    ]
    data = {"latitude": 0, "longitude": 0, "height": 0, "drone_list": drones}
    raw = json.dumps({"timestamp": T_MS, "data": data}).encode()
    own, nested = Decoders().decode("thing/product/TH7825451059/osd", raw, T).records
    assert isinstance(own, Fix)
    assert isinstance(nested, Fix)
    assert (own.key.device_id, own.quality) == ("TH7825451059", Quality.ZERO)
    assert (nested.key.device_id, nested.quality) == ("1748FEV3HMM825451479", Quality.OK)
    assert nested.key.tie == digest(raw), "another tie than the drone's own message has"


def test_a_list_of_a_thousand_drones_is_not_a_flood_of_records() -> None:
    drones = [{"sn": f"drone{number}", "latitude": 1, "longitude": 1} for number in range(1000)]
    assert len(decode({"data": {"drone_list": drones}}).records) == 65


def test_autel_tells_its_own_field_of_view() -> None:
    fix = fix_of(
        {
            **PLACE,
            "10052-0-0": {"gimbal_yaw": -31.1, "gimbal_pitch": -25.6, "zoom_factor": 1.56},
            "cameras": [{"payload_index": "10052-0-0", "zoom_fov_h": 40.404995}],
        }
    )
    assert (fix.camera, fix.zoom, fix.hfov_deg) == ("EVO Max 4T", 1.56, 40.404995)


def test_state_gives_a_home_point_only_where_it_tells_one() -> None:
    topic = OSD.replace("osd", "state")
    told = decode(
        {"timestamp": T_MS, "data": {"home_latitude": 22.9, "home_longitude": 113.7}}, topic
    )
    home, note = told.records
    assert isinstance(home, Home)
    assert isinstance(note, Note)
    assert (home.lat_deg, home.lon_deg, note.kind) == (22.9, 113.7, "state")
    for data in ({"home_latitude": 0, "home_longitude": 0}, {"firmware_version": "1"}):
        (only,) = decode({"timestamp": T_MS, "data": data}, topic).records
        assert isinstance(only, Note)


def test_an_event_is_answered_only_where_the_device_waits_for_it() -> None:
    topic = "thing/product/4TADKAQ000002J/events"
    body = {"tid": "t-1", "bid": "b-1", "timestamp": T_MS, "method": "hms", "data": {"list": []}}
    quiet = decode({**body, "need_reply": 0}, topic)
    assert quiet.reply is None
    (note,) = quiet.records
    assert isinstance(note, Note)
    assert note.kind == "hms"
    asked = decode({**body, "need_reply": 1}, topic)
    assert asked.reply is not None
    assert asked.reply.topic == "thing/product/4TADKAQ000002J/events_reply"
    assert json.loads(asked.reply.payload) == {
        "tid": "t-1",
        "bid": "b-1",
        "timestamp": T_MS + 1000,
        "method": "hms",
        "data": {"result": 0},
    }


def test_an_event_without_method_or_ids_is_kept_and_cannot_be_answered() -> None:
    told = decode({"data": {"reason": "0"}, "need_reply": 1}, OSD.replace("osd", "events"))
    (note,) = told.records
    assert isinstance(note, Note)
    assert (note.kind, told.reply) == ("events", None)


def test_a_topology_is_answered_and_its_secrets_are_not_kept() -> None:
    device = {"sn": "drone001", "device_secret": "s1", "nonce": "n1", "index": "A"}
    data = {"type": 98, "device_secret": "s2", "nonce": "n2", "sub_devices": [device]}
    told = decode(
        {"tid": "t", "bid": "b", "timestamp": T_MS, "method": "update_topo", "data": data},
        "sys/product/4TADKAQ000002J/status",
    )
    (note,) = told.records
    assert isinstance(note, Note)
    kept = {"type": 98, "sub_devices": [{"sn": "drone001", "index": "A"}]}
    assert (note.kind, json.loads(note.body_json)) == ("update_topo", kept)
    assert told.reply is not None
    assert told.reply.topic == "sys/product/4TADKAQ000002J/status_reply"
    assert json.loads(told.reply.payload)["data"] == {"result": 0}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"timestamp": 1}', "data"),
        (b'{"data": [1]}', "object"),
        (b'{"data": {}, "timestamp": "soon"}', "timestamp"),
        (b'{"data": {}, "timestamp": 1e20}', "9999"),
        (b'{"data": {}, "timestamp": -1}', "1970"),
        (b"not json", "JSON"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(raw: bytes, reason: str) -> None:
    with pytest.raises(BadMessage, match=reason):
        Decoders().decode(OSD, raw, T)
