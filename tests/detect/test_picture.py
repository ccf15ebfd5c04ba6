"""Whatever bytes arrive: a picture, or the reason why not, and never much memory."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest

from detect.errors import UnreadablePicture
from detect.picture import MAX_PIXELS, decode_jpeg
from plumeline.flights import samples_folder

SOF0 = b"\xff\xc0"


def jpeg(width: int = 64, height: int = 48, *, progressive: bool = False) -> bytes:
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    ok, data = cv2.imencode(".jpg", ramp, [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)])
    assert ok
    return data.tobytes()


def claiming(width: int, height: int) -> bytes:
    """A small JPEG whose header says it is large."""
    data = bytearray(jpeg())
    at = data.index(SOF0) + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def png(side: int) -> bytes:
    """A black PNG by its specification: 144 Mpixel of grey fit into 140 kB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(side + 1)) for _ in range(side)) + packer.flush()
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_has_the_size_its_header_says(progressive: bool) -> None:
    assert decode_jpeg(jpeg(64, 48, progressive=progressive)).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("least_px", "size"),
    [
        (None, (720, 1280)),
        (1280, (720, 1280)),
        (641, (720, 1280)),
        (640, (360, 640)),
        (512, (360, 640)),
        (320, (180, 320)),
        (160, (90, 160)),
        (1, (90, 160)),
    ],
)
def test_a_jpeg_is_decoded_as_small_as_its_use_allows(
    least_px: int | None, size: tuple[int, int]
) -> None:
    assert decode_jpeg(jpeg(1280, 720), least_px=least_px).shape[:2] == size


def test_a_reduced_picture_shows_the_same_as_the_full_one_made_smaller() -> None:
    """OpenCV's own area average of the full picture, within one grey level on the mean."""
    frame = (samples_folder() / "roof_fire" / "frames" / "0016.jpg").read_bytes()
    small = decode_jpeg(frame, least_px=320)
    expected = cv2.resize(decode_jpeg(frame), (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(float) - expected).mean() < 1.0


def test_frames_of_the_sample_flights_decode() -> None:
    frame = next((samples_folder() / "roof_fire" / "frames").iterdir())
    assert decode_jpeg(frame.read_bytes()).ndim == 3


def test_the_rotation_in_the_metadata_is_left_alone() -> None:
    """Exif orientation 6: pixels are as the sensor has them, which is what the pose is of."""
    tag = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + tag + bytes(4)
    assert decode_jpeg(with_segment(jpeg(64, 48), 0xE1, exif)).shape == (48, 64, 3)


def test_a_thumbnail_in_the_metadata_does_not_stand_for_the_picture() -> None:
    hidden = with_segment(claiming(9000, 9000), 0xE1, b"Exif\0\0" + jpeg(16, 8))
    with pytest.raises(UnreadablePicture, match="9000 x 9000"):
        decode_jpeg(hidden)
    assert decode_jpeg(with_segment(jpeg(64, 48), 0xE1, claiming(9000, 9000))).shape[:2] == (48, 64)


@pytest.mark.parametrize("filler", [b"\xff\xd0", b"\xff\x01", b"\xff\xff\xff", b"\x00\x17\xff"])
def test_filler_before_the_header_hides_nothing(filler: bytes) -> None:
    large = claiming(9000, 9000)
    with pytest.raises(UnreadablePicture):
        decode_jpeg(large[:2] + b"\xff\xd0" + filler + large[2:] + jpeg(8, 8))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JPEG"),
        (b"\xff\xd8", "not a JPEG"),
        (b"\xff\xd8\xff", "without a frame header"),
        (b"\xff\xd8" + b"\xff" * 5000, "without a frame header"),
        (np.random.default_rng(1).bytes(5000), "not a JPEG"),
        (jpeg()[:100], "without a frame header"),
        (b"GIF89a" + jpeg(), "not a JPEG"),
        (claiming(0, 0), "does not decode"),
        (claiming(65000, 65000), "65000 x 65000 pixels, over 50 million"),
        (claiming(10001, 5000), "over 50 million"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_what_is_no_picture_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadablePicture, match=reason):
        decode_jpeg(data)


def test_a_png_is_refused_whatever_its_name_and_size() -> None:
    with pytest.raises(UnreadablePicture, match="not a JPEG"):
        decode_jpeg(png(12_000))


def test_random_bytes_behind_the_first_three_are_never_more_than_a_picture() -> None:
    random = np.random.default_rng(2)
    for _ in range(100):
        try:
            height, width, _ = decode_jpeg(b"\xff\xd8\xff" + random.bytes(2000)).shape
        except UnreadablePicture:
            continue
        assert height * width <= MAX_PIXELS


def test_every_damaged_jpeg_is_a_small_picture_or_unreadable() -> None:
    random = np.random.default_rng(3)
    whole = np.frombuffer(jpeg(), np.uint8)
    for _ in range(200):
        data = whole.copy()
        data[random.integers(2, len(data), 3)] = random.integers(0, 256, 3)
        try:
            height, width, _ = decode_jpeg(data.tobytes()).shape
        except UnreadablePicture:
            continue
        assert height * width <= MAX_PIXELS


@pytest.mark.parametrize("first", ["cv2", "detect.picture"])
def test_a_picture_over_the_limit_costs_no_memory_whoever_imports_opencv_first(first: str) -> None:
    """30 000 x 30 000 pixels: 2.7 GB if it were decoded."""
    program = f"""
import {first}, resource, sys
from detect.errors import UnreadablePicture
from detect.picture import decode_jpeg
data = sys.stdin.buffer.read()
before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode_jpeg(data)
except UnreadablePicture:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024)
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        input=claiming(30_000, 30_000),
        capture_output=True,
        check=True,
    )
    assert float(said.stdout) < 20
