"""Joint plans: what must hold for any, and the fewest visits as trying everything finds them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.joint_plan import (
    CannotJoin,
    Entry,
    JointPlan,
    JointRules,
    Why,
    join_plans,
    on_weekdays,
)
from tools.make_plans import rows

JAN_5 = date(2026, 1, 5)
"""A Monday."""


def entry(department: str, first: int, last: int, *, items: int = 1, alone: bool = False) -> Entry:
    """An entry between two days counted from JAN_5."""
    return Entry(
        unit="U",
        department=department,
        items=tuple(f"{department}-{n}" for n in range(items)),
        alone=alone,
        first=JAN_5 + timedelta(days=first),
        last=JAN_5 + timedelta(days=last),
    )


def keeps_the_rules(entries: Sequence[Entry], plan: JointPlan) -> None:
    """Everything that a plan promises."""
    rules = plan.rules
    told = [e for v in plan.visits for e in v.entries] + [one.entry for one in plan.unplaced]
    assert Counter(told) == Counter(entries), "every entry once"
    by_unit: dict[str, list[date]] = {}
    for visit in plan.visits:
        assert 1 <= len(visit.departments) <= rules.max_departments
        assert visit.lead in visit.departments
        assert {e.unit for e in visit.entries} == {visit.unit}
        assert all(e.first <= visit.day <= e.last for e in visit.entries)
        if any(e.alone for e in visit.entries):
            assert len(visit.departments) == 1, "nobody comes along"
        by_unit.setdefault(visit.unit, []).append(visit.day)
    for days in by_unit.values():
        apart = (b - a for a, b in pairwise(sorted(days)))
        assert all(gap.days >= rules.merge_window_days for gap in apart)
    assert plan.saved == plan.planned - len(plan.unplaced) - len(plan.visits)


@pytest.fixture(scope="module")
def sample() -> tuple[list[Entry], JointPlan]:
    """2,000 units of four departments; 10,000 are in bench/joint_plan.py."""
    entries = made(2000)
    return entries, join_plans(entries)


def made(units: int, alone: float = 0.0) -> list[Entry]:
    """Made plans, without who opts out as a whole: that is the table's to say."""
    return [
        Entry(
            unit=row["unit"],
            department=row["department"],
            items=tuple(row["items"].split(";")),
            first=date.fromisoformat(row["first"]),
            last=date.fromisoformat(row["last"]),
            lead=bool(row["lead"]),
            alone=bool(row["alone"]),
        )
        for row in rows(units, seed=7, alone=alone)
    ]


def test_where_some_come_alone_every_rule_holds_and_less_is_saved(
    sample: tuple[list[Entry], JointPlan],
) -> None:
    entries = made(500, alone=0.2)
    plan = join_plans(entries)
    keeps_the_rules(entries, plan)
    assert 0 < plan.saved_share < sample[1].saved_share
    shuffled = entries.copy()
    random.Random(3).shuffle(shuffled)
    assert join_plans(shuffled) == plan


def test_a_surprise_check_is_made_alone_and_the_others_still_go_together() -> None:
    entries = [entry(name, 0, 200) for name in ("a", "b")] + [entry("c", 0, 200, alone=True)]
    plan = join_plans(entries)
    keeps_the_rules(entries, plan)
    assert sorted(visit.departments for visit in plan.visits) == [("a", "b"), ("c",)]
    own = [*entries, entry("c", 0, 200, items=2)]
    assert sorted(v.departments for v in join_plans(own).visits) == [("a", "b"), ("c",)], (
        "its own other check comes along"
    )


def test_the_sample_keeps_every_rule_and_saves_two_visits_in_five(
    sample: tuple[list[Entry], JointPlan],
) -> None:
    entries, plan = sample
    keeps_the_rules(entries, plan)
    assert plan.unplaced == ()
    assert plan.saved_share >= 0.4
    assert all(on_weekdays(visit.day) for visit in plan.visits)


