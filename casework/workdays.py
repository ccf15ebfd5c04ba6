"""Working days of China: weeks, public holidays, and the weekends worked for them (调休).

The days are those of the State Council's yearly notices, as `chinese_calendar` keeps them. A notice
comes out in November for the year after: beyond the last one, every Monday to Friday counts as
worked, and `is_known` says that this may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """The calendar, with what a newer notice or a city says otherwise."""

    off: frozenset[date] = frozenset()
    """Not worked, whatever the library says."""
    on: frozenset[date] = frozenset()
    """Worked, whatever the library says."""

    def is_workday(self, day: date) -> bool:
        """Whether it is worked."""
        if day in self.on or day in self.off:
            return day in self.on
        return _is_workday(day)

    def is_known(self, day: date) -> bool:
        """Whether a notice says so; else weekends alone are taken off."""
        return day in self.on or day in self.off or _notice_for(day.year)

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after a day, which itself never counts.

        Raises:
            ValueError: fewer than one.
        """
        if count < 1:
            reason = f"{count} working days lead nowhere"
            raise ValueError(reason)
        while count:
            day += DAY
            count -= self.is_workday(day)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days come after the first day, up to and with the last; 0 backwards."""
        days = range(1, (last - first).days + 1)
        return sum(self.is_workday(first + timedelta(days=n)) for n in days)


def _notice_for(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR


@lru_cache(maxsize=4096)
def _is_workday(day: date) -> bool:
    if _notice_for(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


_YEARS: set[int] = {day.year for day in chinese_calendar.constants.holidays}
_FIRST_YEAR, _LAST_YEAR = min(_YEARS), max(_YEARS)
