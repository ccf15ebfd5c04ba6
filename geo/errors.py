"""What can be wrong with something geographic that a user brings."""

from __future__ import annotations


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
