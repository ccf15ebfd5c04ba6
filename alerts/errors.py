"""What can be refused here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

Fact = str | int | float | date
"""What a reason tells of: a name, a code, a number, a day."""


class AlertsError(Exception):
    """Base of everything this package raises on purpose."""


class Reasoned(Exception):
    """Says why by one reason of a list: a code for programs, words for people, the facts in them.

    A list is a ``StrEnum``: the name is the code, the value the words, with a ``{slot}`` for each
    fact. Whoever tells it in another language goes by `code` and fills in ``facts``.
    """

    why: StrEnum
    facts: Mapping[str, Fact]

    def __init__(self, why: StrEnum, before: str = "", /, **facts: Fact) -> None:
        super().__init__(before + why.format_map(facts))
        self.why = why
        self.facts = facts

    @property
    def code(self) -> str:
        """``ActRefused.second_person`` and the like."""
        return f"{type(self).__name__}.{self.why.name.lower()}"


class ActWhy(StrEnum):
    """Why something may not be done with an incident."""

    NOT_AS_IT_STANDS = "an incident that is {state} cannot be {done}"
    NOT_A_PERSON = "{actor} is not the name of a person"
    ONLY_A_PERSON = "only a person may do this"
    ONLY_THE_CLOCK = "only the clock does that"
    SECOND_PERSON = "{actor} brought it here: a second person has to look"
    NOT_UNDOABLE = "only the person who did the last thing can undo it, once"
    NO_REASON = "it needs a reason"
    NO_GOAL = "it needs to know to which"
    NO_AREA = "its dismissal left no known area"
    STEP_REACHED = "step {step} was reached before"
    MERGED = "it was merged into {into}: act there"
    NOT_MERGED = "it is not merged into another"
    INTO_ITSELF = "it cannot be merged into itself"
    UNKNOWN_GOAL = "there is no incident {goal} to merge it into"
    GOAL_MERGED = "{goal} was merged into {into}: name that"
    GOAL_OVER = "{goal} is {state}: it takes nothing more"
    GOAL_OF_OTHER_STATUS = "{goal} is {other} and this is {status}"
    NO_REVIEWER = "it needs the name of a person"
    REVIEWER_CONFIRMED = "{actor} confirmed {incident_id}: a second person has to look"


class ActRefused(Reasoned, AlertsError):
    """Something that may not be done with an incident as it stands."""

    why: ActWhy

    def __init__(self, verb: str, why: ActWhy, **facts: Fact) -> None:
        super().__init__(why, f"{verb}: ", **facts)
        self.facts = {"verb": verb, **facts}
