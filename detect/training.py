"""Train the detector on labelled images in stages, and export it for the runtime.

Needs the extra ``train`` (Ultralytics, AGPL-3.0) and imports it only when a function is called.
Everything a run is made of lies in its folder: the prepared images, the record ``run.json``, and
a folder per stage. A run that was cut goes on where it was when it is started again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from detect.datasets import CLASSES, extra_module
from detect.lessons import add_lessons

PACKAGES = ("ultralytics", "ultralytics-opencv-headless", "torch", "torchvision", "onnx", "numpy")
SETTINGS: dict[str, float | int | str | bool] = {
    "optimizer": "AdamW",
    "cos_lr": True,
    "lrf": 0.02,
    "weight_decay": 0.002,
    "momentum": 0.9,
    "warmup_bias_lr": 0.0,  # the default 0.1 is meant for SGD and wrecks a trained head under AdamW
    "warmup_epochs": 0.5,
    "batch": 16,
    "nbs": 16,  # the batch at which the optimiser steps; Ultralytics' 64 would leave few steps
    "freeze": 3,  # what sees edges at full resolution is good already, and costs the most
    "mosaic": 0.7,
    "close_mosaic": 1,
    "mixup": 0.05,
    "degrees": 5.0,
    "hsv_s": 0.6,
    "scale": 0.6,  # objects from 0.4 to 1.6 of their size: plumes seen from afar are small
    "multi_scale": 0.25,  # input from 0.75 to 1.25 of input_px: the runtime chooses its own size
    "amp": False,  # True would fetch a model to test it; see _speed_up
    "workers": 2,
    "cache": "ram",  # decoded once; Ultralytics goes without where memory does not suffice
    "save_period": 1,
    "plots": False,  # plots would fetch a font
    "exist_ok": True,
}
ON_GPU: dict[str, float | int | str | None] = {
    "batch": 64,
    "nbs": 64,
    "freeze": None,
    "amp": "bf16",
    "workers": os.cpu_count() or 1,
}
"""Where torch finds CUDA: a nano leaves a large GPU idle at batches of 16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Some epochs at one input size; the learning rate falls to a twentieth over them."""

    epochs: int
    input_px: int
    lr: float


def run_stages(
    start: Path,
    data: Path,
    out: Path,
    stages: Sequence[Stage],
    *,
    seed: int,
    teacher: Path | None = None,
) -> Path:
    """Train from a checkpoint stage by stage, each from the best of the one before.

    ``data`` is the file that ``preparation.prepare`` wrote, ``teacher`` a trained checkpoint to
    learn from (``detect.lessons``). Stages that are done are not done again, and one that was cut
    is resumed. Returns the best weights of the last. Trains on the GPU where torch finds CUDA.

    Raises:
        TrainingUnavailable: without the extra ``train``.
        BadData: a teacher that cannot teach this start.
    """
    ultralytics = _ultralytics()
    on_gpu = ON_GPU if extra_module("torch").cuda.is_available() else {}
    best = start
    for number, stage in enumerate(stages, start=1):
        folder = out / f"stage{number}"
        weights = folder / "weights"
        if not (folder / "done").exists():
            last = weights / "last.pt"
            model = ultralytics.YOLO(str(last if last.exists() else best))
            model.add_callback("on_train_epoch_start", _speed_up)
            model.add_callback("on_model_save", _keep_record)
            model.add_callback("on_pretrain_routine_end", partial(add_lessons, teacher=teacher))
            if last.exists():
                model.train(resume=True)
            else:
                place = {"project": str(out.absolute()), "name": folder.name}
                size = {"epochs": stage.epochs, "imgsz": stage.input_px, "lr0": stage.lr}
                model.train(data=str(data), seed=seed, **size, **place, **SETTINGS | on_gpu)
            (folder / "done").touch()
        best = weights / "best.pt"
    return Path(shutil.copyfile(best, out / "best.pt"))


def export_onnx(weights: Path, out: Path) -> Path:
    """Write fp32 ONNX: [batch, 3, h, w] RGB in 0..1 to [batch, 4 + classes, anchors], no NMS.

    Raises:
        TrainingUnavailable: without the extra ``train``.
    """
    ultralytics, onnx = _ultralytics(), extra_module("onnx")
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


def data_sha256(images: Sequence[str]) -> str:
    """One hash for a set of images: over the sorted list of theirs, whatever their names."""
    each = sorted(hashlib.sha256(Path(image).read_bytes()).hexdigest() for image in images)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Of Python and of what trains."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _speed_up(trainer: Any) -> None:
    """All cores (Ultralytics leaves one idle: half, of two) and bfloat16 where the CPU has it."""
    torch = extra_module("torch")
    if trainer.device.type == "cpu":
        torch.set_num_threads(os.cpu_count() or 1)
        trainer.amp = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        trainer.model.to(memory_format=torch.channels_last)


def _keep_record(trainer: Any) -> None:
    """How each epoch did, one JSON line each, beside the checkpoints: what to watch."""
    line = {
        "epoch": trainer.epoch + 1,
        **{k: round(float(v), 4) for k, v in trainer.metrics.items()},
    }
    with (Path(trainer.save_dir) / "epochs.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _ultralytics() -> Any:
    """Ultralytics, told before its import to install and fetch nothing; torch, to wait asleep."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning is ruinous beside other work
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
    return extra_module("ultralytics")
