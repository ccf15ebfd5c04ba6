"""ST 0601 metadata: made files against their patrol, the real packets against stanag4609."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs.binary import world_angles
from ingest.logs.flight import Clock, GimbalKnown, Integrity
from ingest.logs.klv import READER

av = pytest.importorskip("av", reason="needs the extra `logs`")
binary = pytest.importorskip("tools.log_writers.binary", reason="needs the extras `logs`, `dev`")
from stanag4609.errors import ChecksumError  # noqa: E402
from stanag4609.st0601 import decode_uas_local_set  # noqa: E402

from tools.log_writers.patrol import T_START_S, patrol  # noqa: E402

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "klv"
shared = pytest.mark.skipif(not SHARED.exists(), reason="needs the shared flight logs")
PATROL = patrol()
MADE = {"bare": binary.klv, "in MPEG-TS": binary.transport_stream}
HEIGHT_STEP_M = 19_900 / 65_535
HEADING_STEP_DEG = 360 / 65_535


def put(folder: Path, data: bytes) -> Path:
    path = folder / "card"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", sorted(MADE))
def test_a_made_stream_gives_the_patrol_within_the_steps_of_the_format(
    kind: str, tmp_path: Path
) -> None:
    path = put(tmp_path, MADE[kind](PATROL))
    assert READER.recognise(path.read_bytes()[:65536])
    flight = READER.read(path)
    track = flight.track
    assert (flight.clock, flight.integrity) == (Clock.UTC, Integrity.COMPLETE)
    assert (flight.device, flight.model) == ("B-7Q21", "Patrol")
    assert flight.gimbal is GimbalKnown.WORLD
    np.testing.assert_allclose(track.t_s, [s.t_s for s in PATROL], atol=1e-6)
    assert int(track.mappable.sum()) == sum(s.has_fix for s in PATROL)
    lat = [s.lat_deg if s.has_fix else 0.0 for s in PATROL]
    np.testing.assert_allclose(track.lat_deg, lat, atol=1e-7)
    for name in ("msl", "ellipsoid"):
        truth = [getattr(s, f"height_{name}_m") for s in PATROL]
        got = getattr(track, f"height_{name}_m")
        np.testing.assert_allclose(got, truth, atol=HEIGHT_STEP_M / 2 + 1e-9)
    yaw = np.array([s.gimbal_yaw_deg for s in PATROL])
    turned = (track.gimbal_yaw_deg - yaw + 180) % 360 - 180
    np.testing.assert_allclose(turned, 0, atol=HEADING_STEP_DEG)
    np.testing.assert_allclose(track.gimbal_pitch_deg, -35.0, atol=1e-6)
    np.testing.assert_allclose(track.hfov_deg, 60.0, atol=180 / 65_535)


def test_relative_angles_turn_with_the_aircraft_as_rotation_matrices_do() -> None:
    rotmat = pytest.importorskip("pymavlink.rotmat", reason="needs the extra `logs`")
    random = np.random.default_rng(4)
    platform = random.uniform([-180, -80, -170], [180, 80, 170], (50, 3))
    sensor = random.uniform([-180, -80, -170], [180, 80, 170], (50, 3))
    ours = np.array(world_angles(tuple(platform.T), tuple(sensor.T))).T

    def matrix(yaw: float, pitch: float, roll: float) -> Any:
        turn = rotmat.Matrix3()
        turn.from_euler(*np.radians((roll, pitch, yaw)))
        return turn

    for one, two, got in zip(platform, sensor, ours, strict=True):
        roll, pitch, yaw = np.degrees((matrix(*one) * matrix(*two)).to_euler())
        np.testing.assert_allclose((got - (yaw, pitch, roll) + 180) % 360, 180, atol=1e-6)


@pytest.mark.parametrize(
    ("platform", "sensor", "world"),
    [
        ((90, 0, 0), (30, -20, 0), (120, -20, 0)),  # level: azimuths add up
        ((0, 10, 0), (0, -45, 0), (0, -35, 0)),  # nose up raises the camera
        ((0, 0, 90), (90, 0, 0), (0, -90, 0)),  # right wing down: what looks right looks down
        ((0, 0, 0), (0, -170, 180), (180, -10, 0)),  # over the shoulder, upright again
    ],
)
def test_simple_turns_come_out_as_one_can_see_with_a_hand(
    platform: tuple[float, float, float],
    sensor: tuple[float, float, float],
    world: tuple[float, float, float],
) -> None:
    got = world_angles(
        tuple(np.array([a], float) for a in platform), tuple(np.array([a], float) for a in sensor)
    )
    found = np.concatenate(got)
    if abs(world[1]) == 90:  # straight down yaw and roll are one angle
        assert found[1] == pytest.approx(-90, abs=1e-6)
    else:
        np.testing.assert_allclose((found - world + 180) % 360, 180, atol=1e-9)


def test_a_packet_with_a_wrong_checksum_is_counted_and_not_used(tmp_path: Path) -> None:
    data = bytearray(binary.klv(PATROL))
    size = len(data) // len(PATROL)
    data[7 * size + 40] ^= 1
    flight = READER.read(put(tmp_path, bytes(data)))
    assert flight.integrity is Integrity.CORRUPT
    assert [(r.count, r.where) for r in flight.rejected] == [(1, f"byte {7 * size}")]
    assert len(flight.track) == len(PATROL) - 1
    assert flight.recovered == pytest.approx(1 - 1 / len(PATROL))


def test_a_cut_is_told_with_its_place(tmp_path: Path) -> None:
    data = binary.klv(PATROL)
    size = len(data) // len(PATROL)
    flight = READER.read(put(tmp_path, data[: 9 * size + 30]))
    assert flight.integrity is Integrity.TRUNCATED
    assert flight.damage == f"cut inside the packet at byte {9 * size}"
    assert len(flight.track) == 9


def test_in_a_video_each_packet_knows_its_place(tmp_path: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        video = container.add_stream("mpeg2video", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        data = container.add_data_stream("klv")
        data.time_base = Fraction(1, 90_000)
        for i, sample in enumerate(PATROL[:40]):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = i
            container.mux(video.encode(frame))
            packet = av.Packet(binary.klv([sample]))
            packet.stream, packet.time_base = data, data.time_base
            packet.pts = packet.dts = i * 9_000
            container.mux(packet)
        container.mux(video.encode())
    path = put(tmp_path, out.getvalue())
    assert READER.recognise(out.getvalue()[:65536])
    track = READER.read(path).track
    np.testing.assert_allclose(track.video_s, track.t_s - T_START_S, atol=1e-3)


def test_a_stream_without_metadata_is_not_ours(tmp_path: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        video = container.add_stream("mpeg2video", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        container.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(video.encode())
    assert not READER.recognise(out.getvalue()[:65536])
    with pytest.raises(BadLog, match="no metadata track"):
        READER.read(put(tmp_path, out.getvalue()))


@shared
def test_the_real_packet_reads_as_stanag4609_reads_it() -> None:
    path = SHARED / "DynamicOnlyMISMMSPacketData.bin"
    truth = decode_uas_local_set(path.read_bytes())
    flight = READER.read(path)
    track = flight.track
    assert (len(track), flight.integrity, flight.dialect) == (1, Integrity.COMPLETE, "ST 0601.6")
    for column, tag in {
        "lat_deg": 13,
        "lon_deg": 14,
        "height_msl_m": 15,
        "yaw_deg": 5,
        "pitch_deg": 6,
        "roll_deg": 7,
        "hfov_deg": 16,
    }.items():
        assert getattr(track, column)[0] == pytest.approx(truth.value(tag), abs=1e-9)
    assert track.t_s[0] == truth.value(2).timestamp()
    assert (track.lat_deg[0], track.lon_deg[0]) == pytest.approx((60.1768230, 128.4267590))


@shared
def test_the_real_packet_with_a_wrong_checksum_is_refused_as_stanag4609_refuses_it() -> None:
    path = SHARED / "DynamicConstantMISMMSPacketData.bin"
    with pytest.raises(ChecksumError):
        decode_uas_local_set(path.read_bytes())
    with pytest.raises(BadLog, match="wrong checksum"):
        READER.read(path)
