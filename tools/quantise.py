"""Make the int8 sister of a model: `python tools/quantise.py MODEL IMAGES OUT`.

Needs `pip install nncf openvino onnx`. MODEL is a folder with a manifest, IMAGES a text file of
training pictures (`train.txt` of a run) or a folder of them, OUT a folder that is made: weights in
OpenVINO's own form (`engine = "openvino"`) and a manifest. Score the sister as any model before
use: `plumeline score --model OUT`.

NNCF chooses the ranges from the pictures and corrects what rounding shifts on average; without that
correction the sister sees smoke on plain grey. So plain grey pictures are among those it is shown.
Ranges leave out outliers. The first convolution and the head's arithmetic that turns its answer
into boxes stay in float32: both take little time, and the first one costs .012 of smoke's AP50.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import nncf
import numpy as np
import openvino
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from detect.datasets import read_image
from detect.manifest import Model, files_of, load_model, sha256_of
from detect.yolo import Floats, letterbox

PICTURES = 200
SEED = 0
GREYS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 0.95, 1.0)
WEIGHTS, SECOND = "weights.int8.xml", "second.int8.xml"
FIRST = ".*/model.0/.*"
HEAD_ARITHMETIC = "(dfl/.*|(Add|Sub|Mul|Div|Concat|Sigmoid|Slice).*)"


def chosen_pictures(place: Path) -> list[Path]:
    """Some of them, by a fixed seed."""
    if place.is_dir():
        files = [file for file in place.rglob("*") if file.suffix.lower() in {".jpg", ".png"}]
    else:
        files = [Path(line) for line in place.read_text("utf-8").split()]
    files = sorted(set(files))
    random.Random(SEED).shuffle(files)
    return files[:PICTURES]


def what_it_is_shown(files: list[Path], input_px: int) -> list[Floats]:
    """The pictures as the network sees them, and plain grey ones."""
    seen = [letterbox(read_image(file), input_px)[0] for file in files]
    return seen + [np.full(seen[0].shape, grey, np.float32) for grey in GREYS]


def last_module(network: openvino.Model) -> str:
    """The detection head's name: `/model.N`, N the highest."""
    names = [op.get_friendly_name() for op in network.get_ops()]
    parts = [name.split("/")[1] for name in names if name.startswith("/model.")]
    return "/" + max(parts, key=lambda part: int(part.removeprefix("model.")))


def quantise(weights: Path, input_px: int, files: list[Path], made: Path) -> None:
    """Write the quantised weights to the file ``made`` and its ``.bin``."""
    network = openvino.Core().read_model(str(weights))
    shown = what_it_is_shown(files, input_px)
    arithmetic = f".*{last_module(network)}/{HEAD_ARITHMETIC}"
    smaller = nncf.quantize(
        network,
        nncf.Dataset(shown),
        preset=nncf.QuantizationPreset.MIXED,
        ignored_scope=nncf.IgnoredScope(patterns=[FIRST, arithmetic]),
        subset_size=len(shown),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.MEAN_QUANTILE
        ),
    )
    openvino.save_model(smaller, made)


def manifest_text(model: Model, networks: list[Path]) -> str:
    """The model's own manifest with the new weights in it, the second look's last."""
    said, files = model.manifest, [file for network in networks for file in files_of(network)]
    again = f"second_look_px = {said.second_look_px}\n" if said.second_look_px else ""
    again += f'second_look_file = "{networks[1].name}"\n' if networks[1:] else ""
    classes = ", ".join(f'"{label}"' for label in said.classes)
    return f"""name = "{said.name}_int8"
version = "{said.version}"
file = "{networks[0].name}"
sha256 = "{sha256_of(files)}"
size_bytes = {sum(file.stat().st_size for file in files)}
input_px = {said.input_px}
{again}classes = [{classes}]
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
    made = [told.out / WEIGHTS]
    quantise(model.weights, model.manifest.input_px, files, made[0])
    if model.second_weights and model.manifest.second_look_px:
        made.append(told.out / SECOND)
        quantise(model.second_weights, model.manifest.second_look_px, files, made[1])
    (told.out / "manifest.toml").write_text(manifest_text(model, made), "utf-8")
    print(f"{told.out}: {', '.join(file.name for file in made)}, ranges from {len(files)} pictures")


if __name__ == "__main__":
    main()
