"""Listing (挂牌): a grave hazard is put on the public list, and struck off when it is gone.

Timers, as defaults to be set per city, from public rules: filed within 3 working days, announced
within 5, an extension asked for 20 working days before the deadline and answered within 10, a year
at the longest (Qingdao); verified within 10 days of the request (Hubei). Listing, an extension and
striking off are approvals by another person (安全生产法 §41, §70).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from casework.life import DESK, Need, Owner, Part, Rule, Standing, Terms, Verb, rule
from casework.steps import Machine
from casework.workdays import Workdays


class ListingState(StrEnum):
    """Where a listing stands."""

    PROPOSED = "proposed"
    LISTED = "listed"
    RECTIFYING = "rectifying"
    VERIFICATION = "verification"
    PASSED = "passed"
    FAILED = "failed"
    ESCALATED = "escalated"
    DELISTED = "delisted"
    REJECTED = "rejected"


_S = ListingState

_PROPOSER, _FIXER, _ASKER = (Part.PROPOSER,), (Part.FIXER,), (Part.ASKER,)

TABLE: tuple[Rule, ...] = (
    rule(
        Verb.LIST, _S.PROPOSED, to=_S.LISTED, owner=Owner.TO, needs=(Need.FIVE,), not_by=_PROPOSER
    ),
    rule(
        Verb.REJECT,
        _S.PROPOSED,
        to=_S.REJECTED,
        owner=Owner.ACTOR,
        needs=(Need.REASON,),
        not_by=_PROPOSER,
    ),
    rule(Verb.ANNOUNCE, _S.LISTED, to=_S.RECTIFYING),
    rule(
        Verb.ASK_EXTENSION,
        _S.RECTIFYING,
        to=None,
        needs=(Need.DAYS, Need.REASON),
        plays=Part.ASKER,
    ),
    rule(Verb.GRANT_EXTENSION, _S.RECTIFYING, to=None, not_by=_ASKER),
    rule(Verb.REFUSE_EXTENSION, _S.RECTIFYING, to=None, not_by=_ASKER),
    rule(
        Verb.ASK_VERIFICATION,
        _S.RECTIFYING,
        to=_S.VERIFICATION,
        owner=Owner.DESK,
        needs=(Need.EVIDENCE,),
        plays=Part.FIXER,
    ),
    rule(Verb.ASK_REFLY, _S.VERIFICATION, to=None, not_by=_FIXER),
    rule(Verb.REFLY_DONE, _S.VERIFICATION, to=None, needs=(Need.EVIDENCE,), not_by=_FIXER),
    rule(
        Verb.CONFIRM_GONE,
        _S.VERIFICATION,
        to=_S.PASSED,
        owner=Owner.DESK,
        not_by=_FIXER,
        plays=Part.JUDGE,
    ),
    rule(
        Verb.FAIL,
        _S.VERIFICATION,
        to=_S.FAILED,
        owner=Owner.DESK,
        needs=(Need.REASON,),
        not_by=_FIXER,
    ),
    rule(
        Verb.DELIST,
        _S.PASSED,
        to=_S.DELISTED,
        owner=Owner.ACTOR,
        not_by=(Part.FIXER, Part.JUDGE),
    ),
    rule(
        Verb.AGAIN,
        _S.FAILED,
        _S.ESCALATED,
        to=_S.RECTIFYING,
        owner=Owner.TO,
        needs=(Need.TO, Need.DAYS),
    ),
    rule(
        Verb.ESCALATE,
        _S.RECTIFYING,
        _S.FAILED,
        to=_S.ESCALATED,
        owner=Owner.TO,
        needs=(Need.REASON, Need.TO),
    ),
    rule(
        Verb.REMIND,
        _S.LISTED,
        _S.RECTIFYING,
        _S.VERIFICATION,
        _S.PASSED,
        _S.FAILED,
        _S.ESCALATED,
        to=None,
    ),
)
"""Everything that may happen to a listing. What is not here is refused."""

TERMS = Terms(
    days={
        _S.PROPOSED: 3,
        _S.LISTED: 5,
        _S.VERIFICATION: 10,
        _S.PASSED: 5,
        _S.FAILED: 5,
        _S.ESCALATED: 5,
    },
    answer_days=10,
    ask_before_days=20,
    longest_days=366,
)

ENDS = frozenset[str]({_S.DELISTED, _S.REJECTED})


def machine(calendar: Workdays, terms: Terms = TERMS) -> Machine:
    """The listing's life."""
    return Machine(what="listing", table=TABLE, terms=terms, ends=ENDS, calendar=calendar)


def proposed(org_id: str, actor: str, day: date, machine: Machine) -> Standing:
    """A listing as it begins: proposed by a person, to be decided by another."""
    days = machine.terms.days[_S.PROPOSED]
    desk = DESK + org_id
    return Standing(
        state=_S.PROPOSED,
        owner=desk,
        desk=desk,
        due=machine.calendar.after(day, days),
        parts=((Part.PROPOSER, actor),),
    )
