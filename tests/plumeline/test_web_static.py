from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from alerts import response_clock
from alerts.escalation import LADDER
from alerts.events import Status
from alerts.lifecycle import Reason, State, Verb
from alerts.severity import Severity
from casework.joint_plan import Why
from casework.patrol_plan import Stands
from casework.staffing import StaffingInput, Team, staffing
from casework.words import Method, PlaceClass, Result
from geo.looking import Reason as Looked
from ingest.logs.flight import Clock, GimbalKnown, Integrity, Track
from ingest.logs.table import READERS
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.desk import Stage
from plumeline.web.pages import PAGES, STATIC
from tests.fakes import MemoryRecord
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor, session, token_of
from tests.plumeline.web_scene import STATION

SCRIPTS = sorted(STATIC.glob("*.js"))
SHEETS = sorted(STATIC.glob("*.css"))
HTML = sorted(STATIC.glob("*.html"))
ZH = json.loads((STATIC / "zh.json").read_text("utf-8"))
EN = json.loads((STATIC / "en.json").read_text("utf-8"))
SLOT = re.compile(r"\{[\w.]+\}")


def test_both_dictionaries_have_the_same_keys_and_slots_and_no_gaps() -> None:
    assert list(ZH) == list(EN)
    for key, text in ZH.items():
        assert text.strip(), key
        assert EN[key].strip(), key
        assert sorted(SLOT.findall(text)) == sorted(SLOT.findall(EN[key])), key


def test_every_word_the_page_asks_for_is_in_the_dictionaries() -> None:
    asked = {f"view.{page.name}" for page in PAGES}
    for page in HTML:
        asked |= set(re.findall(r'data-i18n(?:-label)?="([\w.]+)"', page.read_text("utf-8")))
    for script in SCRIPTS:
        text = script.read_text("utf-8")
        asked |= set(re.findall(r'(?:\bt|badge|count)\("([\w.]+)"', text))
        asked |= set(re.findall(r'i18n(?:Label)?: "([\w.]+)"', text))
        asked |= set(re.findall(r'"(help\.[\w.]+)"', text))
    assert asked
    assert asked <= set(ZH)


def test_everything_a_report_can_say_has_a_word() -> None:
    script = (STATIC / "report.js").read_text("utf-8")
    rows = set(re.findall(r'\badd\("(\w+)"', script))
    assert len(rows) > 10
    assert {f"report.{row}" for row in rows} <= set(ZH)
    assert {f"report.{status}" for status in (*Integrity, "refused")} <= set(ZH)
    assert {f"time_source.{clock}" for clock in Clock} <= set(ZH)
    assert {f"gimbal.{known}" for known in GimbalKnown} <= set(ZH)
    assert {f"format.{reader.name}" for reader in READERS} <= set(ZH)
    heights = {name for name in Track.__slots__ if name.startswith("height_")}
    assert {f"datum.{name[7:-2]}" for name in heights} <= set(ZH)


def test_everything_people_can_do_with_an_incident_has_a_word() -> None:
    people = set(Verb) - {Verb.ESCALATE}
    assert {f"{kind}.{verb}" for kind in ("verb", "done") for verb in people} <= set(ZH)
    assert {f"reason.{reason}" for reason in Reason} <= set(ZH)
    assert {f"state.{state}" for state in State} <= set(ZH)
    assert {f"severity.{level.value}" for level in Severity} <= set(ZH)
    assert {f"step.{step}" for step, _ in enumerate(LADDER, start=1)} <= set(ZH)
    assert {f"stage.{stage}" for stage in response_clock.Stage} <= set(ZH)
    drills = set(Status) - {Status.ACTUAL}
    assert {f"{k}.{one}" for k in ("status", "status_banner") for one in drills} <= set(ZH)


