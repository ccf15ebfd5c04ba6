"""Labelled images as others publish them, read into one form: smoke and fire, in fractions.

A data set is a folder with ``images/`` and ``labels/`` in YOLO text (0 smoke, 1 fire), or a YAML
file as Ultralytics and Roboflow write it (D-Fire, Pyro-SDIS and FASDD come so): its ``names`` say
which class number means what. Its own split is not kept: published splits share scenes.
An empty label file says that nothing burns; an image without a label file is left out.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detect.detection import Image, Label
from detect.errors import DetectError

CLASSES = tuple(Label)
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
WORDS = {
    Label.SMOKE: frozenset({"smoke", "smokes", "烟", "烟雾"}),
    Label.FIRE: frozenset({"fire", "fires", "flame", "flames", "火", "火焰"}),
}
_SIDES = ("train", "val", "valid", "test")
_BOX_NUMBERS = 4


class TrainingUnavailable(DetectError):
    """Training or export was asked for without the extra that brings it."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'plumeline[train]'")
        self.package = package


class BadData(DetectError):
    """A data set that cannot be read as it says it is."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBox:
    """A box in fractions of the picture's width and height."""

    label: Label
    x: float
    y: float
    """Of its centre."""
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImage:
    """An image and what is boxed in it."""

    image: Path
    boxes: tuple[LabelBox, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What one source holds, sorted by path."""

    name: str
    images: tuple[LabelledImage, ...]
    dropped: Mapping[str, int]
    """Boxes of other classes, by the class's name."""


def extra_module(name: str) -> Any:
    """A module that the extra ``train`` brings.

    Raises:
        TrainingUnavailable: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        raise TrainingUnavailable(exc.name or name) from exc


def read_dataset(place: Path) -> DataSet:
    """A folder or a YAML file.

    Raises:
        BadData: no such place, no images, or a YAML or label file that does not read.
        TrainingUnavailable: a YAML file, without the extra ``train``.
    """
    place = place.absolute()
    if place.is_dir() and (place / "images").is_dir():
        found, names = _in_folder(place / "images"), dict(enumerate(map(str, CLASSES)))
    elif place.is_dir():
        return read_dataset(place / "data.yaml")
    else:
        found, names = _in_yaml(place)
    dropped: Counter[str] = Counter()
    images = tuple(
        LabelledImage(image=image, boxes=tuple(_boxes(labels, names, dropped)))
        for image in sorted(set(found))
        if (labels := label_file(image)).is_file()
    )
    if not images:
        raise BadData(place, "no image with a label file")
    name = place.parent.name if place.stem == "data" else place.stem
    return DataSet(name=name, images=images, dropped=dict(dropped))


def read_image(file: Path) -> Image:
    """The picture, upright.

    Raises:
        BadData: nothing comes out of the file.
    """
    image = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if image is None:
        raise BadData(file, "no picture comes out of it")
    return image.astype(np.uint8, copy=False)


def label_file(image: Path) -> Path:
    """Where YOLO keeps the labels: the last folder named ``images`` becomes ``labels``."""
    parts = list(image.parts)
    at = len(parts) - 1 - parts[::-1].index("images") if "images" in parts else None
    if at is not None:
        parts[at] = "labels"
    return Path(*parts).with_suffix(".txt")


def write_labels(file: Path, boxes: Sequence[LabelBox]) -> None:
    """YOLO text, 0 smoke and 1 fire; an empty file for no boxes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "".join(
            f"{CLASSES.index(box.label)} {box.x:.6f} {box.y:.6f} {box.width:.6f} {box.height:.6f}\n"
            for box in boxes
        )
    )


def _in_folder(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES]


def _in_yaml(file: Path) -> tuple[list[Path], dict[int, str]]:
    yaml = extra_module("yaml")
    try:
        said = yaml.safe_load(file.read_text("utf-8"))
        raw = said["names"]
        names = dict(enumerate(raw)) if isinstance(raw, list) else {int(k): raw[k] for k in raw}
        base = file.parent / str(said.get("path") or "")
        entries = [
            entry
            for side in _SIDES
            for entry in ([said[side]] if isinstance(said.get(side), str) else said.get(side) or [])
        ]
    except OSError as exc:
        raise BadData(file, exc.strerror or str(exc)) from exc
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError) as exc:
        raise BadData(file, f"not a YOLO data file: {exc}".replace("\n", " ")) from exc
    found = [image for entry in entries for image in _listed(file, base, entry)]
    return found, {number: str(name) for number, name in names.items()}


def _listed(file: Path, base: Path, entry: str) -> list[Path]:
    """The images of one entry: a folder or a list; Roboflow's ``../train`` lies beside the file."""
    for place in (base / entry, base / entry.removeprefix("../")):
        if place.is_dir():
            return _in_folder(place.resolve())
        if place.is_file():
            lines = place.read_text("utf-8").split("\n")
            return [(place.parent / line.strip()).resolve() for line in lines if line.strip()]
    raise BadData(file, f"{entry} is not there")


def _boxes(file: Path, names: Mapping[int, str], dropped: Counter[str]) -> Iterator[LabelBox]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            index, *rest = (float(word) for word in line.split())
            name = names[int(index)]
            box = _extent(rest)
        except (ValueError, LookupError) as exc:
            raise BadData(file, f"line {number}: {exc}") from exc
        label = next((one for one, words in WORDS.items() if name.strip().lower() in words), None)
        if label is None:
            dropped[name] += 1
        elif box[2] > 0 and box[3] > 0:
            yield LabelBox(label=label, x=box[0], y=box[1], width=box[2], height=box[3])


def _extent(numbers: Sequence[float]) -> tuple[float, float, float, float]:
    """Centre and size of a box, or of the box around a polygon, cut at the picture's edges."""
    if len(numbers) in {_BOX_NUMBERS, _BOX_NUMBERS + 1}:  # the fifth is a score
        x, y, width, height = numbers[:_BOX_NUMBERS]
        xs: tuple[float, ...] = (x - width / 2, x + width / 2)
        ys: tuple[float, ...] = (y - height / 2, y + height / 2)
    elif len(numbers) > _BOX_NUMBERS and len(numbers) % 2 == 0:
        xs, ys = tuple(numbers[0::2]), tuple(numbers[1::2])
    else:
        msg = f"{len(numbers)} numbers after the class"
        raise ValueError(msg)
    x0, x1 = (min(max(edge, 0.0), 1.0) for edge in (min(xs), max(xs)))
    y0, y1 = (min(max(edge, 0.0), 1.0) for edge in (min(ys), max(ys)))
    return (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
