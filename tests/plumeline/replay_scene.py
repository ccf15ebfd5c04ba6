"""A record with a judged flight and its incident, and the station's routes over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI

from plumeline.checkpoints import known_checkpoints
from plumeline.flown import Flown
from plumeline.judges import make_placer
from plumeline.replay import with_sample_premises
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.flights import flight_routes
from plumeline.web.incident_log import incident_log_routes
from plumeline.web.papers import paper_routes
from plumeline.web.projection import Incidents
from store.verify_flight import FlightVerdict, verify_flight
from tests.plumeline.bundle_scene import Scene
from tests.plumeline.web_door import FakeDoor
from tests.plumeline.web_scene import STATION

NANJING = ZoneInfo("Asia/Shanghai")


def flown_of(scene: Scene) -> Flown:
    return Flown(scene.store, make_placer(with_sample_premises(scene.config)))


def verdict_of(scene: Scene, flight_id: str, incidents: Sequence[str] = ()) -> FlightVerdict:
    return verify_flight(
        scene.store.engine,
        scene.store.blobs,
        known_checkpoints(*scene.config.checkpoints()),
        flight_id,
        incidents=incidents,
        trusted_key=scene.key,
    )


def app_of(scene: Scene) -> FastAPI:
    flown = flown_of(scene)
    return create_app(
        scene.store.reader,
        Bell(),
        station=STATION,
        now_s=lambda: scene.t_s,
        door=FakeDoor(),
        more=lambda incidents: routes_of(scene, flown, incidents),
    )


def routes_of(scene: Scene, flown: Flown, incidents: Incidents) -> list[APIRouter]:
    """The replay's routes, as `plumeline.web.past` puts them together."""
    placer = make_placer(with_sample_premises(scene.config))

    def verdict(flight_id: str, told: Sequence[str]) -> FlightVerdict:
        return verdict_of(scene, flight_id, told)

    return [
        flight_routes(
            flown, incidents, scene.store.reader, now_s=lambda: scene.t_s, verdict=verdict
        ),
        incident_log_routes(
            incidents, zone=NANJING, now_s=lambda: scene.t_s, district_of=lambda _: "江宁区"
        ),
        paper_routes(
            scene.store,
            incidents,
            station=STATION,
            premises=tuple(placer.premises or ()),
            zone=NANJING,
            now_s=lambda: scene.t_s,
            verdict=verdict,
        ),
    ]


def database(scene: Scene) -> Path:
    return Path(scene.config.data.folder) / "plumeline.db"
