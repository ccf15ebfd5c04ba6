"""Known places end to end: listed, in the ledger, revoked, by the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.events import Event, Kind
from alerts.lifecycle import Verb
from detect.detection import Label
from plumeline.escalator import Escalator
from plumeline.known_cli import known_app
from plumeline.web.acts import known_routes
from plumeline.web.projection import Incidents
from store.store import Store, open_store
from tests.alerts import handover_scene
from tests.plumeline.web_acting import Desk, desk, live, raise_alarm
from tests.records import T0_S

FIRST, LATER = "inc-a2b3", "inc-later"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def station(store: Store) -> Desk:
    made = desk(store)
    made.app.include_router(known_routes(Incidents(store.reader), now_s=made.clock))
    raise_alarm(store)
    return made


def test_a_dismissal_leaves_a_listed_place_that_explains_later_alarms(station: Desk) -> None:
    assert station.client.get("/api/known-areas").json() == []
    station.act(FIRST, "dismiss", reason="steam", text="食堂烟囱")
    raise_alarm(station.store, LATER)
    (place,) = station.client.get("/api/known-areas").json()
    assert (place["incident_id"], place["reason"]) == (FIRST, "steam")
    assert (place["dismissed"]["actor"], place["in_force"], place["explained"]) == ("陈明", True, 1)
    assert place["area"]["labels"] == ["smoke"] and 60 < place["area"]["radius_m"] < 150
    told = station.client.get(f"/api/incidents/{LATER}").json()["told"]
    assert (told["incident"]["known"], told["rings_since_s"]) == (FIRST, None)
    assert station.client.get("/api/incidents").json()["unanswered"] == 0


def test_forgotten_through_the_api_the_next_alarm_rings(station: Desk) -> None:
    station.act(FIRST, "dismiss", reason="steam")
    assert station.act(FIRST, "forget", actor="李华").status_code == 200
    assert [e.verb for e in station.store.ledger.entries()][-2:] == ["dismiss", "forget"]
    assert station.client.get("/api/known-areas").json() == []
    assert station.act(FIRST, "forget").status_code == 409
    raise_alarm(station.store, LATER)
    assert station.client.get("/api/incidents").json()["unanswered"] == 1


def test_the_person_says_for_how_long(station: Desk) -> None:
    answer = station.act(FIRST, "dismiss", reason="steam", known_hours=2)  # type: ignore[arg-type]
    leaves = answer.json()["incident"]["handling"]["leaves"]
    assert leaves["until_s"] == pytest.approx(station.clock.s + 7200, abs=1.0)


def test_nobody_is_called_for_a_known_place_until_fire_shows_in_it(station: Desk) -> None:
    store, now = station.store, [station.clock.s]
    station.act(FIRST, "dismiss", reason="steam")
    raise_alarm(store, LATER, t_s=now[0])
    who = Escalator(store.acts, store.reader, now_s=lambda: now[0])
    now[0] += 600
    assert who.work() == []
    see_fire(store, LATER, now[0])
    now[0] += 31
    assert [one.event.act.step for one in who.work() if one.event.act] == [1]


def test_fire_in_what_was_dismissed_reopens_it_once_under_the_machines_name(station: Desk) -> None:
    store, now = station.store, [station.clock.s]
    station.act(FIRST, "dismiss", reason="steam")
    who = Escalator(store.acts, store.reader, now_s=lambda: now[0])
    assert who.work() == []
    now[0] += 5
    see_fire(store, FIRST, now[0])
    for one in (who, who, Escalator(store.acts, store.reader, now_s=lambda: now[0])):
        one.work()
    told = [(e.actor, e.verb) for e in store.ledger.entries() if e.verb == Verb.REOPEN]
    assert told == [("system", "reopen")]
    assert store.acts.incident(FIRST).handling.leaves is None


def see_fire(store: Store, incident_id: str, t_s: float) -> None:
    seen = handover_scene.evidence(label=Label.FIRE, t_capture_s=t_s, t_received_s=t_s)
    event = Event(
        key=f"{incident_id}/fire", incident_id=incident_id, kind=Kind.SEEN, t_s=t_s, evidence=seen
    )
    store.analysis.append(live(store), [], [event], 0, t_s)


def test_the_command_line_lists_and_revokes(station: Desk, tmp_path: Path) -> None:
    run, data = CliRunner(), ["--data", str(tmp_path)]
    assert run.invoke(known_app, ["list", *data]).exit_code == 1
    station.act(FIRST, "dismiss", reason="permitted_burn")
    shown = run.invoke(known_app, ["list", *data])
    assert shown.exit_code == 0 and "permitted_burn" in shown.output
    (place,) = json.loads(run.invoke(known_app, ["list", "--json", *data]).stdout)
    assert place["area"]["until_s"] == pytest.approx(T0_S + 10 + 12 * 3600, abs=1.0)
    revoked = run.invoke(known_app, ["revoke", FIRST, "--by", "李华", *data])
    assert revoked.exit_code == 0, revoked.output
    assert run.invoke(known_app, ["list", *data]).exit_code == 1
    assert run.invoke(known_app, ["revoke", FIRST, "--by", "李华", *data]).exit_code == 1
