"""Who is told what, when: never an update before an alert, never silence after a dismissal."""

from __future__ import annotations

import random
from dataclasses import replace

from alerts.errors import ActRefused
from alerts.events import Event, Kind
from alerts.handover.cap import MessageType
from alerts.handover.dispatch import From, Told, message_for
from alerts.incident import Incident, grow
from alerts.lifecycle import Act, Reason, Verb
from detect.detection import Label
from tests.alerts import handover_scene as scene

ALERT, UPDATE, CANCEL = MessageType.ALERT, MessageType.UPDATE, MessageType.CANCEL


def seen(label: Label = Label.SMOKE, kind: Kind = Kind.SEEN, *, historic: bool = False) -> Event:
    evidence = scene.evidence(label=label, historic=historic)
    return Event(key="k", incident_id="inc-a2b3", kind=kind, t_s=scene.T_S, evidence=evidence)


def acted(verb: Verb, actor: str = "chen", **rest: object) -> Event:
    act = replace(Act(verb=verb, actor=actor, t_s=scene.T_S, to="fire-119"), **rest)  # type: ignore[arg-type]
    return Event(key="a", incident_id="inc-a2b3", kind=Kind.ACT, t_s=scene.T_S, act=act)


def told(since: From, *events: Event) -> list[MessageType | None]:
    incident: Incident | None = None
    heard, messages = Told(), []
    for event in events:
        before, incident = incident, grow(incident, event)
        message = message_for(before, incident, event, since, heard)
        heard = heard if message is None else Told(open=message is not CANCEL)
        messages.append(message)
    return messages


RAISED = seen(kind=Kind.RAISED)
DISMISS = acted(Verb.DISMISS, reason=Reason.STEAM)


def test_the_fire_brigade_hears_nothing_until_it_is_handed_over() -> None:
    story = (RAISED, seen(), acted(Verb.CONFIRM), acted(Verb.HAND_OVER), acted(Verb.RESOLVE))
    assert told(From.HANDED_OVER, *story) == [None, None, None, ALERT, UPDATE]
    assert told(From.CONFIRMED, *story) == [None, None, ALERT, UPDATE, UPDATE]


def test_one_more_picture_is_no_news_and_fire_where_there_was_smoke_is() -> None:
    assert told(From.RAISED, RAISED, seen(), seen(Label.FIRE)) == [ALERT, None, UPDATE]


def test_a_dismissal_takes_back_what_was_told_and_reopening_tells_it_anew() -> None:
    story = (RAISED, DISMISS, acted(Verb.REOPEN, "li"))
    assert told(From.RAISED, *story) == [ALERT, CANCEL, ALERT]
    assert told(From.HANDED_OVER, *story) == [None, None, None]


def test_an_undone_hand_over_is_taken_back() -> None:
    story = (RAISED, acted(Verb.CONFIRM), acted(Verb.HAND_OVER), acted(Verb.UNDO))
    assert told(From.HANDED_OVER, *story) == [None, None, ALERT, CANCEL]


def test_what_is_merged_into_another_is_taken_back() -> None:
    assert told(From.RAISED, RAISED, acted(Verb.MERGE, to="inc-9")) == [ALERT, CANCEL]


def test_late_news_leaves_only_when_a_person_has_confirmed_it() -> None:
    late = seen(kind=Kind.RAISED, historic=True)
    story = (late, seen(historic=True), acted(Verb.CONFIRM))
    assert told(From.RAISED, *story) == [None, None, ALERT]


def test_a_rung_of_escalation_is_not_the_partners_news() -> None:
    rung = acted(Verb.ESCALATE, "system", step=1)
    assert told(From.RAISED, RAISED, rung) == [ALERT, None]


def test_in_any_story_an_alert_opens_and_a_cancellation_closes() -> None:
    rng = random.Random(4)
    for _ in range(300):
        incident, events = grow(None, RAISED), [RAISED]
        for _ in range(30):
            verb = rng.choice(list(Verb))
            event = rng.choice(
                [seen(rng.choice(list(Label))), acted(verb, rng.choice("ab"), reason=Reason.DUST)]
            )
            try:
                incident = grow(incident, event)
            except ActRefused:
                continue
            events.append(event)
        for since in From:
            open_ = False
            for message in told(since, *events):
                if message is not None:
                    assert (message is ALERT) == (not open_)
                    open_ = message is not CANCEL
