"""Data sets as others publish them are read with their own class numbers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detect.datasets import BadData, LabelBox, label_file, read_dataset, read_image, write_labels
from detect.detection import Label


def _write(folder: Path, name: str, labels: str | None) -> None:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), np.zeros((20, 30, 3), np.uint8))
    if labels is not None:
        (folder / "labels" / f"{name}.txt").write_text(labels)


def test_a_folder_is_smoke_0_and_fire_1(tmp_path: Path) -> None:
    _write(tmp_path / "station", "a", "0 0.5 0.5 0.25 0.5\n1 0.25 0.5 0.125 0.25\n")
    _write(tmp_path / "station", "b", "")
    _write(tmp_path / "station", "unlabelled", None)
    found = read_dataset(tmp_path / "station")
    assert found.name == "station"
    assert [len(one.boxes) for one in found.images] == [2, 0]
    assert found.images[0].boxes == (
        LabelBox(label=Label.SMOKE, x=0.5, y=0.5, width=0.25, height=0.5),
        LabelBox(label=Label.FIRE, x=0.25, y=0.5, width=0.125, height=0.25),
    )


@pytest.mark.parametrize(
    ("names", "of_0", "of_1"),
    [
        ("[smoke, fire]", Label.SMOKE, Label.FIRE),  # D-Fire's order
        ("[fire, smoke]", Label.FIRE, Label.SMOKE),  # FASDD's order
        ("{0: Fire, 1: Smoke}", Label.FIRE, Label.SMOKE),  # as Ultralytics writes it
    ],
)
def test_a_yaml_says_which_number_is_what(
    tmp_path: Path, names: str, of_0: Label, of_1: Label
) -> None:
    pytest.importorskip("yaml", reason="the extra train is not installed")
    _write(tmp_path / "set" / "train", "a", "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n")
    file = tmp_path / "set" / "data.yaml"
    file.write_text(f"train: train/images\nnc: 2\nnames: {names}\n")
    found = read_dataset(file)
    assert found.name == "set"
    assert [box.label for box in found.images[0].boxes] == [of_0, of_1]


def test_other_classes_are_dropped_and_counted(tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="the extra train is not installed")
    _write(tmp_path / "set" / "train", "a", "0 0.5 0.5 1 1\n2 0.5 0.5 0.1 0.1\n0 0.5 0.5 1 1\n")
    _write(tmp_path / "set" / "valid", "b", "1 0.5 0.5 0.1 0.1\n")
    (tmp_path / "set" / "data.yaml").write_text(
        "train: ../train/images\nval: ../valid/images\nnames: [default, fire, smoke]\n"
    )  # as Roboflow writes it: beside the file, though it says above
    found = read_dataset(tmp_path / "set")
    assert [len(one.boxes) for one in found.images] == [1, 1]
    assert found.dropped == {"default": 2}


def test_a_list_of_images_is_a_data_set_too(tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="the extra train is not installed")
    for name in ("a", "b"):
        _write(tmp_path / "set", name, "")
    (tmp_path / "set" / "some.txt").write_text("images/a.png\n")
    (tmp_path / "set" / "some.yaml").write_text("path: .\ntrain: some.txt\nnames: [fire]\n")
    assert [one.image.name for one in read_dataset(tmp_path / "set" / "some.yaml").images] == [
        "a.png"
    ]


def test_a_polygon_becomes_the_box_around_it(tmp_path: Path) -> None:
    _write(tmp_path / "set", "a", "1 0.2 0.2 0.6 0.3 0.4 0.8\n")
    (box,) = read_dataset(tmp_path / "set").images[0].boxes
    assert (box.x, box.y) == (pytest.approx(0.4), pytest.approx(0.5))
    assert (box.width, box.height) == (pytest.approx(0.4), pytest.approx(0.6))


def test_a_box_is_cut_at_the_edge_of_its_picture(tmp_path: Path) -> None:
    _write(tmp_path / "set", "a", "1 0.0 0.5 0.4 0.2\n")
    (box,) = read_dataset(tmp_path / "set").images[0].boxes
    assert (box.x, box.width) == (pytest.approx(0.1), pytest.approx(0.2))


@pytest.mark.parametrize(
    ("line", "reason"),
    [("1 0.5 0.5 0.1", "3 numbers"), ("7 0.5 0.5 0.1 0.1", "7"), ("1 a b c d", "could not")],
)
def test_a_label_that_does_not_read_is_named_with_its_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    _write(tmp_path / "set", "a", f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(BadData, match=rf"a\.txt: line 2: .*{reason}"):
        read_dataset(tmp_path / "set")


@pytest.mark.parametrize("text", ["", "names: 3", "names: [fire]\ntrain: nowhere", "{", "- a"])
def test_a_yaml_that_is_no_data_file_is_refused(tmp_path: Path, text: str) -> None:
    pytest.importorskip("yaml", reason="the extra train is not installed")
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(BadData):
        read_dataset(tmp_path / "data.yaml")


def test_no_labelled_image_is_no_data_set(tmp_path: Path) -> None:
    _write(tmp_path / "set", "a", None)
    with pytest.raises(BadData, match="no image with a label file"):
        read_dataset(tmp_path / "set")


def test_labels_written_are_read_back(tmp_path: Path) -> None:
    boxes = (LabelBox(label=Label.FIRE, x=0.25, y=0.5, width=0.125, height=0.0625),)
    _write(tmp_path / "set", "a", None)
    write_labels(label_file(tmp_path / "set" / "images" / "a.png"), boxes)
    assert read_dataset(tmp_path / "set").images[0].boxes == boxes


def test_only_the_last_images_folder_becomes_labels() -> None:
    image = Path("/data/images/set/images/x.y.jpg")
    assert label_file(image) == Path("/data/images/set/labels/x.y.txt")


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"nothing")
    with pytest.raises(BadData, match=r"x\.png"):
        read_image(tmp_path / "x.png")
