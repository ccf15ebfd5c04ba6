"""Gauss-Kruger against PROJ, in every zone that EPSG knows."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.gauss_kruger import Zone, project, unproject, zone_of, zone_of_epsg

METRES_PER_DEGREE = 111_320.0


@pytest.mark.parametrize("code", range(4491, 4555))
def test_every_zone_of_epsg_is_the_one_of_proj_within_a_micrometre(code: int) -> None:
    zone = zone_of_epsg(code)
    assert zone is not None
    generator = np.random.default_rng(code)
    lat = generator.uniform(0.1, 60, 200)
    lon = zone.central_meridian_deg + generator.uniform(-4.4, 4.4, 200)
    proj = pyproj.Transformer.from_crs(4490, code, always_xy=True)
    easting, northing = proj.transform(lon, lat)
    ours = project(lat, lon, zone, zone.prefixes[0])
    assert np.hypot(ours[0] - easting, ours[1] - northing).max() < 1e-6
    back = unproject(easting, northing, zone)
    assert np.hypot(back[0] - lat, back[1] - lon).max() * METRES_PER_DEGREE < 1e-6


@pytest.mark.parametrize("code", [4326, 4479, 4480, 4490, 4555, 2334, 32650])
def test_other_codes_are_none_of_these_zones(code: int) -> None:
    assert zone_of_epsg(code) is None


@pytest.mark.parametrize(
    ("easting_m", "code"),
    [(386543.0, 4549), (40386543.0, 4528), (670192.0, 4548), (39670192.0, 4527)],
)
def test_nanjing_has_four_eastings_with_one_meaning(easting_m: float, code: int) -> None:
    """The figures of the same point, to the metre, in its two zones, with and without prefix."""
    zone = zone_of_epsg(code)
    assert zone is not None
    proj = pyproj.Transformer.from_crs(4490, code, always_xy=True)
    lon, lat = proj.transform(easting_m, 3_535_000.0, direction="INVERSE")
    ours = unproject(easting_m, 3_535_000.0, zone)
    assert (float(ours[0]), float(ours[1])) == pytest.approx((lat, lon), abs=1e-11)
    assert lon == pytest.approx(118.8, abs=0.02)


def test_a_zone_given_by_number_takes_eastings_with_its_prefix_or_none() -> None:
    zone = zone_of(3, 40)
    with_prefix = unproject(40386543.0, 3_535_000.0, zone)
    without = unproject(386543.0, 3_535_000.0, zone)
    assert np.allclose(with_prefix, without, atol=1e-12)
    assert np.isnan(unproject(39670192.0, 3_535_000.0, zone)).all()


@pytest.mark.parametrize(("width_deg", "numbers"), [(3, (24, 46)), (6, (12, 24))])
def test_zones_outside_of_china_are_refused(width_deg: int, numbers: tuple[int, int]) -> None:
    for number in numbers:
        with pytest.raises(ValueError, match="in China"):
            zone_of(width_deg, number)


def test_grids_are_the_same_by_meridian_and_prefix() -> None:
    plain, prefixed = zone_of_epsg(4549), zone_of_epsg(4528)
    assert plain is not None and prefixed is not None
    assert zone_of(3, 40).same_grid(plain)
    assert zone_of(3, 40).same_grid(prefixed)
    assert not plain.same_grid(prefixed)
    assert not zone_of(3, 40).same_grid(zone_of(3, 39))
    assert zone_of_epsg(4548) == Zone(central_meridian_deg=117) == zone_of_epsg(4509)


@given(st.floats(), st.floats())
def test_whatever_the_numbers_the_answer_is_a_place_or_nan(easting: float, northing: float) -> None:
    lat, lon = unproject(easting, northing, zone_of(3, 40))
    assert np.isnan(lat) == np.isnan(lon)
    assert np.isnan(lat) or (0 <= lat <= 90 and -180 <= lon < 180)
