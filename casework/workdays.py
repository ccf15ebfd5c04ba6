"""Working days of China: weeks, public holidays, and the weekends worked for them (调休).

The days are those of the State Council's yearly notices, as `chinese_calendar` keeps them. A notice
comes out in November for the year after, before any package has it: the station can give it itself.
Of a year whose notice is not known every Monday to Friday counts as worked; `known_until` says so,
and what was counted over such days is counted again once they are known (`casework.recount`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

DAY = timedelta(days=1)
_YEARS: set[int] = {day.year for day in chinese_calendar.constants.holidays}
_FIRST_YEAR, _LAST_YEAR = min(_YEARS), max(_YEARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the State Council's notice for a year says, given by the station."""

    year: int
    off: tuple[tuple[date, date], ...]
    """The first and the last day of each holiday."""
    on: tuple[date, ...] = ()
    """Weekends that are worked."""

    def days_off(self) -> Iterable[date]:
        """Every day of every holiday."""
        for first, last in self.off:
            yield from (first + n * DAY for n in range((last - first).days + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """The calendar, with what a newer notice or a city says otherwise."""

    off: frozenset[date] = frozenset()
    """Not worked, whatever the library says."""
    on: frozenset[date] = frozenset()
    """Worked, whatever the library says."""
    noticed: frozenset[int] = frozenset()
    """Years whose notice is in ``off`` and ``on``, whole: the library is not asked about them."""
    package_until: int = field(default=_LAST_YEAR)
    """The last year that the library is asked about."""

    @classmethod
    def of(
        cls, notices: Iterable[Notice] = (), off: Iterable[date] = (), on: Iterable[date] = ()
    ) -> Workdays:
        """Of notices that the station gives, and single days, which go before them."""
        single_off, single_on = frozenset(off), frozenset(on)
        told_off, told_on, years = set[date](), set[date](), set[int]()
        for notice in notices:
            years.add(notice.year)
            told_off |= set(notice.days_off())
            told_on |= set(notice.on)
        return cls(
            off=single_off | (told_off - single_on),
            on=single_on | (told_on - single_off),
            noticed=frozenset(years),
        )

    def is_workday(self, day: date) -> bool:
        """Whether it is worked."""
        if day in self.on or day in self.off:
            return day in self.on
        if day.year in self.noticed or not _FIRST_YEAR <= day.year <= self.package_until:
            return day.weekday() < 5
        return _is_workday(day)

    def is_known(self, day: date) -> bool:
        """Whether a notice says so; else weekends alone are taken off."""
        told = day in self.on or day in self.off or day.year in self.noticed
        return told or _FIRST_YEAR <= day.year <= self.package_until

    def known_until(self, today: date) -> date:
        """The last day of the last year, from this one on, whose notice is known."""
        year = today.year
        while self.is_known(date(year, 6, 30)):
            year += 1
        return date(year - 1, 12, 31)

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


@lru_cache(maxsize=4096)
def _is_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))
