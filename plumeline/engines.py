"""Which engine runs the detector here, and why."""

from __future__ import annotations

import logging
from pathlib import Path

from detect.detection import Detector
from detect.manifest import Model, load_model
from detect.onnx import OnnxDetector
from detect.openvino import OpenVinoDetector
from detect.ray import RayDetector
from detect.tiled import TiledDetector, TileRules, with_weak_boxes
from detect.ultralytics import UltralyticsDetector
from plumeline.sections import DetectorSection

log = logging.getLogger(__name__)

WHY_AUTO = "auto: no engine is faster with the same answers; openvino in bf16 trades them for speed"
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
    return WHY_AUTO if section.engine == "auto" else f"engine {section.engine} is configured"


def _detector(section: DetectorSection) -> Detector:
    if section.engine == "ultralytics":
        return UltralyticsDetector(Path(section.model), trusted=section.trust_pt)
    model = load_model(section.model)
    if section.tiles == 0:
        return _engine(section, model)
    rules = TileRules(
        input_px=model.manifest.input_px, threshold=model.manifest.threshold, budget=section.tiles
    )
    return TiledDetector(_engine(section, with_weak_boxes(model)), rules)


def _engine(section: DetectorSection, model: Model) -> Detector:
    match section.engine:
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
