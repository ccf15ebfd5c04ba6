"""The list of incidents and its files, over the three incidents of the page's scene."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from alerts.events import Event, Kind
from alerts.lifecycle import Act, Reason, Verb
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.incident_log import incident_log_routes
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import STATION, T0_S, scene

NANJING = ZoneInfo("Asia/Shanghai")
DISTRICTS = {"P-1": "江宁区", "P-2": "雨花台区"}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    record = scene(tmp_path)
    act = Act(verb=Verb.DISMISS, actor="张伟", t_s=T0_S + 52, reason=Reason.STEAM)
    record.append(
        Event(key="near-2/act", incident_id="near-2", kind=Kind.ACT, t_s=act.t_s, act=act)
    )
    return Client(
        create_app(
            record,
            Bell(),
            station=STATION,
            now_s=lambda: T0_S + 75,
            door=FakeDoor(),
            more=lambda incidents: [
                incident_log_routes(
                    incidents, zone=NANJING, now_s=lambda: T0_S + 75, district_of=DISTRICTS.get
                )
            ],
        )
    )


def listed(client: Client, **params: Any) -> list[str]:
    answer = client.get("/api/incident-log", params=params)
    assert answer.status_code == 200, answer.text
    return [row["incident_id"] for row in answer.json()["incidents"]]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, ["far-3", "near-2", "fire-1"]),
        ({"from": T0_S + 1}, ["far-3", "near-2"]),
        ({"to": T0_S + 60}, ["near-2", "fire-1"]),
        ({"state": "dismissed"}, ["near-2"]),
        ({"label": "fire"}, ["fire-1"]),
        ({"severity": 3}, ["fire-1"]),
        ({"device": "UAV-07"}, ["far-3", "near-2", "fire-1"]),
        ({"device": "UAV-12"}, []),
        ({"premises": "P-2"}, ["near-2", "fire-1"]),
        ({"premises": "P-1"}, ["fire-1"]),
        ({"district": "雨花台区"}, ["near-2"]),
        ({"historic": "true"}, ["far-3"]),
        ({"status": "exercise"}, []),
        ({"text": "金陵"}, ["fire-1"]),
        ({"text": "FAR-3"}, ["far-3"]),
        ({"sort": "severity"}, ["fire-1", "far-3", "near-2"]),
        ({"sort": "time", "rising": "true"}, ["fire-1", "near-2", "far-3"]),
        ({"sort": "sightings"}, ["fire-1", "far-3", "near-2"]),
        ({"sort": "answer"}, ["near-2", "far-3", "fire-1"]),
        ({"limit": 1, "offset": 1}, ["near-2"]),
    ],
)
def test_the_list_has_what_is_asked_for_in_the_order_asked_for(
    client: Client, params: dict[str, Any], ids: list[str]
) -> None:
    assert listed(client, **params) == ids


def test_how_long_an_answer_took_counts_from_the_alarm(client: Client) -> None:
    rows = client.get("/api/incident-log").json()["incidents"]
    (near,) = (row for row in rows if row["incident_id"] == "near-2")
    assert near["answered_after_s"] == pytest.approx(52 - 40.4)
    assert near["reason"] == "steam" and near["district"] == "雨花台区"


@pytest.mark.parametrize("params", [{"state": "burnt"}, {"severity": 9}, {"sort": "colour"}])
def test_what_cannot_be_asked_for_is_refused(client: Client, params: dict[str, Any]) -> None:
    assert client.get("/api/incident-log", params=params).status_code == 422


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_files_hold_the_same_lines_as_the_list(client: Client, lang: str) -> None:
    asked = {"lang": lang, "premises": "P-2"}
    text = client.get("/api/incident-log.csv", params=asked)
    lines = list(csv.reader(StringIO(text.content.decode("utf-8-sig"), newline="")))
    assert [line[0] for line in lines[1:]] == ["near-2", "fire-1"]
    assert lines[2][1] == "2026-11-24T15:00:00+08:00"
    assert "UTC+08:00" in lines[0][1]
    assert "attachment" in text.headers["content-disposition"]
    sheet = client.get("/api/incident-log.xlsx", params=asked)
    book = openpyxl.load_workbook(BytesIO(sheet.content))
    rows = list(book.active.iter_rows(values_only=True))
    assert list(rows[0]) == lines[0]
    assert [row[0] for row in rows[1:]] == ["near-2", "fire-1"]
    assert [row[4] for row in rows[1:]] == [int(line[4]) for line in lines[1:]]
    assert rows[2][15] == lines[2][15] == "金陵化工仓库"


def test_a_file_is_not_cut_into_pages(client: Client) -> None:
    text = client.get("/api/incident-log.csv", params={"limit": 1})
    assert len(text.content.splitlines()) == 4