def test_the_same_entries_in_any_order_give_the_same_plan(
    sample: tuple[list[Entry], JointPlan],
) -> None:
    entries, plan = sample
    shuffled = entries.copy()
    random.Random(3).shuffle(shuffled)
    assert join_plans(shuffled) == plan


def test_visits_are_spread_over_the_year(sample: tuple[list[Entry], JointPlan]) -> None:
    """4,300 visits over 261 weekdays: nobody waits for the last day of the year."""
    _, plan = sample
    load = Counter(visit.day for visit in plan.visits)
    assert max(load.values()) <= 1.5 * len(plan.visits) / 261


def test_four_departments_never_come_at_once() -> None:
    entries = [entry(name, 0, 200) for name in ("a", "b", "c", "d")]
    plan = join_plans(entries)
    keeps_the_rules(entries, plan)
    assert sorted(len(visit.departments) for visit in plan.visits) == [1, 3]


def test_what_cannot_be_is_told_and_not_squeezed_in() -> None:
    """Four departments in one week would be two visits, and one day has no weekday at all."""
    week = [entry(name, 0, 4) for name in ("a", "b", "c", "d")]
    weekend = entry("e", 5, 6)
    plan = join_plans([*week, weekend])
    keeps_the_rules([*week, weekend], plan)
    assert [(one.entry.department, one.why) for one in plan.unplaced] == [
        ("d", Why.TOO_CLOSE),
        ("e", Why.NO_OPEN_DAY),
    ]


def test_who_wants_to_lead_does_and_else_who_has_most_to_check() -> None:
    wants = Entry(unit="U", department="z", items=("z",), first=JAN_5, last=JAN_5, lead=True)
    assert join_plans([entry("a", 0, 0, items=3), wants]).visits[0].lead == "z"
    assert join_plans([entry("b", 0, 0), entry("a", 0, 0, items=3)]).visits[0].lead == "a"


def test_absurd_plans_are_refused() -> None:
    with pytest.raises(CannotJoin, match="span"):
        join_plans([entry("a", 0, 3 * 366)])
    with pytest.raises(CannotJoin, match="201 entries"):
        join_plans([entry("a", n, n) for n in range(201)])


@st.composite
def crowded(draw: st.DrawFn) -> list[Entry]:
    """A few entries for one unit in ten days, where rules get in each other's way."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, 9))
        last = draw(st.integers(first, 9))
        made.append(entry(draw(st.sampled_from("abc")), first, last, alone=draw(st.booleans())))
    return made


@settings(max_examples=300, deadline=None)
@given(crowded(), st.integers(1, 4), st.integers(1, 3))
def test_nobody_finds_fewer_visits_by_trying_everything(
    entries: list[Entry], gap: int, departments: int
) -> None:
    rules = JointRules(max_departments=departments, merge_window_days=gap)
    plan = join_plans(entries, rules, is_open=lambda day: day.weekday() != 2)
    keeps_the_rules(entries, plan)
    assert (len(plan.unplaced), len(plan.visits)) == tried(entries, rules)


def tried(entries: Sequence[Entry], rules: JointRules) -> tuple[int, int]:
    """(left out, visits) of the best of all choices of a day, or none, for each entry."""
    days = [
        [d for d in range(10) if e.first <= (day := JAN_5 + timedelta(days=d)) <= e.last
         and day.weekday() != 2]
        for e in entries
    ]  # fmt: skip
    best = (len(entries), 0)
    for chosen in product(*([None, *own] for own in days)):
        visits: dict[int, set[str]] = {}
        for one, day in zip(entries, chosen, strict=True):
            if day is not None:
                visits.setdefault(day, set()).add(one.department)
        if any(
            one.alone and day is not None and len(visits[day]) > 1
            for one, day in zip(entries, chosen, strict=True)
        ):
            continue
        ordered = sorted(visits)
        near = any(b - a < rules.merge_window_days for a, b in pairwise(ordered))
        if near or any(len(who) > rules.max_departments for who in visits.values()):
            continue
        best = min(best, (chosen.count(None), len(visits)))
    return best
