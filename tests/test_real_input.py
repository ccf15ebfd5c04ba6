"""Real telemetry and real photographs through the whole pipeline, over MQTT.

The captures are three aircraft's DJI OSD as a subscriber wrote it down; the photographs are
labelled by their makers. Both lie outside this project and are only read.
"""

from __future__ import annotations

import json
import shutil
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from alerts.incident import fold
from plumeline.config import Config, DataSection, MqttSection
from plumeline.flights import load_flight
from plumeline.pace import Pace
from plumeline.pipeline import Part, Pipeline
from plumeline.publisher import publish
from store.analysis import RunKind
from store.store import Store

SHARED = Path(__file__).parents[2] / "shared" / "data"
CAPTURES = [SHARED / "flights" / "live-mqtt" / f"dji_osd_capture_{i}.jsonl" for i in (0, 1)]
PHOTOS = SHARED / "fire" / "two_class" / "liuzifan"
HOVERING_S = 380.0
"""Into the first capture the aircraft stands still at 80 m above take-off."""
PATIENCE_S = 120.0

pytestmark = pytest.mark.skipif(
    not CAPTURES[0].is_file(), reason="real captures and photographs are not on this machine"
)


def lines_of(capture: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capture.read_text("utf-8").splitlines()]


def osd(capture: Path, serial: str) -> list[dict[str, Any]]:
    topic = f"thing/product/{serial}/osd"
    return [
        {"t_s": line["timestamp"], "topic": topic, "payload": line} for line in lines_of(capture)
    ]


def smoke_photos(count: int) -> list[Path]:
    """Photographs whose one labelled plume is large and stands in the middle, first by name."""
    found: list[Path] = []
    for label in sorted((PHOTOS / "labels").glob("train_smoke*.txt")):
        boxes = [list(map(float, line.split())) for line in label.read_text("utf-8").splitlines()]
        if len(boxes) == 1 and boxes[0][0] == 0:
            _, x, y, width, height = boxes[0]
            foot = y + height / 2
            if 0.35 < x < 0.65 and 0.45 < foot < 0.85 and 0.3 < width < 0.7 and height > 0.3:
                found.append(PHOTOS / "images" / f"{label.stem}.jpg")
        if len(found) == count:
            break
    return found


def frames(photos: list[Path], serial: str, t0_s: float, folder: Path) -> list[dict[str, Any]]:
    """One photograph a second, taken 45 degrees down to the north."""
    sent: list[dict[str, Any]] = []
    for i, photo in enumerate(photos):
        shutil.copy(photo, folder / photo.name)
        header = {
            "device_id": serial,
            "t_capture_s": t0_s + i,
            "t_sent_s": t0_s + i + 0.1,
            "hfov_deg": 71.5,
            "gimbal_yaw_deg": 0.0,
            "gimbal_pitch_deg": -45.0,
            "sha256": sha256(photo.read_bytes()).hexdigest(),
        }
        topic = f"uav/{serial}/frame"
        sent.append({"t_s": t0_s + i + 0.2, "topic": topic, "header": header, "jpeg": photo.name})
    return sent


def fly(messages: list[dict[str, Any]], folder: Path, pipeline: Pipeline) -> None:
    in_order = sorted(messages, key=lambda message: message["t_s"])
    text = "\n".join(json.dumps(message) for message in in_order)
    (folder / "flight.jsonl").write_text(text, "utf-8")
    publish(load_flight(str(folder)), pipeline.address, speed=1000, retime=False)


def wait_for(store: Store, fixes: int, frames: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        totals = store.reader.status().totals
        looked = totals.frames_judged + totals.frames_skipped
        if totals.fixes >= fixes and looked >= frames:
            return
        time.sleep(0.2)


def test_every_real_position_is_stored_once_and_photographed_smoke_raises_one_incident(
    tmp_path: Path,
) -> None:
    serials = ["1581F5BKD223Q00A5RT7", "1581F5BKD223Q00A5RT8"]
    telemetry = [osd(capture, serial) for capture, serial in zip(CAPTURES, serials, strict=True)]
    photos = smoke_photos(10)
    assert len(photos) == 10
    folder = tmp_path / "flight"
    folder.mkdir()
    pictures = frames(photos, serials[0], telemetry[0][0]["t_s"] + HOVERING_S, folder)
    config = Config(
        data=DataSection(folder=str(tmp_path / "record")),
        mqtt=MqttSection(port=0),
        pace=Pace(max_lag_s=600.0),
    )
    with Pipeline(config, (Part.RECORDER, Part.ANALYST)) as pipeline:
        fly([*telemetry[0], *telemetry[1], *pictures], folder, pipeline)
        wait_for(pipeline.store, len(telemetry[0]) + len(telemetry[1]), len(photos))
        assert pipeline.failure is None
        devices = {d.device_id: d for d in pipeline.store.reader.status().devices}
        run = pipeline.store.analysis.latest_run(RunKind.LIVE)
        assert run is not None
        incidents = list(fold(pipeline.store.analysis.events(run)).values())
        t0_s = telemetry[0][0]["t_s"]
        track = pipeline.store.reader.track(serials[0], t0_s, t0_s + 3600)

    for serial, messages in zip(serials, telemetry, strict=True):
        with_a_fix = [m for m in messages if m["payload"]["data"]["latitude"] != 0]
        assert devices[serial].fixes == len(messages) == len(with_a_fix)
    told = [message["payload"]["data"] for message in telemetry[0]]
    sent = {(data["latitude"], data["longitude"]) for data in told}
    assert {(point.lat_deg, point.lon_deg) for point in track} <= sent
    assert len(track) == len(telemetry[0])

    (incident,) = incidents
    assert incident.point is not None
    assert not incident.historic
    assert incident.devices == (serials[0],)
    assert 60 < incident.point.range_m < 300, "80 m up, looking about 45 degrees down"
    assert incident.point.cov_ee_m2 > 0 < incident.point.cov_nn_m2
