"""How fast each engine judges a picture here, in one run: ``python -m bench.detect``.

Every engine that is installed judges the same picture in turns, so that whatever else the machine
does slows all of them alike; figures are medians over the rounds. ``--int8 FOLDER`` adds the
quantised model (tools/quantise.py), ``--pt FILE`` Ultralytics with torch (extra ``train``).
"plain" is ONNX Runtime as one meets it: its own settings, and the square that exported networks are
usually given. Engines are compared by one look; what the second costs where the first suspects
something stands below them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from detect.detection import Detector, Image
from detect.manifest import DEFAULT_MODEL, Model, load_model
from detect.onnx import OnnxDetector
from detect.openvino import OpenVinoDetector
from detect.picture import decode_jpeg
from detect.tiled import TiledDetector, TileRules, with_weak_boxes
from detect.ultralytics import QUIET_AND_OFFLINE
from detect.yolo import PAD_VALUE, detections, letterbox
from plumeline.flights import samples_folder

PLAIN = "onnxruntime f32, plain"
ONE_LOOK = "one look"
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians of one contender."""

    wall_ms: float
    cpu_ms: float


def in_turns(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Each once to warm up, then all of them once a round.

    Between two there is a pause: threads of ONNX Runtime that wait spinning go on doing so for a
    while after their picture, and would take a core from whoever comes next.
    """
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, work in contenders.items():
            time.sleep(PAUSE_S)
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            work()
            if number:
                taken = time.perf_counter() - wall_s, time.process_time() - cpu_s
                spent[name].append(taken)
    medians = {name: np.median(np.array(taken), axis=0) * 1000 for name, taken in spent.items()}
    return {name: Cost(wall_ms=float(w), cpu_ms=float(c)) for name, (w, c) in medians.items()}


def told(title: str, costs: dict[str, Cost], base: str) -> None:
    print(f"\n{title:34}{'ms':>8}{'1/s':>8}{'CPU ms':>8}{'x speed':>9}{'x CPU':>7}")
    for name, cost in costs.items():
        print(
            f"{name:34}{cost.wall_ms:8.1f}{1000 / cost.wall_ms:8.1f}{cost.cpu_ms:8.1f}"
            f"{costs[base].wall_ms / cost.wall_ms:9.2f}{costs[base].cpu_ms / cost.cpu_ms:7.2f}"
        )


def at(model: Model, input_px: int) -> Model:
    """One look at that size."""
    manifest = replace(model.manifest, input_px=input_px, second_look_px=None)
    return replace(model, manifest=manifest)


def engines(model: Model, int8: Model | None, threads: int) -> dict[str, Detector]:
    found: dict[str, Detector] = {"onnxruntime f32, default": OnnxDetector(model, threads=threads)}
    if importlib.util.find_spec("openvino") is not None:
        found["openvino f32"] = OpenVinoDetector(model, threads=threads)
        found["openvino bf16"] = OpenVinoDetector(model, threads=threads, precision="bf16")
        if int8 is not None:
            found["openvino int8"] = OpenVinoDetector(int8, threads=threads)
    return found


def plain_at(model: Model, image: Image) -> Callable[[], object]:
    """ONNX Runtime's own settings on a square, as Ultralytics' exports are run."""
    session = onnxruntime.InferenceSession(str(model.weights), providers=["CPUExecutionProvider"])
    side = model.manifest.input_px

    def judge() -> object:
        blob, fit = letterbox(image, side)
        square = np.full((1, 3, side, side), PAD_VALUE / 255, np.float32)
        square[..., : blob.shape[2], : blob.shape[3]] = blob
        return detections(session.run(None, {"images": square})[0][0], fit, model.manifest)

    return judge


def torch_at(pt: Path, image: Image, input_px: int) -> Callable[[], object]:
    os.environ.update(QUIET_AND_OFFLINE)
    from ultralytics import YOLO

    network = YOLO(pt)
    return lambda: network.predict(image, imgsz=input_px, verbose=False)


def grown(image: Image, width: int, height: int) -> bytes:
    """A JPEG of another size: what the decoder and the tiles work on, not what is in it."""
    larger = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", larger, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def large(model: Model, image: Image, budget: int, threads: int) -> dict[str, Callable[[], object]]:
    inner = OnnxDetector(with_weak_boxes(model), threads=threads)
    rules = TileRules(
        input_px=model.manifest.input_px, threshold=model.manifest.threshold, budget=budget
    )
    whole, in_turn = TiledDetector(inner, replace(rules, budget=0)), TiledDetector(inner, rules)
    contenders: dict[str, Callable[[], object]] = {}
    for name, size in (("720p", (1280, 720)), ("1080p", (1920, 1080)), ("4K", (3840, 2160))):
        data = grown(image, *size)
        contenders[f"{name} full decode, full view"] = lambda d=data: inner.detect([decode_jpeg(d)])
        if name != "720p":
            contenders |= {
                f"{name} reduced decode, full view": lambda d=data: whole.detect_jpeg(d),
                f"{name} {budget} tiles a picture": lambda d=data, n=name: in_turn.detect_jpeg(
                    d, n
                ),
                f"{name} every tile": lambda d=data: in_turn.detect_jpeg(d),
            }
    return contenders


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default=DEFAULT_MODEL)
    options.add_argument("--int8", type=Path, help="folder of the quantised model")
    options.add_argument("--pt", type=Path, help="the same network for Ultralytics")
    options.add_argument("--input-px", type=int, default=640)
    options.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--tiles", type=int, default=3)
    told_by = options.parse_args()
    px, threads = told_by.input_px, told_by.threads
    model = load_model(told_by.model)
    int8 = load_model(told_by.int8) if told_by.int8 else None
    image = decode_jpeg((samples_folder() / "roof_fire" / "frames" / "0016.jpg").read_bytes())

    by_engine = engines(at(model, px), at(int8, px) if int8 else None, threads)
    contenders: dict[str, Callable[[], object]] = {PLAIN: plain_at(at(model, px), image)}
    contenders |= {
        name: lambda d=detector: d.detect([image]) for name, detector in by_engine.items()
    }
    if told_by.pt:
        contenders["ultralytics torch"] = torch_at(told_by.pt, image, px)
    costs = in_turns(contenders, told_by.rounds)
    told(f"one 1280 x 720 picture at {px} px", costs, PLAIN)

    own = model.manifest.input_px
    by_looks = {
        ONE_LOOK: OnnxDetector(at(model, own), threads=threads),
        "with the second look": OnnxDetector(model, threads=threads),
    }
    looks = {name: lambda d=detector: d.detect([image]) for name, detector in by_looks.items()}
    told(f"one 1280 x 720 picture at {own} px", in_turns(looks, told_by.rounds), ONE_LOOK)

    told(
        f"JPEG to boxes at {model.manifest.input_px} px",
        in_turns(large(model, image, told_by.tiles, threads), max(3, told_by.rounds // 2)),
        "720p full decode, full view",
    )


if __name__ == "__main__":
    main()
