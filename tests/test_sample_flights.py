"""The sample flights: one answer, live over MQTT and by analysis, and the truth inside it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.incident import Incident, fold
from alerts.placing import Placer
from alerts.watch import Rules
from detect.manifest import load_model
from detect.onnx import OnnxDetector
from geo.ellipse import contains
from geo.premises import PremisesIndex, read_geojson
from plumeline.config import Config
from plumeline.flights import load_flight, sample_names, samples_folder
from plumeline.pace import Pace
from plumeline.pipeline import Part, Pipeline
from plumeline.publisher import publish
from plumeline.replay import Findings, Judges, analyse_flight, findings
from plumeline.sections import DataSection, MqttSection, StationSection
from store.analysis import RunKind
from store.store import Store

NAMES = sample_names()
REGISTER = samples_folder() / "premises.geojson"
PATIENCE_S = 120.0


def read(name: str, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((samples_folder() / name / file).read_text("utf-8"))
    return found


def plain(found: Findings) -> dict[str, Any]:
    as_json: dict[str, Any] = json.loads(msgspec.json.encode(found))
    return as_json


@pytest.fixture(scope="module")
def analysed() -> dict[str, Findings]:
    premises = PremisesIndex(read_geojson(REGISTER.read_text("utf-8"), REGISTER.name))
    judges = Judges(
        detector=OnnxDetector(load_model()), placer=Placer(premises=premises), rules=Rules()
    )
    return {name: analyse_flight(load_flight(name), judges) for name in NAMES}


def station(folder: Path) -> Config:
    return Config(
        station=StationSection(premises=str(REGISTER)),
        data=DataSection(folder=str(folder)),
        mqtt=MqttSection(port=0),
        pace=Pace(max_lag_s=600.0),
    )


def live_findings(store: Store, fixes: int, frames: int) -> tuple[Findings, list[Incident]]:
    """What the live analysis says, once it has everything or time is up."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        run = store.analysis.latest_run(RunKind.LIVE)
        assert run is not None
        found = findings(store, run)
        there = found.fixes >= fixes and sum(found.looks.values()) >= frames
        if there or time.monotonic() > deadline_s:
            return found, list(fold(store.analysis.events(run)).values())
        time.sleep(0.1)


def test_there_are_four_of_them() -> None:
    assert NAMES == ["bad_data", "chemical_store", "look_alikes", "roof_fire"]


@pytest.mark.parametrize("name", NAMES)
def test_analysis_gives_what_is_expected(name: str, analysed: dict[str, Findings]) -> None:
    assert plain(analysed[name]) == read(name, "expected.json")


@pytest.mark.parametrize("name", NAMES)
def test_everything_sent_is_accounted_for(name: str, analysed: dict[str, Findings]) -> None:
    found, counts = analysed[name], read(name, "truth.json")["counts"]
    assert found.fixes == counts["fix"]
    assert found.fixes_mappable == counts["fix_with_position"]
    assert found.frames == counts["frame"]
    assert found.quarantined == counts["malformed"] + counts["frame_truncated"]
    assert sum(found.looks.values()) == found.frames


@pytest.mark.parametrize("name", NAMES)
def test_live_over_mqtt_gives_the_same(name: str, tmp_path: Path) -> None:
    wanted = read(name, "expected.json")
    with Pipeline(station(tmp_path), (Part.RECORDER, Part.ANALYST)) as pipeline:
        publish(load_flight(name), pipeline.address, speed=16, retime=False)
        live, incidents = live_findings(pipeline.store, wanted["fixes"], wanted["frames"])
        assert pipeline.failure is None
    assert plain(live) == wanted
    the_truth_lies_inside(incidents, read(name, "truth.json")["sources"])


def the_truth_lies_inside(incidents: list[Incident], sources: list[dict[str, Any]]) -> None:
    """Every source has its incident, and its true place is inside the 95 % ellipse."""
    assert len(incidents) == bool(sources)
    for source in sources:
        (incident,) = incidents
        assert source["label"] in incident.labels
        assert incident.point is not None
        assert contains(incident.point, source["lat_deg"], source["lon_deg"], 0.95)
        assert incident.best.premises[0].premises_id == source["premises_id"]
