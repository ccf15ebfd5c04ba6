"""What an account of one district gets of flights, plans, questions and reviews: its own alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from alerts.inquiry import Question
from plumeline.inquirer import Inquirer
from plumeline.web import flights
from tests.plumeline.district_scene import LAT_DEG, THEIRS, City, city
from tests.plumeline.web_scene import T0_S

FLIGHT, FOREIGN = "UAV-15.b1", "UAV-12.b1"
PARTS = ("", "/track", "/frames", "/events", "/coverage", "/verdict")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with city(tmp_path_factory.mktemp("city")) as made:
        yield made


def same(answers: list[tuple[httpx.Response, str]], status: int = 404) -> None:
    """All say the same, but for the name that was asked for."""
    assert {answer.status_code for answer, _ in answers} == {status}
    assert len({answer.text.replace(name, "X") for answer, name in answers}) == 1


@pytest.mark.parametrize("part", PARTS)
def test_a_flight_is_there_where_its_device_is_the_districts(here: City, part: str) -> None:
    path = "/api/flights/{}" + part
    assert here.ask("own", path.format(FLIGHT)).status_code == 200
    assert here.ask("other", path.format(FOREIGN)).status_code == 200
    names = (FOREIGN, "UAV-99.b1")
    same([(here.ask("own", path.format(name)), name) for name in names])


def test_a_list_of_flights_has_the_districts_own_and_names_no_other_device(here: City) -> None:
    for place, flown in (("own", [FLIGHT]), ("other", [FOREIGN]), ("all", [FOREIGN, FLIGHT])):
        told = here.get(place, "/api/flights")
        assert sorted(one["flight_id"] for one in told["flights"]) == flown
        assert [f"{one}.b1" for one in told["devices"]] == flown
        assert told["total"] == len(flown)
    names = (FOREIGN, "UAV-99.b1")
    same([(here.ask("own", f"/api/flights?near={name}"), name) for name in names])


@pytest.mark.parametrize(("asked", "found"), [("premises=P-1", 1), (f"district={THEIRS}", 0)])
def test_what_lies_where_in_another_district_is_not_told_by_a_filter(
    here: City, asked: str, found: int
) -> None:
    assert here.get("own", f"/api/flights?{asked}")["total"] == found
    assert here.get("own", "/api/flights?premises=P-2")["total"] == 0


def test_an_incident_across_the_border_is_not_told_by_the_flight_that_saw_it(here: City) -> None:
    for place, seen in (("own", {"ours"}), ("all", {"ours", "across"})):
        story = here.get(place, f"/api/flights/{FLIGHT}/events")
        assert {one["incident"]["incident_id"] for one in story["incidents"]} == seen
        assert {one["incident_id"] for one in story["events"]} == seen
        card = here.get(place, f"/api/flights/{FLIGHT}")
        assert card["flight"]["incidents"] == len(seen)
        (line,) = here.get(place, "/api/flights?device=UAV-15")["flights"]
        assert line["incidents"] == len(seen)
        assert here.get(place, f"/api/flights/{FLIGHT}/verdict")["events"] == len(seen)


def test_premises_of_another_district_are_not_told_as_looked_at(here: City) -> None:
    for place, premises in (("own", ["P-1"]), ("all", ["P-1", "P-2"])):
        told = here.get(place, f"/api/flights/{FLIGHT}/coverage")
        assert sorted(one["premises_id"] for one in told) == premises


def test_pictures_of_a_districts_own_flight_open_for_who_says_why(here: City) -> None:
    mine, foreign = (f"/api/blobs/{here.pictures[d].sha256}" for d in ("UAV-15", "UAV-12"))
    assert here.ask("own", mine).status_code == 428
    assert here.ask("own", "/api/viewings", {"reason": "a test"}).status_code == 201
    assert here.ask("own", mine).status_code == 200
    names = (foreign, f"/api/blobs/{'f' * 64}")
    same([(here.ask("own", name), name.rpartition("/")[2]) for name in names])


def test_an_incident_links_to_the_replay_where_its_flight_is_ones_own(here: City) -> None:
    for place, devices in (("own", ["UAV-15"]), ("other", ["UAV-12"])):
        assert here.get(place, "/api/incident-log")["replayed"] == devices
    for place, shown in (("own", True), ("other", False)):
        name = "ours" if shown else "across"
        page = here.ask(place, f"/report/{name}?lang=en").text
        assert ("Open the replay" in page) is shown


def test_without_asking_whose_device_it_is_a_foreign_flight_would_be_told(
    here: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant."""
    monkeypatch.setattr(flights, "_check_seen", lambda *_: None)
    assert here.ask("own", f"/api/flights/{FOREIGN}/track").status_code == 200


ENDS = {"ours": (118.841, 118.843), "theirs": (118.861, 118.863), "border": (118.841, 118.863)}


@pytest.fixture(scope="module")
def routes(here: City) -> dict[str, str]:
    """Each drawn by who sees all."""
    made = {}
    for name, ends in ENDS.items():
        body = {"name": name, "points": [[lon, LAT_DEG] for lon in ends]}
        made[name] = here.ask("all", "/api/patrol-routes", body).json()["route"]["place_id"]
    return made


def plan(route: str, **more: object) -> dict[str, object]:
    return {"route_id": route, "t0_s": T0_S + 3 * 86_400, "t1_s": T0_S + 3 * 86_400 + 600, **more}


@pytest.fixture(scope="module")
def plans(here: City, routes: dict[str, str]) -> dict[str, str]:
    return {
        name: here.ask("all", "/api/patrol-plans", plan(route)).json()[0]["plan"]["plan_id"]
        for name, route in routes.items()
    }


