"""The work order: from a finding to its closing, seven links and what may happen between them.

Source of the links: 采集, 建卷, 派遣, 处置, 反馈, 核查结案 of the guides for grid management, with
签收, 退单, 催办 and 延期 of the 12345 hotline's practice. Terms are defaults; a city sets its own.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from casework.life import BACK, DESK, Need, Owner, Part, Rule, Standing, Terms, Verb, rule
from casework.steps import Machine
from casework.workdays import Workdays


class OrderState(StrEnum):
    """Where a work order stands."""

    COLLECTED = "collected"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    SIGNED_FOR = "signed_for"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    REPORTED_DONE = "reported_done"
    VERIFIED = "verified"
    CLOSED = "closed"
    REJECTED = "rejected"


_S = OrderState
_AT_WORK = (_S.SIGNED_FOR, _S.IN_PROGRESS)
_OUT = (_S.DISPATCHED, *_AT_WORK)

_JUDGES = (Part.FIXER,)
_GRANTS = (Part.ASKER, Part.FIXER)

TABLE: tuple[Rule, ...] = (
    rule(Verb.ACCEPT, _S.COLLECTED, to=_S.ACCEPTED, owner=Owner.ACTOR),
    rule(Verb.REJECT, _S.COLLECTED, to=_S.REJECTED, owner=Owner.ACTOR, needs=(Need.REASON,)),
    rule(
        Verb.DISPATCH, _S.ACCEPTED, to=_S.DISPATCHED, owner=Owner.TO, needs=(Need.TO, Need.DAYS)
    ),
    rule(Verb.SIGN, _S.DISPATCHED, to=_S.SIGNED_FOR, owner=Owner.ACTOR, plays=Part.FIXER),
    rule(Verb.START, _S.SIGNED_FOR, to=_S.IN_PROGRESS, owner=Owner.ACTOR, plays=Part.FIXER),
    rule(
        Verb.REPORT,
        _S.IN_PROGRESS,
        to=_S.REPORTED_DONE,
        owner=Owner.DESK,
        needs=(Need.EVIDENCE,),
        plays=Part.FIXER,
    ),
    rule(Verb.ASK_REFLY, _S.REPORTED_DONE, to=None, not_by=_JUDGES),
    rule(Verb.REFLY_DONE, _S.REPORTED_DONE, to=None, needs=(Need.EVIDENCE,), not_by=_JUDGES),
    rule(Verb.VERIFY, _S.REPORTED_DONE, to=_S.VERIFIED, owner=Owner.ACTOR, not_by=_JUDGES),
    rule(
        Verb.SEND_BACK,
        _S.REPORTED_DONE,
        to=_S.IN_PROGRESS,
        owner=Owner.FIXER,
        needs=(Need.REASON,),
        not_by=_JUDGES,
    ),
    rule(Verb.CLOSE, _S.VERIFIED, to=_S.CLOSED, owner=Owner.ACTOR, not_by=_JUDGES),
    rule(Verb.RETURN, *_OUT, to=_S.ACCEPTED, owner=Owner.DESK, needs=(Need.REASON,)),
    rule(
        Verb.ASK_EXTENSION, *_AT_WORK, to=None, needs=(Need.DAYS, Need.REASON), plays=Part.ASKER
    ),
    rule(Verb.GRANT_EXTENSION, *_AT_WORK, to=None, not_by=_GRANTS),
    rule(Verb.REFUSE_EXTENSION, *_AT_WORK, to=None, not_by=_GRANTS),
    rule(
        Verb.SUSPEND,
        _S.ACCEPTED,
        *_OUT,
        to=_S.SUSPENDED,
        needs=(Need.REASON, Need.UNTIL),
        not_by=_JUDGES,
    ),
    rule(Verb.RESUME, _S.SUSPENDED, to=BACK),
    rule(Verb.REMIND, *_OUT, _S.REPORTED_DONE, to=None),
    rule(Verb.REOPEN, _S.CLOSED, _S.REJECTED, to=_S.COLLECTED, owner=Owner.DESK,
          needs=(Need.REASON,)),
)  # fmt: skip
"""Everything that may happen to a work order. What is not here is refused."""

TERMS = Terms(
    days={
        _S.COLLECTED: 1,
        _S.ACCEPTED: 1,
        _S.DISPATCHED: 1,
        _S.REPORTED_DONE: 10,
        _S.VERIFIED: 3,
    },
    answer_days=3,
)
"""Accepted, sent on and signed for within a working day each; verified within ten (Hubei's rule for
hazards). Work itself lasts until the order's deadline."""

RECTIFY_DAYS = {"general": 15, "major": 30}
"""By level, where the dispatcher says nothing else."""

REPEAT_DAYS = 180
"""The same kind of hazard at the same place within so many days may be a sham repair."""

ENDS = frozenset[str]({_S.CLOSED, _S.REJECTED})


def machine(calendar: Workdays, terms: Terms = TERMS) -> Machine:
    """The work order's life."""
    return Machine(what="work order", table=TABLE, terms=terms, ends=ENDS, calendar=calendar)


def opened(org_id: str, day: date, machine: Machine) -> Standing:
    """A work order as it begins: with the desk of its org, to be accepted."""
    days = machine.terms.days[_S.COLLECTED]
    desk = DESK + org_id
    due = machine.calendar.after(day, days)
    return Standing(state=_S.COLLECTED, owner=desk, desk=desk, due=due)
