"""Which engine runs the detector here, and why."""

from __future__ import annotations

import logging
from pathlib import Path

from detect.detection import Detector
from detect.errors import BadModel
from detect.manifest import Model, load_model
from detect.onnx import OnnxDetector
from detect.openvino import OpenVinoDetector, cpu_has_bf16
from detect.ray import RayDetector
from detect.tiled import TiledDetector, TileRules, with_weak_boxes
from detect.ultralytics import UltralyticsDetector
from plumeline.sections import DetectorSection

log = logging.getLogger(__name__)

WHY_AUTO = "auto: in full precision, so that every machine sees the same"
FASTER_HERE = (
    '; this CPU computes in bf16: engine = "openvino" with precision = "bf16" would take half the'
    " time and move scores a little"
)
"""Measured: docs/detector.md."""


def make_detector(section: DetectorSection) -> Detector:
    """The configured model in the configured engine.

    Raises:
        BadModel: no such model, weights that are not the manifest's, or a ``.pt`` not trusted.
        EngineMissing: the engine's extra is not installed.
        EngineFailed: it is installed and does not start.
    """
    detector = _detector(section)
    log.info("detector %s why=%s", detector.identity, why_engine(section))
    return detector


def why_engine(section: DetectorSection) -> str:
    """Why this engine and no other."""
    if section.engine != "auto":
        return f"engine {section.engine} is configured"
    return WHY_AUTO + (FASTER_HERE if cpu_has_bf16() else "")


def _detector(section: DetectorSection) -> Detector:
    if section.engine == "ultralytics":
        return UltralyticsDetector(Path(section.model), trusted=section.trust_pt)
    model = load_model(section.model)
    if section.tiles == 0:
        return engine_of(section, model)
    rules = TileRules(
        input_px=model.manifest.input_px, threshold=model.manifest.threshold, budget=section.tiles
    )
    return TiledDetector(engine_of(section, with_weak_boxes(model)), rules)


def engine_of(section: DetectorSection, model: Model) -> Detector:
    """What runs the model.

    Raises:
        BadModel, EngineMissing, EngineFailed: as of ``make_detector``.
    """
    theirs = model.weights.suffix == ".xml"
    if theirs and section.engine in {"onnx", "ray"}:
        reason = f'{model.weights.name} is for OpenVINO: set engine = "openvino"'
        raise BadModel(model.weights.parent, reason)
    match "openvino" if theirs else section.engine:
        case "openvino":
            return OpenVinoDetector(model, threads=section.threads, precision=section.precision)
        case "ray":
            return RayDetector(
                model,
                workers=section.ray_actors,
                threads=section.threads or 1,
                address=section.ray_address,
            )
        case _:
            return OnnxDetector(model, threads=section.threads)
