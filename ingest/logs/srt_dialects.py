"""What one cue of DJI's subtitles says, in any of the dialects seen. Pure.

Two families. The newer one writes ``[latitude: 31.45]``, each number with its name (``longtitude``
too, misspelt). The older one writes ``GPS(149.02,-20.25,16)``: longitude, latitude, satellites;
where the third number has a decimal point or a unit (``0.0M``) it is a height, and latitude comes
first. Which device writes what was read off real files (sources in `tests/ingest/test_logs_srt`).

A focal length counts only where it is in millimetres of 35 mm film: the dialects that write it
with a decimal point beside a ``dzoom_ratio`` of 1. No page of DJI's says so; it fits the angles
that `ingest.cameras` has (24.00 for a Mavic 3E, 40.00 for an M3T's thermal camera). The tenths of a
millimetre of older dialects are not believed (an Air 2S, said to be 22 mm, writes 240), nor any
of a picture that is stabilised by cropping.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from ingest.cameras import Lens

COLUMNS = (
    "lat_deg",
    "lon_deg",
    "height_takeoff_m",
    "height_undeclared_m",
    "yaw_deg",
    "pitch_deg",
    "roll_deg",
    "gimbal_yaw_deg",
    "gimbal_pitch_deg",
    "gimbal_roll_deg",
    "zoom",
    "hfov_deg",
    "home_lat_deg",
    "home_lon_deg",
)
"""Of the values of a cue, in this order; NaN where it does not say."""

_DIGITS = r"-?\d{1,9}(?:\.\d{1,12})?"
_NAMED = re.compile(
    r"\b(latitude|longt?itude|rel_alt|abs_alt|altitude|gb_yaw|gb_pitch|gb_roll|Yaw|Pitch|Roll"
    rf"|focal_len|dzoom_ratio|iso|fnum) ?: ?({_DIGITS})(?=[\s,\]])"
)
_GROUP = re.compile(r"(GPS|RTK|HOME|BAROMETER|F\.PRY|G\.PRY) ?\(([^()]*)\)")
_ABOVE_HOME = re.compile(rf"(?:BAROMETER:|\bHb:|, H )({_DIGITS})(?=[Mm\s,]|$)")
_NUMBER = re.compile(rf"({_DIGITS}) ?[Mm°\ufffd]*")
_UNKNOWN = frozenset({"", "n/a"})
_DIAGONAL_35MM_M = math.hypot(0.036, 0.024)

Values = tuple[float, ...]
"""One number for each of `COLUMNS`."""


def told(text: str) -> tuple[str, Values]:
    """The dialect of a cue and its values.

    Raises:
        ValueError: it holds no telemetry, or a damaged one.
    """
    start = text.find("[")
    named = dict(_NAMED.findall(text, start)) if start >= 0 else {}
    return _by_name(named, cropped="[eis" in text) if named else _by_place(text)


def _by_name(said: dict[str, str], *, cropped: bool) -> tuple[str, Values]:
    lat, lon = said.get("latitude"), said.get("longitude") or said.get("longtitude")
    if (lat is None) != (lon is None):
        msg = "half a position"
        raise ValueError(msg)
    zoom = _ratio(said.get("dzoom_ratio", "nan"))
    thermal = "fnum" not in said and "iso" not in said
    absolute = said.get("abs_alt") or said.get("altitude", "nan")
    values = (
        float(lat or "nan"),
        float(lon or "nan"),
        float(said.get("rel_alt", "nan")),
        float(absolute),
        float(said.get("Yaw", "nan")),
        float(said.get("Pitch", "nan")),
        float(said.get("Roll", "nan")),
        float(said.get("gb_yaw", "nan")),
        float(said.get("gb_pitch", "nan")),
        float(said.get("gb_roll", "nan")),
        zoom,
        _hfov_deg(said.get("focal_len", ""), thermal=thermal)
        if zoom == 1 and not cropped
        else math.nan,
        math.nan,
        math.nan,
    )
    return _dialect(frozenset(said)), values


@lru_cache(maxsize=64)
def _dialect(names: frozenset[str]) -> str:
    if "gb_yaw" in names:
        return "Mavic 3 with gimbal" if "fnum" in names else "thermal with gimbal"
    if "Yaw" in names:
        return "Mavic 2 Enterprise"
    if "rel_alt" in names:
        return "Mavic 3"
    if "latitude" not in names:
        return "Mavic Air (no position)"
    if "longtitude" in names:
        return "Mavic 2"
    return "Air 2S"


@lru_cache(maxsize=64)
def _ratio(text: str) -> float:
    """Digital zoom: ``1.00``, or ``10000`` for the same."""
    return float(text) if "." in text else float(text) / 10_000


@lru_cache(maxsize=256)
def _hfov_deg(focal: str, *, thermal: bool) -> float:
    """Of a pinhole with that equivalent focal length, 5:4 for thermal sensors, else 4:3; or NaN.

    Equal diagonals make focal lengths equivalent (CIPA DCG-001).
    """
    if "." not in focal or float(focal) <= 0:
        return math.nan
    diagonal_deg = 2 * math.degrees(math.atan(_DIAGONAL_35MM_M * 500 / float(focal)))
    return Lens(name="", diagonal_deg=diagonal_deg, shape=(5, 4) if thermal else (4, 3)).hfov_deg


def _by_place(text: str) -> tuple[str, Values]:
    groups = {name: _parts(inside) for name, inside in _GROUP.findall(text)}
    place = groups.get("RTK") or groups.get("GPS")
    if place is None and not ("HOME" in groups or "ISO" in text):
        msg = "no telemetry in it"
        raise ValueError(msg)
    lat_first = place is not None and _is_height(place)
    lat, lon = _lat_lon(place, lat_first=lat_first)
    home_lat, home_lon = _lat_lon(groups.get("HOME"), lat_first=lat_first)
    above = _ABOVE_HOME.search(text)
    barometer = above[1] if above else groups.get("BAROMETER", ["n/a"])[0]
    pitch, roll, yaw = _angles(groups.get("F.PRY"))
    gimbal_pitch, gimbal_roll, gimbal_yaw = _angles(groups.get("G.PRY"))
    values = (
        lat,
        lon,
        _number(barometer),
        _number(place[2]) if place is not None and lat_first else math.nan,
        yaw,
        pitch,
        roll,
        gimbal_yaw,
        gimbal_pitch,
        gimbal_roll,
        math.nan,
        math.nan,
        home_lat,
        home_lon,
    )
    return _old_dialect(text, groups, lat_first=lat_first), values


def _old_dialect(text: str, groups: dict[str, list[str]], *, lat_first: bool) -> str:
    if "G.PRY" in groups or "RTK" in groups:
        return "Phantom 4 RTK"
    if lat_first:
        return "Matrice 300"
    return "Mavic Mini" if "F/" in text else "Mavic Pro"


def _parts(inside: str) -> list[str]:
    return [part.strip() for part in inside.split(",")]


def _is_height(place: list[str]) -> bool:
    """Whether the third number of a position is a height, and not satellites."""
    return len(place) > 2 and ("." in place[2] or place[2][-1:] in {"M", "m"})


def _lat_lon(place: list[str] | None, *, lat_first: bool) -> tuple[float, float]:
    """NaN where there is none.

    Raises:
        ValueError: fewer than two numbers, or one that is none.
    """
    if place is None:
        return math.nan, math.nan
    if len(place) < 2:
        msg = "half a position"
        raise ValueError(msg)
    first, second = _number(place[0]), _number(place[1])
    return (first, second) if lat_first else (second, first)


def _angles(parts: list[str] | None) -> tuple[float, float, float]:
    if parts is None:
        return math.nan, math.nan, math.nan
    if len(parts) != 3:
        msg = "angles that are not three"
        raise ValueError(msg)
    return _number(parts[0]), _number(parts[1]), _number(parts[2])


def _number(text: str) -> float:
    if text in _UNKNOWN:
        return math.nan
    found = _NUMBER.fullmatch(text)
    if found is None:
        msg = "something else where a number belongs"
        raise ValueError(msg)
    return float(found[1])
