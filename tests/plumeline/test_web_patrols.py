"""The patrol log as the page and scripts ask for it: lists, files, plans, the year so far."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest

from casework.words import Method, Org, OrgKind, PlaceClass, Result, Visit
from casework.workdays import Workdays
from plumeline.casework import CaseworkSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.patrol_plans import plan_routes
from plumeline.web.patrols import patrol_routes, visit_routes
from plumeline.web.planning import planning_routes
from store.people import Role
from tests.plumeline.patrol_scene import EAST_DEG, FOG, NORTH_DEG, PLAIN, Scene
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, session, token_of
from tests.plumeline.web_scene import STATION
from tests.records import LAT_DEG, LON_DEG, T0_S

OURS = {"X-Plumeline": "1"}
A = {"route_id": "A"}
"""A plot, and no route."""


@dataclass(frozen=True, kw_only=True)
class Here:
    scene: Scene
    client: Client

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> httpx.Response:
        return self.client.ask("POST", path, headers=OURS, content=json.dumps(body))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """Two flights of the log (plot C in fog on the second), and a walk-in inspection of plot C."""
    scene = Scene(tmp_path_factory.mktemp("log"), [PLAIN, FOG])
    scene.logger.work()
    walk = Visit(
        key="r-77",
        place_id="C",
        org_id="station",
        method=Method.INSPECTION,
        t0_s=T0_S + 3600,
        t1_s=T0_S + 5400,
        result=Result.ANOMALY,
        reason="=blocked exit",
        ref="r-77",
        cls=PlaceClass.RESIDENTIAL,
        t_reported_s=T0_S + 6000,
    )
    scene.store.casework.add_visits([walk], t_s=T0_S + 6000, actor="li")
    zone = ZoneInfo("Asia/Shanghai")
    app = create_app(
        scene.store.reader,
        Bell(),
        station=STATION,
        now_s=lambda: scene.now_s,
        door=FakeDoor(),
        more=lambda _: [
            visit_routes(scene.store, zone=zone, now_s=lambda: scene.now_s),
            patrol_routes(scene.store, CaseworkSection(), now_s=lambda: scene.now_s),
            plan_routes(scene.store, now_s=lambda: scene.now_s),
            planning_routes(Workdays(), now_s=lambda: scene.now_s),
        ],
    )
    yield Here(scene=scene, client=Client(app))
    scene.store.close()


def test_drone_visits_and_walk_ins_are_one_list_newest_first(here: Here) -> None:
    told = here.get("/api/visits")
    assert (told["total"], told["more"]) == (9, False)
    assert told["visits"][0]["visit"]["method"] == "inspection"
    times = [one["visit"]["t0_s"] for one in told["visits"]]
    assert times == sorted(times, reverse=True)
    assert {one["place"] for one in told["visits"]} == {"A", "B", "C", "D"}


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ("cls=hazchem", 2),
        ("result=normal", 7),
        ("result=not_observable", 1),
        ("method=inspection", 1),
        ("place=C", 3),
        (f"flight={FOG.flight_id}", 4),
        (f"from={T0_S + 1000}", 1),
        (f"to={T0_S + 15}", 3),
        ("cls=residential&method=drone&result=normal", 1),
    ],
)
def test_the_filters_are_in_the_address(here: Here, asked: str, total: int) -> None:
    assert here.get(f"/api/visits?{asked}")["total"] == total


def test_older_ones_follow_without_a_gap(here: Here) -> None:
    seen, before = [], ""
    while True:
        told = here.get(f"/api/visits?limit=4{before}")
        seen += [one["n"] for one in told["visits"]]
        if not told["more"]:
            break
        last = told["visits"][-1]
        before = f"&before_s={last['visit']['t0_s']!r}&before_n={last['n']}"
    assert seen == [one["n"] for one in here.get("/api/visits")["visits"]]


def test_the_files_hold_the_same_rows_and_no_formula(here: Here) -> None:
    answer = here.client.get("/api/visits.csv?lang=en")
    assert answer.headers["content-disposition"] == 'attachment; filename="visits.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 9
    assert rows[0]["reason"] == "'=blocked exit"
    fog = [row for row in rows if row["result"] == "not_observable"]
    assert [(row["id"], row["reason"]) for row in fog] == [("C", "unreadable")]
    book = openpyxl.load_workbook(io.BytesIO(here.client.get("/api/visits.xlsx").content))
    cells = list(book.active.iter_rows(values_only=True))
    assert len(cells) == 10
    assert cells[0][8] == "结果"
    assert {row[8] for row in cells[1:]} == {"正常", "异常", "未能观察"}
    assert str(cells[1][5]) == "2026-09-21 23:13:20", "Beijing's clock: T0_S + 1 h (GNU date)"


def test_a_flight_tells_its_visits_in_order_and_what_they_were_before(here: Here) -> None:
    told = here.get(f"/api/patrols/{FOG.flight_id}")
    assert (told["flight"]["seen"], told["flight"]["not_observable"]) == (3, 1)
    results = {one["visit"]["place_id"]: one["visit"]["result"] for one in told["visits"]}
    assert results == {"A": "normal", "B": "normal", "C": "not_observable", "D": "normal"}
    assert told["earlier"] == []
    assert len(here.get("/api/patrols")) == 2
    assert here.client.get("/api/patrols/nj-01.nowhere").status_code == 404


def test_a_place_tells_when_it_was_last_seen(here: Here) -> None:
    told = here.get("/api/places/C/visits")
    assert told["last_seen_s"] == T0_S + 5400
    assert len(told["visits"]) == 3
    assert here.get("/api/places/E/visits")["last_seen_s"] is None
    assert here.client.get("/api/places/Z/visits").status_code == 404


def test_the_year_is_held_against_its_goals(here: Here) -> None:
    """One of each class was seen; of two hazardous stores one."""
    told = here.get("/api/patrol-coverage?year=2026")
    classes = {one["cls"]: (one["seen"], one["places"], one["goal"]) for one in told["classes"]}
    assert classes == {
        "production_unit": (1, 1, 0.3),
        "small_place": (1, 1, 0.15),
        "residential": (1, 1, None),
        "hazchem": (1, 2, None),
    }
    assert here.get("/api/patrol-coverage?year=2025")["classes"][0]["seen"] == 0


def test_what_was_never_seen_is_proposed_first(here: Here) -> None:
    told = here.get("/api/patrol-proposal")
    assert told[0]["place_id"] == "E"
    assert told[0]["last_seen_s"] is None
    urgencies = [one["urgency"] for one in told]
    assert urgencies == sorted(urgencies, reverse=True)


def test_a_route_is_drawn_planned_missed_moved_and_cancelled(here: Here) -> None:
    line = [[LON_DEG + 400 * EAST_DEG, LAT_DEG + m * NORTH_DEG] for m in (0, 200)]
    drawn = here.post("/api/patrol-routes", {"name": "东线", "points": line})
    route = drawn.json()
    assert route["place_ids"] == ["E"], "the one plot along it"
    route_id = route["route"]["place_id"]
    assert [one["route"]["name"] for one in here.get("/api/patrol-routes")] == ["东线"]
    now_s = here.scene.now_s
    body = {"route_id": route_id, "t0_s": now_s - 7200, "t1_s": now_s - 3600}
    (plan,) = here.post("/api/patrol-plans", body).json()
    assert (plan["stands"], plan["plan"]["place_ids"], plan["flights"]) == ("missed", ["E"], [])
    moved = body | {"plan_id": plan["plan"]["plan_id"], "t1_s": now_s + 3600}
    assert here.post("/api/patrol-plans", moved).json()[0]["stands"] == "due"
    here.post("/api/patrol-plans", moved | {"cancelled": True})
    assert [one["stands"] for one in here.get("/api/patrol-plans")] == ["cancelled"]
    assert here.get("/api/patrol-coverage")["plans"]["cancelled"] == 1
    week = here.post("/api/patrol-plans", body | {"days": 7}).json()
    starts = [one["plan"]["t0_s"] - week[0]["plan"]["t0_s"] for one in week]
    assert starts == [86_400 * n for n in range(7)]
    assert len({one["plan"]["plan_id"] for one in week}) == 7


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("patrol-routes", {"name": "x", "points": [[118.8, 31.9]]}, 422),
        ("patrol-routes", {"name": "x", "points": [[31.9, 118.8], [0, 0]]}, 422),
        ("patrol-routes", {"name": "x", "points": [[0, 0], [1, 1]]} | A, 409),
        ("patrol-plans", {"route_id": "A", "t0_s": 0, "t1_s": 1}, 404),
        ("patrol-plans", {"route_id": "r", "t0_s": 1, "t1_s": 1}, 422),
        ("staffing", {"team": {"people": 1}}, 422),
        ("staffing", {"team": {"people": 1, "statutory_days": 248}, "clases": []}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(here: Here, path: str, body: object, status: int) -> None:
    answer = here.post(f"/api/{path}", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["patrol-routes", "patrol-plans", "staffing", "joint-plan"])
def test_a_foreign_page_changes_nothing(here: Here, path: str) -> None:
    assert here.client.ask("POST", f"/api/{path}", content="{}").status_code == 403


def test_staffing_and_joint_plans_are_worked_out_as_asked(here: Here) -> None:
    team = {
        "people": 8,
        "statutory_days": 248,
        "other_enforcement_days": 1035,
        "non_enforcement_days": 535,
    }
    assert here.post("/api/staffing", {"team": team}).json()["inspection_days"] == 414
    table = (
        "unit,department,items,first,last\n"
        "u,fire,exits,2026-03-01,2026-03-31\nu,police,access,2026-03-01,2026-04-30\n"
    )
    asked = {"headers": OURS, "content": table}
    told = here.client.ask("POST", "/api/joint-plan", **asked).json()
    assert (told["planned"], told["visits"], told["saved"]) == (2, 1, 1)
    alone = here.client.ask("POST", "/api/joint-plan?max_departments=1", **asked).json()
    assert alone["visits"] == 2
    file = here.client.ask("POST", "/api/joint-plan.csv", **asked)
    assert file.text.count("\n") == 3
    bad = here.client.ask("POST", "/api/joint-plan", headers=OURS, content="unit\nu\n")
    assert bad.status_code == 422
    assert "no column department" in bad.json()["error"]


def test_an_account_of_a_district_sees_its_own_places_alone(here: Here) -> None:
    """Plot C belongs to a station of district 320115, the others to none of its stations."""
    work, by = here.scene.store.casework, {"t_s": 0.0, "actor": "test"}
    district = Org(
        org_id="320115", kind=OrgKind.DISTRICT, parent_id=None, name_zh="江宁", name_en="Jiangning"
    )
    own = replace(district, org_id="s-9", kind=OrgKind.STATION, parent_id="320115")
    work.put_orgs([district, own], **by)
    place = work.place("C")
    assert place is not None
    work.put_places([replace(place, org_id="s-9")], **by)
    visit = replace(
        work.visits_of_place("C")[0], key="r-78", org_id="s-9", method=Method.WALK_IN, ref="r-78"
    )
    work.add_visits([visit], **by)
    headers = session(token_of("li", role=Role.OPERATOR, district="320115"))

    def told(path: str) -> Any:
        answer = here.client.get(path, headers=headers)
        return answer.json() if answer.status_code == 200 else answer.status_code

    assert [one["visit"]["key"] for one in told("/api/visits")["visits"]] == ["r-78"]
    assert here.client.get("/api/visits.csv", headers=headers).text.count("\n") == 2
    assert [one["place_id"] for one in told("/api/patrol-proposal")] == ["C"]
    assert set(told("/api/places/seen?year=2026")) == {"C"}
    assert told("/api/patrols") == []
    assert told(f"/api/patrols/{PLAIN.flight_id}") == 404
    assert (told("/api/places/A/visits"), told("/api/visits?org=station")) == (404, 404)
    assert sum(one["places"] for one in told("/api/patrol-coverage?year=2026")["classes"]) == 1
