"""Times written as text."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

_YEAR_FIRST = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_YEAR_LAST = r"(?P<m2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>\d{4})"
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?P<part>\.\d+)?(?: ?(?P<half>[AP])M)?"
)
_WALL = re.compile(rf"(?:{_YEAR_FIRST}|{_YEAR_LAST})[T ]+{_TIME}", re.ASCII)


def stamp_s(text: str) -> tuple[float, bool]:
    """Seconds since 1970 as if the wall clock showed UTC, and whether the text names its zone.

    Year first, or month/day/year as Flight Reader writes it; fractions may be missing. A bare
    number comes back as it is, and nothing as NaN.

    Raises:
        ValueError: it is no time.
    """
    if not text:
        return math.nan, True
    if text.replace(".", "", 1).isdecimal():
        return float(text), True
    try:
        when = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return _odd_stamp_s(text), False
    zoned = when.tzinfo is not None
    return (when if zoned else when.replace(tzinfo=UTC)).timestamp(), zoned


def _odd_stamp_s(text: str) -> float:
    found = _WALL.fullmatch(text)
    if not found:
        msg = f"{text!r} is no time"
        raise ValueError(msg)
    year, month, day = (int(found[one] or found[f"{one}2"]) for one in "ymd")
    hour, minute, second = (int(found[one]) for one in ("hour", "minute", "second"))
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "P" else 0)
    when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return when.timestamp() + float(found["part"] or 0.0)
