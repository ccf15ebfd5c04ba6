"""GPX: AirData's export against gpxpy, made files, and the odds and ends of the format."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import gpx, kml
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity, Waypoint
from tools.log_writers.patrol import patrol
from tools.log_writers.text import WRITERS

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "gpx-kml"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/data is not on this machine"
)
POINT = '<trkpt lat="32.1" lon="118.1"><ele>20</ele><time>2026-03-01T08:00:00Z</time></trkpt>'


def written(folder: Path, body: str | bytes, name: str = "log.gpx") -> Path:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else f"<gpx>{body}</gpx>".encode())
    return path


def read(folder: Path, body: str | bytes) -> Flight:
    path = written(folder, body)
    assert gpx.READER.recognise(path.read_bytes()[:65536])
    return gpx.READER.read(path)


@needs_shared
def test_airdatas_export_is_read_as_gpxpy_reads_it() -> None:
    gpxpy = pytest.importorskip("gpxpy", reason="needs the extra dev")
    path = SHARED / "airdata_air2s.gpx"
    parsed = gpxpy.parse(path.read_text("utf-8"))
    points = [point for track in parsed.tracks for part in track.segments for point in part.points]
    flight = gpx.READER.read(path)
    track = flight.track
    assert len(track) == len(points) == 10817
    assert track.lat_deg.tolist() == [point.latitude for point in points]
    assert track.lon_deg.tolist() == [point.longitude for point in points]
    assert track.height_msl_m.tolist() == [point.elevation for point in points]
    assert track.t_s.tolist() == [point.time.timestamp() for point in points]
    assert (flight.clock, flight.dialect) == (Clock.UTC, "Airdata.com")
    assert (flight.integrity, flight.gimbal) == (Integrity.COMPLETE, GimbalKnown.NO)
    # Read off the file by eye.
    assert (track.lat_deg[0], track.lon_deg[0]) == (47.5726823293534, -122.626668686453)
    assert (track.lat_deg[-1], track.lon_deg[-1]) == (47.5726927443072, -122.626651406783)
    assert track.t_s[-1] == datetime(2021, 9, 6, 3, 7, 42, tzinfo=UTC).timestamp()


@needs_shared
def test_csv_gpx_and_kml_of_one_flight_agree_within_rounding() -> None:
    """AirData's KML is every fifth line of its CSV from the fix on; its GPX leaves lines out."""
    lines = (SHARED.parent / "dji-csv" / "airdata_air2s.csv").read_text("utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    line = kml.READER.read(SHARED / "airdata_air2s.kml").track
    assert line.lat_deg.tolist() == [float(row[2]) for row in rows[119::5]]
    assert line.lon_deg.tolist() == [float(row[3]) for row in rows[119::5]]
    track = gpx.READER.read(SHARED / "airdata_air2s.gpx").track
    places = zip(track.lat_deg, track.lon_deg, strict=True)
    height_m = dict(zip(places, track.height_msl_m, strict=True))
    both = [
        (height_m[place], height)
        for *place_, height in zip(line.lat_deg, line.lon_deg, line.height_msl_m, strict=True)
        if (place := tuple(place_)) in height_m
    ]
    assert len(both) == 2163
    assert [one for one, _ in both] == pytest.approx([other for _, other in both], abs=1e-5)
    assert {(float(row[2]), float(row[3])) for row in rows} >= height_m.keys()


@pytest.mark.parametrize("name", ["airdata.kml", "google_earth.kml"])
def test_the_made_gpx_and_kml_agree(tmp_path: Path, name: str) -> None:
    truth = patrol()
    one = read(tmp_path, WRITERS["airdata.gpx"](truth)).track
    other = kml.READER.read(written(tmp_path, WRITERS[name](truth), name)).track
    flown = [sample.has_fix for sample in truth]
    assert one.mappable.tolist() == other.mappable.tolist() == flown
    assert one.lat_deg.tolist() == other.lat_deg.tolist()
    assert one.lon_deg.tolist() == other.lon_deg.tolist()
    assert one.height_msl_m.tolist() == other.height_msl_m.tolist()
    lat_deg = [sample.lat_deg for sample in truth if sample.has_fix]
    assert one.lat_deg[flown] == pytest.approx(lat_deg, abs=1e-9)
    assert one.height_msl_m == pytest.approx([s.height_msl_m for s in truth], abs=1e-3)
    assert one.t_s == pytest.approx([sample.t_s for sample in truth], abs=1e-3)


def test_tracks_are_joined_routes_are_plans_and_waypoints_are_marks(tmp_path: Path) -> None:
    later = POINT.replace("08:00:00", "09:00:00")
    flight = read(
        tmp_path,
        '<wpt lat="1" lon="2"><name>gate</name></wpt><wpt lat="3" lon="4"><name>Home</name></wpt>'
        '<rte><rtept lat="32.2" lon="118.2"><ele>80</ele></rtept><rtept lat="32.3" lon="118.3"/>'
        f"</rte><trk><trkseg>{POINT}</trkseg><trkseg>{later}</trkseg></trk>",
    )
    assert flight.track.lat_deg.tolist() == [32.1, 32.1]
    assert np.diff(flight.track.t_s).tolist() == [3600]
    assert flight.plan == (
        Waypoint(lat_deg=32.2, lon_deg=118.2, height_m=80, height_mode="MSL"),
        Waypoint(lat_deg=32.3, lon_deg=118.3, height_m=None, height_mode="MSL"),
    )
    assert flight.home == (3, 4)
    assert flight.notes == (
        "1 tracks of 2 parts are joined as they come",
        "1 waypoints beside the path are marks, and were left out",
    )


def test_waypoints_alone_are_a_plan(tmp_path: Path) -> None:
    flight = read(tmp_path, '<wpt lat="1" lon="2"/><wpt lat="3" lon="4"/>')
    assert [(one.lat_deg, one.lon_deg) for one in flight.plan] == [(1, 2), (3, 4)]
    assert (len(flight.track), flight.clock) == (0, Clock.NONE)


def test_a_track_without_times_or_heights_has_none(tmp_path: Path) -> None:
    flight = read(tmp_path, '<trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk>')
    assert flight.clock is Clock.NONE
    assert math.isnan(flight.track.t_s[0]) and math.isnan(flight.track.height_msl_m[0])


def test_a_time_without_a_zone_is_utc_as_the_format_demands(tmp_path: Path) -> None:
    flight = read(tmp_path, f"<trk>{POINT.replace('00Z', '00')}</trk>")
    assert flight.track.t_s[0] == datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp()
    assert flight.notes == ("times without a zone are taken for UTC, as the format demands",)


def test_the_heights_and_times_of_extensions_are_not_the_points(tmp_path: Path) -> None:
    more = "<extensions><ele>999</ele><time>1999-01-01T00:00:00Z</time></extensions></trkpt>"
    flight = read(tmp_path, f"<trk><trkseg>{POINT.replace('</trkpt>', more)}</trkseg></trk>")
    assert flight.track.height_msl_m[0] == 20
    assert flight.track.t_s[0] == datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ('lat="32.1"', "", "a point without a position"),
        ('lat="32.1"', 'lat="nan"', "something else where a number belongs"),
        ("2026-03-01T08", "2026-33-01T08", "a time that is none"),
    ],
)
def test_a_point_that_cannot_be_read_is_counted_with_its_line(
    tmp_path: Path, right: str, wrong: str, reason: str
) -> None:
    bad = POINT.replace(right, wrong)
    flight = read(tmp_path, f"<trk><trkseg>{POINT}\n{bad}</trkseg></trk>")
    assert len(flight.track) == 1
    assert flight.integrity is Integrity.CORRUPT
    assert [(one.reason, one.count, one.where) for one in flight.rejected] == [
        (reason, 1, "line 2")
    ]
    assert flight.recovered == 0.5


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_file_gives_the_points_before_the_cut(tmp_path: Path, share: float) -> None:
    data = WRITERS["airdata.gpx"](patrol())
    piece = data[: int(len(data) * share)]
    flight = read(tmp_path, piece)
    assert len(flight.track) == piece.count(b"</trkpt>")
    assert flight.integrity is Integrity.TRUNCATED
    assert flight.damage == f"cut in line {piece.count(chr(10).encode()) + 1}"


