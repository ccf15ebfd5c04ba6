"""A register read in the wrong system is told by anything it can be compared with."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from geo.crs import BD09, CGCS2000, GCJ02, WGS84, Crs, parse_crs
from geo.errors import UnknownCrs
from geo.gcj02 import bd09_from_wgs84, gcj02_from_wgs84
from geo.mislabel import shift_between, shift_under
from geo.premises import Premises

WRITE = {"wgs84": lambda lat, lon: (lat, lon), "gcj02": gcj02_from_wgs84, "bd09": bd09_from_wgs84}


def town(written: str, read: Crs, seed: int = 0, names: str = "P") -> list[Premises]:
    """Forty yards 30 m wide around Nanjing, written in one system and read in another."""
    generator = np.random.default_rng(seed)
    lat, lon = generator.uniform(31.3, 32.5, 40), generator.uniform(118.4, 119.2, 40)
    shifted_lat, shifted_lon = WRITE[written](lat, lon)
    placed = read.to_wgs84(np.stack([shifted_lon, shifted_lat], axis=-1))
    return [
        Premises(
            premises_id=f"{names}{number}", name=f"yard {names}{number}", category="", risk=None,
            address=None, geometry=shapely.Point(place).buffer(0.00015),
        )
        for number, place in enumerate(placed)
    ]  # fmt: skip


@pytest.mark.parametrize("read", [WGS84, CGCS2000, GCJ02, BD09], ids=lambda crs: crs.name)
@pytest.mark.parametrize("written", list(WRITE))
def test_every_mix_up_is_named(written: str, read: Crs) -> None:
    shift = shift_between(town(written, read), town("wgs84", WGS84), read)
    assert shift.meant == written
    assert shift.mislabelled == (written != {"cgcs2000": "wgs84"}.get(read.name, read.name))


def test_the_offset_is_the_one_a_geodesic_measures() -> None:
    ours, known = town("gcj02", WGS84)[:1], town("wgs84", WGS84)[:1]
    shift = shift_between(ours, known, WGS84)
    ends = [one[0].geometry.centroid for one in (known, ours)]
    azimuth, _, length = pyproj.Geod(ellps="WGS84").inv(ends[0].x, ends[0].y, ends[1].x, ends[1].y)
    assert shift.east_m == pytest.approx(length * np.sin(np.radians(azimuth)), abs=0.01)
    assert shift.north_m == pytest.approx(length * np.cos(np.radians(azimuth)), abs=0.01)
    assert 500 < length < 600


def test_names_do_where_ids_differ_and_nothing_is_said_where_nothing_matches() -> None:
    ours = town("gcj02", WGS84)
    renumbered = [
        Premises(
            premises_id=f"X{one.premises_id}", name=one.name, category="", risk=None, address=None,
            geometry=one.geometry,
        )
        for one in town("wgs84", WGS84)
    ]  # fmt: skip
    assert shift_between(ours, renumbered, WGS84).meant == "gcj02"
    strangers = shift_between(ours, town("wgs84", WGS84, names="Q"), WGS84)
    assert (strangers.matched, strangers.meant, strangers.mislabelled) == (0, None, False)


def test_a_difference_that_is_no_shift_is_left_unexplained() -> None:
    moved = [
        Premises(
            premises_id=one.premises_id, name=one.name, category="", risk=None, address=None,
            geometry=shapely.transform(one.geometry, lambda lonlat: lonlat + 0.01),
        )
        for one in town("wgs84", WGS84)
    ]  # fmt: skip
    shift = shift_between(moved, town("wgs84", WGS84), WGS84)
    assert (shift.matched, shift.meant, shift.mislabelled) == (40, None, False)


@pytest.mark.parametrize("written", list(WRITE))
@pytest.mark.parametrize("read", [WGS84, GCJ02, BD09], ids=lambda crs: crs.name)
def test_home_points_on_premises_tell_too(written: str, read: Crs) -> None:
    generator = np.random.default_rng(0)
    lat, lon = generator.uniform(31.3, 32.5, 40), generator.uniform(118.4, 119.2, 40)
    shift = shift_under(town(written, read), lat[:5], lon[:5], read)
    assert (shift.matched, shift.meant) == (5, written)
    if written == read.name:
        assert (shift.east_m, shift.north_m) == pytest.approx((0, 0), abs=0.01)


def test_two_home_points_are_too_few_to_tell() -> None:
    generator = np.random.default_rng(0)
    lat, lon = generator.uniform(31.3, 32.5, 40), generator.uniform(118.4, 119.2, 40)
    assert shift_under(town("gcj02", WGS84), lat[:2], lon[:2], WGS84).matched == 0


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("WGS84", WGS84), ("cgcs2000", CGCS2000), ("GCJ02", GCJ02), ("bd09", BD09),
        ("EPSG:4326", WGS84), ("epsg:4490", CGCS2000), ("gk3:40", parse_crs("EPSG:4549")),
        ("gk3:40", parse_crs("EPSG:4528")), ("gk6:20", parse_crs("EPSG:4498")),
        ("gk6:20", parse_crs("EPSG:4548")),
    ],
)  # fmt: skip
def test_two_names_of_one_system_agree(name: str, known: Crs) -> None:
    assert parse_crs(name).agrees_with(known)
    assert known.agrees_with(parse_crs(name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wgs84", "gcj02"), ("wgs84", "cgcs2000"), ("cgcs2000", "gk3:40"), ("gk3:39", "gk3:40"),
        ("EPSG:4549", "EPSG:4528"),
    ],
)  # fmt: skip
def test_different_systems_do_not_agree(one: str, other: str) -> None:
    assert not parse_crs(one).agrees_with(parse_crs(other))


@pytest.mark.parametrize("name", ["", "utm", "EPSG:3857", "EPSG:", "gk3:99", "gk4:40", "gk3:-1"])
def test_a_system_not_known_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownCrs, match="gk3:zone"):
        parse_crs(name)
