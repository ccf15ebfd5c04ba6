"""Planned against flown: distances by PROJ's geodesics and right triangles, times by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from geo.planned import Flown, RouteLimits, Waypoint, adherence

GEOD = Geod(ellps="WGS84")
LAT0, LON0 = 31.95, 118.84


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Latitude and longitude by PROJ."""
    azimuth = np.degrees(np.arctan2(east_m, north_m))
    lon, lat, _ = GEOD.fwd(LON0, LAT0, azimuth, float(np.hypot(east_m, north_m)))
    return lat, lon


def corner(east_m: float, north_m: float) -> Waypoint:
    lat, lon = at(east_m, north_m)
    return Waypoint(lat_deg=lat, lon_deg=lon)


def fix(t_s: float, east_m: float, north_m: float) -> Flown:
    lat, lon = at(east_m, north_m)
    return Flown(t_s=t_s, lat_deg=lat, lon_deg=lon)


SQUARE = [corner(0, 0), corner(0, 400), corner(400, 400), corner(400, 0)]


def test_the_route_flown_exactly_leaves_nothing() -> None:
    track = [fix(i, 0, 10 * i) for i in range(41)]
    track += [fix(40 + i, 10 * i, 400) for i in range(1, 41)]
    track += [fix(80 + i, 400, 400 - 10 * i) for i in range(1, 41)]
    found = adherence(SQUARE, track)
    assert found.max_m == pytest.approx(0, abs=0.01)
    assert found.skipped == ()
    assert [leg.flown for leg in found.legs] == pytest.approx([1, 1, 1], abs=1e-4)
    assert [leg.length_m for leg in found.legs] == pytest.approx([400, 400, 400], abs=0.01)
    assert (found.outside_s, found.flown_s) == (0, 120)


def test_a_steady_offset_is_the_cross_track_distance() -> None:
    found = adherence(SQUARE[:2], [fix(i, 7.5, 10 * i) for i in range(41)])
    assert (found.max_m, found.p95_m) == pytest.approx((7.5, 7.5), abs=0.01)


def test_a_leg_left_out_is_named_and_the_others_are_not() -> None:
    track = [fix(i, 0, 10 * i) for i in range(41)]
    track += [fix(40 + i, 10 * i, 400 - 10 * i) for i in range(1, 41)]  # the short cut
    found = adherence(SQUARE, track)
    assert found.skipped == (1, 2)
    assert found.max_m == pytest.approx(200, abs=10), "half way down the diagonal"


def test_time_outside_the_buffer_is_that_of_the_excursion() -> None:
    """Out at 10 m/s from 5 s to 15 s and back: over 20 m for 16 s of the 20."""
    across = [max(0.0, 100 - 10 * abs(15 - i)) for i in range(31)]
    found = adherence(SQUARE[:2], [fix(i, x, 10 * i) for i, x in enumerate(across)])
    assert found.outside_s == pytest.approx(16.0, abs=0.01)
    assert found.legs[0].outside_s == pytest.approx(16.0, abs=0.01)
    assert found.max_m == pytest.approx(100, abs=0.01)


def test_a_gap_in_telemetry_is_neither_time_nor_way() -> None:
    track = [fix(i, 0, 10 * i) for i in (*range(11), *range(31, 41))]
    found = adherence(SQUARE[:2], track)
    assert found.flown_s == 19
    assert found.legs[0].flown == pytest.approx((100 + 90) / 400, abs=1e-4)
    assert found.skipped == (0,)


def test_the_percentile_is_of_time_not_of_fixes() -> None:
    """A device that reports ten times as often while it strays does not weigh more for it."""
    calm = [fix(i, 1, i) for i in range(97)]
    stray = [fix(97 + i / 10, 50, 97 + i / 10) for i in range(31)]
    found = adherence(SQUARE[:2], calm + stray)
    assert found.p95_m == pytest.approx(1, abs=0.01)


def test_cross_track_is_that_of_the_geodesic_10_km_long() -> None:
    route = [corner(0, 0), corner(7000, 7000)]
    lat, lon = at(5000, 5000)
    aside = GEOD.fwd(lon, lat, GEOD.inv(lon, lat, LON0, LAT0)[0] + 90, 30.0)
    found = adherence(route, [Flown(t_s=0, lat_deg=aside[1], lon_deg=aside[0])])
    assert found.max_m == pytest.approx(30.0, abs=0.01)


def test_a_route_over_the_antimeridian_has_no_seam() -> None:
    route = [Waypoint(lat_deg=10, lon_deg=179.999), Waypoint(lat_deg=10, lon_deg=-179.999)]
    track = [Flown(t_s=i, lat_deg=10, lon_deg=lon) for i, lon in enumerate((179.9995, -179.9995))]
    found = adherence(route, track)
    assert found.max_m == pytest.approx(0, abs=0.01)
    assert found.legs[0].flown == pytest.approx(0.5, abs=1e-3)


def test_no_track_skips_every_leg_and_no_leg_is_refused() -> None:
    found = adherence(SQUARE, [])
    assert (found.skipped, found.max_m, found.p95_m, found.outside_s) == ((0, 1, 2), None, None, 0)
    with pytest.raises(ValueError, match="no leg"):
        adherence(SQUARE[:1], [])


def test_a_wider_buffer_forgives_more() -> None:
    track = [fix(i, 30, 10 * i) for i in range(41)]
    assert adherence(SQUARE[:2], track).skipped == (0,)
    assert adherence(SQUARE[:2], track, RouteLimits(buffer_m=31)).skipped == ()
