"""Whatever arrives, a decoder answers with a record or with BadMessage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import BadMessage
from ingest.records import Decoded
from ingest.wire.envelope import MAGIC
from ingest.wire.mapping import Mapping, Scaled
from ingest.wire.table import Decoders

DECODERS = Decoders(
    [
        Mapping(
            topic="any/+/json",
            t_device=Scaled(path="data.t", scale=1e300),
            lat_deg="data.0.latitude",
            lon_deg="",
            boot_id="data.boot",
            seq="timestamp",
            fix="data.fix",
        )
    ]
)
TOPICS = [one.replace("+", "uav-01") for one in DECODERS.subscriptions()]
NESTED = {"sn": "1748FEV3HMM825451479", "latitude": 60.3, "longitude": 24.8}
VALID: dict[str, Any] = {
    "t_device_s": 1.7676e9,
    "t_capture_s": 1.7676e9,
    "device_id": "uav-01",
    "boot_id": "b",
    "seq": 1,
    "lat_deg": 32.0,
    "lon_deg": 118.0,
    "timestamp": 1767600000250,
    "tid": "t",
    "bid": "b",
    "need_reply": 1,
    "data": {
        "latitude": 22.9,
        "longitude": 113.7,
        "home_latitude": 22.9,
        "home_longitude": 113.7,
        "position_state": {"is_fixed": 2},
        "53-0-0": {"gimbal_yaw": 1.0, "gimbal_pitch": 2.0, "measure_target_error_state": 0},
        "cameras": [{"payload_index": "53-0-0", "zoom_factor": 2}],
        "drone_list": [NESTED],
        "sub_devices": [{"sn": "x", "nonce": "y"}],
        "t": 1,
    },
}
TEXT = json.dumps(VALID).encode()
ENVELOPE = MAGIC + len(TEXT).to_bytes(4, "big") + TEXT + b"\xff\xd8\xff\xd9"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([2**64, -(2**70), 10**300, 1e308, -0.0, "1e999", "nan", "\x00", "0" * 400])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(list(VALID["data"])) | st.text(max_size=4), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def answers(topic: str, payload: bytes, t_received_s: float = 1.7676e9) -> None:
    said: Decoded | BadMessage
    try:
        said = DECODERS.decode(topic, payload, t_received_s)
    except BadMessage as exc:
        said = exc
    if isinstance(said, Decoded):
        assert said.records
    else:
        assert (said.topic, bool(said.reason)) == (topic, True)


@given(topic=st.sampled_from(TOPICS) | st.text(), payload=st.binary(max_size=200))
def test_random_bytes_never_crash_a_decoder(topic: str, payload: bytes) -> None:
    answers(topic, payload)
    answers(topic, MAGIC + payload)


@settings(max_examples=300)
@given(
    topic=st.sampled_from(TOPICS),
    flips=st.lists(st.tuples(st.integers(0, len(ENVELOPE) - 1), st.integers(0, 7)), max_size=4),
)
def test_flipped_bits_never_crash_a_decoder(topic: str, flips: list[tuple[int, int]]) -> None:
    harmed = bytearray(ENVELOPE if topic.endswith("frame") else TEXT.ljust(len(ENVELOPE)))
    for at, bit in flips:
        harmed[at] ^= 1 << bit
    answers(topic, bytes(harmed))


@settings(max_examples=400)
@given(
    topic=st.sampled_from(TOPICS),
    field=st.sampled_from(list(VALID)),
    inner=st.sampled_from(list(VALID["data"])),
    value=values,
    t_received_s=st.floats(0, 4e9),
)
def test_any_value_in_any_field_never_crashes_a_decoder(
    topic: str, field: str, inner: str, value: Any, t_received_s: float
) -> None:
    for message in ({**VALID, field: value}, {**VALID, "data": {**VALID["data"], inner: value}}):
        text = json.dumps(message).encode()
        answers(
            topic,
            MAGIC + len(text).to_bytes(4, "big") + text if "frame" in topic else text,
            t_received_s,
        )


DEEP = b"[" * 100_000 + b"]" * 100_000
DEEP_OBJECT = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
HOSTILE = {
    "deep": DEEP,
    "deep object": DEEP_OBJECT,
    "deep in data": b'{"data":{"x":' + DEEP + b"}}",
    "just too deep to write": b'{"data":{"sub_devices":[{"x":' + b"[" * 950 + b"]" * 950 + b"}]}}",
    "deep data": b'{"timestamp":1,"data":' + DEEP_OBJECT + b"}",
    "deep unknown field": b'{"t_device_s":1,"x":' + DEEP + b"}",
    "NaN": b'{"t_device_s":NaN,"data":{"latitude":NaN}}',
    "infinity": b'{"t_device_s":1e999,"timestamp":-Infinity,"data":{}}',
    "huge int": b'{"t_device_s":1,"seq":' + b"9" * 5000 + b',"data":{"latitude":1}}',
    "huge int in data": b'{"t_device_s":1,"data":{"sub_devices":['
    + b"9" * 300
    + b'],"x":'
    + b"9" * 300
    + b"}}",
    "int beyond any float": b'{"data":{"latitude":' + b"9" * 400 + b',"sub_devices":[]}}',
    "huge time": b'{"timestamp":' + b"9" * 300 + b',"data":{}}',
    "doubled keys": b'{"t_device_s":1,"t_device_s":2,"data":{"latitude":1,"latitude":2}}',
    "doubled data": b'{"t_device_s":1,"data":1,"data":{}}',
    "surrogate": b'{"t_device_s":1,"camera":"\\ud800","data":{"x":"\\ud800"}}',
    "bad UTF-8": b'{"t_device_s":1,"data":{"x":"\xff"}}',
    "bad UTF-8 beside data": b'{"tid":"\xff","bid":"\xff","data":{}}',
    "UTF-8 mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"t_device_s":1}'.encode("utf-16"),
}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_never_crashes_a_decoder(topic: str, name: str) -> None:
    answers(topic, HOSTILE[name])
    head = HOSTILE[name]
    answers(topic, MAGIC + len(head).to_bytes(4, "big") + head + b"\xff\xd8\xff\xd9")


def test_no_depth_of_nesting_crashes_a_decoder() -> None:
    for depth in range(900, 1020):
        body = b'{"data":{"latitude":1,"x":' + b"[" * depth + b"]" * depth + b"}}"
        for topic in TOPICS:
            answers(topic, body)


def test_the_last_of_two_equal_keys_counts() -> None:
    (fix,) = DECODERS.decode("uav/uav-01/fix", HOSTILE["doubled keys"], 0.0).records
    assert fix.key.seq == 2000
