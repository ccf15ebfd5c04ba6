"""Orders and listings under random hands: no illegal state, no owner lost, nobody their own judge.

The truth beside the machine: which state may follow which, as the issue's text lists them; working
days from the State Council's notices, counted by numpy. ``PLUMELINE_STEPS=20000`` takes that many
steps through each machine; without it a tenth.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from casework import listing, orders
from casework.days import start_s
from casework.errors import StepRefused
from casework.life import FivePoints, Part, Rule, Standing, Step, Verb, as_table, is_overdue
from casework.listing import ListingState as L
from casework.orders import OrderState as O
from casework.steps import Machine
from casework.workdays import Workdays
from tests.casework.notices import NOT_WORKED

STEPS = int(os.environ.get("PLUMELINE_STEPS", "2000"))
PER_LIFE = 50
PEOPLE = ("陈明", "Li Na", "王强", "Zhao")
FIRST = date(2025, 1, 20)
"""Before Spring Festival, so that most lives cross holidays and worked weekends."""

FOLLOWS: dict[type, dict[str, set[str]]] = {
    O: {
        O.COLLECTED: {O.ACCEPTED, O.REJECTED},
        O.ACCEPTED: {O.DISPATCHED, O.SUSPENDED},
        O.DISPATCHED: {O.SIGNED_FOR, O.ACCEPTED, O.SUSPENDED},
        O.SIGNED_FOR: {O.IN_PROGRESS, O.ACCEPTED, O.SUSPENDED},
        O.IN_PROGRESS: {O.REPORTED_DONE, O.ACCEPTED, O.SUSPENDED},
        O.SUSPENDED: {O.ACCEPTED, O.DISPATCHED, O.SIGNED_FOR, O.IN_PROGRESS},
        O.REPORTED_DONE: {O.VERIFIED, O.IN_PROGRESS},
        O.VERIFIED: {O.CLOSED},
        O.CLOSED: {O.COLLECTED},
        O.REJECTED: {O.COLLECTED},
    },
    L: {
        L.PROPOSED: {L.LISTED, L.REJECTED},
        L.LISTED: {L.RECTIFYING},
        L.RECTIFYING: {L.VERIFICATION, L.ESCALATED},
        L.VERIFICATION: {L.PASSED, L.FAILED},
        L.PASSED: {L.DELISTED},
        L.FAILED: {L.RECTIFYING, L.ESCALATED},
        L.ESCALATED: {L.RECTIFYING},
        L.DELISTED: set(),
        L.REJECTED: set(),
    },
}
FORWARD: dict[str, Verb] = {
    O.COLLECTED: Verb.ACCEPT,
    O.ACCEPTED: Verb.DISPATCH,
    O.DISPATCHED: Verb.SIGN,
    O.SIGNED_FOR: Verb.START,
    O.IN_PROGRESS: Verb.REPORT,
    O.SUSPENDED: Verb.RESUME,
    O.REPORTED_DONE: Verb.VERIFY,
    O.VERIFIED: Verb.CLOSE,
    L.PROPOSED: Verb.LIST,
    L.LISTED: Verb.ANNOUNCE,
    L.RECTIFYING: Verb.ASK_VERIFICATION,
    L.VERIFICATION: Verb.CONFIRM_GONE,
    L.PASSED: Verb.DELIST,
}
"""So that random lives get on: every other step is the next one of an ordinary life."""
PHASES = (Phase.generate,)
TAKEN = {O: 0, L: 0}


def step_of(data: st.DataObject, verbs: list[Verb], today: date) -> Step:
    verb = data.draw(st.sampled_from(verbs))
    full = data.draw(st.integers(0, 5)) > 0
    five = FivePoints(
        measures="拆除",
        money="2 万元",
        deadline=today + timedelta(days=90),
        person="Li Na",
        plan="预案",
    )
    return Step(
        verb=verb,
        actor=data.draw(st.sampled_from(PEOPLE)),
        t_s=start_s(today) + 3600,
        reason="因为" if full else "",
        to="Zhao" if full else "",
        days=data.draw(st.sampled_from([5, 15, 300])) if full else None,
        until=today + timedelta(days=9) if full else None,
        evidence=("ab" * 32,) if full else (),
        five=five if full else None,
    )


class Lives(RuleBasedStateMachine):
    states: type
    machine: Machine

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST
        self.standing = self.begun()
        self.fixers: set[str] = set()
        self.askers: set[str] = set()
        self.by: dict[Verb, str] = {}
        self.deadline: date | None = None

    def begun(self) -> Standing:
        raise NotImplementedError

    @rule(days=st.integers(0, 12))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(data=st.data(), how=st.integers(0, 7))
    def somebody_does_something(self, data: st.DataObject, how: int) -> None:
        verbs = [r.verb for r in self.machine.table if self.standing.state in r.before]
        if self.standing.asked_days is not None and how < 3:
            verbs = [Verb.GRANT_EXTENSION]
        elif Verb.ASK_EXTENSION in verbs and how in {3, 4}:
            verbs = [Verb.ASK_EXTENSION]
        elif how < 5 and self.standing.state in FORWARD:
            verbs = [FORWARD[self.standing.state]]
        elif how == 7 or not verbs:
            verbs = list(Verb)
        step = step_of(data, verbs, self.today)
        before = self.standing
        TAKEN[self.states] += 1
        try:
            self.standing = self.machine.take(before, step)
        except StepRefused:
            return
        now, actor = self.standing, step.actor
        if now.state != before.state:
            assert now.state in FOLLOWS[self.states][before.state]
        if step.verb in {Verb.SIGN, Verb.START, Verb.REPORT, Verb.ASK_VERIFICATION}:
            self.fixers.add(actor)
        if step.verb is Verb.ASK_EXTENSION:
            self.askers.add(actor)
        self.judged_by_another(step)
        self.by[step.verb] = actor

    def judged_by_another(self, step: Step) -> None:
        if step.verb in {Verb.GRANT_EXTENSION, Verb.REFUSE_EXTENSION}:
            assert step.actor not in self.askers
        if step.verb in {Verb.VERIFY, Verb.CLOSE, Verb.CONFIRM_GONE, Verb.FAIL, Verb.DELIST}:
            assert step.actor not in self.fixers
            assert self.fixers and self.standing.evidence
        if step.verb in {Verb.REPORT, Verb.ASK_VERIFICATION}:
            assert step.evidence
        if step.verb is Verb.CLOSE:
            assert self.by[Verb.VERIFY] not in self.fixers
        if step.verb is Verb.DELIST:
            assert step.actor != self.by[Verb.CONFIRM_GONE]
        if step.verb is Verb.LIST:
            assert step.actor != "王强", "who proposed it"
            assert self.standing.five is not None

    @invariant()
    def it_has_an_owner_and_a_day(self) -> None:
        standing = self.standing
        assert standing.state in set(self.states)
        assert standing.owner
        assert (standing.due is None) == (standing.state in {"closed", "rejected", "delisted"})

    @invariant()
    def overdue_is_what_numpy_counts(self) -> None:
        """Late is one more day than the due day, which is a day that is worked."""
        due = self.standing.due
        if due is None:
            assert not is_overdue(self.standing, self.today)
            return
        if self.standing.suspended is None and self.standing.five is None:
            assert due not in NOT_WORKED or due.year > 2026
        waits = [day for day in (due, self.standing.answer_due) if day]
        assert is_overdue(self.standing, self.today) == (self.today > min(waits))


class Orders(Lives):
    states = O
    machine = orders.machine(Workdays())

    def begun(self) -> Standing:
        return orders.opened("s-1", self.today, self.machine)


class Listings(Lives):
    states = L
    machine = listing.machine(Workdays())

    def begun(self) -> Standing:
        return listing.proposed("s-1", "王强", self.today, self.machine)


@pytest.mark.parametrize("lives", [Orders, Listings])
def test_random_lives_keep_the_rules(lives: type[Lives]) -> None:
    TAKEN[lives.states] = 0
    examples = max(STEPS * 2 // PER_LIFE, 1)  # half of the steps let time pass
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=PER_LIFE,
            deadline=None,
            derandomize=True,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert TAKEN[lives.states] > 0.3 * STEPS


@pytest.mark.parametrize(
    ("lives", "verb", "lost"),
    [
        (Orders, Verb.VERIFY, "not_by"),
        (Orders, Verb.CLOSE, "not_by"),
        (Orders, Verb.GRANT_EXTENSION, "not_by"),
        (Orders, Verb.REPORT, "needs"),
        (Listings, Verb.LIST, "not_by"),
        (Listings, Verb.DELIST, "not_by"),
        (Listings, Verb.GRANT_EXTENSION, "not_by"),
        (Listings, Verb.ASK_VERIFICATION, "needs"),
    ],
)
def test_a_table_that_lost_a_condition_is_caught(lives: type[Lives], verb: Verb, lost: str) -> None:
    """The mutants: a fixer who verifies, an asker who grants, a report without evidence."""

    def weakened(row: Rule) -> Rule:
        return replace(row, **{lost: ()}) if row.verb is verb else row  # type: ignore[arg-type]

    table = tuple(weakened(row) for row in lives.machine.table)
    mutant = type("Mutant", (lives,), {"machine": replace(lives.machine, table=table)})
    with pytest.raises((AssertionError, BaseExceptionGroup, KeyError)):
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            mutant,
            settings=settings(
                max_examples=150,
                stateful_step_count=PER_LIFE,
                deadline=None,
                derandomize=True,
                database=None,
                phases=PHASES,
                suppress_health_check=list(HealthCheck),
            ),
        )


T0 = date(2026, 9, 14)
"""A Monday. The Sunday after is worked; from the 25th there are holidays."""


def taken(machine: Machine, standing: Standing, day: date, **said: object) -> Standing:
    return machine.take(standing, Step(t_s=start_s(day) + 3600, **said))  # type: ignore[arg-type]


def at_work() -> tuple[Machine, Standing]:
    machine = Orders.machine
    order = orders.opened("s-1", T0, machine)
    order = taken(machine, order, T0, verb=Verb.ACCEPT, actor="陈明")
    order = taken(machine, order, T0, verb=Verb.DISPATCH, actor="陈明", to="d-fire", days=10)
    order = taken(machine, order, T0, verb=Verb.SIGN, actor="Li Na")
    return machine, taken(machine, order, T0, verb=Verb.START, actor="Li Na")


def counted(first: date, days: int) -> date:
    found = np.busday_offset(
        first, days, roll="backward", weekmask="1111111", holidays=list(NOT_WORKED)
    )
    return found.astype(object)  # type: ignore[no-any-return]


def test_work_is_due_in_working_days_and_an_extension_or_a_pause_moves_that() -> None:
    machine, order = at_work()
    assert order.due == order.deadline == counted(T0, 10) == date(2026, 9, 28)  # Sunday 20th counts
    asked = taken(machine, order, T0, verb=Verb.ASK_EXTENSION, actor="Li Na", days=5, reason="雨")
    assert asked.answer_due == counted(T0, 3)
    granted = taken(machine, asked, T0, verb=Verb.GRANT_EXTENSION, actor="陈明")
    assert granted.due == counted(T0, 15) == date(2026, 10, 10)  # past the seven days of October
    until = date(2026, 9, 21)
    paused = taken(
        machine, granted, T0, verb=Verb.SUSPEND, actor="陈明", reason="停产", until=until
    )
    assert (paused.due, paused.owner) == (until, granted.owner)
    assert not is_overdue(paused, until)
    assert is_overdue(paused, until + timedelta(days=1))
    again = taken(machine, paused, until, verb=Verb.RESUME, actor="陈明")
    assert (again.state, again.due) == (O.IN_PROGRESS, counted(T0, 15 + 6))


def test_a_flight_that_was_asked_for_has_to_show_it_before_and_after() -> None:
    machine, order = at_work()
    done = taken(machine, order, T0, verb=Verb.REPORT, actor="Li Na", evidence=("a" * 64,))
    wanted = taken(machine, done, T0, verb=Verb.ASK_REFLY, actor="陈明", evidence=("b" * 64,))
    with pytest.raises(StepRefused, match="has not shown"):
        taken(machine, wanted, T0, verb=Verb.VERIFY, actor="陈明")
    flown = taken(machine, wanted, T0, verb=Verb.REFLY_DONE, actor="陈明", evidence=("c" * 64,))
    verified = taken(machine, flown, T0, verb=Verb.VERIFY, actor="陈明")
    assert verified.evidence == ("a" * 64, "b" * 64, "c" * 64)


def test_a_listing_keeps_its_public_timers() -> None:
    machine = Listings.machine
    one = listing.proposed("s-1", "王强", T0, machine)
    assert one.due == counted(T0, 3)
    five = FivePoints(measures="拆", money="2", deadline=date(2026, 12, 1), person="Li", plan="p")
    one = taken(machine, one, T0, verb=Verb.LIST, actor="陈明", five=five)
    assert (one.owner, one.due) == ("Li", counted(T0, 5))
    one = taken(machine, one, T0, verb=Verb.ANNOUNCE, actor="陈明")
    assert one.due == date(2026, 12, 1)
    late = counted(date(2026, 12, 1), -19)
    with pytest.raises(StepRefused, match="20 working days before"):
        taken(machine, one, late, verb=Verb.ASK_EXTENSION, actor="Li", days=20, reason="r")
    intime = counted(date(2026, 12, 1), -20)
    asked = taken(machine, one, intime, verb=Verb.ASK_EXTENSION, actor="Li", days=20, reason="r")
    assert asked.answer_due == counted(intime, 10)
    with pytest.raises(StepRefused, match="more than 366 days"):
        taken(
            machine, replace(asked, asked_days=260), intime, verb=Verb.GRANT_EXTENSION, actor="陈明"
        )
    year = replace(five, deadline=T0 + timedelta(days=400))
    start = listing.proposed("s-1", "王强", T0, machine)
    with pytest.raises(StepRefused, match="more than 366 days"):
        taken(machine, start, T0, verb=Verb.LIST, actor="陈明", five=year)


def test_parts_are_remembered_over_a_reopening() -> None:
    machine, order = at_work()
    order = taken(machine, order, T0, verb=Verb.REPORT, actor="Li Na", evidence=("a" * 64,))
    for verb in (Verb.VERIFY, Verb.CLOSE):
        order = taken(machine, order, T0, verb=verb, actor="陈明")
    order = taken(machine, order, T0, verb=Verb.REOPEN, actor="王强", reason="假性整改")
    assert (order.state, order.owner, order.due) == (O.COLLECTED, "desk:s-1", counted(T0, 1))
    assert order.played(Part.FIXER) == ("Li Na",)


def test_the_page_draws_these_tables() -> None:
    page = (Path(__file__).parents[2] / "docs" / "casework.md").read_text("utf-8")
    assert as_table(orders.TABLE, O) in page
    assert as_table(listing.TABLE, L) in page
