"""The sample flights say of themselves what is in them, and their truth stands on its own legs."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymap3d
import pytest
import shapely

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_flights"
NAMES = ("chemical_store", "roof_fire", "look_alikes", "bad_data")
MAX_BYTES = 6_000_000
WIDTH_PX, HEIGHT_PX = 1280, 720

Json = dict[str, Any]


def lines_of(name: str) -> list[Json]:
    text = (SAMPLES / name / "flight.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def truth_of(name: str) -> Json:
    truth: Json = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))
    return truth


def frames_of(name: str) -> list[Json]:
    return [line for line in lines_of(name) if "jpeg" in line]


def digest_of(name: str, path: str) -> str:
    return sha256((SAMPLES / name / path).read_bytes()).hexdigest()


def kind_of(line: Json) -> str:
    if "raw_base64" in line:
        return "malformed"
    return str(line["topic"].rsplit("/", 1)[1]).replace("osd", "fix")


def projected_px(frame: Json, source: Json, hfov_deg: float) -> tuple[float, float]:
    """Where a source lies in a picture: pymap3d's local frame and a pinhole, nothing of ours."""
    east, north, up = pymap3d.geodetic2enu(
        source["lat_deg"], source["lon_deg"], source["height_ellipsoid_m"],
        frame["lat_deg"], frame["lon_deg"], frame["height_ellipsoid_m"],
    )  # fmt: skip
    azimuth, elevation, _ = pymap3d.enu2aer(east, north, up)
    turn = math.radians(azimuth - frame["yaw_deg"])
    lift, pitch = math.radians(elevation), math.radians(frame["pitch_deg"])
    right = math.cos(lift) * math.sin(turn)
    ahead = math.cos(lift) * math.cos(turn)
    depth = ahead * math.cos(pitch) + math.sin(lift) * math.sin(pitch)
    above = math.sin(lift) * math.cos(pitch) - ahead * math.sin(pitch)
    roll = math.radians(frame["roll_deg"])
    x = right * math.cos(roll) - above * math.sin(roll)
    y = -above * math.cos(roll) - right * math.sin(roll)
    focal_px = WIDTH_PX / 2 / math.tan(math.radians(hfov_deg) / 2)
    return WIDTH_PX / 2 + focal_px * x / depth, HEIGHT_PX / 2 + focal_px * y / depth


def test_the_samples_stay_small() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_the_one_its_header_names(name: str) -> None:
    wrong = {
        line["header"]["seq"]
        for line in frames_of(name)
        if line["header"]["sha256"] != digest_of(name, line["jpeg"])
    }
    meant = {f["seq"] for f in truth_of(name)["frames"] if f.get("defect") == "wrong_sha256"}
    assert wrong == meant


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_decodes_at_the_stated_size(name: str) -> None:
    for path in sorted((SAMPLES / name / "frames").glob("*.jpg")):
        picture = cv2.imread(str(path))
        assert picture is not None, path
        assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3), path


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_the_file(name: str) -> None:
    lines, counts = lines_of(name), truth_of(name)["counts"]
    seen = Counter(kind_of(line) for line in lines)
    unique = {json.dumps({**line, "t_s": 0}, sort_keys=True) for line in lines}
    redelivered = counts["redelivered_fix"] + counts["redelivered_frame"]
    assert counts["lines"] == len(lines) == len(unique) + redelivered
    assert seen["fix"] == counts["fix"] + counts["redelivered_fix"]
    damaged_frames = sum(
        "defect" in f and f["defect"] != "frozen" for f in truth_of(name)["frames"]
    )
    assert seen["frame"] == counts["frame"] + counts["redelivered_frame"] + damaged_frames
    assert seen["home"] == counts["home"]
    assert seen["state"] == counts["state"]
    assert counts["fix"] == counts["fix_with_position"] + counts["fix_without_position"]


@pytest.mark.parametrize("name", NAMES)
def test_messages_lie_in_the_order_of_their_arrival(name: str) -> None:
    times = [line["t_s"] for line in lines_of(name)]
    assert times == sorted(times)
    assert all((t_s * 1024).is_integer() for t_s in times)


@pytest.mark.parametrize("name", ["chemical_store", "look_alikes", "bad_data"])
def test_one_count_numbers_all_a_device_sends(name: str) -> None:
    bodies = [line.get("payload", line.get("header")) for line in lines_of(name)]
    numbers = sorted({body["seq"] for body in bodies if body is not None})
    broken = sum("raw_base64" in line for line in lines_of(name))
    assert len(numbers) == numbers[-1] + 1 - broken


@pytest.mark.parametrize("name", ["chemical_store", "roof_fire", "bad_data"])
def test_the_true_source_lies_in_every_frame_that_shows_it(name: str) -> None:
    truth = truth_of(name)
    hfov_deg = frames_of(name)[0]["header"]["hfov_deg"]
    shown = [frame for frame in truth["frames"] if frame["visible_sources"]]
    assert len(shown) >= 12
    for frame in shown:
        for number in frame["visible_sources"]:
            x, y = projected_px(frame, truth["sources"][number], hfov_deg)
            assert 19 <= x < WIDTH_PX - 19, frame
            assert 19 <= y < HEIGHT_PX - 19, frame


@pytest.mark.parametrize("name", ["chemical_store", "roof_fire", "bad_data"])
def test_the_true_source_lies_on_the_premises_it_names(name: str) -> None:
    register = json.loads((SAMPLES / "premises.geojson").read_text(encoding="utf-8"))
    shapes = {
        feature["properties"]["premises_id"]: shapely.geometry.shape(feature["geometry"])
        for feature in register["features"]
    }
    assert len(shapes) == len(register["features"]) == 25
    for source in truth_of(name)["sources"]:
        point = shapely.Point(source["lon_deg"], source["lat_deg"])
        inside = [key for key, shape in shapes.items() if shape.contains(point)]
        assert inside == [source["premises_id"]]


def test_a_flight_of_look_alikes_has_no_source() -> None:
    assert truth_of("look_alikes")["sources"] == []


def test_the_broken_fix_is_no_json() -> None:
    (line,) = [line for line in lines_of("bad_data") if "raw_base64" in line]
    with pytest.raises(json.JSONDecodeError):
        json.loads(base64.b64decode(line["raw_base64"]))


def test_rendering_a_frame_again_gives_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from flights.render import shoot
    from flights.script import CHEMICAL_STORE

    frame = truth_of("chemical_store")["frames"][12]
    stored = cv2.imread(str(SAMPLES / "chemical_store" / frame["jpeg"]))
    shot = shoot(CHEMICAL_STORE, frame["t_capture_s"] - CHEMICAL_STORE.t0_s)
    again = cv2.imdecode(np.frombuffer(shot.jpeg(), np.uint8), cv2.IMREAD_COLOR)
    assert stored is not None
    assert again is not None
    apart = np.abs(stored.astype(float) - again.astype(float))
    assert apart.mean() < 1.0
    assert np.percentile(apart, 99.9) < 25.0
