"""Working days as the State Council's notices have them, counted by numpy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from casework.workdays import Workdays
from tests.casework.notices import LAST, NOT_WORKED, NOTICE_2026, around_holidays

WORKDAYS = Workdays()
DAYS = around_holidays()
EVERY_DAY = "1111111"


def test_there_are_two_hundred_days() -> None:
    assert len(DAYS) == len(set(DAYS)) == 200


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_each_day_is_worked_or_not_as_the_notice_says(day: date) -> None:
    assert WORKDAYS.is_workday(day) == (day not in NOT_WORKED)
    assert WORKDAYS.is_known(day)


@pytest.mark.parametrize("count", [1, 3, 5, 10, 20])
def test_terms_end_on_the_day_that_numpy_counts_to(count: int) -> None:
    starts = [day for day in DAYS if day < LAST - timedelta(days=60)]
    expected = np.busday_offset(
        np.array(starts, "datetime64[D]"),
        count,
        roll="backward",
        weekmask=EVERY_DAY,
        holidays=list(NOT_WORKED),
    )
    assert [WORKDAYS.after(day, count) for day in starts] == expected.tolist()


def test_days_between_are_those_numpy_counts() -> None:
    for first, last in zip(DAYS, DAYS[20:], strict=False):
        counted = np.busday_count(
            first + timedelta(days=1),
            last + timedelta(days=1),
            weekmask=EVERY_DAY,
            holidays=list(NOT_WORKED),
        )
        assert WORKDAYS.between(first, last) == counted
        assert WORKDAYS.between(last, first) == 0


def test_beyond_the_last_notice_weekends_are_off_and_it_says_so() -> None:
    new_year = date(2041, 1, 1)  # a Tuesday
    assert WORKDAYS.is_workday(new_year)
    assert not WORKDAYS.is_known(new_year)
    newer = Workdays(off=frozenset({new_year}), on=frozenset({date(2041, 1, 6)}))
    assert not newer.is_workday(new_year)
    assert newer.is_workday(date(2041, 1, 6))
    assert newer.is_known(new_year)


def test_a_notice_that_the_station_gives_counts_as_the_package_s_own() -> None:
    """The real notice for 2026, typed in, where the package ends with 2025."""
    before = Workdays(package_until=2025)
    assert not before.is_known(date(2026, 2, 16))
    assert before.is_workday(date(2026, 2, 16)), "Spring Festival's Monday, not known yet"
    assert before.known_until(date(2025, 11, 27)) == date(2025, 12, 31)
    told = replace(Workdays.of([NOTICE_2026]), package_until=2025)
    assert told.known_until(date(2025, 11, 27)) == date(2026, 12, 31)
    for day in DAYS:
        assert told.is_known(day)
        assert told.is_workday(day) == WORKDAYS.is_workday(day) == (day not in NOT_WORKED)


def test_single_days_go_before_a_notice() -> None:
    flood, made_up = date(2026, 7, 1), date(2026, 5, 1)
    told = Workdays.of([NOTICE_2026], off=[flood], on=[made_up])
    assert not told.is_workday(flood)
    assert told.is_workday(made_up)
    assert not told.is_workday(date(2026, 5, 4))


def test_no_working_days_are_no_term() -> None:
    with pytest.raises(ValueError, match="lead nowhere"):
        WORKDAYS.after(DAYS[0], 0)