def test_damage_in_the_middle_costs_what_lies_behind_it_and_is_told(tmp_path: Path) -> None:
    data = WRITERS["airdata.gpx"](patrol())
    middle = data.index(b"<trkpt", len(data) // 2)
    flight = read(tmp_path, data[:middle] + b"<<" + data[middle + 2 :])
    assert len(flight.track) == data[:middle].count(b"</trkpt>")
    assert flight.integrity is Integrity.CORRUPT
    assert flight.recovered == pytest.approx(middle / len(data), abs=0.01)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "iso-8859-1", "punycode"]
)
def test_any_encoding_that_an_export_may_have_is_read(tmp_path: Path, encoding: str) -> None:
    name = "巡飞" if encoding in {"utf-8", "utf-8-sig", "utf-16", "gb18030"} else "patrol"
    said = encoding.removesuffix("-sig")
    text = (
        f'<?xml version="1.0" encoding="{said}"?>\n<gpx creator="{name}"><trk>{POINT}</trk></gpx>'
    )
    data = text.encode("ascii" if encoding == "punycode" else encoding)
    flight = read(tmp_path, data)
    assert (flight.dialect, len(flight.track)) == (name, 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<gpx></gpx>", "no track, route or waypoint"),
        (b"<gpx><trk>", "no track, route or waypoint in it: cut in line 1"),
        (b'<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', "may be a trap"),
        (b"<!DOCTYPE gpx []><gpx></gpx>", "may be a trap"),
        (b'<gpx><trkpt lat="x" lon="1"/></gpx>', "line 1: .*where a number belongs"),
    ],
)
def test_what_holds_no_points_is_refused_with_the_reason(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    with pytest.raises(BadLog, match=reason):
        gpx.READER.read(written(tmp_path, body))


@pytest.mark.parametrize("head", [b"", b"\x00\xff", b"<kml/>", b"<?xml", b"lat,lon", b"<gpxx>"])
def test_what_is_no_gpx_is_not_taken_for_one(head: bytes) -> None:
    assert not gpx.READER.recognise(head)
