"""The engine that reads a table: one step after another, each allowed by a row or refused.

`Machine.take` is pure: the day comes with the step, the calendar with the machine. Overdue is
worked out (`casework.life.is_overdue`), never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from casework.days import day_of
from casework.errors import StepRefused, StepWhy
from casework.life import BACK, DESK, Need, Owner, Part, Rule, Standing, Step, Terms, Verb
from casework.workdays import Workdays


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A kind of life: its table, its terms, and the states it ends in."""

    what: str
    table: tuple[Rule, ...]
    terms: Terms
    ends: frozenset[str]
    calendar: Workdays

    def take(self, standing: Standing, step: Step) -> Standing:
        """The standing after one more step.

        Raises:
            StepRefused: the table has no such row, the step lacks what its row asks for, or this
                person may not do it.
        """
        rule = self.rule_for(standing, step)
        day = day_of(step.t_s)
        after = rule.after or standing.state
        if rule.after == BACK:
            after = standing.back_to or standing.state
        moved = replace(
            effects(standing, step, day, self),
            state=after,
            owner=_owner(rule.owner, standing, step),
            parts=standing.parts if rule.plays is None else _plus(standing, rule.plays, step),
            steps=standing.steps + 1,
        )
        return replace(moved, due=self.due(moved, step, day, changed=after != standing.state))

    def rule_for(self, standing: Standing, step: Step) -> Rule:
        """The row of the table that allows a step.

        Raises:
            StepRefused: none does, with the reason.
        """
        verb, state = step.verb, standing.state
        rule = next((r for r in self.table if r.verb == verb and state in r.before), None)
        if rule is None:
            raise StepRefused(verb, StepWhy.NOT_AS_IT_STANDS, what=self.what, state=state)
        if not step.actor.strip() or step.actor.startswith(DESK):
            raise StepRefused(verb, StepWhy.ONLY_A_PERSON)
        for need in rule.needs:
            if not _has(need, step):
                raise StepRefused(verb, StepWhy[f"LACKS_{need.name}"])
        for part in rule.not_by:
            if step.actor in standing.played(part):
                raise StepRefused(verb, StepWhy.SAME_PERSON, actor=step.actor, part=part)
        _check_time(standing, step, self)
        return rule

    def may(self, standing: Standing) -> tuple[Rule, ...]:
        """The rows that fit as it stands, were nothing lacking and everybody allowed."""
        rows = (r for r in self.table if standing.state in r.before)
        return tuple(row for row in rows if _hindrance(standing, row.verb) is None)

    def due(self, moved: Standing, step: Step, day: date, *, changed: bool) -> date | None:
        """The due day of a state that was entered, or was stayed in."""
        if moved.state in self.ends:
            return None
        if moved.suspended is not None:
            return step.until if changed else moved.due
        days = self.terms.days.get(moved.state)
        if days is None:
            return moved.deadline
        return self.calendar.after(day, days) if changed or moved.due is None else moved.due


def _has(need: Need, step: Step) -> bool:
    match need:
        case Need.REASON:
            return bool(step.reason.strip())
        case Need.TO:
            return bool(step.to.strip())
        case Need.DAYS:
            return step.days is not None and step.days > 0
        case Need.UNTIL:
            return step.until is not None and step.until > day_of(step.t_s)
        case Need.EVIDENCE:
            return bool(step.evidence)
        case Need.FIVE:
            return step.five is not None and all(
                (step.five.measures, step.five.money, step.five.person, step.five.plan)
            )


def _owner(owner: Owner, standing: Standing, step: Step) -> str:
    match owner:
        case Owner.ACTOR:
            return step.actor
        case Owner.TO:
            return step.to or (step.five.person if step.five else standing.desk)
        case Owner.DESK:
            return standing.desk
        case Owner.FIXER:
            return (standing.played(Part.FIXER) or (standing.desk,))[-1]
        case Owner.SAME:
            return standing.owner


def _plus(standing: Standing, part: Part, step: Step) -> tuple[tuple[Part, str], ...]:
    return tuple(dict.fromkeys((*standing.parts, (part, step.actor))))


def _hindrance(standing: Standing, verb: Verb) -> StepWhy | None:
    """What no table can say: a request that waits, a flight that is out; None where nothing is."""
    waiting, flying = standing.asked_days is not None, standing.refly == "asked"
    if verb is Verb.ASK_EXTENSION and waiting:
        return StepWhy.ASKED_ALREADY
    if verb in {Verb.GRANT_EXTENSION, Verb.REFUSE_EXTENSION} and not waiting:
        return StepWhy.NOT_ASKED
    if verb is Verb.REFLY_DONE and not flying:
        return StepWhy.NO_FLIGHT_ASKED
    if verb in {Verb.VERIFY, Verb.CONFIRM_GONE} and flying:
        return StepWhy.FLIGHT_NOT_FLOWN
    return None


