"""The pictures of a video: sampled, kept as blobs, and judged while they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from alerts.look import Judgement
from detect.detection import Detector
from detect.errors import UnreadablePicture
from detect.tiled import look
from ingest.logs.flight import Integrity
from ingest.logs.report import Report
from ingest.logs.samples import Picture
from ingest.video import Decoded, VideoFrame
from plumeline import video_apart
from plumeline.brought import Brought
from store.blobs import Blobs

KEPT_AT_ONCE = 16
"""Pictures written together."""


class Footage:
    """Samples one video; sampling is denser where the detector finds something."""

    def __init__(self, detector: Detector, blobs: Blobs) -> None:
        self._detector = detector
        self._blobs = blobs
        self.judged: dict[str, Judgement] = {}
        """By the picture's sha256."""
        self._ended: Decoded | None = None

    def pictures(
        self, brought: Brought, utc_shift_s: float, on_progress: Callable[[float], None]
    ) -> tuple[Picture, ...]:
        """Pictures whose bytes are kept, each with its time.

        Raises:
            BadLog: no picture can be decoded, or a limit was reached.
            OSError: the disk is full.
        """
        assert brought.video is not None
        fit = brought.video.fit
        if fit is None:
            return ()
        found: list[Picture] = []
        waiting: list[tuple[str, bytes]] = []
        for name, frame in self._sampled(brought.path, on_progress):
            t_log_s = fit.t_of(frame.video_s)
            found.append(
                Picture(
                    t_log_s=t_log_s,
                    t_capture_s=t_log_s + utc_shift_s,
                    sha256=name,
                    size_bytes=len(frame.jpeg),
                    width_px=frame.width_px,
                    height_px=frame.height_px,
                )
            )
            waiting.append((name, frame.jpeg))
            if len(waiting) >= KEPT_AT_ONCE:
                self._blobs.put(waiting)
                waiting.clear()
        self._blobs.put(waiting)
        return tuple(found)

    def told(self, report: Report) -> Report:
        """The report with what became of the pictures."""
        ended = self._ended
        if ended is None or ended.integrity is Integrity.COMPLETE:
            return report
        return replace(
            report,
            status="truncated" if ended.integrity is Integrity.TRUNCATED else "corrupt",
            reason="; ".join(filter(None, (report.reason, ended.damage))),
            recovered=min(ended.recovered, report.recovered or 1.0),
        )

    def _sampled(
        self, path: Path, on_progress: Callable[[float], None]
    ) -> Iterator[tuple[str, VideoFrame]]:
        newest = b""
        frames = video_apart.sample(
            path,
            stirs=lambda _image: self._stirs(newest, str(path)),
            on_progress=on_progress,
            on_end=partial(setattr, self, "_ended"),
        )
        with closing(frames):  # type: ignore[type-var]
            for frame in frames:
                newest = frame.jpeg
                yield sha256(frame.jpeg).hexdigest(), frame

    def _stirs(self, jpeg: bytes, camera: str) -> bool:
        """Judge a picture once, as the analyst would."""
        try:
            found = look(self._detector, jpeg, camera)
        except UnreadablePicture as exc:
            self.judged[sha256(jpeg).hexdigest()] = Judgement(fault=str(exc))
            return False
        self.judged[sha256(jpeg).hexdigest()] = Judgement(detections=tuple(found))
        return bool(found)
