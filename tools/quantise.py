"""Make the int8 sister of a model: `python tools/quantise.py MODEL IMAGES OUT`. Needs `[train]`.

MODEL is a folder with a manifest, IMAGES a text file of training pictures (`train.txt` of a run) or
a folder of them, OUT a folder that is made. Weights and activations become 8 bits as ONNX Runtime's
CPU kernels want them (QDQ, weights per channel, activations unsigned); the ranges come from the
pictures. Score the sister as any model before use: `plumeline score --model OUT`.

What keeps the loss small: of the pictures' own extremes the range takes in all but the farthest
3 %, so that one outlier does not cost the others their steps, and what is rare but strong, a
flame, is not cut off as a mean over pictures would; in front of a SiLU ranges end at -6, below
which it is flat (SiLU(-6) = -0.015) while the values reach -100; the last convolutions of the head
and the arithmetic that turns its answer into boxes stay in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
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

PICTURES = 120
SEED = 0
SILU_FLOOR = -6.0
WITHIN = 0.97
"""Of the pictures' extremes, that a range takes in."""
LAST_CONV = re.compile(r"cv[23]\.\d\.2/Conv$")
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
    """The detection head (the last module) apart from its inner convolutions and their SiLU."""
    last = max((node.name for node in graph.node if node.name.startswith("/model.")), key=module_of)
    head = f"/model.{module_of(last)}/"
    return [
        node.name
        for node in graph.node
        if node.name.startswith(head)
        and (
            "/dfl/" in node.name
            or LAST_CONV.search(node.name)
            or (node.op_type != "Conv" and "/act/" not in node.name)
        )
    ]


def module_of(name: str) -> int:
    return int(name.removeprefix("/model.").partition("/")[0])


def ranges(
    prepared: Path, graph: onnx.GraphProto, pictures: Pictures
) -> dict[str, list[dict[str, np.float32]]]:
    """Of every activation, with the flat part of SiLU cut off."""
    session = create_calibrator(
        str(prepared),
        None,
        augmented_model_path=str(prepared.with_name("augmented.onnx")),
        calibrate_method=CalibrationMethod.MinMax,
    ).infer_session
    names = [one.name for one in session.get_outputs()]
    seen: dict[str, list[float]] = {}
    while (picture := pictures.get_next()) is not None:
        for name, value in zip(names, session.run(None, picture), strict=True):
            if name.endswith("_ReduceMax"):
                seen.setdefault(name, []).append(float(np.max(value)))
            elif name.endswith("_ReduceMin"):
                seen.setdefault(name, []).append(float(np.min(value)))
    silu = {n.input[0] for n in graph.node if n.op_type == "Sigmoid" and "/act/" in n.name}
    found = {}
    for name in (one.removesuffix("_ReduceMax") for one in seen if one.endswith("_ReduceMax")):
        low = float(np.quantile(seen[f"{name}_ReduceMin"], 1 - WITHIN))
        high = float(np.quantile(seen[f"{name}_ReduceMax"], WITHIN))
        if name in silu:
            low, high = max(low, SILU_FLOOR), max(high, 1.0)
        edges = {"rmin": np.float32(min(low, 0.0)), "rmax": np.float32(max(high, 1e-3))}
        found[name] = [edges]
    return found


def quantise(model: Model, files: list[Path], made: Path) -> None:
    """Write the quantised weights to the file ``made``."""

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(model.weights), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        name, input_px = graph.input[0].name, model.manifest.input_px
        quantize_static(
            str(prepared),
            str(made),
            Pictures(files[:1], input_px, name),  # what is not overridden: nothing
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept_in_float(graph),
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={
                "TensorQuantOverrides": ranges(prepared, graph, Pictures(files, input_px, name))
            },
        )


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def manifest_text(model: Model, weights: Path) -> str:
    """The model's own manifest with the new weights in it."""
    said = model.manifest
    classes = ", ".join(f'"{label}"' for label in said.classes)
    return f"""name = "{said.name}_int8"
version = "{said.version}"
file = "{WEIGHTS}"
sha256 = "{sha256_of(weights)}"
size_bytes = {weights.stat().st_size}
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
    (told.out / "manifest.toml").write_text(manifest_text(model, weights), "utf-8")
    print(f"{told.out}: {weights.stat().st_size:,} bytes, ranges from {len(files)} pictures")


if __name__ == "__main__":
    main()
