"""Which engine runs the detector here, and why."""

from __future__ import annotations

import logging

from detect.detection import Detector
from detect.manifest import load_model
from detect.onnx import OnnxDetector
from plumeline.config import DetectorSection

log = logging.getLogger(__name__)


def make_detector(section: DetectorSection) -> Detector:
    """The configured model in the configured engine.

    Raises:
        BadModel: no such model, or one whose weights are not the manifest's.
        EngineMissing: the engine's extra is not installed.
    """
    model = load_model(section.model)
    detector = OnnxDetector(model, threads=section.threads)
    log.info("detector %s", detector.identity)
    return detector
