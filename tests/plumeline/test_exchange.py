"""Five contracts with other departments, over HTTP and between two stations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from alerts.handover.cap import Issuer, Letter, MessageType, write
from casework.places import places_of
from casework.words import Result, Source
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.exchange import Exchange
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.exchange import EXAMPLE, exchange_routes
from plumeline.work import Work
from store import schema, tally
from store import schema_casework as cases
from store.corrections_check import wrong_leads
from store.engine import reading
from store.exchange import SqlExchange
from store.people import Role
from store.statistics import SqlStatistics
from store.store import Store, open_store
from store.visits import SqlVisits
from tests.alerts import handover_scene
from tests.plumeline.patrol_scene import PLOTS, plot
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, session, token_of
from tests.plumeline.web_scene import STATION

NOW_S = 1_780_300_000.0
"""2026-06-01 15:46:40 in Beijing (GNU date)."""
OURS = {"X-Plumeline": "1"}
FIRE = PartnerSection(
    source=Source.PARTNER,
    kinds={"XF01": "blocked_exit"},
    results={"合格": Result.NORMAL, "不合格": Result.ANOMALY},
)
SECTION = CaseworkSection(partners={"fire-119": FIRE, "police": PartnerSection()})


@dataclass(frozen=True, kw_only=True)
class Here:
    store: Store
    client: Client

    def send(
        self, message: object, partner: str = "fire-119", kind: str = "application/json"
    ) -> httpx.Response:
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        headers = OURS | {"Content-Type": kind}
        return self.client.ask("POST", f"/api/exchange/{partner}", headers=headers, content=data)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/exchange/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counts(self) -> dict[str, int]:
        tables = (cases.visit, cases.finding, cases.task, schema.quarantine, schema.ledger)
        with reading(self.store.engine) as connection:
            return {
                t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables
            }


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Callable[[str], Here]]:
    """Stations of any name, each with the five plots and a record of its own."""
    opened: list[Store] = []

    def made(name: str = "ours") -> Here:
        store = open_store(tmp_path / name)
        opened.append(store)
        premises = [plot(one) for one in PLOTS]
        store.casework.put_places(list(places_of(premises)), t_s=0.0, actor="test")
        work = Work(store, SECTION, now_s=lambda: NOW_S)
        exchange = Exchange(
            store,
            work,
            station=name,
            now_s=lambda: NOW_S,
            incident_of=lambda names: next((n for n in names if n.startswith("inc-")), None),
        )
        app = create_app(
            store.reader,
            Bell(),
            station=STATION,
            now_s=lambda: NOW_S,
            door=FakeDoor(),
            more=lambda _: [exchange_routes(exchange, SqlStatistics(store.engine))],
        )
        return Here(store=store, client=Client(app))

    yield made
    for store in opened:
        store.close()


@pytest.fixture
def here(station: Callable[[str], Here]) -> Here:
    return station("ours")


def visit(number: str = "1", **changed: object) -> dict[str, object]:
    return {
        "number": number,
        "place_id": "A",
        "start": "2026-06-01T09:00:00+08:00",
        "end": "2026-06-01T09:30:00+08:00",
        "result": "合格",
    } | changed


def finding(number: str = "9", **changed: object) -> dict[str, object]:
    return {
        "number": number,
        "kind": "XF01",
        "found": "2026-06-01T09:10:00+08:00",
        "place_id": "A",
    } | changed


def message(**changed: object) -> dict[str, object]:
    return {"version": 1, "id": "m-1", "sent": "2026-06-01T10:00:00+08:00"} | changed


def test_the_same_message_five_times_is_one_record_with_one_answer(here: Here) -> None:
    told = message(visits=[visit()], findings=[finding()])
    answers = [here.send(told)]
    counted = here.counts()
    answers += [here.send(told) for _ in range(4)]
    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    assert answers[0].json() | {"orders": []} == {
        "id": "m-1",
        "visits_new": 1,
        "visits_known": 0,
        "findings_new": 1,
        "findings_known": 0,
        "orders": [],
        "incident_id": None,
        "refused": [],
    }
    assert here.counts() == counted, "also the ledger"
    assert (counted["visit"], counted["finding"], counted["task"]) == (1, 1, 1)
    other = here.send(told | {"visits": []})
    assert other.status_code == 409
    assert "come before with other contents" in other.json()["error"]


def test_the_test_above_notices_a_station_that_forgets_messages(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlExchange, "find", lambda *_: None)
    monkeypatch.setattr(SqlExchange, "keep", lambda *_: True)
    told = message(visits=[visit()])
    assert here.send(told).text != here.send(told).text


def test_the_same_rows_under_another_id_are_still_one_record(here: Here) -> None:
    here.send(message(visits=[visit()]))
    answer = here.send(message(id="m-2", visits=[visit(), visit("2")])).json()
    assert (answer["visits_new"], answer["visits_known"]) == (1, 1)
    assert here.counts()["visit"] == 2


def test_what_has_no_meaning_goes_to_quarantine_and_the_rest_comes_in(here: Here) -> None:
    visits = [visit("1", result="好"), visit("2", place_id="nowhere"), visit("3")]
    hazards = [finding("4", kind="XF99"), finding("5", place_id=None), finding("6")]
    answer = here.send(message(visits=visits, findings=hazards)).json()
    assert (answer["visits_new"], answer["findings_new"]) == (1, 1)
    assert [(one["part"], one["row"]) for one in answer["refused"]] == [
        ("visits", 1),
        ("visits", 2),
        ("findings", 1),
        ("findings", 2),
    ]
    assert "'XF99' of fire-119 has no meaning here" in answer["refused"][2]["reason"]
    kept = here.store.reader.quarantine(10)
    assert {one.topic for one in kept} == {
        "exchange/fire-119/visits",
        "exchange/fire-119/findings",
    }
    assert len(kept) == 4


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (message(version=2), "version"),
        (message(sent="2026-06-01T10:00:00"), "sent"),
        (message(visits=[visit(start="yesterday")]), "start"),
        (message(surprise=1), "surprise"),
        (message(id=""), "id"),
        (b"{", "truncated"),
    ],
)
def test_what_is_no_message_is_refused_whole(here: Here, told: object, why: str) -> None:
    answer = here.send(told)
    assert answer.status_code == 422
    assert why in answer.json()["error"]
    assert here.counts()["visit"] == 0


def test_strangers_are_not_understood(here: Here) -> None:
    assert here.send(message(), partner="stranger").status_code == 404
    foreign = here.client.ask("POST", "/api/exchange/fire-119", content=b"{}")
    assert foreign.status_code == 403


@pytest.mark.parametrize(("seat", "status"), [("fire-119", 200), ("police", 403), ("", 403)])
def test_a_partner_speaks_for_nobody_else(here: Here, seat: str, status: int) -> None:
    headers = session(token_of("xf", seat, Role.PARTNER)) | OURS
    told = json.dumps(message(visits=[visit()])).encode()
    path = "/api/exchange/fire-119"
    assert here.client.ask("POST", path, headers=headers, content=told).status_code == status
    assert here.client.get(f"{path}/export", headers=headers).status_code == status
    assert here.client.get(f"{path}/codes", headers=headers).status_code == status


def test_a_recognised_visit_covers_its_place_once_and_keeps_its_origin(here: Here) -> None:
    here.send(message(visits=[visit("1"), visit("2"), visit("3", place_id="B", result="不合格")]))
    visits = SqlVisits(here.store.engine)
    assert set(visits.seen_in(2026)) == {"A", "B"}
    (one,) = (v for v in here.store.casework.visits_of_place("B"))
    assert (one.origin, one.method, one.result) == ("fire-119", "partner", "anomaly")


def test_a_correction_counts_and_what_it_corrects_does_not(here: Here) -> None:
    here.send(message(visits=[visit("1")]))
    here.send(message(id="m-2", visits=[visit("2", result="不合格", revises="1")]))
    (standing,) = here.store.casework.visits_of_place("A")
    assert (standing.key, standing.revises) == ("fire-119/2", "fire-119/1")
    with reading(here.store.engine) as connection:
        kept = tally.kept(connection)
        assert kept == {cell: d for cell, d in tally.recount(connection).items() if d}
        assert sum(cell["visits"] for cell in kept.values()) == 1


def test_a_correction_that_comes_before_what_it_corrects_counts_alone(here: Here) -> None:
    here.send(message(visits=[visit("2", result="不合格", revises="1")]))
    here.send(message(id="m-2", visits=[visit("1")]))
    (standing,) = here.store.casework.visits_of_place("A")
    assert standing.key == "fire-119/2"


def test_two_stations_exchange_what_they_have_and_echo_nothing(
    station: Callable[[str], Here],
) -> None:
    """Ours gives in the partner's codes; the other takes it as it is, in parts, and gives none."""
    one, other = station("one"), station("other")
    rows = [visit(f"{n}", place_id="ABCDE"[n % 5]) for n in range(23)]
    one.send(message(visits=rows), partner="fire-119")
    with one.store.engine.begin() as connection:
        connection.execute(cases.visit.update().values(origin=None))
    after, sent, last = 0, 0, -1
    while after != last:
        last = after
        given = one.get(f"fire-119/export?after={after}&limit=5")
        after = given["next_after"]
        told = given["message"]
        assert all(v["result"] == "合格" for v in told.get("visits", []))
        answer = other.send(told)
        assert answer.status_code == 200, answer.text
        sent += answer.json()["visits_new"]
    assert sent == 23
    mine, theirs = ({row.visit.key for row in SqlVisits(s.store.engine).lines(
        wanted(), limit=100)} for s in (one, other))  # fmt: skip
    assert theirs == {f"fire-119/{key}" for key in mine}
    assert "visits" not in other.get("police/export")["message"], "what is another's is not ours"


