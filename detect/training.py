"""Train the detector on a station's own images, and export it for the runtime.

Needs the extra ``train`` (Ultralytics, AGPL-3.0) and imports it only when a function is called.
A source is a folder with ``images/`` and ``labels/`` in YOLO text: class 0 smoke, 1 fire, and an
empty label file for an image that shows neither. An image without a label file is left out.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detect.errors import DetectError
from detect.scenes import Split, dhash, split

CLASSES = ("smoke", "fire")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
PACKAGES = ("ultralytics", "ultralytics-opencv-headless", "torch", "torchvision", "onnx", "numpy")
SETTINGS: dict[str, float | int | str | bool] = {
    "optimizer": "AdamW",
    "lr0": 2e-4,  # at 6e-4 the first epoch unlearns a third of what the checkpoint knew
    "lrf": 0.05,
    "momentum": 0.9,
    "warmup_bias_lr": 0.0,  # the default 0.1 is meant for SGD and wrecks a trained head under AdamW
    "warmup_epochs": 0.3,
    "batch": 16,
    "nbs": 16,  # the batch at which the optimiser steps; Ultralytics' 64 would leave few steps
    "mosaic": 0.7,
    "close_mosaic": 1,
    "scale": 0.7,  # objects from 0.3 to 1.7 of their size: plumes seen from afar are small
    "multi_scale": 0.25,  # input from 0.75 to 1.25 of input_px: the runtime chooses its own size
    "amp": False,  # True would fetch a model to test it; see _speed_up
    "workers": 2,
    "save_period": 1,
    "plots": False,  # plots would fetch a font
    "exist_ok": True,
}


class TrainingUnavailable(DetectError):
    """Training or export was asked for without the extra that brings it."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'plumeline[train]'")
        self.package = package


class BadSources(DetectError):
    """Folders of images that nothing can be trained on."""

    def __init__(self, sources: Sequence[Path], reason: str) -> None:
        super().__init__(f"{', '.join(map(str, sources))}: {reason}")
        self.sources = tuple(sources)


def labelled_images(source: Path) -> list[Path]:
    """Images of a source that have a label file, sorted by name."""
    labels = source / "labels"
    return sorted(
        image
        for image in (source / "images").iterdir()
        if image.suffix.lower() in SUFFIXES and (labels / f"{image.stem}.txt").is_file()
    )


def split_sources(sources: Sequence[Path], *, seed: int) -> Split:
    """Each source split by itself; an image that does not decode is left out."""
    if len({source.name for source in sources}) < len(sources):
        raise BadSources(sources, "two sources have the same name")
    train: list[str] = []
    val: list[str] = []
    for source in sources:
        hashes: dict[str, int] = {}
        for image in labelled_images(source.absolute()):
            grey = cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
            if grey is not None:
                hashes[str(image)] = dhash(grey.astype(np.uint8, copy=False))
        part = split(hashes, seed=seed)
        train.extend(part.train)
        val.extend(part.val)
    if not train or not val:
        raise BadSources(sources, f"{len(train)} images to train on, {len(val)} to validate")
    return Split(train=tuple(train), val=tuple(val))


def data_sha256(images: Sequence[str]) -> str:
    """One hash for a set of images: over the sorted list of theirs, whatever their names."""
    each = sorted(hashlib.sha256(Path(image).read_bytes()).hexdigest() for image in images)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def fine_tune(
    start: Path, sources: Sequence[Path], out: Path, *, epochs: int, input_px: int, seed: int
) -> Path:
    """Train from a checkpoint; return the best weights, which lie in ``out`` with ``run.json``."""
    ultralytics = _ultralytics()
    sides = split_sources(sources, seed=seed)
    data = _write_data(sides, out)
    record = {
        "start": {"file": start.name, "sha256": hashlib.sha256(start.read_bytes()).hexdigest()},
        "train": Counter(Path(image).parents[1].name for image in sides.train),
        "val": Counter(Path(image).parents[1].name for image in sides.val),
        "data_sha256": data_sha256(sides.train + sides.val),
        "epochs": epochs,
        "input_px": input_px,
        "seed": seed,
        "settings": SETTINGS,
        "versions": _versions(),
    }
    (out / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    model = ultralytics.YOLO(str(start))
    model.add_callback("on_train_epoch_start", _speed_up)
    place = {"project": str(out.absolute()), "name": "train"}
    model.train(data=str(data), epochs=epochs, imgsz=input_px, seed=seed, **place, **SETTINGS)
    return Path(shutil.copyfile(out / "train" / "weights" / "best.pt", out / "best.pt"))


def export_onnx(weights: Path, out: Path) -> Path:
    """Write fp32 ONNX: [batch, 3, h, w] RGB in 0..1 to [batch, 4 + classes, anchors], no NMS."""
    ultralytics, onnx = _ultralytics(), _module("onnx")
    yolo = ultralytics.YOLO(str(weights))
    made = Path(yolo.export(format="onnx", dynamic=True, simplify=False, opset=17, device="cpu"))
    model = onnx.load(str(made))
    made.unlink()
    for node in model.graph.node:
        node.doc_string = ""  # may hold paths of the machine that exported, as the properties do
    names = json.dumps(dict(enumerate(CLASSES)))
    onnx.helper.set_model_props(model, {"stride": "32", "names": names})
    onnx.checker.check_model(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(out))
    return out


def _write_data(sides: Split, out: Path) -> Path:
    """The images under ``out``, the lists of the split, and the data file Ultralytics reads."""
    shutil.rmtree(out / "data", ignore_errors=True)
    for side, images in (("train", sides.train), ("val", sides.val)):
        own = [str(_own(Path(image), out / "data")) for image in images]
        (out / f"{side}.txt").write_text("\n".join(own) + "\n")
    data = out / "data.yaml"
    lists = {"path": str(out.absolute()), "train": "train.txt", "val": "val.txt"}
    data.write_text(json.dumps(lists | {"names": dict(enumerate(CLASSES))}) + "\n")  # JSON is YAML
    return data


def _own(image: Path, data: Path) -> Path:
    """A copy of image and label: Ultralytics mends odd JPEGs and writes caches where they lie."""
    source = image.parents[1]
    for kind, name in (("labels", f"{image.stem}.txt"), ("images", image.name)):
        target = data.absolute() / source.name / kind / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / kind / name, target)
    return target


def _speed_up(trainer: Any) -> None:
    """All cores (Ultralytics leaves one idle: half, of two) and bfloat16 where the CPU has it."""
    torch = _module("torch")
    if trainer.device.type == "cpu":
        torch.set_num_threads(os.cpu_count() or 1)
        trainer.amp = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        trainer.model.to(memory_format=torch.channels_last)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _ultralytics() -> Any:
    """Ultralytics, told before its import neither to install nor to fetch anything."""
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
    return _module("ultralytics")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        raise TrainingUnavailable(exc.name or name) from exc