def test_the_page_offers_the_reasons_and_the_actions_there_are() -> None:
    acts = (STATIC / "acts.js").read_text("utf-8")
    reasons = re.search(r"REASONS =\s*\[(.*?)\]", acts, re.DOTALL)
    assert reasons
    assert re.findall(r'"(\w+)"', reasons[1]) == list(Reason)
    duty = (STATIC / "duty.js").read_text("utf-8")
    listed = re.search(r"BUTTONS = \[(.*?)\];", duty, re.DOTALL)
    assert listed
    buttons = set(re.findall(r'\["(\w+)"', listed[1]))
    assert buttons == set(Verb) - {Verb.ESCALATE, Verb.UNDO}


def test_everything_the_patrol_log_and_plans_can_say_has_a_word() -> None:
    lists = {"log.result": Result, "log.method": Method, "log.class": PlaceClass}
    lists |= {"log.why": Looked, "plan.stands": Stands, "plan.why": Why}
    asked = {f"{prefix}.{one}" for prefix, codes in lists.items() for one in codes}
    team = Team(people=1, statutory_days=1, key_days=0)
    steps = staffing(StaffingInput(team=team)).steps
    assert asked | {f"plan.step.{step.name}" for step in steps} <= set(ZH)
    words = (STATIC / "logwords.js").read_text("utf-8")
    for codes in (Result, Method, PlaceClass):
        assert all(f'"{one}"' in words for one in codes)


def test_every_stage_of_an_upload_has_a_word() -> None:
    stages = set(Stage) - {Stage.ARRIVING}  # the page says what it does then: sending
    ours = {"queued", "hashing", "sending", "retrying", "paused"}
    assert {f"send.{stage}" for stage in stages | ours} <= set(ZH)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_chinese_no_markup_and_no_evaluation(script: Path) -> None:
    text = script.read_text("utf-8")
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", text)
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("path", [*SCRIPTS, *HTML, *SHEETS])
def test_nothing_is_loaded_from_elsewhere_and_nothing_is_an_emoji(path: Path) -> None:
    text = path.read_text("utf-8")
    assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"[\U0001f000-\U0001faff\u2600-\u27bf]", text)


def test_no_text_is_smaller_than_14_px() -> None:
    css = "".join(sheet.read_text("utf-8") for sheet in SHEETS)
    sizes = [int(size) for size in re.findall(r"(?:font-size|font): ?(\d+)px", css)]
    assert sizes
    assert min(sizes) >= 14


def test_every_page_has_its_files_and_is_served_where_the_table_says(tmp_path: Path) -> None:
    client = Client(
        create_app(
            MemoryRecord(tmp_path), Bell(), station=STATION, now_s=lambda: 0.0, door=FakeDoor()
        )
    )
    at_the_door = {"login", "first"}
    assert {page.stem for page in HTML} == {page.name for page in PAGES} | at_the_door
    for page in PAGES:
        role = min(role for role in page.who if role is not None)
        somebody = session(token_of("x", role=role))
        answer = client.get(page.path, headers=somebody)
        assert answer.headers["content-type"].startswith("text/html")
        for kind in ("js", "css"):
            assert f"/static/{page.name}.{kind}" in answer.text
            assert (STATIC / f"{page.name}.{kind}").is_file()
        told = client.get("/api/pages", headers=somebody).json()
        assert told == [{"name": p.name, "path": p.path} for p in PAGES if role in p.who]


def test_what_others_wrote_is_what_they_published_with_its_licence() -> None:
    folder = STATIC / "vendor" / "maplibre-gl"
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name != "SHA256SUMS"
    }
    assert found == listed
    assert {"LICENSE.txt", "VERSION", "maplibre-gl.mjs", "maplibre-gl-worker.mjs"} <= set(found)
    assert "Redistribution and use" in (folder / "LICENSE.txt").read_text("utf-8")


def test_modules_are_served_with_the_one_type_browsers_accept(tmp_path: Path) -> None:
    app = create_app(
        MemoryRecord(tmp_path), Bell(), station=STATION, now_s=lambda: 0.0, door=FakeDoor()
    )
    client = Client(app)
    for script in SCRIPTS:
        answer = client.get(f"/static/{script.name}")
        assert answer.headers["content-type"].startswith("text/javascript")