def wanted() -> Any:
    from store.visits import Wanted

    return Wanted()


def test_a_hazard_is_handed_over_with_a_record_and_never_left_alone(here: Here) -> None:
    here.send(message(findings=[finding()]))
    key = "fire-119/9"
    first = here.store.casework.finding(key)
    assert first is not None
    assert (first.lead, first.co_owners) == ("ours", ("fire-119",))

    def hand(to: str) -> httpx.Response:
        body = {"to": to, "reason": "跨部门，消防法"}
        path = f"/api/exchange/findings/{key}/lead"
        return here.client.ask("POST", path, headers=OURS, content=json.dumps(body))

    answer = hand("police")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["lead"], answer.json()["co_owners"]) == ("police", ["ours", "fire-119"])
    entry = list(here.store.ledger.entries())[-1]
    assert (entry.verb, entry.actor, entry.subject) == ("hand_over", "陈明", f"finding/{key}")
    assert json.loads(entry.body)["from"] == "ours"
    with here.store.engine.begin() as connection:
        assert list(wrong_leads(connection)) == []
        connection.execute(cases.finding.update().values(lead="s-77"))
        assert list(wrong_leads(connection)) == [f"hazard {key} is led by s-77, as nobody has said"]
        connection.execute(cases.finding.update().values(lead="police"))
    assert [hand(to).status_code for to in ("police", "nobody")] == [409, 409]


