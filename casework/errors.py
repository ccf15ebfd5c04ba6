"""What can be wrong with the daily work."""

from __future__ import annotations

from enum import StrEnum

from alerts.errors import Fact, Reasoned


class CaseworkError(Exception):
    """Base of everything this package raises on purpose."""


class StepWhy(StrEnum):
    """Why a step may not be taken."""

    NOT_AS_IT_STANDS = "a {what} that is {state} cannot be that"
    ONLY_A_PERSON = "only a person may do this, by name"
    LACKS_REASON = "it needs a reason"
    LACKS_TO = "it needs whom it goes to"
    LACKS_DAYS = "it needs working days"
    LACKS_UNTIL = "it needs a day"
    LACKS_EVIDENCE = "it needs evidence"
    LACKS_FIVE = "it needs the five points"
    SAME_PERSON = "{actor} is its {part}: another person has to do this"
    ASKED_ALREADY = "a request waits for its answer already"
    NOT_ASKED = "nobody has asked"
    NO_FLIGHT_ASKED = "nobody has asked for a flight"
    FLIGHT_NOT_FLOWN = "the flight that was asked for has not shown it yet"
    ASKED_TOO_LATE = "it has to be asked {need} working days before the deadline, {left} are left"
    TOO_LONG = (
        "the deadline would be {deadline}, more than {longest} days after it began on {began}"
    )
    DEADLINE_PAST = "the deadline {deadline} is not after today"
    NO_PICTURE = "the record has no picture {picture}"
    LISTED_ALREADY = "its listing is {state}"
    FILED_ALREADY = "case {case_no} was filed already"


class StepRefused(Reasoned, CaseworkError):
    """A step that may not be taken as things stand."""

    why: StepWhy

    def __init__(self, verb: str, why: StepWhy, **facts: Fact) -> None:
        super().__init__(why, f"{verb}: ", **facts)
        self.facts = {"verb": verb, **facts}
