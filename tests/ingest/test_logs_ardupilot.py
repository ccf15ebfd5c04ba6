"""ArduPilot's two logs: made files against their patrol, real ones against pymavlink's readers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import dataflash, tlog
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity
from ingest.logs.reader import LogReader

mavutil = pytest.importorskip("pymavlink.mavutil", reason="needs the extra `logs`")
binary = pytest.importorskip("tools.log_writers.binary", reason="needs the extras `logs`, `dev`")
from tools.log_writers.patrol import HOME, patrol  # noqa: E402

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "ardupilot"
shared = pytest.mark.skipif(not SHARED.exists(), reason="needs the shared flight logs")
PATROL = patrol()
MADE = {
    "BIN": (dataflash.READER, binary.dataflash),
    "tlog 1": (tlog.READER, binary.tlog_first),
    "tlog 2": (tlog.READER, binary.tlog),
}
each = pytest.mark.parametrize("kind", sorted(MADE))


def put(folder: Path, data: bytes) -> Path:
    path = folder / "card"
    path.write_bytes(data)
    return path


def made(kind: str, folder: Path) -> tuple[LogReader, Path]:
    reader, write = MADE[kind]
    return reader, put(folder, write(PATROL))


@each
def test_a_made_log_gives_the_patrol(kind: str, tmp_path: Path) -> None:
    reader, path = made(kind, tmp_path)
    assert [r.recognise(path.read_bytes()) for r in (dataflash.READER, tlog.READER)] == [
        reader is dataflash.READER,
        reader is tlog.READER,
    ]
    flight = reader.read(path)
    track = flight.track
    assert flight.integrity is Integrity.COMPLETE
    assert flight.clock is (Clock.GPS if kind == "BIN" else Clock.RECEIVER)
    assert flight.home == pytest.approx(HOME)
    assert flight.notes == ()
    assert track.no_fix.tolist() == [not s.has_fix for s in PATROL]
    assert int(track.mappable.sum()) == sum(s.has_fix for s in PATROL)
    np.testing.assert_allclose(track.t_s, [s.t_s for s in PATROL], atol=1e-3)
    fixed = [s.lon_deg if s.has_fix else 0.0 for s in PATROL]
    np.testing.assert_allclose(track.lon_deg, fixed, atol=6e-8)
    np.testing.assert_allclose(track.height_msl_m, [s.height_msl_m for s in PATROL], atol=1e-3)
    above = [s.height_takeoff_m for s in PATROL]
    np.testing.assert_allclose(track.height_takeoff_m, above, atol=1e-3)
    for name in ("yaw_deg", "pitch_deg", "roll_deg"):
        angles = [getattr(s, name) for s in PATROL]
        np.testing.assert_allclose(getattr(track, name), angles, atol=6e-3)


@pytest.mark.parametrize("kind", ["BIN", "tlog 2"])
def test_the_mount_gives_the_camera_axis_in_the_world(kind: str, tmp_path: Path) -> None:
    reader, path = made(kind, tmp_path)
    flight = reader.read(path)
    assert flight.gimbal is GimbalKnown.WORLD
    yaw = np.array([s.gimbal_yaw_deg for s in PATROL])
    np.testing.assert_allclose(flight.track.gimbal_yaw_deg, (yaw + 180) % 360 - 180, atol=1e-3)
    pitch = [s.gimbal_pitch_deg for s in PATROL]
    np.testing.assert_allclose(flight.track.gimbal_pitch_deg, pitch, atol=1e-4)


def test_a_mount_that_only_says_zero_is_no_mount(tmp_path: Path) -> None:
    still = binary.mavlink.MAVLink_mount_orientation_message(0, 0.0, 0.0, 0.0)
    link = binary.mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    first = binary.tlog_first(PATROL)
    path = put(tmp_path, first + first[:8] + still.pack(link))
    flight = tlog.READER.read(path)
    assert flight.integrity is Integrity.COMPLETE
    assert flight.gimbal is GimbalKnown.NO


def test_a_mount_whose_frame_nobody_knows_is_noted_and_not_used(tmp_path: Path) -> None:
    status = binary.mavlink.MAVLink_mount_status_message(0, 0, -3500, 0, 1000)
    link = binary.mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    first = binary.tlog_first(PATROL)
    flight = tlog.READER.read(put(tmp_path, first + first[:8] + status.pack(link)))
    assert flight.gimbal is GimbalKnown.NO
    assert [note.partition(":")[0] for note in flight.notes] == ["MOUNT_STATUS is not used"]


def test_a_card_log_without_a_fix_counts_from_its_beginning_and_not_from_1970(
    tmp_path: Path,
) -> None:
    flight = dataflash.READER.read(put(tmp_path, binary.dataflash(patrol(seconds=2, no_fix=99))))
    assert flight.clock is Clock.RELATIVE
    assert flight.track.t_s[[0, -1]] == pytest.approx([0.0, 1.9])


@each
def test_an_all_zero_log_has_rows_and_maps_none(kind: str, tmp_path: Path) -> None:
    reader, write = MADE[kind]
    track = reader.read(put(tmp_path, write(patrol(seconds=2, no_fix=99)))).track
    assert len(track) == 20
    assert not track.mappable.any()


@each
def test_a_cut_is_told_with_its_place(kind: str, tmp_path: Path) -> None:
    reader, path = made(kind, tmp_path)
    data = path.read_bytes()
    begin = len(MADE[kind][1](PATROL[:200]))
    path.write_bytes(data[: begin + 10])
    flight = reader.read(path)
    assert flight.integrity is Integrity.TRUNCATED
    assert flight.damage is not None
    assert flight.damage.endswith(f"at byte {begin}")
    assert len(flight.track) == 200


@each
def test_records_on_both_sides_of_a_hole_are_read(kind: str, tmp_path: Path) -> None:
    reader, path = made(kind, tmp_path)
    write = MADE[kind][1]
    data = bytearray(path.read_bytes())
    begin, end = len(write(PATROL[:100])), len(write(PATROL[:110]))
    data[begin:end] = bytes(range(256)) * ((end - begin) // 256) + bytes((end - begin) % 256)
    path.write_bytes(data)
    flight = reader.read(path)
    assert flight.integrity is Integrity.CORRUPT
    assert flight.rejected
    assert len(PATROL) - 12 <= len(flight.track) <= len(PATROL) - 10
    assert flight.recovered == pytest.approx(1 - (end - begin) / len(data), abs=0.005)


def test_a_packet_with_a_wrong_checksum_is_counted_and_not_used(tmp_path: Path) -> None:
    data = bytearray(binary.tlog(PATROL))
    data[len(binary.tlog(PATROL[:100])) - 10] ^= 1  # inside the last packet of sample 99
    flight = tlog.READER.read(put(tmp_path, bytes(data)))
    assert [(r.reason, r.count) for r in flight.rejected] == [("packets with a wrong checksum", 1)]
    assert len(flight.track) == len(PATROL) - 1


def test_the_padding_of_a_page_is_no_damage(tmp_path: Path) -> None:
    path = put(tmp_path, binary.dataflash(PATROL) + b"\xff" * 200)
    assert dataflash.READER.read(path).integrity is Integrity.COMPLETE


def test_backward_steps_of_the_clock_are_noted(tmp_path: Path) -> None:
    data = binary.dataflash([*PATROL[:50], *PATROL[20:70]])
    notes = dataflash.READER.read(put(tmp_path, data)).notes
    assert notes == ("the clock steps back 1 times, by 2.900 s at most",)


def test_a_receiver_whose_clock_is_wrong_is_noted(tmp_path: Path) -> None:
    data = binary.tlog(PATROL)
    late = b"".join(  # every packet twelve seconds later
        (int.from_bytes(stamp, "big") + 12_000_000).to_bytes(8, "big") + packet
        for stamp, packet in split(data)
    )
    notes = tlog.READER.read(put(tmp_path, late)).notes
    assert notes == ("the receiver's clock is 12.0 s ahead of the aircraft's satellite time",)


def split(data: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 0, []
    while at < len(data):
        end = at + 20 + data[at + 9]
        found.append((data[at : at + 8], data[at + 8 : end]))
        at = end
    return found


@each
def test_the_missing_library_is_named_with_its_command(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, path = made(kind, tmp_path)
    for module in ("pymavlink.DFReader", tlog.DIALECT):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadLog, match=r"needs pymavlink \(pip install 'plumeline\[logs\]'\)"):
        reader.read(path)


def messages(open_log: Callable[[str], Any], path: Path, kind: str) -> list[Any]:
    """All of one kind, by pymavlink's own readers, unfiltered."""
    log = open_log(str(path))
    found = []
    while (message := log.recv_msg()) is not None:
        if message.get_type() == kind:
            found.append(message)
    log.close()
    return found


