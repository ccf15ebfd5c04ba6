"""The life of an incident: what the table allows, and that nothing else ever happens."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from alerts import lifecycle
from alerts.errors import ActRefused
from alerts.lifecycle import (
    DUTY,
    SYSTEM,
    Act,
    Handling,
    Reason,
    Rule,
    State,
    Verb,
    apply,
)
from tools.draw_lifecycle import of_alarms

STEPS = 20_000
PEOPLE = ("chen", "li", "wang")

# The life cycle as the stations tell it, written down by hand: what may follow what.
LAWFUL = {
    (State.RAISED, State.ACKNOWLEDGED),
    (State.RAISED, State.CONFIRMED),
    (State.RAISED, State.DISMISSED),
    (State.ACKNOWLEDGED, State.CONFIRMED),
    (State.ACKNOWLEDGED, State.DISMISSED),
    (State.CONFIRMED, State.HANDED_OVER),
    (State.HANDED_OVER, State.RESOLVED),
    (State.RESOLVED, State.CLOSED),
    (State.DISMISSED, State.CLOSED),
    (State.DISMISSED, State.RAISED),
    (State.RESOLVED, State.RAISED),
    (State.CLOSED, State.RAISED),
}


def act(verb: Verb, actor: str = "chen", **rest: object) -> Act:
    return replace(Act(verb=verb, actor=actor, t_s=100.0), **rest)  # type: ignore[arg-type]


def after(*acts: Act) -> Handling:
    handling = Handling()
    for one in acts:
        handling = apply(handling, one)
    return handling


def any_act(rng: random.Random, t_s: float) -> Act:
    verb = rng.choice(list(Verb))
    return Act(
        verb=verb,
        actor=SYSTEM if verb is Verb.ESCALATE and rng.random() < 0.9 else rng.choice(PEOPLE),
        t_s=t_s,
        reason=rng.choice([None, *Reason]),
        to=rng.choice(["", "fire-119", "inc-other"]),
        step=rng.randrange(5),
    )


def walk(seed: int, steps: int) -> list[tuple[Handling, Act, Handling]]:
    """A random life: every act that was not refused, with how it stood before and after."""
    rng, handling, taken = random.Random(seed), Handling(), []
    for t_s in range(steps):
        one = any_act(rng, float(t_s))
        try:
            then = apply(handling, one)
        except ActRefused:
            continue
        taken.append((handling, one, then))
        handling = then
        if rng.random() < 0.05:
            handling = Handling()
    return taken


def faults(taken: list[tuple[Handling, Act, Handling]]) -> list[str]:
    """What should never happen, by rules that do not look at the table."""
    found = []
    for before, one, then in taken:
        moved = before.state is not then.state
        if moved and one.verb is not Verb.UNDO and (before.state, then.state) not in LAWFUL:
            found.append(f"{before.state} became {then.state} by {one.verb}")
        if not then.owner:
            found.append("nobody owns it")
        if one.verb is Verb.CLOSE and one.actor == _decider(before):
            found.append("closed by the person who decided")
        if one.verb is Verb.DISMISS and then.reason is None:
            found.append("dismissed without a reason")
        if one.actor == SYSTEM and moved and one.verb is not Verb.REOPEN:
            found.append("the machine moved it")
        if before.merged_into and moved and one.verb is not Verb.UNDO:
            found.append("moved while merged")
    return found


def _decider(handling: Handling) -> str | None:
    last = handling.marks[-1] if handling.marks else None
    return last.actor if last and last.verb in {Verb.DISMISS, Verb.RESOLVE} else None


def test_twenty_thousand_random_steps_lead_to_no_unlawful_state_and_leave_nothing_ownerless() -> (
    None
):
    taken = walk(seed=6, steps=STEPS)
    assert faults(taken) == []
    reached = Counter(then.state for _, _, then in taken)
    assert set(reached) == set(State), "a walk that does not go everywhere proves little"


@pytest.mark.parametrize(
    "mutant",
    [
        Rule(verb=Verb.CLOSE, before=frozenset({State.RAISED}), after=State.CLOSED),
        Rule(verb=Verb.ESCALATE, before=frozenset({State.RAISED}), after=State.ACKNOWLEDGED),
        Rule(verb=Verb.CLOSE, before=frozenset({State.DISMISSED}), after=State.CLOSED),
        Rule(verb=Verb.DISMISS, before=frozenset({State.RAISED}), after=State.DISMISSED),
    ],
    ids=["closes unanswered", "machine answers", "approves own", "no reason"],
)
def test_teeth_a_table_with_a_wrong_row_is_found_out(
    mutant: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "TABLE", (mutant, *lifecycle.TABLE))
    assert faults(walk(seed=6, steps=STEPS))


def test_one_person_cannot_confirm_and_close_alone() -> None:
    handed = after(act(Verb.CONFIRM), act(Verb.HAND_OVER, to="fire-119"), act(Verb.RESOLVE))
    with pytest.raises(ActRefused, match="second person"):
        apply(handed, act(Verb.CLOSE))
    assert apply(handed, act(Verb.CLOSE, "li")).state is State.CLOSED


def test_acknowledging_gives_it_an_owner_and_every_seat_is_counted() -> None:
    seen = after(
        act(Verb.ACKNOWLEDGE, "chen", seat="emergency"), act(Verb.ACKNOWLEDGE, "li", seat="police")
    )
    assert Handling().owner == DUTY
    assert (seen.owner, seen.seats) == ("chen", ("emergency", "police"))


def test_undo_brings_back_what_was_before_once_and_only_for_the_one_who_did_it() -> None:
    acknowledged = after(act(Verb.ACKNOWLEDGE))
    dismissed = apply(acknowledged, act(Verb.DISMISS, reason=Reason.STEAM))
    with pytest.raises(ActRefused, match="only the person"):
        apply(dismissed, act(Verb.UNDO, "li"))
    undone = apply(dismissed, act(Verb.UNDO))
    assert (undone.state, undone.owner, undone.reason) == (State.ACKNOWLEDGED, "chen", None)
    with pytest.raises(ActRefused):
        apply(undone, act(Verb.UNDO))


def test_a_merged_incident_is_acted_on_where_it_went_until_it_is_taken_out_again() -> None:
    merged = after(act(Verb.MERGE, to="inc-other"))
    with pytest.raises(ActRefused, match="merged into inc-other"):
        apply(merged, act(Verb.CONFIRM))
    assert apply(merged, act(Verb.UNMERGE)).merged_into is None
    assert apply(merged, act(Verb.UNDO)).merged_into is None


def test_a_reopened_incident_rings_again_from_the_first_rung() -> None:
    again = after(
        act(Verb.ESCALATE, SYSTEM, step=2),
        act(Verb.DISMISS, reason=Reason.CLOUD),
        act(Verb.REOPEN, "li"),
    )
    assert (again.state, again.owner, again.step) == (State.RAISED, DUTY, 0)


def test_marks_keep_the_order_in_which_things_were_done() -> None:
    handled = after(act(Verb.ACKNOWLEDGE), act(Verb.CONFIRM), act(Verb.HAND_OVER, to="fire-119"))
    verbs = [mark.verb for mark in handled.marks]
    assert verbs == [Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.HAND_OVER]
    assert all(a.t_s <= b.t_s for a, b in pairwise(handled.marks))


def test_the_document_shows_the_table_itself() -> None:
    page = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert of_alarms() in page.read_text("utf-8"), "python -m tools.draw_lifecycle writes it"
