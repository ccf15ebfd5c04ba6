"""What the analysis made of one frame: every frame gets one, seen or not, skipped or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detect.detection import Detection
from geo.pose import Pose
from ingest.records import Key


class LookStatus(StrEnum):
    """How far a frame got."""

    NOTHING = "nothing"
    """Judged, its pose known, and nothing in it."""
    SEEN = "seen"
    """Judged, its pose known, and something in it."""
    UNPLACED = "unplaced"
    """Judged, but where it was taken, or which way, is unknown."""
    SKIPPED = "skipped"
    """Not judged: newer pictures of the same device were waiting."""
    FROZEN = "frozen"
    """The very bytes of a picture just before: the feed hangs or loops, and proves nothing."""
    UNREADABLE = "unreadable"
    """The picture could not be decoded, or its blob is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the detector said about a frame, or why it was not asked."""

    detections: tuple[Detection, ...] = ()
    skipped: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame's result, as it is kept."""

    frame_n: int
    key: Key
    t_capture_s: float
    status: LookStatus
    reason: str | None = None
    """Why it is unplaced, frozen or unreadable."""
    detections: tuple[Detection, ...] = ()
    pose: Pose | None = None
    """Of the camera, from the telemetry around the moment of capture."""
    no_image: str | None = None
    """The area that no picture may show and this one may: the picture itself is deleted."""

    @property
    def judgement(self) -> Judgement:
        """What the detector said, to be used again instead of asking it again."""
        return Judgement(
            detections=self.detections,
            skipped=self.status is LookStatus.SKIPPED,
            fault=self.reason if self.status is LookStatus.UNREADABLE else None,
        )
