from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from alerts.events import Event, Kind, NumberedEvent, Status
from alerts.lifecycle import Act, Reason, Verb
from alerts.severity import Severity
from ingest.trouble import LineWhy, Trouble
from plumeline.web.answers import IncidentList, IncidentStory
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from tests.fakes import MemoryRecord
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import (
    MARKET,
    STATION,
    T0_S,
    event,
    evidence,
    located,
    picture,
    scene,
)

NOBODY = {"Cookie": "none=1"}


@pytest.fixture
def record(tmp_path: Path) -> MemoryRecord:
    return scene(tmp_path)


@pytest.fixture
def ailing() -> list[Trouble]:
    return []


@pytest.fixture
def client(record: MemoryRecord, ailing: list[Trouble]) -> Client:
    app = create_app(
        record,
        Bell(),
        station=STATION,
        now_s=lambda: T0_S + 75.0,
        door=FakeDoor(),
        health=lambda: ailing,
    )
    return Client(app)


def queue(client: Client, **params: Any) -> IncidentList:
    answer = client.get("/api/incidents", params=params)
    return msgspec.json.decode(answer.content, type=IncidentList)


def ids(listed: IncidentList) -> list[str]:
    return [told.incident.incident_id for told in listed.incidents]


def test_the_queue_puts_fire_before_newer_smoke_and_old_pictures_last(client: Client) -> None:
    listed = queue(client)
    assert ids(listed) == ["fire-1", "near-2", "far-3"]
    assert (listed.last_n, listed.total, listed.t_s) == (18, 3, T0_S + 75.0)
    assert ids(queue(client, limit=1)) == ["fire-1"]


def done(record: MemoryRecord, incident_id: str, verb: Verb, t_s: float, **fields: Any) -> None:
    act = Act(verb=verb, actor="chen", t_s=t_s, **fields)
    key = f"{incident_id}/{verb}"
    record.append(Event(key=key, incident_id=incident_id, kind=Kind.ACT, t_s=t_s, act=act))


def test_a_fire_that_was_answered_stands_below_smoke_that_was_not(
    client: Client, record: MemoryRecord
) -> None:
    assert queue(client).unanswered == 2
    done(record, "fire-1", Verb.ACKNOWLEDGE, T0_S + 70.0)
    assert ids(queue(client)) == ["near-2", "fire-1", "far-3"]
    done(record, "fire-1", Verb.DISMISS, T0_S + 71.0, reason=Reason.STEAM)
    listed = queue(client)
    assert ids(listed) == ["near-2", "fire-1", "far-3"]
    assert [told.state for told in listed.incidents] == ["raised", "dismissed", "raised"]
    assert [told.severity for told in listed.incidents] == [
        Severity.MODERATE,
        Severity.MINOR,
        Severity.MODERATE,
    ]
    assert listed.unanswered == 1


def test_of_two_that_are_as_bad_the_one_that_waits_longer_stands_first(
    client: Client, record: MemoryRecord
) -> None:
    record.append(event("later", located(70, premises=(MARKET,)), Kind.RAISED))
    record.append(
        replace(event("drill", located(30), Kind.RAISED), status=Status.EXERCISE)
    )  # fmt: skip
    assert ids(queue(client)) == ["fire-1", "near-2", "later", "drill", "far-3"]


def test_a_merged_incident_stands_under_the_one_it_went_into_and_rings_no_more(
    client: Client, record: MemoryRecord
) -> None:
    record.append(event("other", located(70), Kind.RAISED))
    done(record, "near-2", Verb.MERGE, T0_S + 71.0, to="other")
    assert ids(queue(client)) == ["fire-1", "other", "near-2", "far-3"]
    done(record, "other", Verb.MERGE, T0_S + 72.0, to="fire-1")
    listed = queue(client)
    assert ids(listed) == ["fire-1", "other", "near-2", "far-3"], "both went into the fire"
    assert [told.rings_since_s is not None for told in listed.incidents[:3]] == [True, False, False]
    assert listed.incidents[1].may == (Verb.UNMERGE, Verb.UNDO)


