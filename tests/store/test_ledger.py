"""The ledger: one entry for every change, chained, in the transaction that makes the change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from alerts.errors import ActRefused
from alerts.events import Event, Evidence, Kind
from alerts.incident import Incident
from alerts.lifecycle import Act, State, Verb
from detect.detection import Box, Label
from ingest.recorder import Arrival, Message
from store.analysis import RunKind
from store.chain import GENESIS, breaks
from store.errors import UnknownIncident
from store.store import Store, open_store
from tests.records import T0_S, fix, frame


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def raised(incident_id: str = "inc-1") -> Event:
    picture = frame(1.0)
    evidence = Evidence(
        key=picture.key,
        t_capture_s=T0_S,
        t_received_s=T0_S,
        historic=False,
        sha256=picture.sha256,
        width_px=640,
        height_px=480,
        label=Label.SMOKE,
        score=0.8,
        box=Box(x0_px=1, y0_px=1, x1_px=9, y1_px=9),
    )
    return Event(
        key=f"{incident_id}/1",
        incident_id=incident_id,
        kind=Kind.RAISED,
        t_s=T0_S,
        evidence=evidence,
    )


def filled(store: Store) -> None:
    message = Message(topic="uav/nj-01/fix", payload=b"{}", t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=(fix(0.0), frame(1.0)))])
    run = store.analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
    store.analysis.append(run, [], [raised()], 1, T0_S + 2)


def act(verb: Verb, actor: str = "chen", t_s: float = T0_S + 10, **rest: str) -> Event:
    done = Act(verb=verb, actor=actor, t_s=t_s, **rest)  # type: ignore[arg-type]
    return Event(key=f"{verb}/{t_s}", incident_id="inc-1", kind=Kind.ACT, t_s=t_s, act=done)


def test_batches_events_and_acts_each_have_an_entry_that_holds_their_digests(store: Store) -> None:
    filled(store)
    store.acts.act("inc-1", lambda _: [act(Verb.ACKNOWLEDGE)], T0_S + 10)
    batch, event, done = store.ledger.entries()
    with store.engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM raw")).scalar_one()
        told = connection.execute(text("SELECT body_json FROM event ORDER BY n")).scalars().all()
    kept = json.loads(batch.body)
    assert kept["raw"] == hashlib.sha256(body).hexdigest()
    assert len(kept["rows"]) == 64
    assert [json.loads(e.body)["event"] for e in (event, done)] == [
        hashlib.sha256(one.encode()).hexdigest() for one in told
    ]
    assert [(e.actor, e.verb, e.subject) for e in (batch, event, done)] == [
        ("recorder", "batch", "1 messages"),
        ("run 1", "raised", "inc-1"),
        ("chen", "acknowledge", "inc-1"),
    ]
    assert [e.t_us for e in (batch, event, done)] == [round((T0_S + s) * 1e6) for s in (0, 2, 10)]


def test_the_chain_holds_and_is_the_published_one(store: Store) -> None:
    filled(store)
    entries = list(store.ledger.entries())
    assert list(breaks(entries)) == []
    before = GENESIS
    for e in entries:  # worked out again without our code
        told = json.dumps(
            [e.i, e.n, e.t_us, e.actor, e.verb, e.subject, e.body],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        before = hashlib.sha256(before + told.encode()).digest()
        assert e.hash == before


def test_a_redelivered_batch_and_a_repeated_event_are_not_told_again(store: Store) -> None:
    filled(store)
    filled(store)
    assert len(list(store.ledger.entries())) == 2


def test_an_act_that_is_refused_leaves_nothing_behind(store: Store) -> None:
    filled(store)
    with pytest.raises(ActRefused):
        store.acts.act("inc-1", lambda _: [act(Verb.ACKNOWLEDGE), act(Verb.RESOLVE)], T0_S)
    with pytest.raises(UnknownIncident):
        store.acts.act("inc-9", lambda _: [act(Verb.ACKNOWLEDGE)], T0_S)
    assert len(list(store.ledger.entries())) == 2
    assert store.acts.incident("inc-1").handling.state is State.RAISED


def test_whoever_acts_sees_what_the_one_before_has_done(store: Store) -> None:
    filled(store)
    seen: list[State] = []

    def acknowledge(incident: Incident) -> list[Event]:
        seen.append(incident.handling.state)
        return [act(Verb.ACKNOWLEDGE, t_s=T0_S + len(seen))]

    store.acts.act("inc-1", acknowledge, T0_S + 10)
    store.acts.act("inc-1", acknowledge, T0_S + 11)
    assert seen == [State.RAISED, State.ACKNOWLEDGED]
    told = [n.event.kind for n in store.reader.events_after(0, 10)]
    assert told == [Kind.RAISED, Kind.ACT, Kind.ACT]


def test_events_are_told_with_the_time_they_came_into_the_record(store: Store) -> None:
    filled(store)
    assert [n.t_logged_s for n in store.reader.events_after(0, 10)] == [T0_S + 2]


def test_what_has_no_table_of_its_own_can_be_said(store: Store) -> None:
    assert store.ledger.head().i == 0
    i = store.ledger.say(t_s=1.5, actor="li", verb="view", subject="ab" * 32, body='{"why":"case"}')
    (entry,) = store.ledger.entries()
    assert (i, entry.t_us, entry.verb) == (1, 1_500_000, "view")
    assert store.ledger.head().hash == entry.hash
