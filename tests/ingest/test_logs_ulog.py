"""PX4 ULog: made files against the patrol they were made from, real ones against pyulog."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs.flight import Clock, GimbalKnown, Integrity
from ingest.logs.ulog import READER

pyulog = pytest.importorskip("pyulog", reason="needs the extra `logs`")
binary = pytest.importorskip("tools.log_writers.binary", reason="needs the extras `logs`, `dev`")
from tools.log_writers.patrol import HOME, patrol  # noqa: E402

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "ulog"
shared = pytest.mark.skipif(not SHARED.exists(), reason="needs the shared flight logs")
PATROL = patrol()
MADE = {"degrees": binary.ulog_degrees, "1e-7 degrees": binary.ulog_int}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "card"
    path.write_bytes(binary.ulog_degrees(PATROL))
    return path


def message_starts(data: bytes) -> list[int]:
    at, starts = 16, []
    while at < len(data):
        starts.append(at)
        at += 3 + struct.unpack_from("<H", data, at)[0]
    return starts


@pytest.mark.parametrize("schema", sorted(MADE))
def test_both_schemas_give_the_patrol(schema: str, tmp_path: Path) -> None:
    path = tmp_path / "card"
    path.write_bytes(MADE[schema](PATROL))
    assert READER.recognise(path.read_bytes()[:64])
    flight = READER.read(path)
    track = flight.track
    assert (flight.clock, flight.integrity) == (Clock.GPS, Integrity.COMPLETE)
    assert (flight.device, flight.model) == ("0001000000003138", "PX4_FMU_V6X")
    assert flight.dialect == f"vehicle_gps_position, {schema}"
    assert flight.gimbal is GimbalKnown.NO
    assert flight.home == pytest.approx(HOME)
    assert track.no_fix.tolist() == [not s.has_fix for s in PATROL]
    assert int(track.mappable.sum()) == sum(s.has_fix for s in PATROL)
    np.testing.assert_allclose(track.t_s, [s.t_s for s in PATROL], atol=1e-3)
    fixed = [s.lat_deg if s.has_fix else 0.0 for s in PATROL]
    np.testing.assert_allclose(track.lat_deg, fixed, atol=6e-8)
    for name in ("msl", "ellipsoid", "takeoff"):
        heights = getattr(track, f"height_{name}_m")
        np.testing.assert_allclose(
            heights, [getattr(s, f"height_{name}_m") for s in PATROL], atol=1e-3
        )
    for name in ("yaw_deg", "pitch_deg", "roll_deg"):
        angles = [getattr(s, name) for s in PATROL]
        np.testing.assert_allclose(getattr(track, name), angles, atol=1e-4)


def test_without_a_fix_times_count_from_the_beginning_and_nothing_is_mapped(
    tmp_path: Path,
) -> None:
    path = tmp_path / "card"
    path.write_bytes(binary.ulog_int(patrol(seconds=2, no_fix=99)))
    flight = READER.read(path)
    assert flight.clock is Clock.RELATIVE
    assert flight.track.t_s[[0, -1]] == pytest.approx([0.0, 1.9])
    assert len(flight.track) == 20
    assert not flight.track.mappable.any()


def test_a_cut_is_told_with_its_place(log: Path) -> None:
    data = log.read_bytes()
    begin = message_starts(data)[400]
    log.write_bytes(data[: begin + 5])
    flight = READER.read(log)
    assert flight.integrity is Integrity.TRUNCATED
    assert flight.damage == f"cut inside the message at byte {begin}"
    assert flight.recovered == pytest.approx(begin / (begin + 5))


def test_a_wrong_length_costs_its_surroundings_only(log: Path) -> None:
    data = bytearray(log.read_bytes())
    begin = message_starts(bytes(data))[400]
    data[begin] ^= 0x55
    log.write_bytes(data)
    flight = READER.read(log)
    assert flight.integrity is Integrity.CORRUPT
    assert flight.rejected[0].where == f"byte {begin}"
    assert len(PATROL) - 2 <= len(flight.track) < len(PATROL) + 1
    assert 0.98 < flight.recovered < 1


def test_what_a_crash_cut_off_is_followed_by_what_was_appended(log: Path) -> None:
    data = bytearray(log.read_bytes())
    begin, following = message_starts(bytes(data))[400:402]
    data[16 + 3 + 8] = 1  # incompatible flag 0: data was appended
    struct.pack_into("<Q", data, 16 + 3 + 16, begin + 4)
    log.write_bytes(data[: begin + 4] + data[following:])
    flight = READER.read(log)
    assert flight.integrity is Integrity.COMPLETE
    assert len(flight.track) >= len(PATROL) - 1


def test_a_log_of_a_newer_kind_is_refused(log: Path) -> None:
    data = bytearray(log.read_bytes())
    data[16 + 3 + 8] = 2
    log.write_bytes(data)
    with pytest.raises(BadLog, match="update Plumeline"):
        READER.read(log)


def test_the_missing_library_is_named_with_its_command(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyulog", None)
    with pytest.raises(BadLog, match=r"needs pyulog \(pip install 'plumeline\[logs\]'\)"):
        READER.read(log)


@pytest.mark.parametrize("content", [b"", b"ULog\x01\x12\x35\x01", b"ULog\x01\x12\x35" + bytes(40)])
def test_a_header_alone_is_refused_or_empty(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "card"
    path.write_bytes(content)
    try:
        assert len(READER.read(path).track) == 0
    except BadLog as exc:
        assert exc.advice  # noqa: PT017 - either is right


@shared
@pytest.mark.parametrize(
    ("name", "fields", "unit", "rows", "t_first_s"),
    [
        ("sample_log_small.ulg", ("lat", "lon", "alt"), 1e-7, (32, 32), 1618986658.613),
        (
            "sample_px4_events.ulg",
            ("latitude_deg", "longitude_deg", "altitude_msl_m"),
            1.0,
            (583, 437),
            1710773351.206,
        ),
    ],
)
def test_real_logs_have_the_positions_that_pyulog_finds_in_the_whole_file(
    name: str, fields: tuple[str, str, str], unit: float, rows: tuple[int, int], t_first_s: float
) -> None:
    truth = pyulog.ULog(str(SHARED / name)).get_dataset("vehicle_gps_position").data
    flight = READER.read(SHARED / name)
    track = flight.track
    lat, lon, msl = fields
    assert (len(track), int(track.mappable.sum())) == rows
    np.testing.assert_allclose(track.lat_deg, truth[lat] * unit, rtol=0, atol=1e-12)
    np.testing.assert_allclose(track.lon_deg, truth[lon] * unit, rtol=0, atol=1e-12)
    np.testing.assert_allclose(track.height_msl_m, truth[msl] * (1e-3 if unit < 1 else 1.0))
    assert flight.clock is Clock.GPS
    assert track.t_s[0] == pytest.approx(t_first_s, abs=0.02)
    np.testing.assert_allclose(track.t_s, truth["time_utc_usec"] / 1e6, atol=0.02)


@shared
def test_a_real_log_flown_indoors_has_rows_and_no_position() -> None:
    flight = READER.read(SHARED / "sample.ulg")
    assert flight.dialect == "vehicle_local_position"
    assert (len(flight.track), int(flight.track.mappable.sum())) == (678, 0)
    assert flight.clock is Clock.RELATIVE
    assert flight.track.t_s[-1] == pytest.approx(181.401588 - 112.5, abs=1e-3)
