"""What can go wrong between a picture and its detections."""

from __future__ import annotations

from pathlib import Path


class DetectError(Exception):
    """Base of everything this package raises on purpose."""


class UnreadablePicture(DetectError):
    """Bytes that no picture comes out of."""


class BadModel(DetectError):
    """A model folder that is not what its manifest says: it is not loaded."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"model {place}: {reason}")
        self.place = place
        self.reason = reason


class EngineMissing(DetectError):
    """An engine whose extra is not installed."""

    def __init__(self, engine: str, extra: str) -> None:
        super().__init__(f"engine {engine} is not installed: pip install 'plumeline[{extra}]'")
        self.engine = engine


class EngineFailed(DetectError):
    """An engine that is installed and does not work."""

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(f"engine {engine}: {reason}")
        self.engine = engine
        self.reason = reason
