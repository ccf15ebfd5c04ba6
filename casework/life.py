"""What has a life: the words of its table, a step in it, and how it stands after its steps.

A work order and a listing (挂牌) are the same kind of thing: they stand in a state, somebody owns
them, the state has a due day, and a step by a person leads on. What differs is data: the tables in
`casework.orders` and `casework.listing`, drawn into docs/casework.md by `as_table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DESK = "desk:"
"""Begins the name of whoever sits at an org's desk: the owner while no person is."""


BACK = "back"
"""As a rule's state after: the state it was suspended in."""


class Verb(StrEnum):
    """What can be done with an order or a listing."""

    COLLECT = "collect"
    """Begins an order."""
    PROPOSE = "propose"
    """Begins a listing."""
    ACCEPT = "accept"
    REJECT = "reject"
    DISPATCH = "dispatch"
    SIGN = "sign"
    START = "start"
    REPORT = "report"
    VERIFY = "verify"
    SEND_BACK = "send_back"
    CLOSE = "close"
    RETURN = "return"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    SUSPEND = "suspend"
    RESUME = "resume"
    REMIND = "remind"
    REOPEN = "reopen"
    ASK_REFLY = "ask_refly"
    REFLY_DONE = "refly_done"
    LIST = "list"
    ANNOUNCE = "announce"
    ASK_VERIFICATION = "ask_verification"
    CONFIRM_GONE = "confirm_gone"
    FAIL = "fail"
    AGAIN = "again"
    ESCALATE = "escalate"
    DELIST = "delist"
    RECOUNT = "recount"
    """By no person: its days were counted again by a calendar that is known better now."""


class Need(StrEnum):
    """What a step cannot be taken without."""

    REASON = "a reason"
    TO = "whom it goes to"
    DAYS = "working days"
    UNTIL = "a day"
    EVIDENCE = "evidence"
    FIVE = "the five points"
    """五落实: measures, money, deadline, person, contingency plan."""


class Owner(StrEnum):
    """Who has to do the next thing after a step."""

    SAME = "as before"
    ACTOR = "who did it"
    TO = "whom it went to"
    DESK = "the desk"
    FIXER = "who fixes it"


class Part(StrEnum):
    """What a person has done in a life that bars that person from judging it."""

    FIXER = "fixer"
    ASKER = "asker"
    PROPOSER = "proposer"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of a table: from these states a verb leads to that one, None for the same."""

    verb: Verb
    before: frozenset[str]
    after: str | None
    owner: Owner = Owner.SAME
    needs: tuple[Need, ...] = ()
    not_by: tuple[Part, ...] = ()
    """Not by a person who has played one of these parts."""
    plays: Part | None = None
    """The part that the person plays by it."""


def rule(
    verb: Verb,
    *before: str,
    to: str | None,
    owner: Owner = Owner.SAME,
    needs: tuple[Need, ...] = (),
    not_by: tuple[Part, ...] = (),
    plays: Part | None = None,
) -> Rule:
    """A row, as the tables write it."""
    return Rule(
        verb=verb,
        before=frozenset(before),
        after=to,
        owner=owner,
        needs=needs,
        not_by=not_by,
        plays=plays,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FivePoints:
    """五落实: without all five no major hazard is listed."""

    measures: str
    money: str
    deadline: date
    person: str
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done by a person."""

    verb: Verb
    actor: str
    t_s: float
    """The station's clock, seconds since 1970 UTC."""
    reason: str = ""
    to: str = ""
    """Whom it goes to: a person, an org."""
    days: int | None = None
    """Working days."""
    until: date | None = None
    evidence: tuple[str, ...] = ()
    """sha256 of blobs."""
    five: FivePoints | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How something stands: the fold of its steps."""

    state: str
    owner: str
    """Who has to do the next thing, or has done the last; never empty."""
    desk: str
    """The desk it belongs to."""
    due: date | None
    """By when the next thing has to be done; None when nothing has."""
    deadline: date | None = None
    """By when the hazard has to be gone; moved by an extension and by a suspension."""
    began: date | None = None
    """Of a listing: the day it was announced."""
    five: FivePoints | None = None
    asked_days: int | None = None
    """An extension that waits for its answer."""
    answer_due: date | None = None
    suspended: date | None = None
    back_to: str | None = None
    """The state before a suspension."""
    refly: str = ""
    """``asked`` while a new flight has to show how it looks now, then ``done``."""
    parts: tuple[tuple[Part, str], ...] = ()
    evidence: tuple[str, ...] = ()
    """Of the work done; of a re-fly the picture before and the one after."""
    steps: int = 0

    def played(self, part: Part) -> tuple[str, ...]:
        """Who has played a part, in order."""
        return tuple(person for one, person in self.parts if one is part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How many working days each state may last, and what an extension has to keep to."""

    days: Mapping[str, int]
    """By state. A state that is not in it lasts until the deadline; an ended one has no end."""
    answer_days: int
    """For an answer to a request for extension."""
    ask_before_days: int = 0
    """An extension is asked for at least so many working days before the deadline."""
    longest_days: int | None = None
    """Calendar days from the beginning to the last possible deadline."""


def is_overdue(standing: Standing, today: date) -> bool:
    """Whether what has to be done next, or an answer to a request, is late today."""
    waits = (standing.due, standing.answer_due)
    return any(day is not None and today > day for day in waits)


def as_table(table: tuple[Rule, ...], states: type[StrEnum]) -> str:
    """A table as Markdown, for docs/casework.md."""
    lines = ["| what | when it is | then it is | with | asks for |", "|---|---|---|---|---|"]
    for rule in table:
        before = ", ".join(state for state in states if state in rule.before)
        after = "as it was suspended" if rule.after == BACK else rule.after or "the same"
        asks = [*rule.needs, *(f"not the {part}" for part in rule.not_by)]
        owner = rule.owner.value
        lines.append(f"| {rule.verb} | {before} | {after} | {owner} | {', '.join(asks)} |")
    return "\n".join(lines) + "\n"
