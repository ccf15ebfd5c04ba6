"""Days as the law and the statistics count them: Beijing's, whatever the zone of the reader is."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one zone without summer time since 1992."""


def day_of(t_s: float) -> date:
    """The day in Beijing of a moment, seconds since 1970 UTC."""
    return datetime.fromtimestamp(t_s, BEIJING).date()


def start_s(day: date) -> float:
    """The moment a day begins in Beijing, seconds since 1970 UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp()
