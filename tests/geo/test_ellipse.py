"""Against numpy's eigenvectors, the chi-square table and shapely's areas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.angles import turn_deg
from geo.ellipse import contains, ellipse, mahalanobis2, polygon, scale
from geo.geodesy import bearing_deg, distance_m, offset
from geo.ground import GroundPoint


def point_with(ee: float, en: float, nn: float, lon: float = 118.84) -> GroundPoint:
    return GroundPoint(
        lat_deg=31.95, lon_deg=lon, range_m=200.0, cov_ee_m2=ee, cov_en_m2=en, cov_nn_m2=nn
    )


@pytest.mark.parametrize(
    ("probability", "chi_square_2"), [(0.5, 1.386), (0.9, 4.605), (0.95, 5.991), (0.99, 9.210)]
)
def test_the_scale_is_the_root_of_the_chi_square_table(
    probability: float, chi_square_2: float
) -> None:
    assert scale(probability) ** 2 == pytest.approx(chi_square_2, abs=6e-4)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        scale(probability)


@settings(deadline=None)
@given(st.floats(0.5, 50), st.floats(1.05, 20), st.floats(0, 179.9))
def test_the_axes_are_numpys_eigenvectors(minor: float, ratio: float, bearing: float) -> None:
    sine, cosine = math.sin(math.radians(bearing)), math.cos(math.radians(bearing))
    turn = np.array([[sine, cosine], [cosine, -sine]])
    (ee, en), (_, nn) = turn @ np.diag([(minor * ratio) ** 2, minor**2]) @ turn.T
    values, vectors = np.linalg.eigh([[ee, en], [en, nn]])
    shape = ellipse(point_with(ee, en, nn))
    assert shape.semi_major_m == pytest.approx(2.4477468 * math.sqrt(values[1]), rel=1e-6)
    assert shape.semi_minor_m == pytest.approx(2.4477468 * math.sqrt(values[0]), rel=1e-4)
    theirs = math.degrees(math.atan2(vectors[0, 1], vectors[1, 1]))
    assert 0 <= shape.bearing_deg < 180
    assert turn_deg(2 * theirs, 2 * shape.bearing_deg) == pytest.approx(0, abs=1e-4)


def test_the_distance_in_sigmas_is_that_of_the_inverse_matrix() -> None:
    covariance = np.array([[40.0, -15.0], [-15.0, 25.0]])
    away = np.array([7.0, -3.0])
    assert mahalanobis2(*away, 40.0, -15.0, 25.0) == pytest.approx(
        away @ np.linalg.inv(covariance) @ away
    )


def test_a_covariance_of_a_line_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive definite"):
        mahalanobis2(1.0, 1.0, 4.0, 4.0, 4.0)


@pytest.mark.parametrize("lon", [118.84, 179.99999, -180.0])
def test_the_ring_runs_along_the_edge_of_what_is_contained(lon: float) -> None:
    point = point_with(400.0, -150.0, 100.0, lon)
    ring = polygon(point, 0.9, n=40)
    assert len(ring) == 41
    assert ring[0] == ring[-1]
    away = np.array(ring) - (lon, point.lat_deg)
    assert np.abs(away).max() < 1e-3
    twice_area = np.sum(away[:-1, 0] * away[1:, 1] - away[1:, 0] * away[:-1, 1])
    assert twice_area > 0
    for ring_lon, ring_lat in ring:
        reach = distance_m(point.lat_deg, lon, ring_lat, ring_lon)
        towards = bearing_deg(point.lat_deg, lon, ring_lat, ring_lon)
        for factor, inside in ((0.999, True), (1.001, False)):
            east, north = factor * reach * np.array(
                [np.sin(np.radians(towards)), np.cos(np.radians(towards))]
            )  # fmt: skip
            place = offset(point.lat_deg, lon, east, north)
            assert contains(point, float(place[0]), float(place[1]), 0.9) is inside
