"""The error ellipse of a ground point: how large, which way, and what lies inside."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from geo.angles import wrap_deg
from geo.geodesy import Array, east_north, offset
from geo.ground import Ellipse, GroundPoint


def scale(probability: float) -> float:
    """How many sigmas an ellipse of this probability reaches: 2.4477 for 0.95 (Rayleigh).

    Raises:
        ValueError: a probability outside (0, 1).
    """
    if not 0 < probability < 1:
        msg = f"probability {probability} is not between 0 and 1"
        raise ValueError(msg)
    return math.sqrt(-2 * math.log1p(-probability))


def ellipse(point: GroundPoint, probability: float = 0.95) -> Ellipse:
    """The ellipse that holds the true place with this probability.

    Raises:
        ValueError: a probability outside (0, 1).
    """
    middle = (point.cov_ee_m2 + point.cov_nn_m2) / 2
    half = math.hypot((point.cov_nn_m2 - point.cov_ee_m2) / 2, point.cov_en_m2)
    bearing = math.degrees(
        math.atan2(2 * point.cov_en_m2, point.cov_nn_m2 - point.cov_ee_m2) / 2
    )  # fmt: skip
    return Ellipse(
        semi_major_m=scale(probability) * math.sqrt(middle + half),
        semi_minor_m=scale(probability) * math.sqrt(max(middle - half, 0.0)),
        bearing_deg=bearing % 180.0 % 180.0,
    )


def circle_m(point: GroundPoint, probability: float) -> float:
    """The radius about a point that holds the true place with this probability.

    With the covariance's half axes a >= b, the circle of radius r holds the mean over all t of
    1 - exp(-r^2 / 2 / (a^2 cos^2 t + b^2 sin^2 t)) of the Gaussian; r is found by bisection. It is
    at most the half axis of the ellipse of this probability, and for a round one that.
    """
    middle = (point.cov_ee_m2 + point.cov_nn_m2) / 2
    half = math.hypot((point.cov_ee_m2 - point.cov_nn_m2) / 2, point.cov_en_m2)
    t = (np.arange(720) + 0.5) * (math.pi / 720)
    spread = 2 * ((middle + half) * np.cos(t) ** 2 + max(middle - half, 0.0) * np.sin(t) ** 2)
    low, high = 0.0, scale(probability) * math.sqrt(middle + half)
    for _ in range(50):
        radius = (low + high) / 2
        if -np.mean(np.expm1(-(radius**2) / spread)) < probability:
            low = radius
        else:
            high = radius
    return high


def mahalanobis2(
    east_m: ArrayLike,
    north_m: ArrayLike,
    cov_ee_m2: ArrayLike,
    cov_en_m2: ArrayLike,
    cov_nn_m2: ArrayLike,
) -> Array:
    """Squared distance in sigmas; arrays that broadcast together, metres and metres squared.

    Raises:
        ValueError: a covariance that is not positive definite.
    """
    east, north = np.asarray(east_m, float), np.asarray(north_m, float)
    ee, en, nn = (np.asarray(term, float) for term in (cov_ee_m2, cov_en_m2, cov_nn_m2))
    determinant = ee * nn - en**2
    if not np.all((determinant > 0) & (ee > 0)):
        msg = "covariance is not positive definite"
        raise ValueError(msg)
    distance2: Array = (nn * east**2 - 2 * en * east * north + ee * north**2) / determinant
    return distance2


def contains(point: GroundPoint, lat_deg: float, lon_deg: float, probability: float = 0.95) -> bool:
    """Whether a place lies inside the ellipse of this probability.

    Raises:
        ValueError: a probability outside (0, 1), or a singular covariance.
    """
    east, north = east_north(lat_deg, lon_deg, point.lat_deg, point.lon_deg)
    distance2 = mahalanobis2(east, north, point.cov_ee_m2, point.cov_en_m2, point.cov_nn_m2)
    return bool(distance2 <= scale(probability) ** 2)


def polygon(
    point: GroundPoint, probability: float = 0.95, n: int = 64
) -> list[tuple[float, float]]:
    """The ellipse as a closed ring of n + 1 (lon, lat), counter-clockwise as RFC 7946 wants.

    Longitudes run on past 180 rather than jump to -180.

    Raises:
        ValueError: a probability outside (0, 1).
    """
    shape = ellipse(point, probability)
    angle = np.arange(n) * (-2 * np.pi / n)
    along, across = shape.semi_major_m * np.cos(angle), shape.semi_minor_m * np.sin(angle)
    sine, cosine = np.sin(np.radians(shape.bearing_deg)), np.cos(np.radians(shape.bearing_deg))
    east, north = along * sine + across * cosine, along * cosine - across * sine
    lat, lon = offset(point.lat_deg, point.lon_deg, east, north)
    lon = point.lon_deg + wrap_deg(lon - point.lon_deg)
    ring = list(zip(lon.tolist(), lat.tolist(), strict=True))
    return [*ring, ring[0]]
