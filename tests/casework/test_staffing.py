"""The staffing model against two published yearly plans, and what must hold for any numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casework.staffing import (
    ENTERPRISE_COVER,
    SMALL_COVER,
    Population,
    StaffingInput,
    Team,
    UnitClass,
    staffing,
)

KUANCHENG = Team(
    people=8, statutory_days=248, other_enforcement_days=1035, non_enforcement_days=535
)
"""Kuancheng district's supervision plan for 2025, Changchun."""
SECOND = Team(
    people=22,
    statutory_days=247,
    other_enforcement_days=2469,
    non_enforcement_days=1994,
    key_days=632,
)
"""Another published plan: 22 people, and 632 days for key units."""


def test_kuanchengs_plan_comes_out_to_the_day() -> None:
    """Its printed percentages and its "24 days" are misprints; 414 of 1,984 is 20.9 %."""
    found = staffing(StaffingInput(team=KUANCHENG))
    assert (found.total_days, found.inspection_days, found.days_per_person) == (1984, 414, 51.75)
    shares = (found.other_share, found.non_enforcement_share, found.inspection_share)
    assert [round(100 * share, 1) for share in shares] == [52.2, 27.0, 20.9]


def test_the_second_plan_splits_into_key_and_general_units() -> None:
    found = staffing(StaffingInput(team=SECOND))
    assert (found.total_days, found.inspection_days, found.general_days) == (5434, 971, 339)
    assert round(found.days_per_person, 1) == 44.1


def test_the_articles_two_figures_agree_with_each_other() -> None:
    """27,000 inspections in 5.5 months are 58,900 a year; 320,000 units split so give the same."""
    classes = (
        _visits(UnitClass(name="enterprise", units=72_700, cover=ENTERPRISE_COVER)),
        _visits(UnitClass(name="small_place", units=247_000, cover=SMALL_COVER)),
    )
    found = staffing(StaffingInput(team=KUANCHENG, classes=classes))
    assert found.workload_days == pytest.approx(27_000 / 5.5 * 12, rel=0.002)


def _visits(one: UnitClass) -> UnitClass:
    """One day a visit by one person: the workload counts visits."""
    return replace(one, team=1, days_per_visit=1.0)


def test_every_step_can_be_worked_out_by_hand() -> None:
    shop = UnitClass(
        name="small_place",
        units=2000,
        cover=0.15,
        days_per_visit=0.25,
        risk=1.2,
        difficulty=1.1,
        recheck_share=0.4,
        recheck_days=0.125,
    )
    people = Population(residents=80_000, days_per_10000=12.5)
    found = staffing(StaffingInput(team=KUANCHENG, classes=(shop,), population=people))
    told = {step.name: (step.formula, step.value) for step in found.steps}
    assert told["small_place"] == ("2,000 × 0.15 × 1 × 0.3 × 2 × 1.2 × 1.1", 237.6)
    assert told["population"] == ("8 × 12.5", 100)
    assert told["workload_days"] == ("237.6 + 100", 337.6)
    assert told["inspection_days"] == ("1,984 - 1,035 - 535", 414)
    assert told["staff"] == ("⌈337.6 / 51.75⌉", 7)
    assert found.staff == 7


def test_whole_people_are_not_one_too_many_by_rounding() -> None:
    """In binary floats 0.1 × 3 days over 0.3 days a person would be two people."""
    team = Team(people=1, statutory_days=0.3)
    shop = UnitClass(name="s", units=3, cover=0.1, days_per_visit=1, team=1)
    assert ceil(0.1 * 3 / 0.3) == 2
    assert staffing(StaffingInput(team=team, classes=(shop,))).staff == 1


def test_without_a_day_left_nobody_knows_how_many_people() -> None:
    team = Team(people=2, statutory_days=10, other_enforcement_days=25)
    shop = UnitClass(name="s", units=3, cover=0.1)
    found = staffing(StaffingInput(team=team, classes=(shop,)))
    assert (found.inspection_days, found.staff) == (-5, None)


numbers = st.integers(0, 10**6).map(lambda n: n / 1000)
shares = st.integers(0, 1000).map(lambda n: n / 1000)
classes = st.builds(
    UnitClass,
    name=st.just("c"),
    units=st.integers(0, 10**6),
    cover=shares,
    visits=numbers,
    days_per_visit=numbers,
    team=st.integers(1, 10),
    risk=numbers,
    difficulty=numbers,
    recheck_share=shares,
    recheck_days=numbers,
)
populations = st.builds(Population, residents=st.integers(0, 10**7), days_per_10000=numbers)
inputs = st.builds(
    StaffingInput,
    team=st.just(KUANCHENG),
    classes=st.lists(classes, max_size=2).map(tuple),
    population=populations,
)
GROWING = (
    *("units", "cover", "visits", "days_per_visit", "team", "risk"),
    *("difficulty", "recheck_share", "recheck_days"),
)
thousand = settings(max_examples=1000, deadline=None)


def load(asked: StaffingInput) -> tuple[float, int]:
    found = staffing(asked)
    assert found.staff is not None
    return found.workload_days, found.staff


@thousand
@given(classes, st.sampled_from(GROWING), st.integers(1, 100))
def test_nothing_that_grows_makes_less_work(one: UnitClass, field: str, more: int) -> None:
    grown = replace(one, **{field: getattr(one, field) + more})
    small, large = (load(StaffingInput(team=KUANCHENG, classes=(c,))) for c in (one, grown))
    assert small[0] <= large[0]
    assert small[1] <= large[1]


@thousand
@given(inputs)
def test_twice_the_units_and_people_are_twice_the_work(asked: StaffingInput) -> None:
    twice = replace(
        asked,
        classes=tuple(replace(one, units=2 * one.units) for one in asked.classes),
        population=replace(asked.population, residents=2 * asked.population.residents),
    )
    assert load(twice)[0] == 2 * load(asked)[0]


@thousand
@given(inputs)
def test_no_coverage_is_no_work(asked: StaffingInput) -> None:
    none = tuple(replace(one, cover=0.0) for one in asked.classes)
    found = load(replace(asked, classes=none, population=Population()))
    assert found == (0, 0)


@thousand
@given(inputs)
def test_the_people_found_are_enough_and_none_too_many(asked: StaffingInput) -> None:
    _, staff = load(asked)
    found = staffing(asked)
    exact = Fraction(0)
    for one in asked.classes:
        each = Fraction(str(one.days_per_visit)) + Fraction(str(one.recheck_share)) * Fraction(
            str(one.recheck_days)
        )
        visits = one.units * Fraction(str(one.cover)) * Fraction(str(one.visits))
        exact += visits * each * one.team * Fraction(str(one.risk)) * Fraction(str(one.difficulty))
    people = asked.population
    exact += Fraction(people.residents, 10_000) * Fraction(str(people.days_per_10000))
    each_person = Fraction(str(found.days_per_person))
    assert staff * each_person >= exact > (staff - 1) * each_person or exact == staff == 0
