"""What every format says the same way: the coordinate system, times, degrees."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum


class Crs(StrEnum):
    """The coordinate system of a file."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return "WGS84" if self is Crs.WGS84 else "GCJ-02"

    @property
    def note(self) -> str:
        """What the description of a file says about its coordinates."""
        if self is Crs.WGS84:
            return "Coordinates: WGS84."
        return (
            "Coordinates: GCJ-02, NOT WGS84 (hundreds of metres apart in China), made on request "
            "by the public formula. 坐标系：GCJ-02（火星坐标），不是WGS84。"
        )


def utc(t_s: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(round(t_s, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def degrees(value: float) -> float:
    """To 1e-8 degrees, about a millimetre; below 180, which some formats do not allow."""
    return min(round(value, 8), 179.99999999)