def check_tlog(name: str, flight: Flight) -> None:
    truth = messages(mavutil.mavlogfile, SHARED / name, "GLOBAL_POSITION_INT")
    track = flight.track
    np.testing.assert_allclose(track.lat_deg, [m.lat / 1e7 for m in truth], atol=1e-12)
    np.testing.assert_allclose(track.lon_deg, [m.lon / 1e7 for m in truth], atol=1e-12)
    np.testing.assert_allclose(track.height_msl_m, [m.alt / 1e3 for m in truth], atol=1e-9)
    above = [m.relative_alt / 1e3 for m in truth]
    np.testing.assert_allclose(track.height_takeoff_m, above, atol=1e-9)
    np.testing.assert_allclose(track.t_s, [m._timestamp for m in truth], atol=1e-6)


@shared
@pytest.mark.parametrize(
    ("name", "rows", "mapped", "first", "home"),
    [
        ("flight.tlog", 54, 54, (47.6788548, -122.3270768), None),
        ("small.tlog", 792, 734, (48.3861421, -124.6305728), (48.3861417, -124.630573)),
        ("vtol.tlog", 807, 807, (-35.3629904, 149.1649392), (-35.3609626, 149.165031)),
    ],
)
def test_real_telemetry_has_the_positions_that_pymavlink_finds(
    name: str,
    rows: int,
    mapped: int,
    first: tuple[float, float],
    home: tuple[float, float] | None,
) -> None:
    flight = tlog.READER.read(SHARED / name)
    track = flight.track
    check_tlog(name, flight)
    assert (len(track), int(track.mappable.sum())) == (rows, mapped)
    assert (track.lat_deg[0], track.lon_deg[0]) == pytest.approx(first, abs=1e-9)
    assert flight.home == (pytest.approx(home, abs=1e-9) if home else None)
    assert (flight.clock, flight.gimbal) == (Clock.RECEIVER, GimbalKnown.NO)
    attitudes = messages(mavutil.mavlogfile, SHARED / name, "ATTITUDE")
    steps = {m.time_boot_ms: np.degrees(m.yaw) for m in attitudes}
    truth = messages(mavutil.mavlogfile, SHARED / name, "GLOBAL_POSITION_INT")
    shared_ms = [(i, m.time_boot_ms) for i, m in enumerate(truth) if m.time_boot_ms in steps]
    for i, ms in shared_ms:
        assert (track.yaw_deg[i] - steps[ms] + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


@shared
def test_the_real_card_log_has_the_positions_and_times_that_pymavlink_finds() -> None:
    path = SHARED / "test.BIN"
    truth = messages(mavutil.mavlink_connection, path, "POS")
    flight = dataflash.READER.read(path)
    track = flight.track
    assert len(track) == len(truth) == 23
    assert track.mappable.all()
    np.testing.assert_allclose(track.lat_deg, [m.Lat for m in truth], atol=1e-12)
    np.testing.assert_allclose(track.lon_deg, [m.Lng for m in truth], atol=1e-12)
    np.testing.assert_allclose(track.height_msl_m, [m.Alt for m in truth])
    np.testing.assert_allclose(track.height_takeoff_m, [m.RelHomeAlt for m in truth])
    np.testing.assert_allclose(track.t_s, [m._timestamp for m in truth], atol=0.02)
    assert flight.clock is Clock.GPS
    assert flight.model == "ArduPlane V3.8.2-dev (8178ab40)"
    assert (flight.integrity, flight.damage) == (
        Integrity.TRUNCATED,
        "cut inside the record at byte 65512",
    )
    assert flight.home == pytest.approx((-35.3626299, 149.1653109), abs=1e-4)
