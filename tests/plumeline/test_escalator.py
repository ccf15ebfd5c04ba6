"""Nobody answers: 30, 60 and 120 seconds after the alarm came into the record it gets louder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.acts import Request, events_for
from alerts.escalation import Rung
from alerts.events import Event, Kind
from alerts.lifecycle import Reason, State, Verb
from plumeline.escalator import Escalator
from store.chain import breaks
from store.store import Store, open_store
from tests.alerts import handover_scene
from tests.plumeline.web_acting import live, raise_alarm
from tests.records import T0_S

ID = "inc-a2b3"
RINGS_S = T0_S + 2.0


class Clock:
    def __init__(self) -> None:
        self.s = RINGS_S

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def escalator(store: Store, clock: Clock, **rest: tuple[Rung, ...]) -> Escalator:
    return Escalator(store.acts, store.reader, now_s=clock, **rest)


def act(store: Store, clock: Clock, verb: Verb, **rest: object) -> None:
    request = replace(Request(verb=verb, actor="chen"), **rest)  # type: ignore[arg-type]
    store.acts.act(ID, lambda one: events_for(request, one, clock.s, {}.get), clock.s)


def heard(one: Escalator, clock: Clock, seconds: int) -> list[tuple[float, int, str]]:
    """Second by second: when, which rung, whom."""
    told = []
    for _ in range(seconds):
        clock.s += 1.0
        for numbered in one.work():
            done = numbered.event.act
            assert done is not None
            told.append((clock.s - RINGS_S, done.step, done.to))
    return told


def test_all_three_steps_are_in_the_ledger_when_nobody_answers(store: Store, clock: Clock) -> None:
    raise_alarm(store)
    one = escalator(store, clock)
    assert heard(one, clock, 200) == [
        (30.0, 1, "person"),
        (60.0, 2, "shift_lead"),
        (120.0, 3, "all_seats"),
    ]
    entries = list(store.ledger.entries())
    steps = [entry for entry in entries if entry.verb == "escalate"]
    assert [(e.actor, e.subject, e.t_us / 1e6 - RINGS_S) for e in steps] == [
        ("system", ID, pytest.approx(after_s)) for after_s in (30, 60, 120)
    ]
    assert list(breaks(entries)) == []
    handling = store.acts.incident(ID).handling
    assert (handling.state, handling.owner, handling.step) == (State.RAISED, "duty", 3)


def test_an_answer_of_another_process_stops_it(store: Store, clock: Clock) -> None:
    raise_alarm(store)
    one = escalator(store, clock)
    assert len(heard(one, clock, 40)) == 1
    act(store, clock, Verb.ACKNOWLEDGE)
    assert heard(one, clock, 200) == []


def test_an_answer_between_reading_and_writing_wins(store: Store, clock: Clock) -> None:
    raise_alarm(store)

    class Behind:
        """A log that has not heard of the answer yet."""

        known = store.reader.events_after(0, 100)

        def events_after(self, n: int, limit: int) -> list[object]:
            return [one for one in self.known if one.n > n][:limit]

    one = Escalator(store.acts, Behind(), now_s=clock)  # type: ignore[arg-type]
    act(store, clock, Verb.ACKNOWLEDGE)
    assert heard(one, clock, 200) == []


def test_two_processes_and_a_restart_tell_each_rung_once(store: Store, clock: Clock) -> None:
    raise_alarm(store)
    first, second = escalator(store, clock), escalator(store, clock)
    told = []
    for _ in range(130):
        clock.s += 1.0
        told += [*first.work(), *second.work(), *escalator(store, clock).work()]
    assert [one.event.act.step for one in told if one.event.act] == [1, 2, 3]


def test_a_reopened_incident_climbs_again_from_when_it_was_reopened(
    store: Store, clock: Clock
) -> None:
    raise_alarm(store)
    one = escalator(store, clock)
    act(store, clock, Verb.DISMISS, reason=Reason.STEAM)
    clock.s = RINGS_S + 1000.0
    act(store, clock, Verb.REOPEN)
    assert heard(one, clock, 70) == [(1030.0, 1, "person"), (1060.0, 2, "shift_lead")]


def test_the_station_sets_its_own_ladder(store: Store, clock: Clock) -> None:
    raise_alarm(store)
    ladder = (Rung(after_s=5.0, whom="tower"),)
    assert heard(escalator(store, clock, ladder=ladder), clock, 60) == [(5.0, 1, "tower")]


def test_what_is_old_news_rings_nobody(store: Store, clock: Clock) -> None:
    event = Event(
        key="k",
        incident_id="old",
        kind=Kind.RAISED,
        t_s=T0_S,
        evidence=handover_scene.evidence(historic=True),
    )
    store.analysis.append(live(store), [], [event], 0, RINGS_S)
    assert heard(escalator(store, clock), clock, 200) == []


def test_a_quiet_station_writes_nothing(store: Store, clock: Clock) -> None:
    raise_alarm(store)
    act(store, clock, Verb.ACKNOWLEDGE)
    before = store.ledger.head()
    numbers = store.reader.status().totals.last_n
    assert heard(escalator(store, clock), clock, 130) == []
    assert (store.ledger.head(), store.reader.status().totals.last_n) == (before, numbers)