def test_it_rings_from_its_alarm_on_and_again_from_when_it_is_reopened(
    client: Client, record: MemoryRecord
) -> None:
    first = queue(client).incidents[0]
    assert first.rings_since_s == T0_S + 2.4, "when the picture that raised it came in"
    done(record, "fire-1", Verb.DISMISS, T0_S + 10.0, reason=Reason.DUST)
    assert queue(client).incidents[1].rings_since_s is None
    done(record, "fire-1", Verb.REOPEN, T0_S + 20.0)
    assert queue(client).incidents[0].rings_since_s == T0_S + 20.0


def test_what_may_be_done_is_what_the_table_of_the_document_says(client: Client) -> None:
    # docs/lifecycle.md: the rows whose second column has "raised", without those of the clock and
    # those that need something to take back.
    told = queue(client).incidents[0]
    assert set(told.may) == {"acknowledge", "confirm", "dismiss", "merge"}


def test_the_queue_is_never_behind_the_record(client: Client, record: MemoryRecord) -> None:
    assert queue(client).total == 3
    record.append(event("new", evidence(70), Kind.RAISED))
    assert queue(client).total == 4


def test_an_incident_is_told_in_both_languages_with_its_ellipse(client: Client) -> None:
    first = queue(client).incidents[0]
    assert first.headline.zh == "明火、烟雾：金陵化工仓库"
    assert first.headline.en == "Fire and smoke at 金陵化工仓库"
    assert "±14 m" in first.place.en
    # Eigenvalues of [[20, -12], [-12, 20]] are 32 (towards 135 degrees) and 8; times chi2 5.991.
    assert first.ellipse is not None
    assert first.ellipse.semi_major_m == pytest.approx((32 * 5.991465) ** 0.5)
    assert first.ellipse.semi_minor_m == pytest.approx((8 * 5.991465) ** 0.5)
    assert first.ellipse.bearing_deg == pytest.approx(135.0)


def test_an_incident_comes_with_its_events_and_those_alone(client: Client) -> None:
    answer = client.get("/api/incidents/fire-1")
    story = msgspec.json.decode(answer.content, type=IncidentStory)
    assert [numbered.n for numbered in story.events] == [3, 6, 9, 12]
    assert story.told.incident.sightings == 4


def test_a_track_reaches_from_two_minutes_before_to_one_minute_after(client: Client) -> None:
    (track,) = client.get("/api/incidents/near-2/track").json()
    assert track["device_id"] == "UAV-07"
    times = [point["t_s"] - T0_S for point in track["points"]]
    assert (times[0], times[-1]) == (-80.0, 99.0), "40 - 120, and where the telemetry ends"
    (track,) = client.get("/api/incidents/fire-1/track").json()
    assert track["points"][-1]["t_s"] - T0_S == 63.0


def test_events_come_as_they_are_in_the_record(client: Client, record: MemoryRecord) -> None:
    answer = client.get("/api/events", params={"after": 9, "limit": 2})
    assert msgspec.json.decode(answer.content, type=list[NumberedEvent]) == record.events[3:5]


def test_station_status_and_quarantine_are_answered(client: Client) -> None:
    assert client.get("/api/station").json() == {
        "name_zh": "江宁巡飞站",
        "name_en": "Jiangning patrol station",
        "time_zone": "Asia/Shanghai",
        "seats": [],
    }
    status = client.get("/api/status").json()
    assert status["totals"]["frames_skipped"] == 4
    assert [device["clash"] for device in status["devices"]] == [False, True]
    assert client.get("/api/quarantine").json()[0]["reason"] == "not JSON"


