"""The life of an incident: one table of who may do what when, and the ten lines that read it.

Source of the states: the dispatch practice of the stations (raised, acknowledged, confirmed or
dismissed, handed over, resolved, closed). The table is drawn in docs/lifecycle.md by
`tools/draw_lifecycle.py`, so that the document cannot say anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.errors import ActRefused, ActWhy
from alerts.known import KnownArea


class State(StrEnum):
    """Where an incident stands."""

    RAISED = "raised"
    """Nobody has answered."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody looks at it."""
    CONFIRMED = "confirmed"
    """A person has seen the fire."""
    DISMISSED = "dismissed"
    """A person has seen that it is none."""
    HANDED_OVER = "handed_over"
    """The fire brigade has it."""
    RESOLVED = "resolved"
    """It is out, or proved to be none on the spot."""
    CLOSED = "closed"
    """A second person has looked at how it went."""


class Verb(StrEnum):
    """What can be done with an incident."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    HAND_OVER = "hand_over"
    ARRIVE = "arrive"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    FORGET = "forget"
    """The place it was dismissed at is known no more: the next alarm there rings."""
    ESCALATE = "escalate"
    MERGE = "merge"
    UNMERGE = "unmerge"
    UNDO = "undo"


class Reason(StrEnum):
    """Why an incident was dismissed."""

    STEAM = "steam"
    KITCHEN = "kitchen"
    PERMITTED_BURN = "permitted_burn"
    DUST = "dust"
    CLOUD = "cloud"
    REFLECTION = "reflection"
    OTHER = "other"


OPEN = frozenset({State.RAISED, State.ACKNOWLEDGED, State.CONFIRMED, State.HANDED_OVER})
"""Somebody still has to do something about the fire itself."""

SYSTEM = "system"
"""The actor of what no person did: calling louder, and reopening what shows something new."""

DUTY = "duty"
"""Who owns an incident that nobody has answered: whoever sits at the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of the table: from these states a verb leads to that one, None for the same."""

    verb: Verb
    before: frozenset[State]
    after: State | None
    needs_reason: bool = False
    second_person: bool = False
    """Not by the person who brought it to where it stands."""


def _rule(
    verb: Verb,
    *before: State,
    to: State | None,
    needs_reason: bool = False,
    second_person: bool = False,
) -> Rule:
    return Rule(
        verb=verb,
        before=frozenset(before),
        after=to,
        needs_reason=needs_reason,
        second_person=second_person,
    )


TABLE: tuple[Rule, ...] = (
    _rule(Verb.ACKNOWLEDGE, State.RAISED, to=State.ACKNOWLEDGED),
    _rule(Verb.ACKNOWLEDGE, State.ACKNOWLEDGED, State.CONFIRMED, State.HANDED_OVER, to=None),
    _rule(Verb.CONFIRM, State.RAISED, State.ACKNOWLEDGED, to=State.CONFIRMED),
    _rule(Verb.DISMISS, State.RAISED, State.ACKNOWLEDGED, to=State.DISMISSED, needs_reason=True),
    _rule(Verb.HAND_OVER, State.CONFIRMED, to=State.HANDED_OVER),
    _rule(Verb.ARRIVE, State.HANDED_OVER, to=None),
    _rule(Verb.RESOLVE, State.HANDED_OVER, to=State.RESOLVED),
    _rule(Verb.CLOSE, State.RESOLVED, State.DISMISSED, to=State.CLOSED, second_person=True),
    _rule(Verb.REOPEN, State.DISMISSED, State.RESOLVED, State.CLOSED, to=State.RAISED),
    _rule(Verb.FORGET, State.DISMISSED, State.CLOSED, to=None),
    _rule(Verb.ESCALATE, State.RAISED, to=None),
    _rule(Verb.MERGE, *OPEN, to=None),
    _rule(Verb.UNMERGE, *OPEN, to=None),
    _rule(Verb.UNDO, *State, to=None),
)
"""Everything that may happen. What is not here is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing done with an incident: by whom, when, why."""

    verb: Verb
    actor: str
    """A person, or `SYSTEM`."""
    seat: str = ""
    """The department's seat the person sat at."""
    t_s: float
    """The station's clock, seconds since 1970 UTC."""
    reason: Reason | None = None
    text: str = ""
    """In the person's own words; of a resolution, how it ended."""
    to: str = ""
    """Whom it was handed to, or the incident it was merged into."""
    step: int = 0
    """Of an escalation: the rung that was reached, from 1."""
    leaves: KnownArea | None = None
    """Of a dismissal: the area that is known from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """When something happened first, and who did it."""

    verb: Verb
    t_s: float
    actor: str
    seat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What people have made of an incident so far: the fold of the acts."""

    state: State = State.RAISED
    owner: str = DUTY
    """Who has to do the next thing; never empty."""
    reason: Reason | None = None
    merged_into: str | None = None
    step: int = 0
    """The highest rung of escalation since it was raised last."""
    leaves: KnownArea | None = None
    """The area that its dismissal left, until it is reopened or forgotten."""
    marks: tuple[Mark, ...] = ()
    """In order; of an undone act there is none."""
    last: Act | None = None
    before: Handling | None = None
    """How it stood before the last act: what undo brings back. One step is kept."""

    def mark(self, verb: Verb) -> Mark | None:
        """When this was done last."""
        return next((mark for mark in reversed(self.marks) if mark.verb is verb), None)

    @property
    def seats(self) -> tuple[str, ...]:
        """Which seats have acknowledged, in order."""
        seen = (m.seat or m.actor for m in self.marks if m.verb is Verb.ACKNOWLEDGE)
        return tuple(dict.fromkeys(seen))


