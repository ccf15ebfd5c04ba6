"""Reviewing pictures and sending letters again, over the API and under the name of the session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.handover.cap import MessageType
from plumeline.web.letters import letter_routes
from plumeline.web.projection import Incidents
from plumeline.web.reviews import review_routes
from store.outbox import Planned
from store.people import Role
from store.reviews import SqlReviews
from store.store import open_store
from tests.plumeline.web_acting import Desk, desk, raise_alarm
from tests.plumeline.web_door import named, session, token_of
from tests.records import T0_S

PATH = "/api/incidents/inc-a2b3/reviews"
PASSED = {"review": "passed", "why": "合法性、技术审核"}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    made = desk(store)
    incidents = Incidents(store.reader)
    made.app.include_router(review_routes(SqlReviews(store.engine), incidents, now_s=made.clock))
    made.app.include_router(letter_routes(store.outbox, now_s=made.clock, ring=made.bell.ring))
    raise_alarm(store)
    yield made
    store.close()


def test_a_second_person_reviews_and_the_first_is_refused(station: Desk) -> None:
    station.act("inc-a2b3", "confirm", actor="陈明")
    (before,) = station.client.get(PATH).json().values()
    assert before["review"] == "none"
    assert station.post(PATH, PASSED, **named("陈明")).status_code == 409
    (after,) = station.post(PATH, PASSED, **named("王五")).json().values()
    assert (after["review"], after["by"]) == ("passed", "王五")
    auditor = session(token_of("赵六", role=Role.AUDITOR))
    assert station.post(PATH, PASSED, **auditor).status_code == 403
    assert station.post("/api/incidents/none/reviews", PASSED).status_code == 404


def test_a_dead_letter_is_listed_and_sent_again_by_name(station: Desk) -> None:
    store = station.store
    letter = Planned(
        channel="fire",
        key="inc-a2b3.1.fire",
        incident_id="inc-a2b3",
        event_n=1,
        message=MessageType.ALERT,
        content_type="text/plain",
        subject="fire",
        body=b"fire",
    )
    store.outbox.cursor("fire")
    store.outbox.plan("fire", [letter], 1, T0_S)
    (due,) = store.outbox.due(T0_S + 1)
    store.outbox.give_up(due, T0_S + 2, "answered 422")
    (dead,) = station.client.get("/api/outbox?state=dead").json()
    assert (dead["channel"], dead["error"]) == ("fire", "answered 422")
    assert station.post(f"/api/outbox/{dead['n']}/again", {}, **named("王五")).json() == []
    assert station.post(f"/api/outbox/{dead['n']}/again", {}).status_code == 409
    last = [e for e in store.ledger.entries() if e.verb == "send_again"]
    assert [e.actor for e in last] == ["王五"]
