"""Make the int8 sister of a model: `python tools/quantise.py MODEL IMAGES OUT`. Needs `[train]`.

MODEL is a folder with a manifest, IMAGES a text file of training pictures (`train.txt` of a run) or
a folder of them, OUT a folder that is made. Weights and activations become 8 bits as ONNX Runtime's
CPU kernels want them (QDQ, weights per channel, activations unsigned); the ranges come from the
pictures. Score the sister as any model before use: `plumeline score --model OUT`.

What keeps the loss small: ranges are the mean over pictures of each one's extremes (a single far
outlier would cost the others their steps); in front of a SiLU they end at -6, below which it is
flat (SiLU(-6) = -0.015) while the values reach -100; the arithmetic that turns the head's answer
into boxes stays in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.shape_inference import quant_pre_process

from detect.datasets import read_image
from detect.manifest import Model, load_model
from detect.yolo import letterbox

PICTURES = 100
SEED = 0
SILU_FLOOR = -6.0
QUANTISED = ["Conv", "Sigmoid", "Mul", "Concat", "MaxPool", "Resize", "Add"]
WEIGHTS = "weights.int8.onnx"


class Pictures(CalibrationDataReader):  # type: ignore[misc]
    """What the network sees of some pictures."""

    def __init__(self, files: list[Path], input_px: int, name: str) -> None:
        self._files, self._input_px, self._name = iter(files), input_px, name

    def get_next(self) -> dict[str, Any] | None:
        file = next(self._files, None)
        if file is None:
            return None
        return {self._name: letterbox(read_image(file), self._input_px)[0]}


def chosen_pictures(place: Path) -> list[Path]:
    """Some of them, by a fixed seed."""
    if place.is_dir():
        files = [file for file in place.rglob("*") if file.suffix.lower() in {".jpg", ".png"}]
    else:
        files = [Path(line) for line in place.read_text("utf-8").split()]
    files = sorted(set(files))
    random.Random(SEED).shuffle(files)
    return files[:PICTURES]


def kept_in_float(graph: onnx.GraphProto) -> list[str]:
    """The detection head (the last module) apart from its convolutions and their SiLU."""
    last = max((node.name for node in graph.node if node.name.startswith("/model.")), key=module_of)
    head = f"/model.{module_of(last)}/"
    return [
        node.name
        for node in graph.node
        if node.name.startswith(head)
        and ("/dfl/" in node.name or (node.op_type != "Conv" and "/act/" not in node.name))
    ]


def module_of(name: str) -> int:
    return int(name.removeprefix("/model.").partition("/")[0])


def ranges_before_silu(
    prepared: Path, graph: onnx.GraphProto, pictures: Pictures
) -> dict[str, list[dict[str, np.float32]]]:
    """Of each activation's input, with the flat part of SiLU cut off."""
    calibrator = create_calibrator(
        str(prepared),
        None,
        augmented_model_path=str(prepared.with_name("augmented.onnx")),
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"moving_average": True},
    )
    calibrator.collect_data(pictures)
    found = calibrator.compute_data()
    inputs = [n.input[0] for n in graph.node if n.op_type == "Sigmoid" and "/act/" in n.name]
    ranges = {}
    for name in inputs:
        low, high = (float(np.min(value)) for value in found[name].range_value)
        low, high = max(low, SILU_FLOOR), max(high, 1.0)
        ranges[name] = [{"rmin": np.float32(low), "rmax": np.float32(high)}]
    return ranges


def quantise(model: Model, files: list[Path], made: Path) -> None:
    """Write the quantised weights to the file ``made``."""

    def pictures() -> Pictures:
        return Pictures(files, model.manifest.input_px, graph.input[0].name)

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(model.weights), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        quantize_static(
            str(prepared),
            str(made),
            pictures(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept_in_float(graph),
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={
                "CalibMovingAverage": True,
                "TensorQuantOverrides": ranges_before_silu(prepared, graph, pictures()),
            },
        )


def manifest_text(model: Model, weights: bytes) -> str:
    """The model's own manifest with the new weights in it."""
    said = model.manifest
    classes = ", ".join(f'"{label}"' for label in said.classes)
    return f"""name = "{said.name}_int8"
version = "{said.version}"
file = "{WEIGHTS}"
sha256 = "{hashlib.sha256(weights).hexdigest()}"
size_bytes = {len(weights)}
input_px = {said.input_px}
classes = [{classes}]
nms_iou = {said.nms_iou}
licence = "{said.licence}"

[threshold]
smoke = {said.threshold.smoke}
fire = {said.threshold.fire}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("out", type=Path)
    told = parser.parse_args()
    model, files = load_model(told.model), chosen_pictures(told.images)
    told.out.mkdir(parents=True)
    weights = told.out / WEIGHTS
    quantise(model, files, weights)
    (told.out / "manifest.toml").write_text(manifest_text(model, weights.read_bytes()), "utf-8")
    print(f"{told.out}: {weights.stat().st_size:,} bytes, ranges from {len(files)} pictures")


if __name__ == "__main__":
    main()