def apply(handling: Handling, act: Act) -> Handling:
    """The handling after one more act.

    Raises:
        ActRefused: the table has no such row, or the act lacks what its row asks for.
    """
    rule = rule_for(handling, act)
    if act.verb is Verb.UNDO:
        return _undone(handling, act)
    mark = Mark(verb=act.verb, t_s=act.t_s, actor=act.actor, seat=act.seat)
    return replace(
        handling,
        state=rule.after or handling.state,
        owner=_owner(handling, act),
        reason=act.reason if rule.after and act.verb is not Verb.CLOSE else handling.reason,
        merged_into=_merged_into(handling, act),
        step=0 if act.verb is Verb.REOPEN else max(handling.step, act.step),
        leaves=_leaves(handling, act),
        marks=(*handling.marks, mark),
        last=act,
        before=handling.before if _goes_on(handling, act) else replace(handling, before=None),
    )


def rule_for(handling: Handling, act: Act) -> Rule:
    """The row of the table that allows an act.

    Raises:
        ActRefused: none does, with the reason.
    """
    state, verb = handling.state, act.verb
    rule = next((r for r in TABLE if r.verb is verb and state in r.before), None)
    if rule is None:
        raise ActRefused(verb, ActWhy.NOT_AS_IT_STANDS, state=state, done=_done(verb))
    if (handling.merged_into is not None) and verb not in {Verb.UNMERGE, Verb.UNDO}:
        raise ActRefused(verb, ActWhy.MERGED, into=handling.merged_into)
    if verb is Verb.UNMERGE and handling.merged_into is None:
        raise ActRefused(verb, ActWhy.NOT_MERGED)
    if verb in {Verb.MERGE, Verb.HAND_OVER} and not act.to:
        raise ActRefused(verb, ActWhy.NO_GOAL)
    if rule.needs_reason and act.reason is None:
        raise ActRefused(verb, ActWhy.NO_REASON)
    if verb is Verb.FORGET and handling.leaves is None:
        raise ActRefused(verb, ActWhy.NO_AREA)
    if act.actor == SYSTEM and verb not in {Verb.ESCALATE, Verb.REOPEN}:
        raise ActRefused(verb, ActWhy.ONLY_A_PERSON)
    if verb is Verb.ESCALATE and act.step <= handling.step:
        raise ActRefused(verb, ActWhy.STEP_REACHED, step=act.step)
    if rule.second_person and act.actor == _brought_here(handling):
        raise ActRefused(verb, ActWhy.SECOND_PERSON, actor=act.actor)
    if verb is Verb.UNDO and not _undoable(handling, act):
        raise ActRefused(verb, ActWhy.NOT_UNDOABLE)
    return rule


def _done(verb: Verb) -> str:
    words = {Verb.HAND_OVER: "handed over", Verb.ARRIVE: "arrived at", Verb.UNDO: "undone"}
    return words.get(verb, "forgotten" if verb is Verb.FORGET else f"{verb.value.rstrip('e')}ed")


def _undoable(handling: Handling, act: Act) -> bool:
    last = handling.last
    return last is not None and handling.before is not None and last.actor == act.actor


def _goes_on(handling: Handling, act: Act) -> bool:
    """Whether it is the second step of confirming: undo takes both back."""
    last = handling.last
    confirmed = (Verb.CONFIRM, act.actor, act.t_s)
    same = last is not None and (last.verb, last.actor, last.t_s) == confirmed
    return same and act.verb is Verb.HAND_OVER


def _undone(handling: Handling, act: Act) -> Handling:
    assert handling.before is not None, "rule_for has looked"
    return replace(handling.before, last=act, before=None)


def _owner(handling: Handling, act: Act) -> str:
    match act.verb:
        case Verb.REOPEN:
            return DUTY
        case Verb.HAND_OVER:
            return act.to
        case Verb.ACKNOWLEDGE if handling.owner == DUTY:
            return act.actor
        case Verb.CONFIRM | Verb.DISMISS | Verb.RESOLVE | Verb.CLOSE:
            return act.actor
        case _:
            return handling.owner


def _leaves(handling: Handling, act: Act) -> KnownArea | None:
    if act.verb is Verb.DISMISS:
        return act.leaves
    return None if act.verb in {Verb.REOPEN, Verb.FORGET} else handling.leaves


def _merged_into(handling: Handling, act: Act) -> str | None:
    if act.verb is Verb.MERGE:
        return act.to
    return None if act.verb is Verb.UNMERGE else handling.merged_into


def _brought_here(handling: Handling) -> str | None:
    """Who brought it into the state it is in."""
    for mark in reversed(handling.marks):
        if any(r.verb is mark.verb and r.after is handling.state for r in TABLE):
            return mark.actor
    return None
