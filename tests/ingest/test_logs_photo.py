"""Photos: real ones against ExifRead and figures read by hand, made ones against the patrol."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.jpeg import check_jpeg
from ingest.logs import photo
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity
from ingest.logs.xmp import read_xmp
from tools.log_writers.patrol import patrol
from tools.log_writers.tables import WRITERS

DATA = Path(__file__).parents[2].parent / "shared" / "data"
XMP = DATA / "flights" / "photos-xmp"
REAL = sorted(
    path
    for folder in (XMP, DATA / "geo" / "openathena")
    for path in folder.glob("*")
    if path.suffix.lower() == ".jpg"
)
needs_shared = pytest.mark.skipif(not REAL, reason="../shared/data is not on this machine")


def epoch_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def read(folder: Path, data: bytes) -> Flight:
    path = folder / "photo.jpg"
    path.write_bytes(data)
    return photo.READER.read(path)


def made(name: str = "photo.jpg") -> bytes:
    return WRITERS[name](patrol())


@needs_shared
@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.name if path else "none")
def test_exif_is_read_as_exifread_reads_it(path: Path) -> None:
    exifread = pytest.importorskip("exifread", reason="needs ExifRead, from the extra dev")
    utils = pytest.importorskip("exifread.utils")
    with path.open("rb") as file:
        tags = exifread.process_file(file, details=False)
    place = utils.get_gps_coords(tags) if "GPS GPSLatitude" in tags else ()
    flight = photo.READER.read(path)
    track = flight.track
    assert bool(track.mappable[0]) == bool(place)
    if place:
        assert (track.lat_deg[0], track.lon_deg[0]) == pytest.approx(place, abs=2e-6)
    known = "EXIF FocalLengthIn35mmFilm" in tags and tags["EXIF FocalLengthIn35mmFilm"].values[0]
    assert math.isnan(track.hfov_deg[0]) != bool(known)
    if flight.clock is Clock.LOCAL and "EXIF DateTimeOriginal" in tags:
        taken = str(tags["EXIF DateTimeOriginal"]).replace("-", ":")
        when = datetime.strptime(taken, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        assert track.t_s[0] == when.timestamp()


@needs_shared
@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.name if path else "none")
def test_the_picture_of_a_photo_is_whole_and_decodes(path: Path) -> None:
    flight = photo.READER.read(path)
    (picture,) = flight.photos
    assert (flight.integrity, len(flight.track)) == (Integrity.COMPLETE, 1)
    assert check_jpeg(picture.jpeg) == (picture.width_px, picture.height_px)
    pixels = cv2.imdecode(
        np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    )
    assert pixels is not None
    assert pixels.shape[:2] == (picture.height_px, picture.width_px)


@needs_shared
def test_a_full_xmp_gives_place_heights_gimbal_and_laser_as_written() -> None:
    flight = photo.READER.read(XMP / "H20N_DJI_0006_R.JPG")
    track = flight.track
    assert (flight.model, flight.device) == ("Matrice 300 RTK", "1ZNBJC400C0029")
    assert (track.lat_deg[0], track.lon_deg[0]) == (22.596196357, 114.007268015)
    assert (track.height_takeoff_m[0], track.height_undeclared_m[0]) == (42.602, 90.337)
    assert math.isnan(track.height_msl_m[0]) and math.isnan(track.height_ellipsoid_m[0])
    assert (track.gimbal_yaw_deg[0], track.gimbal_pitch_deg[0]) == (-106.6, -32.9)
    assert (track.yaw_deg[0], track.pitch_deg[0], track.roll_deg[0]) == (-86.0, 2.2, 1.8)
    assert track.laser_range_m[0] == 79.572
    assert (flight.gimbal, flight.clock, flight.dialect) == (GimbalKnown.WORLD, Clock.UTC, "R-JPEG")
    assert track.t_s[0] == epoch_s("2022-03-24 09:37:59"), "17:37:59 at +08:00"


@needs_shared
def test_an_old_xmp_without_a_place_takes_it_from_exif() -> None:
    flight = photo.READER.read(XMP / "DJI_XT2.jpg")
    track = flight.track
    assert (track.height_takeoff_m[0], track.gimbal_yaw_deg[0]) == (1.9, 82.400002)
    assert bool(track.mappable[0])
    assert flight.clock is Clock.LOCAL


@needs_shared
@pytest.mark.parametrize("name", ["M30T", "M3TD", "M3T", "M4T"])
def test_a_shared_photo_is_one_row_without_a_place(name: str) -> None:
    flight = photo.READER.read(XMP / f"{name}_DJI_0001_R.JPG")
    assert (len(flight.track), int(flight.track.mappable.sum())) == (1, 0)
    assert math.isnan(flight.track.lat_deg[0]), "unknown is not zero"
    assert "does not say where" in flight.notes[0]
    assert (flight.gimbal, flight.clock) == (GimbalKnown.NO, Clock.LOCAL)


def test_the_patrols_photo_comes_back(tmp_path: Path) -> None:
    truth, flight = patrol()[-1], read(tmp_path, made())
    track = flight.track
    assert (track.lat_deg[0], track.lon_deg[0]) == pytest.approx((truth.lat_deg, truth.lon_deg))
    assert track.height_takeoff_m[0] == truth.height_takeoff_m
    assert track.gimbal_yaw_deg[0] == pytest.approx(truth.gimbal_yaw_deg - 360.0)
    assert track.gimbal_pitch_deg[0] == truth.gimbal_pitch_deg
    assert (track.t_s[0], flight.clock) == (math.floor(truth.t_s), Clock.UTC)
    assert track.laser_range_m[0] == 104.6
    # DJI gives the Mavic 3E's wide camera 24 mm and 84 degrees across the diagonal of 4:3.
    across_deg = 2 * math.degrees(math.atan(math.tan(math.radians(42.0)) * 0.8))
    assert track.hfov_deg[0] == pytest.approx(across_deg, abs=0.1)


def test_exif_alone_gives_the_place_and_a_clock_without_zone(tmp_path: Path) -> None:
    truth, flight = patrol()[-1], read(tmp_path, made().replace(b"adobe.com/xap", b"adobe.org/xap"))
    assert flight.track.lat_deg[0] == pytest.approx(truth.lat_deg, abs=1e-8)
    assert flight.track.lon_deg[0] == pytest.approx(truth.lon_deg, abs=1e-8)
    assert flight.track.height_undeclared_m[0] == pytest.approx(truth.height_msl_m)
    assert (flight.clock, flight.track.t_s[0]) == (Clock.LOCAL, math.floor(truth.t_s) + 8 * 3600)


def test_a_laser_that_did_not_hit_measures_nothing(tmp_path: Path) -> None:
    flight = read(tmp_path, made().replace(b'Status="Normal"', b'Status="NoHits"'))
    assert math.isnan(flight.track.laser_range_m[0])


def test_a_photo_at_zero_is_never_mapped(tmp_path: Path) -> None:
    truth, data = patrol()[-1], made()
    for angle_deg in (truth.lat_deg, truth.lon_deg):
        data = data.replace(
            f"{angle_deg:+.9f}".encode(), f"{0:+.{len(f'{angle_deg:.9f}') - 2}f}".encode()
        )
    flight = read(tmp_path, data)
    assert (flight.track.lat_deg[0], flight.track.lon_deg[0]) == (0.0, 0.0)
    assert not flight.track.mappable[0]


def test_tags_are_read_as_attributes_and_as_elements_and_misspelt() -> None:
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:d="http://www.dji.com/drone-dji/1.0/">
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description d:GpsLatitude="+1.5"><d:GpsLongtitude>-2.5</d:GpsLongtitude>
      </rdf:Description></rdf:RDF></x:xmpmeta>"""
    assert read_xmp(packet) == {"GpsLatitude": "+1.5", "GpsLongtitude": "-2.5"}


def test_entities_are_refused_and_the_photo_is_read_without_its_xmp(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]><x>&a;</x>'
    with pytest.raises(ValueError, match="not well-formed"):
        read_xmp(bomb)
    flight = read(tmp_path, made().replace(b"</rdf:RDF>", b"</rdf:ROF>"))
    assert flight.integrity is Integrity.CORRUPT
    assert bool(flight.track.mappable[0]), "EXIF still tells the place"


def test_a_cut_photo_keeps_its_place_and_loses_its_picture(tmp_path: Path) -> None:
    flight = read(tmp_path, made()[:-20])
    assert (flight.integrity, flight.photos) == (Integrity.TRUNCATED, ())
    assert bool(flight.track.mappable[0])


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="no frame header"):
        read(tmp_path, b"\xff\xd8\xff\xd9")
    assert photo.READER.recognise(made())
    assert not photo.READER.recognise(b"\x89PNG\r\n\x1a\n")
