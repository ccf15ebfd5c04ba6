"""Turns by way of complex numbers: the argument of a quotient is the shortest turn."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.angles import between_deg, turn_deg, wrap_deg

angles = st.floats(-1e4, 1e4)


@given(angles, angles)
def test_the_shortest_turn_is_the_argument_of_the_quotient(start: float, end: float) -> None:
    quotient = cmath.exp(1j * math.radians(end)) / cmath.exp(1j * math.radians(start))
    difference = turn_deg(start, end) - math.degrees(cmath.phase(quotient))
    assert min(abs(difference), abs(abs(difference) - 360)) < 1e-8


@given(st.floats(-1e9, 1e9))
def test_a_wrapped_angle_is_never_outside_one_turn(angle: float) -> None:
    assert -180 <= wrap_deg(angle) < 180


def test_the_smallest_step_below_the_seam_wraps_inside() -> None:
    assert -180 <= wrap_deg(math.nextafter(-180.0, -181.0)) < 180


@pytest.mark.parametrize(
    ("start", "end", "fraction", "between"),
    [(350, 10, 0.5, 0), (10, 350, 0.25, 5), (170, -170, 0.5, -180), (-10, 30, 1.0, 30)],
)
def test_the_way_between_two_headings_is_the_short_one(
    start: float, end: float, fraction: float, between: float
) -> None:
    assert between_deg(start, end, fraction) == pytest.approx(between)


def test_arrays_come_back_as_arrays() -> None:
    assert turn_deg(np.array([350.0, 10.0]), np.array([10.0, 350.0])).tolist() == [20, -20]
