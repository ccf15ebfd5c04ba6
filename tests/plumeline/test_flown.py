"""What the replay's routes tell of a flight, held against the record and against `replay_at`."""

from __future__ import annotations

import json
import random
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pymap3d
import pytest

from ingest.recorder import Message, Recorder
from ingest.wire.table import Decoders
from plumeline.columns import columns_of
from plumeline.flights import load_flight
from plumeline.replay_at import Replay
from store.evidence import gather
from store.flights import TrackRow
from tests.plumeline.bundle_scene import Scene, flown
from tests.plumeline.replay_scene import app_of, database, flown_of
from tests.plumeline.web_client import Client


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with flown(tmp_path_factory.mktemp("record")) as made:
        yield made


@pytest.fixture(scope="module")
def client(scene: Scene) -> Client:
    return Client(app_of(scene))


def asked(client: Client, path: str, **params: Any) -> Any:
    answer = client.get(f"/api/flights{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_at_any_moment_the_page_has_what_the_replay_from_the_record_has(
    scene: Scene, client: Client
) -> None:
    name = scene.flight.name
    track, frames, story = (
        asked(client, f"/{name}/{part}") for part in ("track", "frames", "events")
    )
    replay = Replay(gather(scene.store.engine, scene.flight))
    rng = random.Random(3)
    times = [track["t0_s"] + t_s for t_s in track["t_s"]]
    for _ in range(100):
        t_s = rng.uniform(replay.t0_s - 1, replay.t1_s + 60)
        state = replay.at(t_s)
        upto = bisect_right([frame["t_s"] for frame in frames], t_s)
        shown = [frames[upto - 1]["sha256"]] if upto else []
        assert shown == [frame.sha256 for frame in state.frames]
        told = {one["n"] for one in story["events"] if one["since_s"] <= t_s}
        assert told == set(state.events)
        points = state.tracks[0].points
        flown_upto = bisect_right(times, t_s + 5e-4)  # the columns are rounded to milliseconds
        assert flown_upto == len({point.t_s for point in points})
        if points:
            last = points[-1]
            assert track["lat_deg"][flown_upto - 1] == pytest.approx(last.lat_deg, abs=1e-7)
            assert track["lon_deg"][flown_upto - 1] == pytest.approx(last.lon_deg, abs=1e-7)
            assert track["height_m"][flown_upto - 1] == pytest.approx(
                last.height_takeoff_m, abs=0.051
            )
    assert track["height_datum"] == "takeoff"


def test_every_picture_is_told_with_what_the_analysis_kept_of_it(
    scene: Scene, client: Client
) -> None:
    """The same question asked of the database itself, in SQL."""
    frames = asked(client, f"/{scene.flight.name}/frames")
    with closing(sqlite3.connect(database(scene))) as connection:
        rows = connection.execute(
            "SELECT sha256, look.status, look.body_json FROM frame"
            " JOIN look ON look.frame_n = frame.n ORDER BY t_capture_s"
        ).fetchall()
    assert [(f["sha256"], f["status"]) for f in frames] == [(s, status) for s, status, _ in rows]
    assert [f["detections"] for f in frames] == [json.loads(b)["detections"] for *_, b in rows]
    assert sum(len(f["detections"]) for f in frames) > 5
    assert {f["yaw_deg"] is None for f in frames} == {False}


def test_a_flight_is_listed_by_what_it_is_asked_by(scene: Scene, client: Client) -> None:
    (one,) = asked(client, "")["flights"]
    assert one["flight_id"] == scene.flight.name
    assert (one["source"], one["incidents"]) == ("live", 1)
    t0_s, t1_s, device = one["t0_s"], one["t1_s"], one["device_id"]
    for kept, params in (
        (1, {"device": device}),
        (0, {"device": "another"}),
        (1, {"from": t1_s}),
        (0, {"from": t1_s + 1}),
        (1, {"to": t0_s}),
        (0, {"to": t0_s - 1}),
        (1, {"source": "live"}),
        (0, {"source": "file"}),
        (1, {"near": one["flight_id"]}),
        (0, {"premises": "no-such"}),
        (1, {"offset": 0}),
        (0, {"offset": 1}),
    ):
        assert len(asked(client, "", **params)["flights"]) == kept, params
    incident = scene.store.acts.incident(scene.incident.name)
    premises = incident.best.premises[0].premises_id
    assert len(asked(client, "", premises=premises)["flights"]) == 1


