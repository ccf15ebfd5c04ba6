"""A verifier asks for a new flight: it heads the proposal until flown, then shows what it saw.

The flights are those over the five plots (tests/plumeline/patrol_scene.py): the one in fog does not
see plot C, the plain one does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from casework.life import FivePoints, Step, Verb
from casework.patrol_plan import Proposed
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.cli import app
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.orders import order_routes
from plumeline.web.patrols import patrol_routes
from plumeline.work import Work
from store.people import Role
from store.statistics import SqlStatistics
from tests.plumeline.patrol_scene import FOG, PLAIN, Made, Scene
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, session, token_of
from tests.plumeline.web_scene import STATION
from tests.records import T0_S

SECTION = CaseworkSection(partners={"grid": PartnerSection(own=True)})
BEFORE = b"\xff\xd8\xff before"
SHA256 = hashlib.sha256(BEFORE).hexdigest()
ASKED_S = T0_S - 3600


def reported_done(work: Work, number: str, t_s: float, sha256: str, **where: str) -> str:
    """An order whose work is said to be done."""
    row = {"number": number, "kind": "storage", "found": "2026-09-20T09:00"} | where
    (key,) = work.receive([row], "grid", actor="grid").orders
    for verb, actor in (
        (Verb.ACCEPT, "陈明"),
        (Verb.DISPATCH, "陈明"),
        (Verb.SIGN, "业主"),
        (Verb.START, "业主"),
        (Verb.REPORT, "业主"),
    ):
        evidence = (sha256,) if verb is Verb.REPORT else ()
        work.step(key, Step(verb=verb, actor=actor, t_s=t_s, to="业主", evidence=evidence))
    return key


@dataclass(frozen=True, kw_only=True)
class Here:
    scene: Scene
    work: Work
    client: Client
    folder: Path

    def head(self, count: int = 1) -> Any:
        return self.client.get("/api/patrol-proposal").json()[:count]

    def case(self, key: str) -> Any:
        return self.client.get("/api/orders/case", params={"key": key}).json()["case"]

    def step(self, key: str, verb: Verb, actor: str, t_s: float, **said: object) -> None:
        self.work.step(key, Step(verb=verb, actor=actor, t_s=t_s, **said))  # type: ignore[arg-type]

    def reported_done(self, number: str, **where: str) -> str:
        return reported_done(self.work, number, ASKED_S - 3600, SHA256, **where)

    def ask(self, key: str, t_s: float = ASKED_S, text: str = "屋顶东侧") -> None:
        self.step(key, Verb.ASK_REFLY, "Li Na", t_s, text=text, evidence=(SHA256,))

    def fly(self, made: Made) -> None:
        self.scene.put(made.fixes())
        self.scene.put(made.frames())
        self.scene.judge(made)
        self.scene.new_logger().answer(made.flight_id)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    scene = Scene(tmp_path, [])
    store = scene.store
    store.blobs.put([(SHA256, BEFORE)])
    work = Work(store, SECTION, now_s=lambda: ASKED_S - 7200)
    counts = SqlStatistics(store.engine)
    made = create_app(
        store.reader,
        Bell(),
        station=STATION,
        now_s=lambda: scene.now_s,
        door=FakeDoor(),
        more=lambda incidents: [
            patrol_routes(store, SECTION, now_s=lambda: scene.now_s),
            order_routes(
                work,
                store.order_lists,
                counts,
                store.blobs,
                incidents,
                now_s=lambda: scene.now_s,
            ),
        ],
    )
    yield Here(scene=scene, work=work, client=Client(made), folder=tmp_path)
    store.close()


def test_a_request_heads_the_proposal_until_a_drone_has_seen_the_place(here: Here) -> None:
    key = here.reported_done("1", place_id="C")
    assert [one["place_id"] for one in here.head(2)] == ["A", "B"], "nothing was ever seen"
    here.ask(key)
    first, second = here.head(2)
    assert (first["place_id"], second["place_id"]) == ("C", "A")
    (refly,) = first["reflights"]
    assert (refly["key"], refly["reason"], refly["asked_by"]) == (key, "屋顶东侧", "Li Na")
    assert (refly["before"], refly["due"]) == ([SHA256], "2026-10-12")
    here.fly(FOG)
    assert here.head()[0]["place_id"] == "C", "what could not be observed is no answer"
    here.fly(PLAIN)
    assert all(not one["reflights"] for one in here.head(50))
    assert here.case(key)["order"]["standing"]["refly"] == "asked", "the verifier has to look"


def test_the_order_shows_what_came_back_and_after_the_step_before_and_after(here: Here) -> None:
    key = here.reported_done("1", place_id="C")
    here.ask(key)
    here.fly(PLAIN)
    (flown,) = here.case(key)["flown"]
    assert (flown["ref"], flown["result"]) == (PLAIN.flight_id, "normal")
    pictures = flown["evidence"]
    assert pictures
    here.step(key, Verb.REFLY_DONE, "Li Na", T0_S + 7200, evidence=tuple(pictures))
    told = here.case(key)
    assert told["flown"] == []
    shown = {one["step"]["verb"]: one["step"]["evidence"] for one in told["steps"]}
    assert (shown["ask_refly"], shown["refly_done"]) == ([SHA256], pictures)
    here.step(key, Verb.VERIFY, "Li Na", T0_S + 7300)


def test_a_flight_before_the_request_or_before_the_work_was_done_again_is_none(here: Here) -> None:
    key = here.reported_done("1", place_id="C")
    here.fly(PLAIN)
    here.ask(key, T0_S + 7200)
    assert here.head()[0]["place_id"] == "C"
    assert here.case(key)["flown"] == []
    other = here.reported_done("2", place_id="B")
    here.ask(other)
    assert [one["place_id"] for one in here.head(50) if one["reflights"]] == ["C"]
    here.step(other, Verb.SEND_BACK, "Li Na", T0_S + 7200, reason="还在")
    here.step(other, Verb.REPORT, "业主", T0_S + 9000, evidence=(SHA256,))
    asked = [one["place_id"] for one in here.head(50) if one["reflights"]]
    assert asked == ["C", "B"], "the work reported anew takes a new flight; C is due first"


def test_two_requests_of_one_place_are_one_line_and_an_address_is_one_too(here: Here) -> None:
    keys = [here.reported_done(number, place_id="C") for number in "12"]
    keys.append(here.reported_done("3", address="某路 1 号"))
    for i, key in enumerate(keys):
        here.ask(key, ASKED_S + i)
    first, second, third = here.head(3)
    assert [one["key"] for one in first["reflights"]] == keys[:2]
    assert (second["place_id"], second["name"], second["urgency"]) == (None, "某路 1 号", None)
    assert third["reflights"] == []


def test_a_listing_s_verifier_asks_too(here: Here) -> None:
    key = here.reported_done("1", place_id="B")
    here.work.propose(key, actor="王强", reason="重大")
    five = FivePoints(measures="m", money="1", deadline=date(2026, 12, 1), person="业主", plan="p")
    for verb, actor, said in (
        (Verb.LIST, "陈明", {"five": five}),
        (Verb.ANNOUNCE, "陈明", {}),
        (Verb.ASK_VERIFICATION, "业主", {"evidence": (SHA256,)}),
        (Verb.ASK_REFLY, "Li Na", {}),
    ):
        step = Step(verb=verb, actor=actor, t_s=ASKED_S, **said)  # type: ignore[arg-type]
        here.work.list_step(key, step)
    (refly,) = here.head()[0]["reflights"]
    assert (refly["key"], refly["life"], refly["due"]) == (key, "listing", "2026-10-12")
    here.fly(PLAIN)
    assert here.case(key)["flown"]
    assert here.head()[0]["reflights"] == []


def test_another_district_s_request_is_not_told(here: Here) -> None:
    here.ask(here.reported_done("1", place_id="C"))
    other = session(token_of("Wu", role=Role.OPERATOR, district="999999"))
    assert here.client.get("/api/patrol-proposal", headers=other).json() == []


def test_the_command_line_tells_the_same(here: Here) -> None:
    key = here.reported_done("1", place_id="C")
    here.ask(key)
    asked = ["patrol-log", "--next", "--data", str(here.folder)]
    told = CliRunner().invoke(app, [*asked, "--json"])
    assert told.exit_code == 0, told.output
    first = json.loads(told.stdout)[0]
    assert (first["place_id"], first["reflights"][0]["key"]) == ("C", key)
    assert set(first) == set(Proposed.__dataclass_fields__)
    table = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    assert f"re-fly for {key} (storage), asked by Li Na" in " ".join(table.stdout.split())