def told(here: City, place: str, path: str, what: str) -> dict[str, list[str]]:
    """Which premises each looks at."""
    own = "plan" if what == "plan" else ""
    return {
        (one["plan"]["plan_id"] if own else one["route"]["name"]): (
            one["plan"]["place_ids"] if own else one["place_ids"]
        )
        for one in here.get(place, path)
    }


def test_routes_and_plans_are_those_that_look_at_the_districts_premises(
    here: City, routes: dict[str, str], plans: dict[str, str]
) -> None:
    for place, mine, premises in (("own", "ours", ["P-1"]), ("other", "theirs", ["P-2"])):
        seen = told(here, place, "/api/patrol-routes", "route")
        assert seen == {mine: premises, "border": premises}
        seen = told(here, place, "/api/patrol-plans", "plan")
        assert seen == {plans[mine]: premises, plans["border"]: premises}
        assert here.get(place, "/api/patrol-coverage?year=2026")["plans"]["due"] == 2
    seen = told(here, "all", "/api/patrol-plans", "plan")
    assert seen[plans["border"]] == ["P-1", "P-2"] and len(seen) == 3


def test_a_district_plans_on_its_own_routes_for_its_own_premises_and_drones(
    here: City, routes: dict[str, str], plans: dict[str, str]
) -> None:
    def refused(names: tuple[str, str], body: Any) -> None:
        path = "/api/patrol-plans"
        same([(here.ask("own", path, body(name)), name) for name in names])

    refused((routes["theirs"], "no-route"), plan)
    refused(("P-2", "P-99"), lambda name: plan(routes["ours"], place_ids=[name]))
    refused(("UAV-12", "UAV-99"), lambda name: plan(routes["ours"], device_id=name))
    refused((plans["theirs"], "no-plan"), lambda name: plan(routes["ours"], plan_id=name))
    line = {"points": [[lon, LAT_DEG] for lon in ENDS["theirs"]], "name": "x"}
    assert here.ask("own", "/api/patrol-routes", line).status_code == 422
    same(
        [
            (here.ask("own", "/api/patrol-routes", {**line, "route_id": name}), name)
            for name in (routes["theirs"], "no-route")
        ]
    )
    made = here.ask("own", "/api/patrol-plans", plan(routes["border"], device_id="UAV-15"))
    assert [one["plan"]["place_ids"] for one in made.json()] == [["P-1"]]


def test_a_changed_plan_keeps_what_others_want_to_have_looked_at(
    here: City, routes: dict[str, str], plans: dict[str, str]
) -> None:
    body = plan(routes["border"], plan_id=plans["border"], cancelled=True)
    (answer,) = here.ask("own", "/api/patrol-plans", body).json()
    assert (answer["stands"], answer["plan"]["place_ids"]) == ("cancelled", ["P-1"])
    assert told(here, "all", "/api/patrol-plans", "plan")[plans["border"]] == ["P-1", "P-2"]


def ask_about(here: City, place: str, premises: str) -> Any:
    answer = here.ask(place, "/api/inquiries", {"premises_id": premises})
    assert answer.status_code == 201, answer.text
    return answer.json()["inquiry"]


def test_a_question_is_answered_from_what_the_district_sees(here: City) -> None:
    for place, seen in (("own", {"ours"}), ("all", {"ours", "across", "theirs"})):
        answer = ask_about(here, place, "P-1")["answer"]
        assert {one["incident_id"] for one in answer["incidents"]} == seen
    far = {"lat_deg": 31.9, "lon_deg": 118.8}
    for place, limited in (("own", True), ("all", False)):
        words = here.ask(place, "/api/inquiries", far).json()["words"]
        only = "Only this district's drones and incidents were considered."
        assert words["en"].endswith(only) is limited
        assert words["zh"].endswith("仅依据本区的无人机与警情。") is limited
    names = ("P-2", "P-99")
    same([(here.ask("own", "/api/inquiries", {"premises_id": name}), name) for name in names])


def test_a_question_is_its_districts_and_not_even_a_city_wide_one_is_told(here: City) -> None:
    asked = {place: ask_about(here, place, "P-1")["inquiry_id"] for place in ("own", "all")}
    names = [one["inquiry_id"] for one in here.get("own", "/api/inquiries")]
    assert asked["own"] in names and asked["all"] not in names
    assert here.get("other", "/api/inquiries") == []
    assert here.get("own", "/api/inquiries?limit=1")[0]["inquiry_id"] == names[0]
    assert {*asked.values()} <= {one["inquiry_id"] for one in here.get("all", "/api/inquiries")}
    for place, name in (("own", asked["all"]), ("other", asked["own"])):
        names = [name, "ask-0"]
        same([(here.ask(place, f"/api/inquiries/{one}"), one) for one in names])
    assert here.ask("own", f"/api/inquiries/{asked['own']}").status_code == 200


def test_without_the_district_an_answer_would_tell_of_all_incidents(
    here: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant."""

    def every(self: Inquirer, _question: Question) -> Any:
        return self._incidents()

    monkeypatch.setattr(Inquirer, "_seen", every)
    assert len(ask_about(here, "own", "P-1")["answer"]["incidents"]) == 3


def test_reviews_are_there_where_their_incident_is(here: City) -> None:
    path, body = "/api/incidents/{}/reviews", {"review": "passed", "why": "a test"}
    assert here.ask("own", path.format("ours")).status_code == 200
    names = ("across", "theirs", "never-was")
    same([(here.ask("own", path.format(name)), name) for name in names])
    same([(here.ask("own", path.format(name), body), name) for name in names])
    assert here.ask("own", path.format("ours"), body).status_code == 200
