"""GCJ-02 and BD-09: shifted as others shift, and back again to the millimetre."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import gcj02

METRES_PER_DEGREE = 111_320.0
FORTH_AND_BACK = (
    (gcj02.gcj02_from_wgs84, gcj02.wgs84_from_gcj02),
    (gcj02.bd09_from_wgs84, gcj02.wgs84_from_bd09),
)


@pytest.mark.parametrize(("forth", "back"), FORTH_AND_BACK)
def test_everywhere_in_china_the_way_back_ends_within_a_millimetre(forth, back) -> None:
    generator = np.random.default_rng(1)
    lat, lon = generator.uniform(3.5, 53.6, 50_000), generator.uniform(73.5, 135.1, 50_000)
    there = back(*forth(lat, lon))
    assert np.hypot(there[0] - lat, there[1] - lon).max() * METRES_PER_DEGREE < 1e-6


@pytest.mark.parametrize(("forth", "back"), FORTH_AND_BACK)
@given(shift=st.floats(-1e-9, 1e-9), lat=st.floats(20, 50))
def test_there_is_no_seam_at_the_meridian_the_formula_is_built_around(
    forth, back, shift, lat
) -> None:
    there = back(*forth(lat, 105.0 + shift))
    assert abs(there[0] - lat) + abs(there[1] - 105.0 - shift) < 1e-10


@pytest.mark.parametrize("change", [pair for pairs in FORTH_AND_BACK for pair in pairs])
@given(
    place=st.one_of(
        st.tuples(st.floats(-90, gcj02.SOUTH_DEG), st.floats(-180, 180)),
        st.tuples(st.floats(gcj02.NORTH_DEG, 90), st.floats(-180, 180)),
        st.tuples(st.floats(-90, 90), st.floats(-180, gcj02.WEST_DEG)),
        st.tuples(st.floats(-90, 90), st.floats(gcj02.EAST_DEG, 180)),
    )
)
def test_outside_of_china_a_position_means_what_it_says(change, place) -> None:
    assert tuple(map(float, change(*place))) == place


@pytest.mark.parametrize(
    ("wgs84", "shifted"),
    [
        # googollee/eviltransform, its published tests (Shanghai, Shenzhen, Beijing): lat, lon.
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_the_shift_is_the_one_known_in_public(wgs84, shifted) -> None:
    there = gcj02.gcj02_from_wgs84(*wgs84)
    assert there[0] == pytest.approx(shifted[0], abs=1e-7)  # they use another equator: 9.5 mm
    assert there[1] == pytest.approx(shifted[1], abs=1e-7)


def test_bd09_is_the_one_known_in_public() -> None:
    """wandergis/coordtransform, its published example at Tiananmen."""
    assert tuple(map(float, gcj02.gcj02_from_wgs84(39.915, 116.404))) == pytest.approx(
        (39.91640428150164, 116.41024449916938), abs=1e-12
    )
    there = gcj02.bd09_from_wgs84(*gcj02.wgs84_from_gcj02(39.915, 116.404))
    assert tuple(map(float, there)) == pytest.approx(
        (39.92133699351021, 116.41036949371029), abs=1e-10
    )


def test_at_nanjing_the_shift_is_540_metres_to_the_east_south_east() -> None:
    lat, lon = gcj02.gcj02_from_wgs84(31.95, 118.84)
    azimuth, _, length = pyproj.Geod(ellps="WGS84").inv(118.84, 31.95, float(lon), float(lat))
    assert length == pytest.approx(540, abs=15)
    assert azimuth == pytest.approx(115, abs=5)


def test_arrays_of_any_shape_go_in_and_come_out() -> None:
    lat, lon = gcj02.wgs84_from_bd09(np.full((3, 1), 32.0), np.full(4, 118.8))
    assert lat.shape == lon.shape == (3, 4)


def test_what_is_no_number_stays_none() -> None:
    lat, lon = gcj02.gcj02_from_wgs84([np.nan, np.inf], [118.0, 118.0])
    assert np.isnan(lat[0]) and np.isinf(lat[1])
    assert (lon == 118.0).all()
