"""Headers of flight-log tables: which column says what, in which unit.

Names as seen in AirData's export (feet or metres by a setting of its user, told in the name), in
TXTlogToCSV's and Flight Reader's (PhantomHelp), and in the tracks they write for geotagging. A
gimbal angle is taken only under names that mean one in the world: AirData's ``gimbal_heading``
and DJI's ``GIMBAL.yaw`` (DJI's Mobile SDK gives the gimbal's yaw from true north).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ALIASES: dict[str, tuple[str, ...]] = {
    "lat_deg": ("latitude", "osd.latitude", "lat", "gps_latitude", "gps_lat", "纬度"),
    "lon_deg": (
        "longitude",
        "osd.longitude",
        "lon",
        "lng",
        "long",
        "gps_longitude",
        "gps_lon",
        "经度",
    ),
    "height_takeoff_m": (
        "height_above_takeoff",
        "osd.height",
        "ascent",
        "rel_alt",
        "relative_altitude",
    ),
    "height_msl_m": ("altitude_above_sealevel", "altitude_msl", "alt_msl"),
    "height_ellipsoid_m": ("height_ellipsoid", "altitude_ellipsoid", "ellipsoidal_height"),
    "height_undeclared_m": ("abs_alt", "absolute_altitude", "altitude", "alt", "height"),
    "yaw_deg": ("compass_heading", "osd.yaw", "heading", "yaw"),
    "pitch_deg": ("pitch", "osd.pitch"),
    "roll_deg": ("roll", "osd.roll"),
    "gimbal_yaw_deg": ("gimbal_heading", "gimbal.yaw"),
    "gimbal_pitch_deg": ("gimbal_pitch", "gimbal.pitch"),
    "gimbal_roll_deg": ("gimbal_roll", "gimbal.roll"),
    "home_lat_deg": ("home.latitude",),
    "home_lon_deg": ("home.longitude",),
}
"""Quantity and the names it goes by, the best first. ``OSD.altitude`` is left out: it is above
take-off in TXTlogToCSV and above sea level in Flight Reader."""

_METRES = {"": 1.0, "m": 1.0, "meter": 1.0, "meters": 1.0, "metres": 1.0, "ft": 0.3048}
_METRES["feet"] = 0.3048
_DEGREES = {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "°": 1.0, "360": 1.0}

_DEVICE = ("recover.aircraftsnbytes", "details.aircraftsnbytes", "details.aircraftserial")
_MODEL = ("osd.dronetype", "details.dronetype", "recover.dronetype")
_STAMPS = ("timestamp", "datetime", "date_time", "time", "utc_time", "时间")
_COUNTS = {"millisecond": 1e-3, "milliseconds": 1e-3, "ms": 1e-3, "seconds": 1.0, "s": 1.0}

_WITH_UNIT = re.compile(r"(.*?) ?[(\[]([^()\[\]]*)[)\]]")
Header = tuple[str, str]
"""Name and unit, both in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A column of numbers: what it says, where it stands, what to multiply it by."""

    name: str
    at: int
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumns:
    """The columns that tell the time."""

    count: int | None = None
    """A count since the log began."""
    count_s: float = 1.0
    """Seconds a unit of the count."""
    stamp: tuple[int, ...] = ()
    """A wall clock, or a count since 1970: one column, or date and time apart."""
    says_utc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the header of a table tells."""

    dialect: str
    width: int
    quantities: tuple[Quantity, ...]
    time: TimeColumns
    device: int | None
    model: int | None
    unread: tuple[str, ...]
    """Columns that would be wanted but come in a unit that is not known here."""


def layout_of(cells: Sequence[str]) -> Layout | None:
    """What each column says; None where no column of latitude and one of longitude are known."""
    headers = [_header(cell) for cell in cells]
    names = [name for name, _ in headers]
    quantities, unread = _quantities(headers)
    if not {"lat_deg", "lon_deg"} <= {one.name for one in quantities}:
        return None
    return Layout(
        dialect=_dialect(headers),
        width=len(cells),
        quantities=quantities,
        time=_time(headers),
        device=_first(names, _DEVICE),
        model=_first(names, _MODEL),
        unread=unread,
    )


def _header(cell: str) -> Header:
    """``" pitch(degrees)"`` is ("pitch", "degrees")."""
    text = " ".join(cell.strip().strip('"\ufeff').lower().split())
    found = _WITH_UNIT.fullmatch(text)
    return (found[1], found[2].strip()) if found else (text, "")


def _quantities(headers: list[Header]) -> tuple[tuple[Quantity, ...], tuple[str, ...]]:
    found: list[Quantity] = []
    unread: list[str] = []
    for quantity, names in _ALIASES.items():
        units = _METRES if quantity.endswith("_m") else _DEGREES
        columns = list(_named(headers, names))
        known = next((one for one in columns if headers[one][1] in units), None)
        if known is not None:
            factor = units[headers[known][1]]
            found.append(Quantity(name=quantity, at=known, factor=factor))
        elif columns:
            name, unit = headers[columns[0]]
            unread.append(f"{name} ({unit})")
    if {"height_msl_m", "height_ellipsoid_m"} & {one.name for one in found}:
        found = [one for one in found if one.name != "height_undeclared_m"]
    return tuple(found), tuple(unread)


def _named(headers: list[Header], names: tuple[str, ...]) -> Iterator[int]:
    """The columns of these names, in the names' order."""
    for wanted in names:
        yield from (at for at, (name, _) in enumerate(headers) if name == wanted)


def _first(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _time(headers: list[Header]) -> TimeColumns:
    names = [name for name, _ in headers]
    local = _first(names, ("custom.updatetime",))
    if local is not None:
        date = _first(names, ("custom.date",))
        return TimeColumns(stamp=(local,) if date is None else (date, local))
    counts = [at for at, (name, unit) in enumerate(headers) if name == "time" and unit in _COUNTS]
    stamps = [
        at for at in _named(headers, _STAMPS) if at not in counts and headers[at][1] != "text"
    ]
    return TimeColumns(
        count=counts[0] if counts else None,
        count_s=_COUNTS[headers[counts[0]][1]] if counts else 1.0,
        stamp=tuple(stamps[:1]),
        says_utc=bool(stamps) and "utc" in " ".join(headers[stamps[0]]),
    )


def _dialect(headers: list[Header]) -> str:
    names = {name for name, _ in headers}
    if "custom.updatetime" in names:
        return "Flight Reader" if "custom.date" in names else "TXTlogToCSV"
    if ("time", "millisecond") in headers and ("datetime", "utc") in headers:
        return "AirData"
    if ("time", "seconds") in headers and ("time", "text") in headers:
        return "Geotag_DJI"
    return "other"
