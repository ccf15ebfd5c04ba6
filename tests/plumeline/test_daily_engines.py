"""A day of the station's daily work comes out the same on PostgreSQL as on SQLite."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.config import Config
from plumeline.sections import DataSection
from plumeline.web.exchange import EXAMPLE
from store import tally
from store.people import Role
from store.statistics import SUMS
from store.verify import verify
from tests.plumeline.access_scene import Access, access
from tests.plumeline.patrol_scene import FOG, PLAIN, Made, Scene
from tests.plumeline.test_work import PICTURE as EVIDENCE
from tests.plumeline.test_work import POWER
from tests.records import T0_S

SHA256 = hashlib.sha256(EVIDENCE).hexdigest()
LATE = Made(boot_id="late")
SECTION = CaseworkSection(
    partners={"grid": PartnerSection(own=True), "fire-119": PartnerSection()},
    powers=(replace(POWER, to_org="station"),),
)
ROW = {"kind": "storage", "found": "2026-09-20T09:00", "place_id": "C"}
VISIT = {"number": "J-1", "place_id": "B", "start": "2026-06-30T09:00", "result": "normal"}
FIVE = {"measures": "m", "money": "1", "deadline": "2026-12-01", "person": "owner", "plan": "p"}
STEPS: tuple[dict[str, object], ...] = (
    {"who": "chen", "verb": "accept"},
    {"who": "chen", "verb": "dispatch", "to": "owner", "days": 10},
    {"who": "owner", "verb": "sign"},
    {"who": "owner", "verb": "start"},
    {"who": "owner", "verb": "ask_extension", "days": 5, "reason": "材料"},
    {"who": "chen", "verb": "grant_extension"},
    {"who": "owner", "verb": "report", "evidence": [SHA256]},
    {"who": "li", "verb": "ask_refly", "text": "屋顶"},
)
ASKED = (
    "visits",
    "visits?cls=residential&result=normal&method=drone&limit=1",
    "places/C/visits",
    "places/seen?year=2026",
    "patrols",
    f"patrols/{PLAIN.flight_id}",
    "patrol-coverage?year=2026",
    "patrol-proposal",
    "patrol-routes",
    "patrol-plans",
    "orders",
    "orders?overdue=true&owner=desk:station",
    "orders?refly=true&org=station",
    "orders?repeats=true&place=C",
    "orders/case?key=grid/1",
    "orders/codes",
    *(f"statistics?by={by}&last=2026-09-30" for by in ("city", "district", "station", "class")),
    "statistics?by=person&org=station&last=2026-09-30",
    "statistics/months?last=2026-09-30",
    *(f"statistics/rows?figure={figure}&last=2026-09-30" for figure in SUMS),
    "exchange/messages",
    "exchange/results?from=2026-01-01&to=2026-12-31",
    "exchange/fire-119/codes",
    "exchange/fire-119/export",
    "quarantine",
)


def day(folder: Path, database: str | None) -> dict[str, Any]:
    """Fly, report, inspect, exchange; then ask everything."""
    data = DataSection(folder=str(folder), database=database)
    scene = Scene(folder, [PLAIN, FOG], database)
    with access(folder, Config(data=data, casework=SECTION)) as here:
        here.t_s = T0_S - 9000
        here.store.blobs.put([(SHA256, EVIDENCE)])
        who = {
            name: here.session(here.add(name, role))
            for name, role in (
                ("chen", Role.COMMAND),
                ("owner", Role.OPERATOR),
                ("li", Role.COMMAND),
            )
        }

        def post(path: str, body: object, name: str = "chen") -> Any:
            answer = here.ask("POST", f"/api/{path}", json=body, **who[name])
            assert answer.status_code < 300, (path, answer.text)
            return answer.json()

        def get(path: str) -> Any:
            answer = here.ask("GET", f"/api/{path}", **who["chen"])
            assert answer.status_code == 200, (path, answer.text)
            return answer.json()

        work(here, post)
        here.t_s = T0_S + 7200
        scene.logger.work()
        scene.put(LATE.fixes())
        scene.put(LATE.frames())
        scene.judge(LATE)
        scene.new_logger().answer(LATE.flight_id)
        told = {path: get(path) for path in ASKED}
        for verb, said in (("refly_done", {"evidence": [SHA256]}), ("verify", {}), ("close", {})):
            told[verb] = post("orders/acts", {"key": "grid/1", "verb": verb, **said}, "li")
        told["closed"] = get("orders?state=closed")
        with here.store.engine.begin() as connection:
            assert tally.kept(connection) == tally.recount(connection)
        assert verify(here.store.engine, here.store.blobs, []).ok
    scene.store.close()
    return told


def work(here: Access, post: Any) -> None:
    """What people and partners do, in the morning."""
    line = {"name": "中线", "points": [[118.84, 31.95], [118.84, 31.954]], "route_id": "r-1"}
    post("patrol-routes", line)
    plan = {"route_id": "r-1", "t0_s": T0_S - 60, "t1_s": T0_S + 600, "plan_id": "plan-1"}
    post("patrol-plans", plan)
    for _ in range(2):
        assert post("findings?partner=grid", [ROW | {"number": "1"}, {"number": "x"}])["refused"]
    post("findings?partner=grid", [ROW | {"number": "2", "found": "2026-09-21T09:00"}])
    post("orders/hazards", {"number": "h-1", "kind": "gas", "address": "某路", "level": "major"})
    for step in STEPS:
        said = {name: value for name, value in step.items() if name != "who"}
        post("orders/acts", {"key": "grid/1", **said}, str(step["who"]))
    listing = {"key": "grid/2", "life": "listing"}
    post("orders/acts", listing | {"verb": "propose", "reason": "重大"})
    post("orders/acts", listing | {"verb": "list", "five": FIVE}, "li")
    told = post(
        "visits", [VISIT | {"method": "inspection", "power": "P-1"}, VISIT | {"power": "x"}]
    )
    assert (told["new"], len(told["refused"])) == (1, 1)
    message = json.loads(json.dumps(EXAMPLE).replace("P-007", "A"))
    assert post("exchange/fire-119", message) == post("exchange/fire-119", message)
    key = f"fire-119/{message['findings'][0]['number']}"
    post(f"exchange/findings/{key}/lead", {"to": "fire-119", "reason": "归口"})


@pytest.mark.postgres
def test_the_daily_work_is_the_same_on_both(database: str, tmp_path: Path) -> None:
    ours, theirs = day(tmp_path / "sqlite", None), day(tmp_path / "postgresql", database)
    assert set(ours) == set(theirs)
    for path, told in ours.items():
        assert theirs[path] == told, path
    assert ours["visits"]["total"] > 10
    assert ours["orders"]["total"] == 4