def test_health_is_a_word_for_anybody_and_what_is_wrong_for_those_who_are_in(
    client: Client, ailing: list[Trouble]
) -> None:
    def answers() -> tuple[int, str, list[str], int]:
        health, status = client.get("/healthz", headers=NOBODY), client.get("/api/status")
        refused = client.get("/api/status", headers=NOBODY)
        told = [one["error"] for one in status.json()["complaints"]]
        return health.status_code, health.text, told, refused.status_code

    assert answers() == (200, "ok", [], 401)
    ailing += [Trouble(LineWhy.NOT_STORED, "disk is full"), Trouble(LineWhy.NOT_CONNECTED)]
    told = ["nothing can be stored: disk is full", "not connected to the broker yet"]
    assert answers() == (503, "not well", told, 401)
    first = client.get("/api/status").json()["complaints"][0]
    assert (first["code"], first["facts"]) == ("Trouble.not_stored", {"about": "disk is full"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/incidents/none-such", 404),
        ("/api/incidents/none-such/track", 404),
        ("/api/nowhere", 404),
        ("/api/incidents?limit=0", 422),
        ("/api/incidents?limit=1001", 422),
        ("/api/events?after=-1", 422),
        ("/api/events?after=9223372036854775808", 422),
        ("/api/quarantine?limit=many", 422),
        ("/api/blobs/abc", 422),
        ("/api/blobs/" + "A" * 64, 422),
        ("/api/blobs/" + "0" * 64, 404),
    ],
)
def test_what_cannot_be_answered_says_why_in_json(client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert list(answer.json()) == ["error", "code", "facts"]


def test_a_failure_inside_gives_nothing_away(client: Client, record: MemoryRecord) -> None:
    record.devices = [object()]  # type: ignore[list-item]
    answer = client.get("/api/status")
    complaint = {"error": "internal error", "code": "InternalError", "facts": {}}
    assert (answer.status_code, answer.json()) == (500, complaint)
    assert "content-security-policy" in answer.headers


def test_only_reading_is_offered(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    writing = {path for path, methods in paths.items() if set(methods) != {"get"}}
    assert writing == {"/api/me/here"}, "which keeps one's own session"
    assert client.ask("POST", "/api/incidents").status_code == 405


def test_a_frame_is_shown_and_anything_else_only_saved(client: Client, tmp_path: Path) -> None:
    frame = client.get(f"/api/blobs/{hashlib.sha256(picture()).hexdigest()}")
    assert frame.headers["content-type"] == "image/jpeg"
    assert frame.headers["content-disposition"].startswith("inline")
    assert "immutable" in frame.headers["cache-control"]
    assert frame.content == picture()
    page = b"<script>alert(1)</script>"
    name = hashlib.sha256(page).hexdigest()
    (tmp_path / name).write_bytes(page)
    other = client.get(f"/api/blobs/{name}")
    assert other.headers["content-type"] == "application/octet-stream"
    assert other.headers["content-disposition"].startswith("attachment")
    assert other.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/api/blobs/../../etc/passwd",
        "/api/blobs/..%2f..%2fetc%2fpasswd",
        "/api/blobs/%2e%2e/secret",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/../app.py",
    ],
)
def test_no_path_leads_out_of_the_house(client: Client, tmp_path: Path, path: str) -> None:
    (tmp_path.parent / "secret").write_text("secret")
    # A raw target: a client would tidy the dots away before it asks.
    url = httpx.URL("http://station").copy_with(raw_path=path.encode())
    answer = client.get(url)
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    "path", ["/", "/static/command.js", "/api/incidents", "/api/none", "/healthz"]
)
def test_every_answer_forbids_foreign_code_sniffing_and_referrers(
    client: Client, path: str
) -> None:
    headers = client.get(path).headers
    policy = {
        name: values
        for name, *values in (
            part.split() for part in headers["content-security-policy"].split(";")
        )
    }
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'none'"],
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_pages_that_would_load_from_elsewhere_are_off(client: Client) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
