"""Footage opens for who says why, and every viewing is in the ledger (ACCEPTANCE E6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.events import Event
from alerts.lifecycle import Verb
from plumeline.web import viewing
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.seams import Station
from plumeline.web.viewing import ANSWERED_S, REASON_S, WATCHED_S, Footage
from store.store import Store, open_store
from store.verify import verify
from store.viewing import SqlViewing
from tests.plumeline.web_acting import Clock, fly, raise_alarm
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, named
from tests.records import T0_S, frame
from tests.store.test_ledger import act

PICTURES_S = (0.0, 1.0, 2.0, 500.0)
LATER_S = T0_S + 3600.0


class Page:
    """The page of a station with one flight, as two people use it."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Clock()
        app = create_app(
            store.reader,
            Bell(),
            station=Station(name_zh="站", name_en="station"),
            now_s=self.clock,
            door=FakeDoor(),
            footage=lambda incidents: Footage(
                SqlViewing(store.engine), incidents, now_s=self.clock
            ),
        )
        self.client = Client(app)
        fly(store, *PICTURES_S)

    def look(self, t_s: float, who: str = "陈明") -> int:
        path = f"/api/blobs/{frame(t_s).sha256}"
        return self.client.ask("GET", path, headers=named(who, "指挥中心")).status_code

    def say(self, reason: str, who: str = "陈明") -> int:
        headers = {"X-Plumeline": "1", **named(who, "指挥中心")}
        answer = self.client.ask("POST", "/api/viewings", json={"reason": reason}, headers=headers)
        return answer.status_code

    def register(self) -> list[tuple[str, str, dict[str, str]]]:
        return [
            (e.actor, e.subject, json.loads(e.body))
            for e in self.store.ledger.entries()
            if e.verb == "view"
        ]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    opened = open_store(tmp_path)
    yield Page(opened)
    opened.close()


def test_footage_without_a_reason_is_refused_and_with_one_it_is_registered(page: Page) -> None:
    page.clock.s = LATER_S
    assert page.look(500.0) == 428
    assert page.register() == []
    assert [page.say(nothing) for nothing in ("", " ", "  .  ", "x")] == [422] * 4
    assert page.say("群众投诉，核查飞行") == 201
    assert [page.look(t_s) for t_s in PICTURES_S] == [200] * 4
    told = {"reason": "群众投诉，核查飞行", "unit": "指挥中心", "name": "陈明"}
    assert page.register() == [("陈明", "nj-01.b1", told)]
    assert page.look(500.0, who="李娜") == 428, "a reason is one person's"
    page.clock.s += REASON_S + 1
    assert page.look(500.0) == 428, "and holds for a while"
    assert verify(page.store.engine, page.store.blobs, []).ok


def test_what_an_alarm_shows_is_looked_at_at_once_and_registered_as_such(page: Page) -> None:
    raise_alarm(page.store)
    page.clock.s = LATER_S
    assert [page.look(t_s) for t_s in PICTURES_S] == [200, 200, 200, 428]
    assert page.look(1.0, who="李娜") == 200
    assert [(who, what, told["reason"]) for who, what, told in page.register()] == [
        ("陈明", "inc-a2b3", "alarm"),
        ("李娜", "inc-a2b3", "alarm"),
    ]
    for verb, who in ((Verb.CONFIRM, "chen"), (Verb.HAND_OVER, "chen"), (Verb.RESOLVE, "chen")):
        done = act(verb, who, to="119")
        page.store.acts.act("inc-a2b3", lambda _, e=done: [_of(e)], T0_S)
    assert page.look(2.0) == 200, "somebody still has to close it"
    page.store.acts.act("inc-a2b3", lambda _: [_of(act(Verb.CLOSE, "li"))], T0_S)
    assert page.look(2.0) == 428


def _of(event: Event) -> Event:
    return replace(event, incident_id="inc-a2b3")


def test_an_alarm_that_nobody_closes_is_no_reason_for_ever(page: Page) -> None:
    raise_alarm(page.store)
    page.clock.s = T0_S + ANSWERED_S + 60.0
    assert page.look(1.0) == 428


def test_what_comes_in_now_is_watched_and_not_looked_up(page: Page) -> None:
    page.clock.s = T0_S + WATCHED_S - 30.0
    assert page.look(0.0) == 200
    assert page.register() == []


def test_teeth_a_register_that_asks_nobody_is_found_out(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "WATCHED_S", 1e9)
    page.clock.s = LATER_S
    assert page.look(500.0) == 200
