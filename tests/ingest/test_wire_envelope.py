"""The frame envelope and the reading of a JPEG's size."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import jpeg as jpeg_module
from ingest.errors import BadMessage
from ingest.jpeg import check_jpeg, jpeg_size
from ingest.records import Attitude, Frame, Key
from ingest.wire.envelope import MAX_ENVELOPE_BYTES, FrameHeader, encode
from ingest.wire.table import Decoders

TOPIC = "uav/uav-01/frame"
T = 1_767_600_000.25


def picture(width_px: int = 64, height_px: int = 48, *options: int) -> bytes:
    image = np.arange(width_px * height_px * 3, dtype=np.uint32).astype(np.uint8)
    done, data = cv2.imencode(".jpg", image.reshape(height_px, width_px, 3), list(options))
    assert done
    return bytes(data)


PICTURE = picture()
PROGRESSIVE = picture(64, 48, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
HEADER = FrameHeader(device_id="uav-01", boot_id="b7", seq=3, t_capture_s=T)


def frame_of(payload: bytes) -> Frame:
    (record,) = Decoders().decode(TOPIC, payload, T + 1).records
    assert isinstance(record, Frame)
    return record


def by_hand(header: dict[str, Any], jpeg: bytes = PICTURE) -> bytes:
    """An envelope as a third party would build it from docs/wire.md."""
    head = json.dumps({"sha256": sha256(jpeg).hexdigest(), **header}).encode()
    return b"PLF1" + struct.pack(">I", len(head)) + head + jpeg


def test_an_envelope_built_by_hand_decodes() -> None:
    frame = frame_of(
        by_hand(
            {
                "device_id": "uav-01",
                "boot_id": "b7",
                "seq": 3,
                "t_capture_s": T,
                "t_sent_s": T + 0.5,
                "camera": "M30T",
                "hfov_deg": 71.5,
                "gimbal_yaw_deg": 10.0,
                "gimbal_pitch_deg": -30.0,
                "unknown": True,
            }
        )
    )
    assert frame.key == Key(device_id="uav-01", boot_id="b7", seq=3)
    assert (frame.t_capture_s, frame.t_sent_s, frame.t_received_s) == (T, T + 0.5, T + 1)
    assert (frame.width_px, frame.height_px, frame.size_bytes) == (64, 48, len(PICTURE))
    assert (frame.camera, frame.hfov_deg) == ("M30T", 71.5)
    assert frame.gimbal == Attitude(yaw_deg=10.0, pitch_deg=-30.0)
    assert frame.jpeg == PICTURE
    assert frame.sha256 == sha256(PICTURE).hexdigest()


def test_a_frame_without_a_sequence_is_keyed_by_day_millisecond_and_digest() -> None:
    frame = frame_of(by_hand({"device_id": "uav-01", "t_capture_s": T}))
    assert frame.key.seq == round(T * 1000)
    assert frame.key.boot_id == "day-20260105"
    assert frame.key.tie == frame.digest
    assert (
        frame.digest != frame_of(by_hand({"device_id": "uav-01", "t_capture_s": T, "x": 1})).digest
    )


@settings(max_examples=50)
@given(
    header=st.builds(
        FrameHeader,
        device_id=st.just("uav-01"),
        boot_id=st.just("b7"),
        seq=st.integers(0, 2**63 - 1),
        t_capture_s=st.floats(0, 4.1e9),
        t_sent_s=st.none() | st.floats(0, 4.1e9),
        camera=st.none() | st.text("abc 甲", min_size=1, max_size=20),
        hfov_deg=st.none() | st.floats(0.1, 179),
        gimbal_yaw_deg=st.none() | st.floats(-360, 360),
        gimbal_pitch_deg=st.floats(-180, 180),
    ),
    jpeg=st.sampled_from([PICTURE, PROGRESSIVE]),
)
def test_what_is_encoded_decodes_to_the_same_frame(header: FrameHeader, jpeg: bytes) -> None:
    frame = frame_of(encode(header, jpeg))
    assert frame.jpeg == jpeg
    assert (frame.key.boot_id, frame.key.seq, frame.key.tie) == (header.boot_id, header.seq, 0)
    assert (frame.t_capture_s, frame.t_sent_s) == (header.t_capture_s, header.t_sent_s)
    assert (frame.camera, frame.hfov_deg) == (header.camera, header.hfov_deg)
    assert (frame.gimbal and frame.gimbal.yaw_deg) == header.gimbal_yaw_deg


def test_every_flipped_byte_of_the_picture_is_noticed() -> None:
    whole = encode(HEADER, PICTURE)
    start = len(whole) - len(PICTURE)
    for at in range(start, len(whole), 7):
        harmed = bytearray(whole)
        harmed[at] ^= 0x10
        with pytest.raises(BadMessage):
            frame_of(bytes(harmed))


def test_an_envelope_cut_anywhere_is_refused() -> None:
    whole = encode(HEADER, PICTURE)
    for length in (*range(300), len(whole) - 2, len(whole) - 1):
        with pytest.raises(BadMessage):
            frame_of(whole[:length])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "PLF1"),
        (PICTURE, "PLF1"),
        (b"PLF1\xff\xff\xff\xff" + b"{}" * 9, "header of 4294967295 bytes"),
        (b"PLF1\x00\x00\x00\x02[]" + PICTURE, "object"),
        (by_hand({"device_id": "uav-02", "t_capture_s": T}), "device_id"),
        (by_hand({"device_id": "uav-01", "t_capture_s": T, "sha256": "00"}), "sha256"),
        (by_hand({"device_id": "uav-01", "t_capture_s": -5}), "1970"),
        (by_hand({"device_id": "uav-01", "t_capture_s": T, "t_sent_s": 1e20}), "9999"),
        (by_hand({"device_id": "uav-01", "t_capture_s": T}, b""), "not a JPEG"),
        (by_hand({"device_id": "uav-01", "t_capture_s": T}, PICTURE[:-2]), "cut short"),
        (by_hand({"device_id": "uav-01", "t_capture_s": T}, b"\x89PNG\r\n"), "not a JPEG"),
    ],
)
def test_a_bad_envelope_is_refused_in_words(payload: bytes, reason: str) -> None:
    with pytest.raises(BadMessage, match=reason):
        frame_of(payload)


def test_an_eight_megabyte_picture_fits_the_limits_and_one_byte_more_does_not() -> None:
    room = jpeg_module.MAX_BYTES - len(PICTURE)
    padded = PICTURE[:-2] + b"\x00" * room + b"\xff\xd9"
    assert len(encode(HEADER, padded)) <= MAX_ENVELOPE_BYTES
    assert frame_of(encode(HEADER, padded)).size_bytes == jpeg_module.MAX_BYTES
    with pytest.raises(BadMessage, match="larger than 8000000"):
        frame_of(encode(HEADER, padded[:-2] + b"\x00\xff\xd9"))


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (1920, 1080), (17, 4000)])
@pytest.mark.parametrize("progressive", [0, 1])
def test_the_size_is_the_one_opencv_wrote(size: tuple[int, int], progressive: int) -> None:
    data = picture(*size, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert jpeg_size(data) == size
    assert check_jpeg(data) == size


def test_restart_markers_fill_bytes_and_a_thumbnail_do_not_confuse_the_size() -> None:
    with_restarts = picture(320, 240, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    assert jpeg_size(with_restarts) == (320, 240)
    thumbnail = b"\xff\xe1" + struct.pack(">H", len(PICTURE) + 2) + PICTURE
    assert jpeg_size(with_restarts[:2] + thumbnail + b"\xff\xff" + with_restarts[2:]) == (320, 240)


def sof(marker: int, width_px: int, height_px: int, bits: int = 8, components: int = 3) -> bytes:
    body = struct.pack(">BHHB", bits, height_px, width_px, components) + b"\0\0\0" * components
    return b"\xff\xd8\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (sof(0xC0, 65000, 65000), "more than 50000000 pixels"),
        (sof(0xC0, 7071, 7072), "more than 50000000 pixels"),
        (sof(0xC0, 0, 10), "empty picture"),
        (sof(0xC3, 10, 10), "lossless"),
        (sof(0xC9, 10, 10), "arithmetic"),
        (sof(0xC0, 10, 10, bits=12), "12 bits"),
        (sof(0xC0, 10, 10, components=4), "4 components"),
        (sof(0xC0, 10, 10)[:9], "wrong length"),
        (b"\xff\xd8\xff\xd9", "no frame header"),
        (b"\xff\xd8\xff\xda\x00\x02", "no frame header"),
        (b"\xff\xd8\xff\xe0\x00\x00\xff\xd9", "no frame header"),
        (b"\xff\xd8hello, world", "no marker"),
        (b"\xff\xd8" + b"\xff" * 100_000, "no frame header"),
    ],
)
def test_an_unreadable_picture_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_jpeg(data)


def test_a_picture_of_just_fifty_megapixels_passes() -> None:
    assert check_jpeg(sof(0xC2, 10_000, 5_000)) == (10_000, 5_000)
