"""Against pymap3d (ECEF, ENU) and PROJ's geodesics, from the oracle and at random places."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import (
    bearing_deg,
    destination,
    distance_m,
    east_north,
    ecef,
    enu,
    geodetic,
    offset,
)

ORACLE = json.loads((Path(__file__).parent / "oracle.json").read_text())
PROJ = pyproj.Geod(ellps="WGS84")


def columns(name: str) -> dict[str, np.ndarray]:
    return {key: np.array([case[key] for case in ORACLE[name]]) for key in ORACLE[name][0]}


def test_ecef_is_pymap3ds_within_a_hundredth_of_a_micrometre() -> None:
    case = columns("points")
    ours = ecef(case["lat_deg"], case["lon_deg"], case["height_m"])
    for axis, theirs in zip(ours, (case["x_m"], case["y_m"], case["z_m"]), strict=True):
        assert axis == pytest.approx(theirs, abs=1e-8)


def test_ecef_turned_back_is_where_it_came_from() -> None:
    case = columns("points")
    lat, lon, height = geodetic(case["x_m"], case["y_m"], case["z_m"])
    assert lat == pytest.approx(case["lat_deg"], abs=1e-12)
    assert lon == pytest.approx(case["lon_deg"], abs=1e-12)
    assert height == pytest.approx(case["height_m"], abs=1e-7)


def test_enu_is_pymap3ds_also_at_the_pole_and_the_antimeridian() -> None:
    case = columns("points")
    lat, lon, height = case["lat_deg"], case["lon_deg"], case["height_m"]
    ours = enu(lat + 0.002, lon + 0.003, height + 5, lat, lon, height)
    for axis, theirs in zip(ours, (case["east_m"], case["north_m"], case["up_m"]), strict=True):
        assert axis == pytest.approx(theirs, abs=1e-7)


def test_geodesics_are_projs_within_a_tenth_of_a_millimetre() -> None:
    case = columns("geodesics")
    ends = (case["lat1_deg"], case["lon1_deg"], case["lat2_deg"], case["lon2_deg"])
    assert distance_m(*ends) == pytest.approx(case["distance_m"], abs=1e-4)
    assert bearing_deg(*ends) == pytest.approx(case["bearing_deg"], abs=1e-6)
    lat, lon = destination(
        case["lat1_deg"], case["lon1_deg"], case["bearing_deg"], case["distance_m"]
    )
    missed = PROJ.inv(lon, lat, case["lon2_deg"], case["lat2_deg"])[2]
    assert np.max(missed) < 1e-4


@settings(deadline=None)
@given(st.floats(-89.99, 89.99), st.floats(-180, 180), st.floats(-5e4, 5e4), st.floats(-5e4, 5e4))
def test_an_offset_measured_again_is_the_same_offset(
    lat: float, lon: float, east: float, north: float
) -> None:
    there = offset(lat, lon, east, north)
    assert east_north(*there, lat, lon) == pytest.approx((east, north), abs=1e-4)
    assert PROJ.inv(lon, lat, float(there[1]), float(there[0]))[2] == pytest.approx(
        np.hypot(east, north), abs=1e-4
    )


def test_a_point_is_no_way_from_itself() -> None:
    assert distance_m(31.9, 118.8, 31.9, 118.8) == 0
    assert bearing_deg(31.9, 118.8, 31.9, 118.8) == 0


def test_towards_the_antipode_there_is_no_answer_rather_than_a_wrong_one() -> None:
    assert np.isnan(distance_m(0, 0, 0.1, 179.8))