def _check_time(standing: Standing, step: Step, machine: Machine) -> None:
    verb, day = step.verb, day_of(step.t_s)
    hindrance = _hindrance(standing, verb)
    if hindrance is not None:
        raise StepRefused(verb, hindrance)
    if verb is Verb.ASK_EXTENSION and standing.deadline is not None:
        left = machine.calendar.between(day, standing.deadline)
        if left < machine.terms.ask_before_days:
            need = machine.terms.ask_before_days
            raise StepRefused(verb, StepWhy.ASKED_TOO_LATE, need=need, left=left)
    _check_longest(standing, step, machine)


def _check_longest(standing: Standing, step: Step, machine: Machine) -> None:
    longest = machine.terms.longest_days
    if longest is None:
        return
    moved = effects(standing, step, day_of(step.t_s), machine)
    if moved.deadline is None or moved.began is None:
        return
    deadline, began = moved.deadline, moved.began
    if (deadline - began).days > longest:
        raise StepRefused(
            step.verb, StepWhy.TOO_LONG, deadline=deadline, longest=longest, began=began
        )
    if step.five is not None and deadline <= began:
        raise StepRefused(step.verb, StepWhy.DEADLINE_PAST, deadline=deadline)


def effects(standing: Standing, step: Step, day: date, machine: Machine) -> Standing:
    """What a step does beside moving on: to the deadline, to requests, to the evidence."""
    evidence = tuple(dict.fromkeys((*standing.evidence, *step.evidence)))
    standing = replace(standing, evidence=evidence)
    if step.verb in _ENDS_REQUESTS:
        standing = replace(standing, asked_days=None, answer_due=None)
    effect = _EFFECTS.get(step.verb)
    return standing if effect is None else effect(standing, step, day, machine)


def _sent(standing: Standing, step: Step, day: date, machine: Machine) -> Standing:
    deadline = machine.calendar.after(day, step.days) if step.days else None
    return replace(standing, deadline=deadline, refly="")


def _listed(standing: Standing, step: Step, day: date, _machine: Machine) -> Standing:
    assert step.five is not None, "the row asks for it"
    return replace(standing, five=step.five, began=day, deadline=step.five.deadline)


def _asked(standing: Standing, step: Step, day: date, machine: Machine) -> Standing:
    due = machine.calendar.after(day, machine.terms.answer_days)
    return replace(standing, asked_days=step.days, answer_due=due)


def _granted(standing: Standing, _step: Step, _day: date, machine: Machine) -> Standing:
    assert standing.deadline is not None and standing.asked_days is not None
    later = machine.calendar.after(standing.deadline, standing.asked_days)
    return replace(standing, deadline=later, asked_days=None, answer_due=None)


def _suspended(standing: Standing, _step: Step, day: date, _machine: Machine) -> Standing:
    return replace(standing, suspended=day, back_to=standing.state)


def _resumed(standing: Standing, _step: Step, day: date, machine: Machine) -> Standing:
    """The working days of the suspension are added to the deadline."""
    assert standing.suspended is not None
    lost = machine.calendar.between(standing.suspended, day)
    deadline = standing.deadline
    if deadline is not None and lost:
        deadline = machine.calendar.after(deadline, lost)
    return replace(standing, suspended=None, back_to=None, deadline=deadline)


def _flies(standing: Standing, step: Step, _day: date, _machine: Machine) -> Standing:
    return replace(standing, refly="asked" if step.verb is Verb.ASK_REFLY else "done")


_EFFECTS: dict[Verb, Callable[[Standing, Step, date, Machine], Standing]] = {
    Verb.DISPATCH: _sent,
    Verb.AGAIN: _sent,
    Verb.REOPEN: _sent,
    Verb.LIST: _listed,
    Verb.ASK_EXTENSION: _asked,
    Verb.GRANT_EXTENSION: _granted,
    Verb.SUSPEND: _suspended,
    Verb.RESUME: _resumed,
    Verb.ASK_REFLY: _flies,
    Verb.REFLY_DONE: _flies,
}
_ENDS_REQUESTS = frozenset(
    {Verb.REFUSE_EXTENSION, Verb.RETURN, Verb.REPORT, Verb.ASK_VERIFICATION, Verb.ESCALATE}
)