def test_results_of_departments_add_up_to_the_whole(here: Here) -> None:
    here.send(message(visits=[visit("1"), visit("2")], findings=[finding()]))
    here.send(message(visits=[visit("7", result="normal")]), partner="police")
    told = here.get("results?from=2026-06-01&to=2026-06-01")
    by = {one["department"]: (one["visits"], one["places"], one["found"]) for one in told}
    assert by == {None: (0, 0, 0), "fire-119": (2, 1, 1), "police": (1, 1, 0)}
    with reading(here.store.engine) as connection:
        kept = tally.kept(connection)
    assert sum(one["visits"] for one in told) == sum(c.get("visits", 0) for c in kept.values())
    assert sum(one["found"] for one in told) == sum(c.get("found", 0) for c in kept.values())
    assert here.get("results?from=2026-06-02&to=2026-06-30")[0]["visits"] == 0


def test_cap_comes_in_once_beside_the_incident_it_is_about_and_rings_nobody(here: Here) -> None:
    issuer = Issuer(code="32010001000100", sender="fire@119")
    letter = Letter(
        incident=handover_scene.raised(), type=MessageType.ALERT, issuer=issuer, t_s=NOW_S
    )
    answers = [here.send(write(letter), kind="application/cap+xml") for _ in range(5)]
    assert len({one.text for one in answers}) == 1
    assert answers[0].json()["incident_id"] == letter.incident.incident_id
    (kept,) = here.get("messages")
    assert (kept["format"], kept["status"]) == ("cap", letter.incident.status)
    assert kept["subject"].startswith("Alert ")
    assert here.store.reader.events_after(0, 10) == []
    bad = here.send(b"<alert/>", kind="application/cap+xml")
    assert bad.status_code == 422
    assert "CAP message" in bad.json()["error"]


def test_the_description_has_the_message_and_an_example_that_is_taken(here: Here) -> None:
    told = here.client.get("/openapi.json").json()
    body = told["paths"]["/api/exchange/{partner}"]["post"]["requestBody"]["content"]
    (example,) = body["application/json"]["examples"].values()
    assert example["value"] == EXAMPLE
    assert set(body["application/json"]["schema"]["properties"]) == {
        *("version", "id", "sent", "visits", "findings"),
    }
    answer = here.send(EXAMPLE | {"visits": [], "findings": []})
    assert answer.status_code == 200
    codes = {(one["list"], one["code"]): one["theirs"] for one in here.get("fire-119/codes")}
    assert codes["result", "normal"] == "合格"
    assert codes["kind", "blocked_exit"] == "XF01"
