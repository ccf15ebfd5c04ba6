"""What can be wrong with something geographic that a user brings."""

from __future__ import annotations

from geo.pose import Datum


class GeoError(Exception):
    """Base of everything this package raises on purpose."""


class BadPremises(GeoError):
    """A premises file that cannot be used, and where: ``feature`` counts from 0."""

    def __init__(self, source: str, feature: int | None, reason: str) -> None:
        place = source if feature is None else f"{source}: feature {feature}"
        super().__init__(f"{place}: {reason}")
        self.source = source
        self.feature = feature
        self.reason = reason


class UnknownCrs(GeoError):
    """A coordinate system that is not known here."""

    def __init__(self, name: str, reason: str) -> None:
        names = "wgs84, cgcs2000, gcj02, bd09, EPSG:nnnn, gk3:zone, gk6:zone"
        super().__init__(f"coordinate system {name!r}: {reason} ({names})")
        self.name = name
        self.reason = reason


class BadGrid(GeoError):
    """A terrain or geoid file that cannot be used."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class DatumRefused(GeoError):
    """Heights that cannot be brought to another datum, and why."""

    def __init__(self, start: Datum, end: Datum, reason: str) -> None:
        super().__init__(f"heights from {start} and from {end}: {reason}")
        self.start = start
        self.end = end
        self.reason = reason
