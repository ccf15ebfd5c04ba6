"""Days counted again: a due day in a year whose holidays nobody knew yet, once they are known.

How many working days there were is what stands; which day that is follows from the calendar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from casework.days import day_of
from casework.life import Standing, Step, Verb
from casework.steps import Machine, effects
from casework.workdays import Workdays


def recounted(
    standing: Standing, steps: Sequence[Step], machine: Machine, before: Workdays
) -> Standing:
    """As it stands after its steps, its days by the machine's calendar instead of another one.

    Terms that were changed in the configuration since do not matter: a day that lies so many
    working days after its step by ``before`` lies as many after it now. A day that a person has
    named, such as the end of a suspension or the deadline of a listing, stays.
    """
    moves = {rule.verb for rule in machine.table if rule.after is not None}
    folded = Standing(state="", owner="", desk="", due=None)
    entered = asked = day_of(steps[0].t_s)
    for step in steps:
        day = day_of(step.t_s)
        folded = effects(folded, step, day, machine)
        if step.verb in moves:
            entered = day
        elif step.verb is Verb.ASK_EXTENSION:
            asked = day

    def moved(start: date, day: date | None) -> date | None:
        if day is None:
            return None
        return machine.calendar.after(start, max(before.between(start, day), 1))

    due = standing.due
    if standing.suspended is None and due is not None:
        termed = standing.state in machine.terms.days
        due = moved(entered, due) if termed else folded.deadline
    return replace(
        standing,
        due=due,
        deadline=folded.deadline,
        answer_due=moved(asked, standing.answer_due),
    )
