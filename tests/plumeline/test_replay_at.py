"""Replay from the record alone: the same at a moment, whatever the way there (ACCEPTANCE D6)."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from alerts.events import Kind
from alerts.lifecycle import State as Stand
from plumeline.flights import load_flight, sample_names
from plumeline.replay import recorded
from plumeline.replay_at import Replay, state_at
from store.evidence import About, Subject, gather
from store.store import open_store
from tests.plumeline.bundle_scene import Scene, flown


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with flown(tmp_path_factory.mktemp("record")) as made:
        yield made


@pytest.fixture(scope="module")
def replay(scene: Scene) -> Replay:
    return Replay(gather(scene.store.engine, scene.flight))


@pytest.fixture(scope="module")
def moments(replay: Replay) -> list[float]:
    """Every half second of the flight, and a little before and after."""
    count = round((replay.t1_s - replay.t0_s) * 2)
    return [replay.t0_s - 1 + half / 2 for half in range(count + 4)]


def sha256(replay: Replay, t_s: float) -> str:
    return hashlib.sha256(msgspec.json.encode(replay.at(t_s))).hexdigest()


@pytest.fixture(scope="module")
def forward(replay: Replay, moments: list[float]) -> dict[float, str]:
    return {t_s: sha256(replay, t_s) for t_s in moments}


def test_backwards_in_steps_fast_and_by_a_hundred_jumps_it_is_the_same(
    replay: Replay, moments: list[float], forward: dict[float, str]
) -> None:
    rng = random.Random(1)
    routes = [moments[::-1], moments[::10], rng.choices(moments, k=100)]
    for route in routes:
        assert [sha256(replay, t_s) for t_s in route] == [forward[t_s] for t_s in route]
    assert len(set(forward.values())) > 60, "there is something to see"


def test_from_a_record_opened_anew_it_is_the_same(scene: Scene, forward: dict[float, str]) -> None:
    store = open_store(Path(scene.config.data.folder))
    try:
        for t_s in list(forward)[::9]:
            state = state_at(store, scene.flight, t_s)
            assert hashlib.sha256(msgspec.json.encode(state)).hexdigest() == forward[t_s]
    finally:
        store.close()


@pytest.mark.parametrize("name", sample_names())
def test_every_sample_flight_recorded_twice_replays_the_same(name: str) -> None:
    rng = random.Random(2)
    hashes: list[list[str]] = []
    for _ in range(2):
        with recorded(load_flight(name)) as store, store.engine.connect() as connection:
            query = "SELECT device_id || '.' || boot_id FROM flight ORDER BY flight_n"
            flights = list(connection.exec_driver_sql(query).scalars())
            cases = [
                Replay(gather(store.engine, Subject(about=About.FLIGHT, name=f))) for f in flights
            ]
            moments = [(case, case.t0_s + second) for case in cases for second in range(40)]
            forward = {moment: sha256(*moment) for moment in moments}
            jumps = rng.choices(moments, k=100)
            assert [sha256(*moment) for moment in jumps] == [forward[moment] for moment in jumps]
            hashes.append(list(forward.values()))
    assert hashes[0] == hashes[1] and len(set(hashes[0])) > 10


def test_picture_track_and_events_are_those_of_the_tables(
    scene: Scene, replay: Replay, moments: list[float]
) -> None:
    """The same question asked of the database itself, in SQL."""
    database = sqlite3.connect(Path(scene.config.data.folder) / "plumeline.db")
    for t_s in moments[::7]:
        state = replay.at(t_s)
        newest = database.execute(
            "SELECT sha256 FROM frame WHERE t_capture_s <= ? ORDER BY t_capture_s DESC", (t_s,)
        ).fetchone()
        assert [frame.sha256 for frame in state.frames] == ([newest[0]] if newest else [])
        fixes = database.execute(
            "SELECT t_device_s, lat_deg, lon_deg, height_takeoff_m FROM fix"
            " WHERE t_device_s <= ? AND quality = 'ok' ORDER BY t_device_s",
            (t_s,),
        ).fetchall()
        (track,) = state.tracks
        assert [(p.t_s, p.lat_deg, p.lon_deg, p.height_takeoff_m) for p in track.points] == fixes
        events = database.execute(
            "SELECT n FROM event WHERE t_s <= ? AND kind != 'act' ORDER BY n", (t_s,)
        ).fetchall()
        acts = {one.n for one in scene.case.events if one.event.kind is Kind.ACT}
        assert [n for n in state.events if n not in acts] == [n for (n,) in events]
    database.close()


def test_in_the_end_the_incident_stands_where_people_left_it(scene: Scene, replay: Replay) -> None:
    (incident,) = replay.at(scene.t_s + 1e9).incidents
    assert incident == scene.store.acts.incident(scene.incident.name)
    assert incident.handling.state is Stand.HANDED_OVER


def test_an_act_by_a_late_clock_is_not_there_before_what_it_answers(scene: Scene) -> None:
    """The station's clock an hour behind the drone's: no act without its incident."""
    late = []
    for one in scene.case.events:
        event = one.event
        if event.act is not None:
            event = replace(event, t_s=event.t_s - 1e9, act=replace(event.act, t_s=event.t_s - 1e9))
        late.append(replace(one, event=event))
    replay = Replay(replace(scene.case, events=tuple(late)))
    for half in range(200):
        told = set(replay.at(replay.t0_s + half / 2).events)
        acts = {one.n for one in late if one.event.act is not None}
        assert not told & acts or told - acts


def test_it_can_be_written_as_json(scene: Scene, replay: Replay) -> None:
    state = json.loads(msgspec.json.encode(replay.at(replay.t1_s)))
    assert set(state) == {"t_s", "frames", "tracks", "events", "incidents"}