def test_the_card_names_who_judged(scene: Scene, client: Client) -> None:
    card = asked(client, f"/{scene.flight.name}")
    (judge,) = card["judges"]
    assert judge["detector"].startswith("smoke_fire_n") and judge["kind"] == "live"
    assert judge["pictures"] == card["flight"]["frames"]
    assert 0 < judge["seen"] <= judge["pictures"]


@pytest.mark.parametrize("part", ["", "/track", "/frames", "/events", "/coverage", "/verdict"])
def test_a_flight_that_is_not_there_is_said_not_to_be(client: Client, part: str) -> None:
    answer = client.get(f"/api/flights/{quote('no/such.b1', safe='')}{part}")
    assert answer.status_code == 404
    assert "no/such.b1" in answer.json()["error"]


def test_what_arrives_later_is_added_to_what_was_read_before(scene: Scene) -> None:
    growing = flown_of(scene)
    before = growing.now()
    recorder = Recorder(scene.store.shelf, Decoders())
    messages = list(load_flight("roof_fire").messages())
    half = len(messages) // 2
    for some in (messages[:half], messages[half:]):
        recorder.take(
            [Message(topic=m.topic, payload=m.payload, t_received_s=m.t_received_s) for m in some]
        )
        growing.now()
    assert len(growing.now()) > len(before)
    assert growing.now() == flown_of(scene).now()


def test_the_speed_is_the_way_over_the_time_and_none_across_a_gap() -> None:
    """East at 12 m/s at 10 Hz, with a hole of 4 s: positions from pymap3d."""
    times = [0.1 * i for i in range(50)] + [9.0 + 0.1 * i for i in range(50)]
    rows = []
    for t_s in times:
        lat, lon, _ = pymap3d.enu2geodetic(12.0 * t_s, 0.0, 0.0, 31.95, 118.84, 0.0)
        rows.append(TrackRow(t_s=1e9 + t_s, lat_deg=lat, lon_deg=lon, height_takeoff_m=None,
                             height_msl_m=80.04, height_ellipsoid_m=None))  # fmt: skip
    columns = columns_of("d.b", rows)
    assert columns.speed_mps == pytest.approx([12.0] * 100, abs=0.02)
    assert [(gap.t0_s, gap.t1_s) for gap in columns.gaps] == [
        (pytest.approx(1e9 + 4.9), pytest.approx(1e9 + 9.0))
    ]
    assert (columns.height_datum, columns.height_m[0]) == ("msl", 80.0)


def test_a_track_of_one_point_and_of_none_can_be_told() -> None:
    row = TrackRow(t_s=5.0, lat_deg=1.0, lon_deg=2.0, height_takeoff_m=3.0, height_msl_m=None,
                   height_ellipsoid_m=None)  # fmt: skip
    one = columns_of("d.b", [row, replace(row, lat_deg=9.0)])
    assert (one.t_s, one.lat_deg, one.speed_mps) == ([0.0], [1.0], [None])
    none = columns_of("d.b", [])
    assert (none.t_s, none.height_datum, none.gaps) == ([], None, [])


def test_coverage_names_every_premises_and_since_when_it_was_in_view(
    scene: Scene, client: Client
) -> None:
    found = asked(client, f"/{scene.flight.name}/coverage")
    card = asked(client, f"/{scene.flight.name}")["flight"]
    assert {one["status"] for one in found} == {"partly", "not_observable"}
    for one in found:
        assert (one["first_s"] is None) == (one["status"] == "not_observable")
        if one["first_s"] is not None:
            assert card["t0_s"] <= one["first_s"] <= one["last_s"] <= card["t1_s"]
