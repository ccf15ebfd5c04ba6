"""Flight logs as tables: real exports, made ones, and what people do to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import csv_log
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity
from tools.log_writers.patrol import HOME, T_START_S, patrol
from tools.log_writers.tables import WRITERS

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights"
AIRDATA = SHARED / "dji-csv" / "airdata_air2s.csv"
TXTLOG = SHARED / "dji-csv" / "txtlogtocsv_p4pro_verbose.csv"
needs_shared = pytest.mark.skipif(
    not AIRDATA.is_file(), reason="../shared/data is not on this machine"
)
TRACK = "time(seconds),latitude,longitude\n0,32.1,118.1\n1,32.2,118.2\n2,32.3,118.3\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "log.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes) -> Flight:
    path = written(folder, content)
    assert csv_log.READER.recognise(path.read_bytes()[:65536])
    return csv_log.READER.read(path)


def made(folder: Path, name: str, change: Callable[[str], str] = str) -> Flight:
    text = WRITERS[name](patrol()).decode("latin-1")
    return read(folder, change(text).encode("latin-1"))


def epoch_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@needs_shared
def test_the_airdata_export_has_every_line_as_a_sample_and_maps_none_at_zero() -> None:
    flight = csv_log.READER.read(AIRDATA)
    track = flight.track
    lines = AIRDATA.read_bytes().split(b"\n")[1:-1]
    zeros = sum(line.split(b",")[2:4] == [b"0", b"0"] for line in lines)
    assert (len(track), int((~track.mappable).sum())) == (len(lines), zeros) == (11614, 116)
    assert (flight.dialect, flight.clock) == ("AirData", Clock.UTC)
    assert flight.integrity is Integrity.COMPLETE
    assert not flight.rejected
    # Read off the file by eye: the first line with a position, one in flight, and the last.
    assert (track.lat_deg[116], track.lon_deg[298]) == (47.5726823268315, -122.626651421637)
    assert track.height_takeoff_m[298] == pytest.approx(106.6273 * 0.3048)
    assert track.height_msl_m[298] == pytest.approx(124.33781172159 * 0.3048)
    assert (track.yaw_deg[298], track.pitch_deg[298], track.roll_deg[298]) == (350, -1.2, -1.1)
    assert (track.lat_deg[-1], track.lon_deg[-1]) == (47.5726927443072, -122.626651406783)
    assert track.t_s[0] == epoch_s("2021-09-06 02:47:58")
    assert track.t_s[-1] == pytest.approx(epoch_s("2021-09-06 02:47:58") + 1184.6)
    assert np.isnan(track.height_ellipsoid_m).all()


@needs_shared
def test_csv_and_gpx_of_one_flight_agree_within_rounding() -> None:
    gpxpy = pytest.importorskip("gpxpy", reason="needs the extra dev")
    gpx = gpxpy.parse((SHARED / "gpx-kml" / "airdata_air2s.gpx").read_text())
    points = [point for track in gpx.tracks for seg in track.segments for point in seg.points]
    track = csv_log.READER.read(AIRDATA).track
    rows = {}
    for row in np.flatnonzero(track.mappable):
        rows.setdefault((track.lat_deg[row], track.lon_deg[row]), []).append(row)
    apart_s = []
    for point in points:
        here = rows[point.latitude, point.longitude]
        heights = np.abs(track.height_msl_m[here] - point.elevation)
        assert heights.min() < 1e-3
        apart_s.append(np.abs(track.t_s[here] - point.time.timestamp()).min())
    assert len(apart_s) == 10817
    assert max(apart_s) < 1.0, "AirData's GPX begins at the next 0.1 s after a whole second"


@needs_shared
def test_a_gimbal_heading_that_does_not_count_from_north_is_not_believed() -> None:
    flight = csv_log.READER.read(AIRDATA)
    assert flight.gimbal is GimbalKnown.NO
    assert np.isnan(flight.track.gimbal_yaw_deg).all()
    assert flight.track.gimbal_pitch_deg[-1] == 5.2
    assert "does not count from north" in flight.notes[0]


@needs_shared
def test_the_verbose_txtlogtocsv_is_read_with_its_odd_byte_and_bare_seconds() -> None:
    flight = csv_log.READER.read(TXTLOG)
    track = flight.track
    lines = TXTLOG.read_bytes().split(b"\r\n")[1:-1]
    assert len(track) == len(lines) == 2437
    assert bool(track.mappable.all())
    assert (flight.dialect, flight.clock) == ("TXTlogToCSV", Clock.LOCAL)
    assert (flight.model, flight.home) == ("P4 Professional", (55.507165, 10.717076))
    assert flight.integrity is Integrity.COMPLETE
    assert (track.lat_deg[0], track.lon_deg[0]) == (55.507158, 10.717078)
    assert (track.lat_deg[-1], track.lon_deg[-1]) == (55.507157, 10.717069)
    assert (track.height_takeoff_m[50], track.height_takeoff_m[-1]) == (4.8, 0.6)
    assert (track.gimbal_pitch_deg[-1], track.gimbal_yaw_deg[-1]) == (-90, 141.1)
    assert flight.gimbal is GimbalKnown.WORLD
    assert track.t_s[0] == epoch_s("2018-07-04 09:19:31.701")
    assert track.t_s[-1] == epoch_s("2018-07-04 09:23:37.280")
    bare = [i for i, line in enumerate(lines) if b"." not in line.split(b",")[0]]
    assert bare, "whole seconds have no fraction"
    assert np.isfinite(track.t_s).all()
    assert (np.diff(track.t_s) == 0).sum() == 145, "doubled times, as counted in the notes on it"


@pytest.mark.parametrize(
    ("name", "clock", "late_s"),
    [
        ("airdata.csv", Clock.UTC, 0.0),
        ("txtlogtocsv.csv", Clock.LOCAL, 8 * 3600.0),
        ("geotag_dji.csv", Clock.RELATIVE, -T_START_S),
    ],
)
def test_the_patrol_comes_back_from_every_table(
    tmp_path: Path, name: str, clock: Clock, late_s: float
) -> None:
    truth, flight = patrol(), made(tmp_path, name)
    track = flight.track
    assert (flight.clock, flight.integrity, len(track)) == (clock, Integrity.COMPLETE, len(truth))
    assert track.mappable.tolist() == [one.has_fix for one in truth]
    assert track.t_s == pytest.approx([one.t_s + late_s for one in truth], abs=1e-3)
    flown = [i for i, one in enumerate(truth) if one.has_fix]
    assert track.lat_deg[flown] == pytest.approx([truth[i].lat_deg for i in flown], abs=1e-9)
    assert track.lon_deg[flown] == pytest.approx([truth[i].lon_deg for i in flown], abs=1e-9)
    if name != "geotag_dji.csv":
        heights_m = [one.height_takeoff_m for one in truth]
        assert track.height_takeoff_m == pytest.approx(heights_m, abs=0.051)
        assert track.gimbal_pitch_deg == pytest.approx([-35.0] * len(truth))
        turn_deg = (track.gimbal_yaw_deg - [one.gimbal_yaw_deg for one in truth] + 180) % 360 - 180
        assert np.abs(turn_deg).max() < 0.051
        assert flight.gimbal is GimbalKnown.WORLD
    if name == "txtlogtocsv.csv":
        assert flight.home == HOME


def test_metres_and_feet_are_told_apart_by_the_header(tmp_path: Path) -> None:
    feet = made(tmp_path, "airdata.csv").track
    metres = made(tmp_path, "airdata.csv", lambda text: text.replace("(feet)", "(meters)")).track
    assert feet.height_msl_m == pytest.approx(metres.height_msl_m * 0.3048)
    yards = made(tmp_path, "airdata.csv", lambda text: text.replace("(feet)", "(yards)"))
    assert np.isnan(yards.track.height_msl_m).all()
    assert any("unit" in note for note in yards.notes)


def test_semicolons_and_decimal_commas_are_read_and_said(tmp_path: Path) -> None:
    def german(text: str) -> str:
        plain = text.replace('"Take-off, at last"', "")
        return "sep=;\n" + plain.replace(",", ";").replace(".", ",")

    there, here = made(tmp_path, "airdata.csv"), made(tmp_path, "airdata.csv", german)
    assert here.dialect == "AirData, decimal commas"
    assert here.track.lat_deg.tolist() == there.track.lat_deg.tolist()
    assert here.track.height_msl_m == pytest.approx(there.track.height_msl_m)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_excel_saves_is_read(tmp_path: Path, encoding: str) -> None:
    flight = read(tmp_path, TRACK.replace("\n", "\r\n").encode(encoding))
    assert flight.track.lat_deg.tolist() == [32.1, 32.2, 32.3]


def test_flight_readers_american_date_and_time_are_one_local_clock(tmp_path: Path) -> None:
    head = (
        "CUSTOM.date [local],CUSTOM.updateTime [local],OSD.latitude,OSD.longitude,OSD.height [ft]"
    )
    flight = read(tmp_path, f"{head}\n8/29/2017,1:30:28.9 PM,39.9612,-106.216,10\n")
    assert (flight.dialect, flight.clock) == ("Flight Reader", Clock.LOCAL)
    assert flight.track.t_s[0] == pytest.approx(epoch_s("2017-08-29 13:30:28.900"))
    assert flight.track.height_takeoff_m[0] == pytest.approx(3.048)


@pytest.mark.parametrize(
    ("stamp", "clock", "t_s"),
    [
        ("2026-03-01T08:00:00Z", Clock.UTC, T_START_S),
        ("2026-03-01T16:00:00+08:00", Clock.UTC, T_START_S),
        ("2026-03-01 08:00:00", Clock.LOCAL, T_START_S),
        ("1772352000", Clock.UTC, T_START_S),
        ("1772352000250", Clock.UTC, T_START_S + 0.25),
        ("12.5", Clock.RELATIVE, 12.5),
        ("", Clock.NONE, np.nan),
    ],
)
def test_a_timestamp_tells_by_its_form_which_clock_it_is(
    tmp_path: Path, stamp: str, clock: Clock, t_s: float
) -> None:
    flight = read(tmp_path, f"timestamp,lat,lon\n{stamp},32.1,118.1\n")
    assert flight.clock is clock
    assert flight.track.t_s[0] == pytest.approx(t_s, nan_ok=True)


def test_a_bad_row_costs_itself_and_says_its_line(tmp_path: Path) -> None:
    bad = "x,32.9,118.9\n3,32.4\n3,32.5,118.5,9\n4,n/a,\n5,32.6,118.6\n"
    flight = read(tmp_path, TRACK + bad)
    assert flight.track.lat_deg.tolist()[:3] == [32.1, 32.2, 32.3]
    assert np.isnan(flight.track.lat_deg[3])
    assert flight.track.lat_deg[4] == 32.6
    assert [(one.count, one.where) for one in flight.rejected] == [(1, "line 5"), (2, "line 6")]
    assert flight.integrity is Integrity.CORRUPT
    assert flight.recovered == 5 / 8


def test_a_cut_last_line_never_becomes_a_place_with_fewer_digits(tmp_path: Path) -> None:
    flight = read(tmp_path, TRACK[:-4])
    assert flight.track.lon_deg.tolist() == [118.1, 118.2]
    assert (flight.integrity, flight.damage) == (Integrity.TRUNCATED, "cut inside line 4")
    early = read(tmp_path, TRACK[:-12])
    assert (len(early.track), early.integrity) == (2, Integrity.TRUNCATED)


def test_a_missing_last_line_end_matters_only_if_a_number_could_be_shortened(
    tmp_path: Path,
) -> None:
    flight = made(tmp_path, "airdata.csv", lambda text: text.removesuffix("\n"))
    assert (len(flight.track), flight.integrity) == (len(patrol()), Integrity.COMPLETE)


def test_quotes_may_hold_separators_and_a_stray_one_costs_its_line(tmp_path: Path) -> None:
    head, *rows = TRACK.splitlines()
    text = "\n".join(
        [f"{head},message", f'{rows[0]},"Low, land"', f'{rows[1]},"Low', rows[2] + ","]
    )
    flight = read(tmp_path, text + "\n")
    assert 32.1 in flight.track.lat_deg
    assert 32.3 in flight.track.lat_deg


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,address,risk\nMill,Road 1,3\n", "name, address, risk"),
        ("latitude,longitude\n", "a header and no rows"),
        ("latitude,longitude\nhere,there\n", "not one row can be read"),
    ],
)
def test_what_is_no_track_is_refused_with_what_was_found(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(BadLog, match=reason):
        csv_log.READER.read(written(tmp_path, text))


def test_a_header_without_coordinates_names_the_page_that_helps(tmp_path: Path) -> None:
    path = written(tmp_path, "when,where,what\n1,2,3\n4,5,6\n")
    assert csv_log.READER.recognise(path.read_bytes())
    with pytest.raises(BadLog, match=r"docs/logs\.md"):
        csv_log.READER.read(path)


@pytest.mark.parametrize(
    "head",
    [
        b"1\n00:00:00,000 --> 00:00:00,016\n[latitude: 1.0]",
        b'{"topic": "a", "payload": 1}\n{"topic": "b", "payload": 2}\n',
        b"<?xml version='1.0'?>\n<gpx></gpx>",
        b"ULog\x01\x12\x35\x01\x00",
        b"QGC WPL 110\n0\t1\t0\t16\t0\n",
        b"",
    ],
)
def test_other_formats_are_left_to_their_readers(head: bytes) -> None:
    assert not csv_log.READER.recognise(head)


def test_a_camera_held_sideways_on_one_heading_is_believed(tmp_path: Path) -> None:
    rows = "".join(f"32.{i},118.1,10,100,-30\n" for i in range(1, 9))
    flight = read(tmp_path, f"latitude,longitude,heading,gimbal_heading,gimbal_pitch\n{rows}")
    assert flight.track.gimbal_yaw_deg.tolist() == [100.0] * 8
