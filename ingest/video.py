"""Video files of drones: what is in one, and pictures out of it at the times it gives them.

Decoding is sequential and in software, so every machine gives the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import BadLog
from ingest.logs.flight import Integrity
from ingest.video_boxes import is_mpeg_ts, is_quicktime, movie_box
from ingest.video_file import COPY_AGAIN, opened, packets, picture_stream, pyav, start_s

Image = npt.NDArray[np.uint8]
"""Shape (height, width, 3), blue-green-red."""

PER_S = 2.0
DENSE_PER_S = 8.0
DENSE_FOR_S = 2.0
JPEG_QUALITY = 90
_OLDEST_S = 946_684_800.0
"""2000-01-01: a creation time before it is a clock that was never set."""


class Telemetry(StrEnum):
    """What a video carries beside its pictures."""

    SUBTITLE = "subtitle"
    """A text track: `ingest.video_text` gives it as an SRT file."""
    KLV = "klv"
    """MISB metadata in a transport stream: the KLV reader takes the same file."""
    DJMD = "djmd"
    """DJI's own binary track, whose layout differs by model and is not published: not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What a video says of itself."""

    duration_s: float | None
    fps: float | None
    """Mean rate."""
    frames: int | None
    """Of the picture track; None where the container does not count them (MPEG-TS)."""
    width_px: int
    height_px: int
    creation_time_s: float | None
    """When the camera says it began, UTC by the standard; some cameras write local time here."""
    telemetry: tuple[Telemetry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFrame:
    """One picture, ``video_s`` seconds after the first one of the video."""

    video_s: float
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """How the decoding of a whole video went."""

    frames: int
    skipped: int
    """Packets and pictures that made no sense."""
    until_s: float
    """Time of the last picture."""
    integrity: Integrity
    damage: str | None
    recovered: float
    """Share of the pictures, between 0 and 1."""


def is_video(head: bytes) -> bool:
    """Whether a file that begins with these bytes is MP4, MOV or MPEG-TS."""
    return is_quicktime(head) or is_mpeg_ts(head)


def probe(path: Path) -> VideoFacts:
    """What a video says of itself, without decoding a picture.

    Raises:
        BadLog: PyAV is missing, the file is no video, was cut before its index was written, has no
            picture track, or pictures of more than 50 million pixels.
    """
    with opened(path) as container:
        stream = picture_stream(path, container)
        rate = stream.average_rate
        return VideoFacts(
            duration_s=container.duration / 1e6 if container.duration else None,
            fps=float(rate) if rate else None,
            frames=stream.frames or None,
            width_px=stream.width,
            height_px=stream.height,
            creation_time_s=_creation_time_s(container.metadata.get("creation_time", "")),
            telemetry=_telemetry(path, container),
        )


def sample(
    path: Path,
    *,
    per_s: float = PER_S,
    stirs: Callable[[Image], bool] | None = None,
    dense_per_s: float = DENSE_PER_S,
    on_progress: Callable[[float], None] | None = None,
    on_end: Callable[[Decoded], None] | None = None,
) -> Iterator[VideoFrame]:
    """Pictures at ``per_s`` a second, each with its own presentation time, in order of time.

    A picture is taken when its time enters a new slot of 1/``per_s``, so variable frame rates and
    odd ones (29.97) neither drift nor bunch. Each picture is handed out first; then ``stirs`` is
    asked about it, and where it says yes the next 2 s are taken at ``dense_per_s``. It never goes
    back: what lies between the last two pictures stays untaken. ``on_progress`` gets the share of
    the duration, ``on_end`` how the decoding went; a consumer that stops early gets no ``on_end``.

    Raises:
        BadLog: as `probe`, or no picture of the file can be decoded.
    """
    with opened(path) as container:
        stream = picture_stream(path, container)
        pictures = _Pictures(container, stream)
        taken_s, dense_until_s = -math.inf, -math.inf
        for video_s, picture in pictures:
            rate = dense_per_s if video_s < dense_until_s else per_s
            if _slot(video_s, rate) <= _slot(taken_s, rate):
                continue
            taken_s = video_s
            image = picture.to_ndarray(format="bgr24")
            yield _frame(video_s, image)
            if on_progress is not None and pictures.duration_s:
                on_progress(min(1.0, video_s / pictures.duration_s))
            if stirs is not None and stirs(image):
                dense_until_s = video_s + DENSE_FOR_S
        if not pictures.frames:
            memory = ": there is not enough memory" if pictures.starved else ""
            raise BadLog(path, f"none of its pictures can be decoded{memory}", advice=COPY_AGAIN)
        if on_end is not None:
            on_end(pictures.outcome())


class _Pictures:
    """The decoded pictures of a stream with their seconds; counts what is lost on the way."""

    def __init__(self, container: Any, stream: Any) -> None:
        self.frames = 0
        self.skipped = 0
        self.starved = False
        self.until_s = 0.0
        self.duration_s: float | None = container.duration / 1e6 if container.duration else None
        self._container = container
        self._stream = stream
        self._shift_s = -start_s(stream)

    def __iter__(self) -> Iterator[tuple[float, Any]]:
        for packet in packets(self._container, self._stream):
            for picture in self._decode(packet):
                video_s = None if picture.is_corrupt else self._time_s(picture)
                if video_s is None:
                    self.skipped += 1
                    continue
                self.frames += 1
                self.until_s = max(self.until_s, video_s)
                yield video_s, picture

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode()) if packet is not None else self._lose()
        except pyav().FFmpegError as exc:
            self.starved |= isinstance(exc, MemoryError)
            return self._lose()

    def _lose(self) -> list[Any]:
        self.skipped += 1
        return []

    def _time_s(self, picture: Any) -> float | None:
        """Seconds from the first picture; where a joined stream starts its clock anew, it goes on.

        A time past the end of the video is a damaged one.
        """
        if picture.time is None:
            return None
        video_s = float(picture.time) + self._shift_s
        if self.duration_s and video_s > max(self.duration_s, self.until_s) + 1.0:
            return None
        if video_s < self.until_s - 1.0:
            step_s = 1.0 / float(self._stream.average_rate or 30)
            self._shift_s += self.until_s + step_s - video_s
            video_s = self.until_s + step_s
        return video_s

    def outcome(self) -> Decoded:
        expected = max(self._stream.frames, self.frames + self.skipped)
        cut = self.frames + self.skipped < 0.98 * expected
        damage = []
        if cut:
            damage.append(
                f"the pictures end at {self.until_s:.1f} s of {self.duration_s or 0:.1f} s"
            )
        if self.skipped:
            damage.append(f"{self.skipped} packets or pictures could not be decoded")
        whole = Integrity.CORRUPT if self.skipped else Integrity.COMPLETE
        return Decoded(
            frames=self.frames,
            skipped=self.skipped,
            until_s=self.until_s,
            integrity=Integrity.TRUNCATED if cut else whole,
            damage="; ".join(damage) or None,
            recovered=self.frames / expected,
        )


def _telemetry(path: Path, container: Any) -> tuple[Telemetry, ...]:
    found = []
    if any(s.type == "subtitle" for s in container.streams):
        found.append(Telemetry.SUBTITLE)
    if any(s.type == "data" and s.name == "klv" for s in container.streams):
        found.append(Telemetry.KLV)
    if b"djmd" in (movie_box(path) or b""):
        found.append(Telemetry.DJMD)
    return tuple(found)


def _frame(video_s: float, image: Image) -> VideoFrame:
    import cv2  # noqa: PLC0415 - this room must start without it

    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    height_px, width_px = image.shape[:2]
    return VideoFrame(video_s=video_s, jpeg=jpeg.tobytes(), width_px=width_px, height_px=height_px)


def _slot(video_s: float, per_s: float) -> float:
    """Number of the slot; a picture a rounding error before a slot's edge belongs to it."""
    return math.floor(video_s * per_s + 1e-3) if math.isfinite(video_s) else -math.inf


def _creation_time_s(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    time_s = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return time_s if time_s > _OLDEST_S else None
