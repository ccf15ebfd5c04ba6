from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.events import Kind
from tests.fakes import MemoryRecord
from tests.plumeline.web_scene import T0_S, event, located, scene
from tests.plumeline.web_served import Served, served, stream


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Served]:
    with served(scene(tmp_path)) as running:
        yield running


def next_of(kind: str, messages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return next(message for message in messages if message["event"] == kind)


def test_a_new_reader_is_told_where_the_record_stands_and_starts_there(here: Served) -> None:
    with stream(here) as messages:
        hello = next(messages)
        assert hello["event"] == "hello"
        assert hello["retry"] == "1000"
        assert hello["id"] == "18"
        assert hello["data"] == {"t_s": T0_S + 75.0, "last_n": 18, "resumed": False}
        assert next(messages)["event"] == "heartbeat"


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"Last-Event-ID": "9"}},
        {"params": {"after": 9}},
        {"headers": {"Last-Event-ID": "9"}, "params": {"after": 0}},
    ],
    ids=["header", "query", "header wins"],
)
def test_a_returning_reader_gets_exactly_what_it_missed(here: Served, asked: Any) -> None:
    with stream(here, **asked) as messages:
        hello, *missed = islice(messages, 4)
        assert hello["id"] == "9", "cut off now, it would ask from 9 again"
        assert hello["data"]["resumed"] is True
        assert [message["id"] for message in missed] == ["12", "15", "18"]
        assert [message["data"]["n"] for message in missed] == [12, 15, 18]
        assert next(messages)["event"] == "heartbeat"


def test_a_returning_reader_is_served_across_a_restart_of_the_server(tmp_path: Path) -> None:
    record = scene(tmp_path)
    with served(record) as first, stream(first) as messages:
        seen = next(messages)["id"]
    record.append(event("new", located(70), Kind.RAISED))
    with served(record) as second, stream(second, headers={"Last-Event-ID": seen}) as messages:
        assert next_of("event", messages)["data"]["event"]["incident_id"] == "new"


def test_a_number_from_another_record_does_not_hide_what_happens_in_this_one(here: Served) -> None:
    with stream(here, params={"after": 10**6}) as messages:
        assert next(messages)["data"] == {"t_s": T0_S + 75.0, "last_n": 18, "resumed": False}
        here.record.append(event("new", located(70), Kind.RAISED))
        here.bell.ring()
        assert next_of("event", messages)["id"] == "21"


def test_an_event_between_the_list_and_the_stream_is_not_lost(here: Served) -> None:
    with stream(here) as messages:
        next(messages)
        listed = httpx.get(f"{here.url}/api/incidents").json()
        here.record.append(event("between", located(70), Kind.RAISED))
        here.bell.ring()
        assert listed["last_n"] == 18
        assert next_of("event", messages)["data"]["event"]["incident_id"] == "between"


def test_an_event_written_by_another_process_comes_without_a_ring(here: Served) -> None:
    with stream(here) as messages:
        next(messages)
        here.record.append(event("other", located(70), Kind.RAISED))
        assert next_of("event", messages)["data"]["event"]["incident_id"] == "other"


def test_a_heartbeat_is_an_event_that_leaves_the_reader_s_number_alone(here: Served) -> None:
    with stream(here) as messages:
        beats = [next_of("heartbeat", messages) for _ in range(2)]
    assert beats == [{"event": "heartbeat", "data": {"t_s": T0_S + 75.0, "last_n": 18}}] * 2


def test_more_events_than_one_batch_arrive_in_order(tmp_path: Path) -> None:
    record = MemoryRecord(tmp_path)
    for seq in range(1200):
        record.append(event(f"i{seq % 7}", located(seq)))
    with served(record) as here, stream(here, params={"after": 0}) as messages:
        numbers = [
            int(message["id"]) for message in islice(messages, 1202) if message["event"] == "event"
        ]
    assert numbers == list(range(3, 3603, 3))


def test_an_open_stream_ends_when_the_server_stops(here: Served) -> None:
    with stream(here) as messages:
        next(messages)
        here.stop()
        assert all(message["event"] == "heartbeat" for message in messages)


def test_nothing_between_server_and_reader_may_hold_the_stream_back(here: Served) -> None:
    with httpx.stream(
        "GET", f"{here.url}/api/stream", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert "no-cache" in answer.headers["cache-control"]
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "asked", [{"params": {"after": "x"}}, {"headers": {"Last-Event-ID": "-1"}}]
)
def test_a_number_that_is_none_is_refused(here: Served, asked: Any) -> None:
    answer = httpx.get(f"{here.url}/api/stream", **asked)
    assert answer.status_code == 422
    assert "error" in answer.json()
