from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from alerts.events import Kind, NumberedEvent
from plumeline.web.answers import IncidentList, IncidentStory
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from tests.fakes import MemoryRecord
from tests.plumeline.web_client import Client
from tests.plumeline.web_scene import STATION, T0_S, event, evidence, located, picture, scene


@pytest.fixture
def record(tmp_path: Path) -> MemoryRecord:
    return scene(tmp_path)


@pytest.fixture
def ailing() -> list[str]:
    return []


@pytest.fixture
def client(record: MemoryRecord, ailing: list[str]) -> Client:
    app = create_app(
        record, Bell(), station=STATION, now_s=lambda: T0_S + 75.0, health=lambda: ailing
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


def test_a_fire_of_yesterday_does_not_stand_above_smoke_of_now(tmp_path: Path) -> None:
    record = scene(tmp_path)
    record.append(event("late", located(80_000), Kind.RAISED))
    app = create_app(record, Bell(), station=STATION, now_s=lambda: T0_S + 80_001)
    assert ids(queue(Client(app)))[0] == "late"


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
    }
    status = client.get("/api/status").json()
    assert status["totals"]["frames_skipped"] == 4
    assert [device["clash"] for device in status["devices"]] == [False, True]
    assert client.get("/api/quarantine").json()[0]["reason"] == "not JSON"


def test_health_is_ok_or_says_what_is_wrong(client: Client, ailing: list[str]) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok")
    ailing += ["disk is full", "broker is away"]
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "disk is full\nbroker is away")


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
    assert list(answer.json()) == ["error"]


def test_a_failure_inside_gives_nothing_away(client: Client, record: MemoryRecord) -> None:
    record.devices = [object()]  # type: ignore[list-item]
    answer = client.get("/api/status")
    assert (answer.status_code, answer.json()) == (500, {"error": "internal error"})
    assert "content-security-policy" in answer.headers


def test_only_reading_is_offered(client: Client) -> None:
    methods = {
        method for path in client.get("/openapi.json").json()["paths"].values() for method in path
    }
    assert methods == {"get"}
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


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/api/incidents", "/api/none", "/healthz"])
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
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'none'"],
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_pages_that_would_load_from_elsewhere_are_off(client: Client) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
