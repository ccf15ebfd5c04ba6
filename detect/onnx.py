"""The default engine: ONNX Runtime on the CPU, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

from detect.batching import Network, detect_in_batches
from detect.detection import Detection, Image
from detect.errors import BadModel
from detect.manifest import Model
from detect.yolo import Floats

SPIN_US = "50"
UNLOADABLE = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NotImplemented,
)


class OnnxDetector:
    """A YOLO model run by ONNX Runtime."""

    def __init__(self, model: Model, *, threads: int | None = None) -> None:
        """Load the weights; ``threads`` None lets ONNX Runtime take every core.

        A thread that waits for the next layer spins for SPIN_US before it sleeps, and not at all
        after the picture: waking costs more than a layer on some machines, spinning for long
        takes the cores of whatever else runs (docs/detector.md).

        Raises:
            BadModel: the weights are not a network ONNX Runtime can run, a ``.pt`` for example.
        """
        self._model = model
        self._run = _network(model.weights, threads)
        second = model.second_weights
        self._run_second = _network(second, threads) if second else None

    @property
    def identity(self) -> str:
        """Model and engine."""
        return f"{self._model.identity} onnxruntime-{onnxruntime.__version__}"

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first."""
        return detect_in_batches(images, self._model.manifest, self._run, self._run_second)


def _network(weights: Path, threads: int | None) -> Network:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_US)
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
    except UNLOADABLE as exc:
        raise BadModel(weights.parent, f"ONNX Runtime: {exc}") from exc
    name = session.get_inputs()[0].name

    def run(blob: Floats) -> Floats:
        output: Floats = session.run(None, {name: blob})[0]
        return output

    return run
