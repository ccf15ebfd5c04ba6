"""What our own people have visited comes in once, under no power that was not valid that day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casework.figures import Figure
from casework.words import Method, Org, OrgKind, Place, PlaceClass
from plumeline.casework import CaseworkSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.seams import Station
from plumeline.web.visits_in import visit_intake_routes
from store.people import Role
from store.store import Store, open_store
from store.verify import verify
from tests.plumeline.test_work import POWER, counted
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, session, token_of

NOW_S = datetime(2026, 7, 3, 2, 0, tzinfo=UTC).timestamp()
OWN = {"X-Plumeline": "1"}
SECTION = CaseworkSection(
    station="s-1",
    powers=(
        POWER,  # of s-1, from 1 January to 30 June 2026
        replace(POWER, power_id="P-2", published=False),
        replace(POWER, power_id="P-3", to_org="fire"),
    ),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    by = {"t_s": NOW_S, "actor": "test"}
    district = Org(
        org_id="d-1", kind=OrgKind.DISTRICT, parent_id=None, name_zh="区", name_en="district"
    )
    stations = [replace(district, org_id=name, kind=OrgKind.STATION) for name in ("s-1", "fire")]
    opened.casework.put_orgs([district, replace(stations[0], parent_id="d-1"), stations[1]], **by)
    place = Place(place_id="p-1", name="餐馆", cls=PlaceClass.SMALL_PLACE, org_id="s-1")
    opened.casework.put_places([place, replace(place, place_id="p-2", org_id="fire")], **by)
    yield opened
    opened.close()


@pytest.fixture
def client(store: Store) -> Client:
    app = create_app(
        store.reader,
        Bell(),
        station=Station(name_zh="站", name_en="station"),
        now_s=lambda: NOW_S,
        door=FakeDoor(),
        more=lambda _: [visit_intake_routes(store, SECTION, now_s=lambda: NOW_S)],
    )
    return Client(app)


def send(client: Client, *rows: dict[str, str], **headers: str) -> Any:
    body = json.dumps(rows)
    answer = client.ask("POST", "/api/visits", headers=OWN | headers, content=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def row(number: str = "1", **said: str) -> dict[str, str]:
    start = {"start": "2026-06-30T23:30", "method": "inspection"}
    return {"number": number, "place_id": "p-1", "result": "normal"} | start | said


def test_an_inspection_under_a_power_of_that_day_is_taken_once(
    client: Client, store: Store
) -> None:
    for new in (1, 0, 0):
        told = send(client, row(power="P-1", person="陈明", end="2026-07-01T00:20"))
        assert (told["new"], told["known"], told["refused"]) == (new, 1 - new, [])
    (visit,) = store.casework.visits_of_place("p-1")
    assert (visit.method, visit.power_id, visit.org_id) == (Method.INSPECTION, "P-1", "s-1")
    assert (visit.person_id, visit.cls) == ("陈明", PlaceClass.SMALL_PLACE)
    assert (counted(store, Figure.VISITS), counted(store, Figure.INSPECTIONS)) == (1, 1)
    assert verify(store.engine, store.blobs, []).ok


@pytest.mark.parametrize("method", ["inspection", "walk_in"])
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            {"power": "P-1", "start": "2026-07-01T00:00"},
            "power P-1: it was valid from 2026-01-01 to 2026-06-30, not on 2026-07-01",
        ),
        ({"power": "P-1", "start": "2025-12-31T23:59"}, "not on 2025-12-31"),
        ({"power": "P-2"}, "power P-2: it was never published"),
        ({"power": "P-3"}, "power P-3: it was given to fire, not to s-1"),
        ({"power": "P-9"}, "power P-9: there is none of this name"),
    ],
)
def test_under_another_it_is_refused_by_name_day_and_validity(
    client: Client, store: Store, method: str, said: dict[str, str], why: str
) -> None:
    told = send(client, row(method=method, **said), row("2"))
    assert told["new"] == 1, "the other row comes in"
    ((number, reason),) = [(one["row"], one["reason"]) for one in told["refused"]]
    assert number == 1
    assert why in reason
    assert counted(store, Figure.VISITS) == 1


def test_of_a_joint_visit_each_department_answers_for_its_own_power(
    client: Client, store: Store
) -> None:
    own, theirs = row(power="P-1"), row(power="P-3", station="fire")
    told = send(client, own, theirs, row(power="P-1", station="fire"))
    assert [one["reason"] for one in told["refused"]] == [
        "power P-1: it was given to s-1, not to fire"
    ]
    visits = store.casework.visits_of_ref("1")
    assert {(one.org_id, one.power_id) for one in visits} == {("s-1", "P-1"), ("fire", "P-3")}


def test_a_visit_that_rests_on_no_power_needs_none(client: Client, store: Store) -> None:
    send(client, {"number": "1", "place_id": "p-1", "start": "2026-07-01", "result": "异常"})
    (visit,) = store.casework.visits_of_place("p-1")
    assert (visit.method, visit.power_id, visit.result) == (Method.WALK_IN, None, "anomaly")
    assert visit.person_id == "陈明", "who sent it"


def test_a_correction_replaces_what_it_names(client: Client, store: Store) -> None:
    send(client, row(), row("2", revises="1", result="anomaly", reason="门锁"))
    (visit,) = store.casework.visits_of_place("p-1")
    assert (visit.result, visit.ref) == ("anomaly", "2")
    assert counted(store, Figure.VISITS) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"number": ""}, "no number"),
        ({"place_id": "p-9"}, "place 'p-9' is not in the register"),
        ({"station": "s-9"}, "station 's-9' is not in the org tree"),
        ({"start": "yesterday"}, "start 'yesterday' is no time"),
        ({"start": "2027-01-01"}, "in the future"),
        ({"end": "2026-06-30T20:00"}, "is no visit"),
        ({"end": "2026-07-02T23:31"}, "is no visit"),
        ({"method": "drone"}, "method 'drone' is none of walk_in"),
        ({"result": "fine"}, "result 'fine' is none of normal"),
    ],
)
def test_what_is_not_understood_is_named(client: Client, said: dict[str, str], why: str) -> None:
    told = send(client, row(**said))
    assert told["new"] == 0
    assert why in told["refused"][0]["reason"]


def test_a_table_in_chinese_comes_in(client: Client, store: Store) -> None:
    head = "检查编号,场所编号,检查时间,方式,结果,赋权编号"
    table = f"{head}\nJ-1,p-1,2026-06-01 09:30,执法检查,正常,P-1\n"
    headers = OWN | {"Content-Type": "text/csv"}
    answer = client.ask("POST", "/api/visits", headers=headers, content=table.encode("gb18030"))
    assert answer.json()["new"] == 1
    bad = client.ask("POST", "/api/visits", headers=headers, content=b"a,b\n1,2\n")
    assert bad.status_code == 422
    assert counted(store, Figure.INSPECTIONS) == 1


def test_an_account_of_a_district_reports_for_that_district_alone(client: Client) -> None:
    own = session(token_of("Li", role=Role.INSPECTOR, district="d-1"))
    told = send(client, row("1"), row("2", place_id="p-2"), row("3", station="fire"), **own)
    assert told["new"] == 1
    assert [one["row"] for one in told["refused"]] == [2, 3]
    auditor = session(token_of("Wu", role=Role.AUDITOR))
    refused = client.ask("POST", "/api/visits", headers=OWN | auditor, content="[]")
    assert refused.status_code == 403
