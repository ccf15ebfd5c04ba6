"""``score``, ``detect`` and ``train`` answer as docs/detector.md says they do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from detect.detection import Label
from detect.manifest import load_model
from detect.onnx import OnnxDetector
from detect.training import Stage
from plumeline.detect_cli import detect
from plumeline.score_cli import score
from plumeline.train_cli import read_stages, train

FRAMES = Path(__file__).parents[2] / "sample_flights" / "roof_fire" / "frames"
app = typer.Typer()
for command in (score, detect, train):
    app.command()(command)


@pytest.fixture(scope="module")
def burning() -> Path:
    """The frame of the roof fire in which the model sees most."""
    detector = OnnxDetector(load_model())
    frames = sorted(FRAMES.glob("*.jpg"))[::4]
    return max(frames, key=lambda frame: len(detector.detect([cv2.imread(str(frame))])[0]))  # type: ignore[list-item]


def test_flights_are_scored_by_when_a_fire_is_told_and_how_often_none(tmp_path: Path) -> None:
    arguments = ["score", "--flight", "chemical_store", "--flight", "look_alikes", "--json"]
    told = json.loads(CliRunner().invoke(app, arguments).stdout)
    (smoke,) = told["sources"]
    assert (told["flights"], told["false_alarms"], smoke["label"]) == (2, 0, "smoke")
    assert 2.5 <= smoke["delay_s"] <= 10.0
    assert told["flight_hours"] == pytest.approx((27 + 21) / 3600, rel=0.01)
    both = CliRunner().invoke(app, ["score", "--flight", "roof_fire", "--data", str(tmp_path)])
    assert both.exit_code == 2


@pytest.fixture(scope="module")
def labelled(burning: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The burning frame labelled with what the model sees, one with nothing boxed, two blank."""
    folder = tmp_path_factory.mktemp("labelled")
    for kind in ("images", "labels"):
        (folder / kind).mkdir()
    picture = cv2.imread(str(burning))
    assert picture is not None
    height, width = picture.shape[:2]
    lines: list[str] = []
    for one in OnnxDetector(load_model()).detect([picture.astype(np.uint8)])[0]:
        b = one.box
        x, w = (b.x0_px + b.x1_px) / 2 / width, (b.x1_px - b.x0_px) / width
        y, h = (b.y0_px + b.y1_px) / 2 / height, (b.y1_px - b.y0_px) / height
        lines.append(f"{list(Label).index(one.label)} {x} {y} {w} {h}\n")
    assert lines
    for name, text in (("burning", "".join(lines)), ("unlabelled", "")):
        shutil.copy(burning, folder / "images" / f"{name}.jpg")
        (folder / "labels" / f"{name}.txt").write_text(text)
    for grey in (60, 180):
        cv2.imwrite(str(folder / "images" / f"{grey}.jpg"), np.full((240, 320, 3), grey, np.uint8))
        (folder / "labels" / f"{grey}.txt").touch()
    return folder


def test_score_prints_what_scripts_are_promised(labelled: Path) -> None:
    done = CliRunner().invoke(app, ["score", "--data", str(labelled), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert list(said)[:6] == [
        "images",
        "ap50",
        "ap50_95",
        "recall_at_threshold",
        "false_alarm_images",
        "threshold",
    ]
    assert said["images"] == 4
    assert said["clean_images"] == 3
    assert said["false_alarm_images"] == 1  # the same frame without its labels
    thresholds = load_model().manifest.threshold
    assert said["threshold"] == {"smoke": thresholds.smoke, "fire": thresholds.fire}
    for label in ("smoke", "fire"):
        assert said["recall_at_threshold"][label] in (None, 1.0)
        assert said["ap50"].keys() == said["ap50_95"].keys() == {"smoke", "fire"}


def test_score_has_a_table_for_people(labelled: Path) -> None:
    done = CliRunner().invoke(app, ["score", "--data", str(labelled)])
    assert done.exit_code == 0, done.output
    assert "4 images; 1 false alarms in 3 images with nothing boxed" in done.stdout


def test_score_draws_its_curves(labelled: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    plots = tmp_path / "plots"
    done = CliRunner().invoke(
        app, ["score", "--data", str(labelled), "--plots", str(plots), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert len(list(plots.glob("*.png"))) == 3


def test_detect_prints_the_boxes_of_the_engine(burning: Path) -> None:
    done = CliRunner().invoke(app, ["detect", str(burning), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    picture = cv2.imread(str(burning))
    assert picture is not None
    detector = OnnxDetector(load_model())
    (found,) = detector.detect([picture.astype(np.uint8)])
    assert said["detector"] == detector.identity
    (image,) = said["images"]
    assert (image["width_px"], image["height_px"]) == (picture.shape[1], picture.shape[0])
    assert [(one["label"], one["box"]["x0_px"]) for one in image["detections"]] == [
        (one.label, one.box.x0_px) for one in found
    ]


def test_detect_ends_with_1_where_nothing_burns(labelled: Path) -> None:
    done = CliRunner().invoke(app, ["detect", str(labelled / "images" / "60.jpg"), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["images"][0]["detections"] == []


def test_stages_are_read_as_written() -> None:
    assert read_stages("10x320@1e-3,7x448@4e-4") == (
        Stage(epochs=10, input_px=320, lr=1e-3),
        Stage(epochs=7, input_px=448, lr=4e-4),
    )


@pytest.mark.parametrize("text", ["", "10x320", "0x320@1e-3", "5x300@1e-3", "5x320@0", "ax320@1"])
def test_a_stage_that_does_not_read_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_stages(text)
