"""What people do through the API: each act is in the record at once, or refused with its reason."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest

from alerts.events import Status
from alerts.handover.cap import MessageType
from store.outbox import Planned, Waiting
from store.store import Store, open_store
from store.verify import verify
from tests.plumeline.web_acting import Desk, desk, fly, raise_alarm
from tests.records import T0_S

ID = "inc-a2b3"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def station(store: Store) -> Desk:
    made = desk(store)
    raise_alarm(store)
    return made


@pytest.fixture(scope="module")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """For what is refused, and leaves it as it was."""
    opened = open_store(tmp_path_factory.mktemp("record"))
    made = desk(opened)
    raise_alarm(opened)
    yield made
    opened.close()


def verbs(store: Store) -> list[str]:
    return [entry.verb for entry in store.ledger.entries()]


def test_confirming_is_one_request_and_answers_with_how_it_stands_now(station: Desk) -> None:
    answer = station.act(ID, "confirm", seat="应急", text="看到明火")
    assert answer.status_code == 200
    handling = answer.json()["incident"]["handling"]
    assert (handling["state"], handling["owner"]) == ("handed_over", "119")
    assert [m["verb"] for m in handling["marks"]] == ["confirm", "hand_over"]
    assert {(m["actor"], m["seat"]) for m in handling["marks"]} == {("陈明", "应急")}
    assert station.client.get(f"/api/incidents/{ID}").json()["told"] == answer.json()
    assert verbs(station.store)[-2:] == ["confirm", "hand_over"]


def test_an_act_rings_the_bell_of_the_stream_and_a_refusal_does_not(station: Desk) -> None:
    station.act(ID, "acknowledge")
    assert station.bell.rings == 1
    station.act(ID, "resolve")
    assert station.bell.rings == 1


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({"verb": "resolve"}, 409, "raised cannot be resolved"),
        ({"verb": "dismiss"}, 409, "needs a reason"),
        ({"verb": "escalate"}, 409, "only the clock"),
        ({"verb": "merge", "to": "inc-9"}, 409, "no incident inc-9"),
        ({"verb": "merge", "to": ID}, 409, "into itself"),
        ({"verb": "dismiss", "reason": "boring"}, 422, "boring"),
        ({"verb": "explode"}, 422, "explode"),
        ({"verb": "confirm", "state": "closed"}, 422, "state"),
        ({"verb": "confirm", "text": "x" * 2001}, 422, "text"),
        ({"verb": "confirm", "text": "x" * 20_000}, 413, "16384"),
        ([], 422, "array"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    unmoved: Desk, body: object, status: int, why: str
) -> None:
    answer = unmoved.post(f"/api/incidents/{ID}/acts", body)
    assert answer.status_code == status
    assert why in answer.json()["error"]
    assert set(verbs(unmoved.store)) == {"raised", "seen"}


def test_whoever_claims_to_be_somebody_is_refused_the_session_alone_tells(station: Desk) -> None:
    path = f"/api/incidents/{ID}/acts"
    for claim in ({"actor": "李强"}, {"seat": "市局"}):
        assert station.post(path, {"verb": "acknowledge", **claim}).status_code == 422
    station.post(path, {"verb": "acknowledge"})
    (mark,) = station.store.acts.incident(ID).handling.marks
    assert (mark.actor, mark.seat) == ("陈明", "")


def test_an_incident_that_is_not_there_is_not_found(station: Desk) -> None:
    assert station.act("inc-9", "confirm").status_code == 404
    for path in ("clock", "sheet", "sheet.html", "sheet.pdf"):
        assert station.client.get(f"/api/incidents/inc-9/{path}").status_code == 404


def test_a_page_of_another_site_cannot_act(station: Desk) -> None:
    path, body = f"/api/incidents/{ID}/acts", {"verb": "confirm"}
    assert station.client.ask("POST", path, json=body).status_code == 403
    assert station.post(path, body, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "confirm" not in verbs(station.store)


def test_of_two_who_confirm_at_once_one_wins_and_the_other_is_told(station: Desk) -> None:
    people = [f"p{i}" for i in range(6)]
    start = threading.Barrier(len(people))
    answers: dict[str, int] = {}

    def confirm(name: str) -> None:
        start.wait()
        answers[name] = station.act(ID, "confirm", name).status_code

    threads = [threading.Thread(target=confirm, args=(name,)) for name in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers.values()) == {200: 1, 409: 5}
    (winner,) = (name for name, status in answers.items() if status == 200)
    handling = station.store.acts.incident(ID).handling
    assert {mark.actor for mark in handling.marks} == {winner}
    assert Counter(verbs(station.store))["confirm"] == 1


def test_a_life_from_alarm_to_close_takes_two_people_and_verifies(station: Desk) -> None:
    for verb in ("acknowledge", "confirm", "arrive", "resolve"):
        assert station.act(ID, verb).status_code == 200
    refused = station.act(ID, "close")
    assert (refused.status_code, "second person" in refused.json()["error"]) == (409, True)
    closed = station.act(ID, "close", "李强")
    assert closed.json()["incident"]["handling"]["state"] == "closed"
    station.post("/api/inquiries", {"lat_deg": 31.95, "lon_deg": 118.84})
    assert verify(station.store.engine, station.store.blobs, []).findings == ()


def test_merge_unmerge_and_undo_go_through_the_api(station: Desk) -> None:
    raise_alarm(station.store, "inc-b")
    assert station.act(ID, "merge", to="inc-b").status_code == 200
    refused = station.act("inc-b", "merge", to=ID)
    assert (refused.status_code, "name that" in refused.json()["error"]) == (409, True)
    assert station.act(ID, "undo", "李强").status_code == 409
    assert station.act(ID, "undo").json()["incident"]["handling"]["merged_into"] is None


def test_an_exercise_is_one_in_every_event_of_it(station: Desk) -> None:
    raise_alarm(station.store, "drill", status=Status.EXERCISE)
    answer = station.act("drill", "confirm")
    assert answer.json()["incident"]["status"] == "exercise"
    told = station.store.reader.events_of("drill", 10)
    assert {numbered.event.status for numbered in told} == {Status.EXERCISE}
    assert station.act(ID, "merge", to="drill").status_code == 409


def test_the_clock_of_an_incident_starts_with_its_first_picture(station: Desk) -> None:
    fly(station.store)  # the device's clock is 50 ms behind, by its telemetry
    station.clock.s = T0_S + 22.0
    station.act(ID, "confirm")
    told = station.client.get(f"/api/incidents/{ID}/clock").json()
    took = {step["step"]: step["took_s"] for step in told["steps"]}
    # Taken at 0, received at 0.4 by a clock 0.05 ahead; in the record at 2; confirmed at 22.
    assert (took["receive"], took["raise"], took["picture_to_alarm"]) == (0.35, 1.6, 1.95)
    assert took["notify"] == 0.0, "without partners the screen is told at once"
    assert took["acknowledge"] == pytest.approx(20.0, abs=0.01)
    assert (took["confirm"], took["hand_over"], took["arrive"]) == (0.0, 0.0, None)
    assert told["wrong_clock"] == []


def test_a_partner_who_hears_of_alarms_is_notified_when_he_has_it(station: Desk) -> None:
    (alarm, *_) = station.store.reader.events_of(ID, 10)
    letter = Planned(
        channel="p",
        key="k",
        incident_id=ID,
        event_n=alarm.n,
        message=MessageType.ALERT,
        content_type="application/json",
        subject="s",
        body=b"{}",
    )
    station.store.outbox.plan("p", [letter], alarm.n, T0_S + 2.1)

    def notify() -> float | None:
        told = station.client.get(f"/api/incidents/{ID}/clock").json()
        return {step["step"]: step["took_s"] for step in told["steps"]}["notify"]

    assert notify() is None
    (waiting,) = station.store.outbox.due(T0_S + 3)
    assert isinstance(waiting, Waiting)
    station.store.outbox.delivered(waiting, T0_S + 3.5)
    assert notify() == 1.5


def test_responses_are_told_by_day_district_and_shift(station: Desk) -> None:
    raise_alarm(station.store, "late", t_s=T0_S + 86_400.0)
    station.clock.s = T0_S + 2 * 86_400.0

    def groups(by: str, **span: float) -> dict[str, int]:
        told = station.client.get("/api/response", params={"by": by, **span}).json()
        return {group["key"]: group["incidents"] for group in told["groups"]}

    # GNU date: TZ=Asia/Shanghai date -d @1790000002 is Mon Sep 21 22:13:22 CST 2026.
    assert groups("day") == {"2026-09-21": 1, "2026-09-22": 1}
    assert groups("district") == {"雨花台区": 2}
    assert groups("shift") == {"20-08": 2}
    assert groups("day", **{"from": T0_S + 10}) == {"2026-09-22": 1}
    assert groups("day", to=T0_S + 10) == {"2026-09-21": 1}
    assert station.client.get("/api/response", params={"by": "phase of moon"}).status_code == 422


def test_the_sheet_is_told_shown_and_printed(station: Desk) -> None:
    station.act(ID, "confirm", seat="应急")
    known = {"phone": "139", "people_at_risk": "true", "access": "东门"}
    for language, word in (("zh", "东门"), ("en", "东门")):
        told = station.client.get(
            f"/api/incidents/{ID}/sheet", params={"lang": language, **known}
        ).json()
        texts = [item["text"] for item in told["items"]]
        assert len(texts) == 11
        assert any(word in text for text in texts)
        assert any("陈明" in text and "139" in text for text in texts)
        assert f"http://station:8080/api/blobs/{'ab' * 32}" in texts
        assert told["spoken"]
    page = station.client.get(f"/api/incidents/{ID}/sheet.html", params=known)
    assert page.headers["content-type"].startswith("text/html")
    paper = station.client.get(f"/api/incidents/{ID}/sheet.pdf", params=known)
    assert paper.headers["content-type"] == "application/pdf"
    printed = "".join(sheet.get_text() for sheet in pymupdf.open("pdf", paper.content))
    for text in ("陈明", "东门", "青禾化工仓储"):
        assert text in page.text
        assert text in printed
    assert station.client.get(f"/api/incidents/{ID}/sheet?lang=fr").status_code == 422


def test_a_question_is_answered_and_kept_with_its_answer(station: Desk) -> None:
    fly(station.store, 3.0, 6.0)
    station.clock.s = T0_S + 20.0
    body = {"lat_deg": 31.9509, "lon_deg": 118.84}
    asked = station.post("/api/inquiries", body)
    assert asked.status_code == 201
    inquiry = asked.json()["inquiry"]
    answer = inquiry["answer"]
    assert (answer["verdict"], answer["since_s"]) == ("not_seen_since", T0_S + 6.1), answer
    assert [drone["sees"] for drone in answer["drones"]] == [True]
    assert [p["t_capture_s"] - T0_S for p in answer["pictures"]] == [6.0, 3.0]
    *_, entry = station.store.ledger.entries()
    assert (entry.verb, entry.actor) == ("inquiry", "陈明")
    assert json.loads(entry.body)["answer"] == answer
    assert inquiry["inquiry_id"] == f"ask-{entry.i}"
    assert station.client.get("/api/inquiries").json() == [inquiry]
    assert station.client.get(f"/api/inquiries/ask-{entry.i}").json() == asked.json()


def test_what_is_raised_there_afterwards_belongs_to_the_question(station: Desk) -> None:
    body = {"lat_deg": 32.04, "lon_deg": 118.78}
    first = station.post("/api/inquiries", body).json()
    assert first["inquiry"]["answer"]["verdict"] == "seen"
    assert first["inquiry"]["answer"]["position"]["incident_id"] == ID
    assert "已发现烟雾" in first["words"]["zh"]
    assert first["since"] == []
    raise_alarm(station.store, "later", t_s=station.clock() + 60)
    name = first["inquiry"]["inquiry_id"]
    assert station.client.get(f"/api/inquiries/{name}").json()["since"] == ["later"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"lat_deg": 31.0}, 422),
        ({"lat_deg": 91.0, "lon_deg": 118.0}, 422),
        ({"premises_id": "P", "lat_deg": 31.0, "lon_deg": 118.0}, 422),
        ({"premises_id": "P-404"}, 404),
    ],
)
def test_a_question_about_no_place_is_refused_and_not_kept(
    unmoved: Desk, body: object, status: int
) -> None:
    answer = unmoved.post("/api/inquiries", body)
    assert (answer.status_code, list(answer.json())) == (status, ["error", "code", "facts"])
    assert "inquiry" not in verbs(unmoved.store)
    for name in ("ask-1", "ask-x", "1", "ask-" + "9" * 30):
        assert unmoved.client.get(f"/api/inquiries/{name}").status_code == 404
