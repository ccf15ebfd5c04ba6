"""KML and KMZ: real exports against ElementTree and a regular expression, made files, and traps."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import kml, wpml, zipped
from ingest.logs.flight import Clock, Flight, Integrity
from tools.log_writers.patrol import HOME, patrol
from tools.log_writers.text import WRITERS

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flights" / "gpx-kml"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/data is not on this machine"
)
NS = "{http://www.opengis.net/kml/2.2}"
LINE = (
    "<Placemark><LineString>{mode}<coordinates>118.1,32.1,50 118.2,32.2</coordinates>"
    "</LineString></Placemark>"
)
ABSOLUTE = "<altitudeMode>absolute</altitudeMode>"


def read(folder: Path, body: str | bytes) -> Flight:
    path = folder / "log.kml"
    text = body if isinstance(body, bytes) else f'<kml xmlns="x">{body}</kml>'.encode()
    path.write_bytes(text)
    assert kml.READER.recognise(text[:65536])
    return kml.READER.read(path)


def kmz(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "log.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@needs_shared
def test_airdatas_line_is_read_point_by_point_without_a_time() -> None:
    path = SHARED / "airdata_air2s.kml"
    lines = re.findall(r"^\s*(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)$", path.read_text("utf-8"), re.M)
    flight = kml.READER.read(path)
    track = flight.track
    assert len(track) == len(lines) == 2299
    assert track.lon_deg.tolist() == [float(lon) for lon, _, _ in lines]
    assert track.lat_deg.tolist() == [float(lat) for _, lat, _ in lines]
    assert track.height_msl_m.tolist() == [float(height) for _, _, height in lines]
    assert (flight.clock, flight.dialect) == (Clock.NONE, "LineString")
    assert np.isnan(track.t_s).all()
    assert flight.home == (47.5726823268315, -122.626668724063)
    assert (flight.integrity, flight.notes) == (Integrity.COMPLETE, ())


@needs_shared
def test_google_earths_points_are_a_plan_and_no_track() -> None:
    path = SHARED / "google_earth_points.kml"
    points = [point.text for point in ET.parse(path).iter(f"{NS}coordinates")]
    flight = kml.READER.read(path)
    assert len(flight.track) == 0
    expected = [tuple(map(float, text.split(",")[:2])) for text in points if text]
    assert [(one.lon_deg, one.lat_deg) for one in flight.plan] == expected
    assert len(expected) == 33
    assert flight.plan[0].height_mode == "clampToGround"
    assert flight.plan[0].height_m is None


def test_the_track_of_the_patrol_comes_back_with_its_times(tmp_path: Path) -> None:
    truth = patrol()
    flight = read(tmp_path, WRITERS["google_earth.kml"](truth))
    track = flight.track
    assert (flight.clock, flight.dialect) == (Clock.UTC, "gx:Track")
    assert track.t_s == pytest.approx([one.t_s for one in truth], abs=1e-3)
    assert track.mappable.tolist() == [one.has_fix for one in truth]
    assert track.lat_deg[-1] == pytest.approx(truth[-1].lat_deg, abs=1e-9)
    assert track.height_msl_m == pytest.approx([one.height_msl_m for one in truth], abs=1e-3)


def test_the_line_of_the_patrol_comes_back_with_its_home(tmp_path: Path) -> None:
    truth = patrol()
    flight = read(tmp_path, WRITERS["airdata.kml"](truth))
    assert (flight.home, flight.clock) == (HOME, Clock.NONE)
    lon_deg = [one.lon_deg if one.has_fix else 0 for one in truth]
    assert flight.track.lon_deg == pytest.approx(lon_deg, abs=1e-9)


@pytest.mark.parametrize(
    ("mode", "height_m", "noted"),
    [
        (ABSOLUTE, 50.0, False),
        ("", np.nan, False),  # clampToGround is KML's default
        ("<altitudeMode>relativeToGround</altitudeMode>", np.nan, True),
    ],
)
def test_only_absolute_heights_count(
    tmp_path: Path, mode: str, height_m: float, noted: bool
) -> None:
    flight = read(tmp_path, LINE.format(mode=mode))
    assert flight.track.height_msl_m == pytest.approx([height_m, np.nan], nan_ok=True)
    assert ("heights that are not absolute were left out" in flight.notes) is noted


def test_all_times_may_stand_before_all_places(tmp_path: Path) -> None:
    whens = "".join(f"<when>2026-03-01T08:00:0{n}+08:00</when>" for n in range(2))
    coords = "<gx:coord>118.1 32.1 5</gx:coord><gx:coord>118.2 32.2 6</gx:coord>"
    body = f'<Placemark xmlns:gx="y"><gx:Track>{whens}{coords}</gx:Track></Placemark>'
    flight = read(tmp_path, body)
    midnight_s = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    assert flight.track.t_s.tolist() == [midnight_s, midnight_s + 1]
    assert flight.track.lon_deg.tolist() == [118.1, 118.2]


def test_points_with_times_are_a_track(tmp_path: Path) -> None:
    body = "".join(
        f"<Placemark><TimeStamp><when>2026-03-01T08:00:0{n}Z</when></TimeStamp><Point>"
        f"<coordinates>118.{n},32,1</coordinates></Point></Placemark>"
        for n in (1, 2)
    )
    flight = read(tmp_path, body)
    assert flight.track.lon_deg.tolist() == [118.1, 118.2]
    assert flight.clock is Clock.UTC


def test_a_line_beside_a_track_with_times_is_not_read_twice(tmp_path: Path) -> None:
    track = "<Track><when>2026-03-01T08:00:00Z</when><coord>118.1 32.1 5</coord></Track>"
    flight = read(tmp_path, LINE.format(mode="") + f"<Placemark>{track}</Placemark>")
    assert len(flight.track) == 1
    assert flight.notes == ("a line without times was left out, for there is a track with times",)


@pytest.mark.parametrize("name", ["airdata.kml", "google_earth.kml"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_file_gives_the_points_before_the_cut(
    tmp_path: Path, name: str, share: float
) -> None:
    data = WRITERS[name](patrol())
    piece = data[: int(len(data) * share)]
    flight = read(tmp_path, piece)
    whole = read(tmp_path, data).track
    lines = piece.count(b"\n") - piece[: piece.index(b"0.000000000")].count(b"\n")
    assert len(flight.track) == lines
    assert flight.track.lat_deg.tolist() == whole.lat_deg[:lines].tolist()
    assert flight.integrity is Integrity.TRUNCATED


def test_coordinates_that_are_none_are_counted_and_the_others_read(tmp_path: Path) -> None:
    flight = read(tmp_path, LINE.format(mode="").replace("118.2,32.2", "118.2,,5 118.3,32.3,1,1"))
    assert flight.track.lon_deg.tolist() == [118.1]
    assert [one.count for one in flight.rejected] == [1, 1]
    assert flight.integrity is Integrity.CORRUPT


def test_a_polygon_is_no_flight(tmp_path: Path) -> None:
    ring = "<Polygon><LinearRing><coordinates>1,1 2,2 3,1 1,1</coordinates></LinearRing></Polygon>"
    with pytest.raises(BadLog, match="no path and no point"):
        read(tmp_path, f"<Placemark>{ring}</Placemark>")


def test_a_kmz_is_the_kml_or_the_mission_in_it(tmp_path: Path) -> None:
    truth = patrol()
    path = tmp_path / "log.kmz"
    path.write_bytes(WRITERS["google_earth.kmz"](truth))
    assert zipped.READER.recognise(path.read_bytes()[:65536])
    inside = zipped.READER.read(path)
    assert (inside.format, len(inside.track)) == ("kml", len(truth))
    path.write_bytes(WRITERS["mission.kmz"](truth))
    mission = zipped.READER.read(path)
    assert mission.format == "dji-wpml"
    assert len(mission.plan) == sum(one.has_fix for one in truth)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.txt": b""}, "without a .kml or .wpml"),
        ({"doc.kml": b"<kml/>", "more.zip": b"PK"}, "archive in the archive"),
        ({f"{number}.kml": b"" for number in range(1001)}, "1001 members"),
        ({"doc.kml": b" " * 1_000_000}, "100 times its size"),
        ({"../doc.kml": b"<kml/>"}, "leads out of the archive"),
        ({"/etc/doc.kml": b"<kml/>"}, "leads out of the archive"),
        ({"doc.kml": b"<kml/>"}, "no path and no point"),
    ],
)
def test_a_kmz_that_is_a_trap_or_empty_is_refused(
    tmp_path: Path, members: dict[str, bytes], reason: str
) -> None:
    with pytest.raises(BadLog, match=reason):
        zipped.READER.read(kmz(tmp_path, members))


def test_a_link_in_a_kmz_is_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("doc.kml")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "log.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadLog, match="is a link"):
        zipped.READER.read(path)


def test_a_cut_kmz_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "log.kmz"
    data = WRITERS["google_earth.kmz"](patrol())
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadLog, match=r"damaged zip.*copy it again"):
        zipped.READER.read(path)


def test_an_xml_bomb_is_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml><name>&b;</name></kml>'
    path = tmp_path / "log.kml"
    path.write_bytes(bomb)
    with pytest.raises(BadLog, match="may be a trap"):
        kml.READER.read(path)


def test_a_mission_is_not_taken_for_a_plain_kml() -> None:
    data = WRITERS["waylines.wpml"](patrol())
    assert wpml.READER.recognise(data) and not wpml.READER.recognise(
        WRITERS["airdata.kml"](patrol())
    )
    assert zipfile.is_zipfile(io.BytesIO(WRITERS["mission.kmz"](patrol())))
