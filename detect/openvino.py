"""OpenVINO on the CPU: half the work where the CPU computes in bf16, and the int8 models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from detect.batching import Network, detect_in_batches
from detect.detection import Detection, Image
from detect.errors import BadModel, EngineMissing
from detect.manifest import Model
from detect.yolo import Floats

Precision = Literal["f32", "bf16"]
_CPU = Path("/proc/cpuinfo")


def cpu_has_bf16() -> bool:
    """Whether Linux says that this CPU has instructions for bf16; False where it says nothing."""
    try:
        return not {"amx_bf16", "avx512_bf16"}.isdisjoint(_CPU.read_text("utf-8").split())
    except OSError:
        return False


class OpenVinoDetector:
    """A YOLO model run by OpenVINO."""

    def __init__(
        self, model: Model, *, threads: int | None = None, precision: Precision = "f32"
    ) -> None:
        """Load the weights; ``threads`` None lets OpenVINO take every core.

        Left alone OpenVINO takes bf16 where the CPU has it, which moves scores by up to 0.04 and
        boxes by 7 px (docs/detector.md): so the precision is asked for, and part of the identity.
        Weights in OpenVINO's own form, an ``.xml`` and its ``.bin``, hold the int8 models.

        Raises:
            EngineMissing: the extra ``openvino`` is not installed.
            BadModel: OpenVINO cannot read the weights.
        """
        try:
            import openvino  # noqa: PLC0415  # an extra
        except ImportError as exc:
            raise EngineMissing(engine="openvino", extra="openvino") from exc
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
        }
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        self._model = model
        self._run = _network(openvino, model.weights, options)
        second = model.second_weights
        self._run_second = _network(openvino, second, options) if second else None
        version = openvino.__version__.partition("-")[0]
        self._identity = f"{model.identity} openvino-{version} {precision}"

    @property
    def identity(self) -> str:
        """Model, engine and precision."""
        return self._identity

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first."""
        return detect_in_batches(images, self._model.manifest, self._run, self._run_second)


def _network(openvino: Any, weights: Path, options: dict[str, Any]) -> Network:
    try:
        compiled = openvino.compile_model(str(weights), "CPU", options)
    except RuntimeError as exc:
        raise BadModel(weights.parent, f"OpenVINO: {exc}") from exc

    def run(blob: Floats) -> Floats:
        output: Floats = compiled([blob])[0]
        return output

    return run
