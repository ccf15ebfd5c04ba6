"""The daily work over HTTP: reports in, orders moved, figures out; refused with a reason."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pymupdf
import pytest

from alerts.events import Status
from casework.days import BEIJING
from casework.life import Need, Verb
from casework.listing import ListingState
from casework.orders import OrderState
from casework.words import Method, Source
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.orders import order_routes, report_routes
from plumeline.web.pages import STATIC
from plumeline.web.seams import Station
from plumeline.web.statistics import statistics_routes
from plumeline.work import Work
from store.people import Role
from store.statistics import SqlStatistics
from store.store import Store, open_store
from tests.plumeline.test_work import NOW_S, POWER
from tests.plumeline.web_acting import desk, raise_alarm
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, named, session, token_of
from tools.make_city import make_city

OWN = {"X-Plumeline": "1"}
STATION = Station(name_zh="南京站", name_en="Nanjing station")
PICTURE = b"\xff\xd8\xff evidence"
SECTION = CaseworkSection(
    station="320116-01",
    partners={"grid": PartnerSection(kinds={"A01": "blocked_exit"}, own=True)},
    powers=(POWER,),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def client(store: Store) -> Client:
    work, counts = Work(store, SECTION, now_s=lambda: NOW_S), SqlStatistics(store.engine)
    app = create_app(
        store.reader,
        Bell(),
        station=STATION,
        now_s=lambda: NOW_S,
        door=FakeDoor(),
        more=lambda incidents: (
            order_routes(
                work, store.order_lists, counts, store.blobs, incidents, now_s=lambda: NOW_S
            ),
            report_routes(work),
            statistics_routes(counts, STATION, now_s=lambda: NOW_S),
        ),
    )
    return Client(app)


def post(client: Client, path: str, **body: object) -> httpx.Response:
    person = named(str(body.pop("actor", "陈明")))
    return client.ask("POST", path, headers=OWN | person, content=json.dumps(body))


def reported(client: Client, number: str = "1") -> str:
    rows = [{"number": number, "kind": "A01", "found": "2026-06-01T09:30", "address": "某路 1 号"}]
    answer = client.ask("POST", "/api/findings?partner=grid", headers=OWN, content=json.dumps(rows))
    assert answer.status_code == 200, answer.text
    (key,) = answer.json()["orders"]
    return str(key)


def act(client: Client, key: str, verb: str, **said: object) -> httpx.Response:
    return post(client, "/api/orders/acts", key=key, verb=verb, **said)


def test_an_order_goes_its_whole_way(client: Client) -> None:
    key = reported(client)
    sent = client.ask("POST", "/api/orders/pictures", headers=OWN, content=PICTURE)
    assert sent.status_code == 201
    sha256 = sent.json()["sha256"]
    shown = act(client, key, "accept").json()
    assert shown["case"]["order"]["standing"]["owner"] == "陈明"
    assert {one["verb"]: one["needs"] for one in shown["may"]}["dispatch"] == [
        "whom it goes to", "working days",
    ]  # fmt: skip
    for verb, said in (
        ("dispatch", {"to": "业主"}),
        ("sign", {"actor": "业主"}),
        ("start", {"actor": "业主"}),
        ("report", {"actor": "业主", "evidence": [sha256]}),
    ):
        answer = act(client, key, verb, **said)
        assert answer.status_code == 200, answer.text
    refused = act(client, key, "verify", actor="业主")
    assert refused.status_code == 409
    assert "another person" in refused.json()["error"]
    assert act(client, key, "verify", actor="Li Na").status_code == 200
    closed = act(client, key, "close", actor="Li Na").json()
    assert closed["case"]["order"]["standing"]["state"] == "closed"
    assert len(closed["case"]["steps"]) == 8
    assert client.get("/api/orders").json()["total"] == 0
    assert client.get("/api/orders?state=closed").json()["total"] == 1


def test_filters_find_what_is_late_and_whose_it_is(client: Client, store: Store) -> None:
    work = Work(store, SECTION, now_s=lambda: NOW_S - 10 * 86_400)
    rows = [{"number": "9", "kind": "A01", "found": "2026-05-20T09:30", "address": "x"}]
    work.receive(rows, "grid", actor="grid")
    key = reported(client)
    act(client, key, "accept")
    told = client.get("/api/orders").json()
    assert (told["total"], told["overdue"], told["today"]) == (2, 1, "2026-06-01")
    assert [one["overdue"] for one in told["orders"]] == [True, False]
    late = client.get("/api/orders?overdue=true").json()["orders"]
    assert [one["listed"]["order"]["task"]["key"] for one in late] == ["grid/9"]
    assert client.get("/api/orders", params={"owner": "陈明"}).json()["total"] == 1
    assert client.get("/api/orders?org=nowhere").status_code == 404
    assert client.get("/api/orders?limit=0").status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/orders/acts", {"key": "grid/none", "verb": "accept"}, 404),
        ("/api/orders/acts", {"key": "grid/none", "verb": "fly"}, 422),
        ("/api/orders/acts", {"key": "x" * 200, "verb": "accept"}, 422),
        ("/api/orders/acts", {"key": "a", "verb": "accept", "evidence": ["../x"]}, 422),
        ("/api/orders/acts", {"key": "a", "verb": "accept", "days": 0}, 422),
        ("/api/orders/hazards", {"number": "1", "kind": "nonsense", "address": "x"}, 422),
        ("/api/orders/hazards", {"number": "1", "kind": "gas"}, 422),
        ("/api/orders/hazards", {"number": "1", "kind": "gas", "incident_id": "inc-9"}, 404),
        ("/api/orders/cases", {"key": "a", "case_no": "1", "power_id": "P-1"}, 404),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    client: Client, path: str, body: dict[str, object], status: int
) -> None:
    answer = post(client, path, **body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["acts", "cases", "hazards", "pictures"])
def test_another_site_cannot_write(client: Client, path: str) -> None:
    assert client.ask("POST", f"/api/orders/{path}", content=b"{}").status_code == 403
    assert client.ask("POST", "/api/findings?partner=grid", content=b"[]").status_code == 403


def test_only_pictures_are_evidence_and_not_too_large_ones(client: Client) -> None:
    send = {"headers": OWN}
    assert client.ask("POST", "/api/orders/pictures", content=b"MZ", **send).status_code == 422
    large = b"\xff\xd8\xff" + bytes(9 << 20)
    assert client.ask("POST", "/api/orders/pictures", content=large, **send).status_code == 413


def test_csv_comes_in_and_unknown_partners_do_not(client: Client) -> None:
    table = "编号,类型,发现时间,地址\n7,A01,2026-06-01T09:30,某路\n8,B99,2026-06-01T09:30,某路\n"
    headers = OWN | {"Content-Type": "text/csv"}
    answer = client.ask(
        "POST", "/api/findings?partner=grid", headers=headers, content=table.encode("gb18030")
    ).json()
    assert (answer["new"], [one["row"] for one in answer["refused"]]) == (1, [2])
    unknown = client.ask("POST", "/api/findings?partner=x", headers=headers, content=b"a\n")
    assert unknown.status_code == 404
    bad = client.ask("POST", "/api/findings?partner=grid", headers=headers, content=b"a,b\n1,2\n")
    assert bad.status_code == 422


def test_a_dismissed_incident_becomes_a_hazard_with_its_picture(
    client: Client, store: Store
) -> None:
    raise_alarm(store)
    station = desk(store)
    incident_id = "inc-a2b3"
    hazard = {"number": "1", "kind": "storage", "incident_id": incident_id}
    assert post(client, "/api/orders/hazards", **hazard).status_code == 422  # still an alarm
    assert station.act(incident_id, "dismiss", reason="steam").status_code == 200
    answer = post(client, "/api/orders/hazards", **hazard)
    assert answer.status_code == 201, answer.text
    assert answer.json()["orders"] == [f"incident/{incident_id}"]
    shown = client.get("/api/orders/case", params={"key": f"incident/{incident_id}"}).json()
    finding = shown["case"]["finding"]
    assert finding["source"] == "incident"
    assert re.fullmatch("[0-9a-f]{64}", finding["evidence"][0])
    again = post(client, "/api/orders/hazards", **hazard).json()
    assert (again["new"], again["known"]) == (0, 1)
    (line,) = client.get("/api/orders", params={"incident": incident_id}).json()["orders"]
    assert line["listed"]["order"]["task"]["key"] == f"incident/{incident_id}"
    act(client, f"incident/{incident_id}", "reject", reason="不属实")
    assert client.get("/api/orders", params={"incident": incident_id}).json()["total"] == 1
    assert client.get("/api/orders?incident=inc-9").json()["total"] == 0


def test_what_burnt_leaves_a_hazard_once_it_is_over_and_an_exercise_never(
    client: Client, store: Store
) -> None:
    raise_alarm(store)
    raise_alarm(store, incident_id="inc-drill", status=Status.EXERCISE)
    station = desk(store)
    hazard = {"kind": "hazchem", "place_id": ""}
    fire = hazard | {"number": "1", "incident_id": "inc-a2b3"}
    assert station.act("inc-a2b3", "confirm").status_code == 200
    refused = post(client, "/api/orders/hazards", **fire)
    assert refused.status_code == 422, "the fire brigade has it"
    assert station.act("inc-a2b3", "resolve").status_code == 200
    made = post(client, "/api/orders/hazards", **fire)
    assert made.status_code == 201, made.text
    finding = store.casework.finding("incident/inc-a2b3")
    assert finding is not None
    assert (finding.place_id, finding.incident_id) == (None, "inc-a2b3"), "none of its premises"
    assert finding.lat_deg is not None, "but its position"
    assert station.act("inc-drill", "dismiss", reason="other").status_code == 200
    drill = post(client, "/api/orders/hazards", number="2", incident_id="inc-drill", **hazard)
    assert drill.status_code == 422
    assert "no real one" in drill.json()["error"]


def test_the_list_is_a_file_too_with_its_filters_and_no_formula(client: Client) -> None:
    rows = [
        {"number": number, "kind": "A01", "found": "2026-06-01T09:30", "address": address}
        for number, address in (("1", "=1+1"), ("2", "某路 2 号"))
    ]
    answer = client.ask("POST", "/api/findings?partner=grid", headers=OWN, content=json.dumps(rows))
    first, second = answer.json()["orders"]
    act(client, second, "accept")
    asked = "/api/orders.csv?state=collected&lang=en"
    text = client.get(asked).content.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["key"], line["state"], line["overdue"]) == (first, "collected", "")
    assert line["address"] == "'=1+1"
    listed = {
        one["listed"]["order"]["task"]["key"] for one in client.get("/api/orders").json()["orders"]
    }
    answer = client.get("/api/orders.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="orders.xlsx"'
    header, *lines = openpyxl.load_workbook(io.BytesIO(answer.content)).active.values
    assert {line[0] for line in lines} == listed == {first, second}
    states = {line[0]: line[header.index("状态")] for line in lines}
    assert states == {first: "待受理", second: "已受理"}
    addresses = {line[0]: line[header.index("地址")] for line in lines}
    assert addresses[first] == "=1+1"  # a text, not a formula


def test_listing_by_two_people_over_http(client: Client) -> None:
    key = reported(client)
    said = {"key": key, "life": "listing"}
    shown = post(client, "/api/orders/acts", verb="propose", reason="重大", **said).json()
    assert shown["case"]["listing"]["state"] == "proposed"
    five = {"measures": "拆", "money": "2", "deadline": "2026-09-01", "person": "业主", "plan": "p"}
    own = post(client, "/api/orders/acts", verb="list", five=five, **said)
    assert own.status_code == 409
    other = post(client, "/api/orders/acts", verb="list", five=five, **(said | {"actor": "Li"}))
    assert other.json()["case"]["listing"]["owner"] == "业主"
    assert client.get("/api/statistics?by=city").json()["total"]["counts"]["listed"] == 1


def test_figures_rows_and_files(client: Client, store: Store) -> None:
    make_city(store, scale=0.0005)
    asked = "first=2026-01-01&last=2026-06-15"
    table = client.get(f"/api/statistics?by=district&{asked}").json()
    assert table["total"]["counts"]["staff"] == 2_093
    found = table["groups"][8]["counts"]["found"]
    rows = client.get(f"/api/statistics/rows?figure=found&org=320116&{asked}&limit=5").json()
    assert rows["total"] == found
    assert len(rows["findings"]) == min(5, found)
    assert len(client.get(f"/api/statistics/months?{asked}").json()) == 6
    for form, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(f"/api/statistics/file?format={form}&{asked}")
        assert answer.content.startswith(begins)
        assert f"2026-06-15.{form}" in answer.headers["content-disposition"]
    text = pymupdf.open("pdf", answer.content)[0].get_text()
    assert "南京站" in text
    for bad in ("by=person", "by=station&org=x", "by=nonsense", "first=yesterday"):
        assert client.get(f"/api/statistics?{bad}").status_code in {404, 422}
    assert client.get("/api/statistics/rows?figure=staff").status_code == 422


def test_times_are_beijings(client: Client) -> None:
    assert BEIJING.utcoffset(None) is not None
    assert client.get("/api/orders").json()["today"] == "2026-06-01"


def test_everything_an_order_can_be_has_a_word_on_the_page() -> None:
    words = json.loads((STATIC / "zh.json").read_text("utf-8"))
    assert {f"do.{verb}" for verb in Verb} <= set(words)
    assert {f"order.{state}" for state in OrderState} <= set(words)
    assert {f"listing.{state}" for state in ListingState} <= set(words)
    assert {f"source.{source}" for source in Source} <= set(words)
    assert {f"method.{method}" for method in Method} <= set(words)
    script = (STATIC / "orders_case.js").read_text("utf-8")
    assert all(need in script for need in Need)


def test_an_account_of_a_district_sees_that_district_alone(client: Client, store: Store) -> None:
    make_city(store, scale=0.0005)
    key = reported(client)  # of 320116-01
    own, other = (
        session(token_of("Li", role=Role.OPERATOR, district=code)) for code in ("320116", "320115")
    )
    everything = client.get("/api/statistics?by=city&last=2026-06-15").json()["total"]["counts"]
    for who, sees in ((own, True), (other, False)):
        headers = OWN | who
        assert client.get("/api/orders", headers=headers).json()["total"] == int(sees)
        case = client.get("/api/orders/case", params={"key": key}, headers=headers)
        assert case.status_code == (200 if sees else 404)
        told = client.get("/api/statistics?by=city&last=2026-06-15", headers=headers).json()
        assert told["total"]["counts"]["staff"] == (158 if sees else 210)
        assert told["total"]["counts"]["visits"] < everything["visits"]
        assert (
            client.get("/api/statistics?org=320116", headers=headers).status_code
            == case.status_code
        )
        rows = client.get("/api/statistics/rows?figure=found&org=320116-01", headers=headers)
        assert rows.status_code == case.status_code
        paper = client.get("/api/statistics/file?format=pdf&org=320116", headers=headers)
        assert paper.status_code == case.status_code
    body = {"key": key, "verb": "accept"}
    said = json.dumps(body)
    refused = client.ask("POST", "/api/orders/acts", headers=OWN | other, content=said)
    missing = json.dumps(body | {"key": "grid/none"})
    unknown = client.ask("POST", "/api/orders/acts", headers=OWN | other, content=missing)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.json()["error"].replace(key, "?") == unknown.json()["error"].replace(
        "grid/none", "?"
    )
    taken = client.ask("POST", "/api/orders/acts", headers=OWN | own, content=said)
    assert taken.status_code == 200
    nowhere = session(token_of("Wu", role=Role.OPERATOR, district="999999"))
    assert client.get("/api/orders", headers=nowhere).json()["total"] == 0
