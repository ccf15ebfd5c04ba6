"""What people ask for: nothing they can send leads to a state that the stations do not know."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from alerts import acts
from alerts.acts import FIRE_BRIGADE, Request, events_for
from alerts.errors import ActRefused
from alerts.events import Event, Kind, Status
from alerts.incident import Incident, fold, grow
from alerts.lifecycle import DUTY, SYSTEM, Reason, State, Verb
from tests.alerts import handover_scene as scene

REQUESTS = 20_000
PEOPLE = ("chen", "li", "wang")

# What may follow what when people act, written down by hand from DOMAIN S1 and issue 6.
LAWFUL = {
    (State.RAISED, State.ACKNOWLEDGED),
    (State.RAISED, State.HANDED_OVER),
    (State.RAISED, State.DISMISSED),
    (State.ACKNOWLEDGED, State.HANDED_OVER),
    (State.ACKNOWLEDGED, State.DISMISSED),
    (State.CONFIRMED, State.HANDED_OVER),
    (State.HANDED_OVER, State.RESOLVED),
    (State.RESOLVED, State.CLOSED),
    (State.DISMISSED, State.CLOSED),
    (State.DISMISSED, State.RAISED),
    (State.RESOLVED, State.RAISED),
    (State.CLOSED, State.RAISED),
}


class Story:
    """Incidents in memory, acted on as the store does: all events of a request, or none."""

    def __init__(self, *names: str, exercises: tuple[str, ...] = ()) -> None:
        self.events: list[Event] = []
        self.incidents: dict[str, Incident] = {}
        for name in (*names, *exercises):
            status = Status.EXERCISE if name in exercises else Status.ACTUAL
            event = Event(
                key=name,
                incident_id=name,
                kind=Kind.RAISED,
                t_s=scene.T_S,
                evidence=scene.evidence(),
                status=status,
            )
            self.events.append(event)
            self.incidents |= fold([event])

    def act(self, name: str, request: Request, t_s: float = scene.T_S) -> Incident:
        incident = self.incidents[name]
        new = events_for(request, incident, t_s, self.incidents.get)
        for event in new:
            incident = grow(incident, event)
        self.events += new
        self.incidents[name] = incident
        return incident


def asked(verb: Verb, actor: str = "chen", **rest: object) -> Request:
    return replace(Request(verb=verb, actor=actor), **rest)  # type: ignore[arg-type]


def anything(rng: random.Random, names: list[str]) -> Request:
    verb = rng.choice(list(Verb))
    to = rng.choice([*names, "nobody", ""]) if verb is Verb.MERGE else rng.choice(["", "fire-119"])
    return Request(
        verb=verb,
        actor=rng.choice([*PEOPLE, *PEOPLE, " chen ", SYSTEM, DUTY, ""]),
        seat=rng.choice(["", "emergency", "police"]),
        reason=rng.choice([None, *Reason]),
        to=to,
    )


def walk(seed: int) -> tuple[list[str], Counter[State], Story]:
    """Random requests, and everything that should never have come of them."""
    rng, faults, reached = random.Random(seed), [], Counter[State]()
    names = [f"inc-{i}" for i in range(6)]
    story = Story(*names[:4], exercises=tuple(names[4:]))
    for second in range(REQUESTS):
        name, request = rng.choice(names), anything(rng, names)
        before = story.incidents[name]
        try:
            after = story.act(name, request, scene.T_S + second)
        except ActRefused:
            assert story.incidents[name] == before
            continue
        faults += _faults(before, request, after, story)
        reached[after.handling.state] += 1
    return faults, reached, story


def _faults(before: Incident, request: Request, after: Incident, story: Story) -> list[str]:
    """Rules that do not look at the table."""
    found, was, now = [], before.handling, after.handling
    if was.state is not now.state and request.verb is not Verb.UNDO:
        if (was.state, now.state) not in LAWFUL:
            found.append(f"{was.state} became {now.state} by {request.verb}")
        if was.merged_into is not None:
            found.append("moved while merged")
    if not now.owner.strip():
        found.append("nobody owns it")
    if request.actor.strip() not in PEOPLE:
        found.append(f"{request.actor!r} is no person")
    if request.verb is Verb.CLOSE and request.actor.strip() == _decider(story, after):
        found.append("closed by the person who decided")
    if before.status is not after.status:
        found.append("an exercise became something else")
    found += _merged_wrongly(after, story)
    return found


def _decider(story: Story, incident: Incident) -> str | None:
    """Who dismissed or resolved it last, of what was not undone."""
    done: list[Event] = []
    for event in story.events:
        if event.incident_id == incident.incident_id and event.act is not None:
            done = done[:-1] if event.act.verb is Verb.UNDO else [*done, event]
    deciding = [e.act for e in done if e.act and e.act.verb in {Verb.DISMISS, Verb.RESOLVE}]
    return deciding[-1].actor if deciding else None


def _merged_wrongly(incident: Incident, story: Story) -> list[str]:
    """Everything merged leads to one that stands for itself and is meant as much."""
    seen = [incident.incident_id]
    while (goal := story.incidents[seen[-1]].handling.merged_into) is not None:
        if goal in seen:
            return [f"{' in '.join(seen)} in a circle"]
        if goal not in story.incidents:
            return [f"merged into {goal}, which there is none of"]
        if story.incidents[goal].status is not incident.status:
            return ["an exercise and a real one became one"]
        seen.append(goal)
    return []


def test_twenty_thousand_random_requests_lead_to_nothing_unlawful_ownerless_or_self_approved() -> (
    None
):
    faults, reached, story = walk(seed=6)
    assert faults == []
    resting = set(State) - {State.CONFIRMED}  # which hands over at once
    assert resting <= set(reached), "a walk that does not go everywhere proves little"
    assert fold(story.events) == story.incidents, "the record tells the same story again"


@pytest.mark.parametrize("rule", ["_check_goal", "_goal"])
def test_teeth_without_the_look_at_the_other_incident_merging_goes_wrong(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, rule, lambda *_: None)
    assert walk(seed=6)[0]


def test_confirming_hands_over_in_one_action() -> None:
    story = Story("inc-1")
    incident = story.act("inc-1", asked(Verb.CONFIRM, seat="emergency"))
    assert incident.handling.state is State.HANDED_OVER
    assert incident.handling.owner == FIRE_BRIGADE
    confirm, hand_over = (e.act for e in story.events if e.act)
    assert (confirm.verb, hand_over.verb) == (Verb.CONFIRM, Verb.HAND_OVER)
    assert (confirm.actor, confirm.seat) == (hand_over.actor, hand_over.seat)


def test_what_was_confirmed_by_mistake_is_taken_back_from_the_fire_brigade() -> None:
    story = Story("inc-1")
    story.act("inc-1", asked(Verb.CONFIRM))
    undone = story.act("inc-1", asked(Verb.UNDO))
    assert undone.handling.state is not State.HANDED_OVER
    assert undone.handling.owner != FIRE_BRIGADE


@pytest.mark.parametrize("actor", ["system", " system", "duty", "", "  "])
def test_only_people_act(actor: str) -> None:
    with pytest.raises(ActRefused, match="not the name of a person"):
        Story("inc-1").act("inc-1", asked(Verb.ACKNOWLEDGE, actor))


def test_nobody_but_the_clock_escalates() -> None:
    with pytest.raises(ActRefused, match="only the clock"):
        Story("inc-1").act("inc-1", asked(Verb.ESCALATE))


def test_a_name_written_with_other_spaces_is_no_second_person() -> None:
    story = Story("inc-1")
    story.act("inc-1", asked(Verb.DISMISS, "Chen Ming", reason=Reason.STEAM))
    with pytest.raises(ActRefused, match="second person"):
        story.act("inc-1", asked(Verb.CLOSE, " Chen  Ming "))


@pytest.mark.parametrize(
    ("goal", "why"),
    [
        ("a", "into itself"),
        ("none", "no incident none"),
        ("", "without a name"),
        ("merged", "merged into b: name that"),
        ("over", "takes nothing more"),
        ("drill", "exercise and this is actual"),
    ],
)
def test_merging_leads_to_an_open_incident_that_stands_for_itself(goal: str, why: str) -> None:
    story = Story("a", "b", "merged", "over", exercises=("drill",))
    story.act("merged", asked(Verb.MERGE, to="b"))
    story.act("over", asked(Verb.DISMISS, reason=Reason.CLOUD))
    with pytest.raises(ActRefused, match=why):
        story.act("a", asked(Verb.MERGE, to=goal))
    assert story.act("a", asked(Verb.MERGE, to="b")).handling.merged_into == "b"


def test_an_unmerge_cannot_be_undone_into_a_circle() -> None:
    story = Story("a", "b")
    story.act("a", asked(Verb.MERGE, to="b"))
    story.act("a", asked(Verb.UNMERGE))
    story.act("b", asked(Verb.MERGE, to="a"))
    with pytest.raises(ActRefused, match="merged into a: name that"):
        story.act("a", asked(Verb.UNDO))


def test_an_exercise_stays_one_in_every_act() -> None:
    story = Story(exercises=("drill",))
    story.act("drill", asked(Verb.CONFIRM))
    assert {event.status for event in story.events} == {Status.EXERCISE}


def test_undo_takes_a_confirmation_back_whole_and_it_can_be_dismissed_then() -> None:
    story = Story("inc-1")
    story.act("inc-1", asked(Verb.ACKNOWLEDGE, "li"))
    story.act("inc-1", asked(Verb.CONFIRM))
    undone = story.act("inc-1", asked(Verb.UNDO))
    assert (undone.handling.state, undone.handling.owner) == (State.ACKNOWLEDGED, "li")
    assert story.act("inc-1", asked(Verb.DISMISS, reason=Reason.STEAM)).handling.reason
