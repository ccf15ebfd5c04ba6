"""A video file opened with PyAV (FFmpeg in software), within limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingest.errors import BadLog
from ingest.jpeg import MAX_PIXELS
from ingest.video_boxes import is_quicktime, movie_box

COPY_AGAIN = "copy it again from the card, and play it once in a video player"
_REPAIR = (
    "the camera lost power before it closed the file: put the card back into the aircraft and "
    "switch it on, which repairs it, or use a repair tool with a whole clip of the same camera"
)
_THREADS = 4
"""Of the decoder: more of them cost memory, each holds pictures of its own."""
_MAX_LOST = 100
"""Packets that cannot be read, before the rest of a file is given up."""


def pyav() -> Any:
    """The library, which is an extra; raises ModuleNotFoundError without it."""
    import av  # noqa: PLC0415 - an extra

    return av


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The container of a video.

    Raises:
        BadLog: PyAV is missing, the file cannot be opened as a video, or its index is missing.
    """
    try:
        av = pyav()
    except ModuleNotFoundError:
        advice = "pip install 'plumeline[logs]'"
        raise BadLog(path, "reading video needs PyAV", advice=advice) from None
    try:
        with path.open("rb") as file:
            quicktime = is_quicktime(file.read(12))
        if quicktime and movie_box(path) is None:
            raise BadLog(path, "the video has no index (moov)", advice=_REPAIR, code="no_index")
        container = av.open(str(path), metadata_errors="replace")
    except (OSError, av.FFmpegError) as exc:
        reason = f"cannot be opened as a video: {exc.strerror}"
        raise BadLog(path, reason, advice=COPY_AGAIN) from exc
    with container:
        yield container


def picture_stream(path: Path, container: Any) -> Any:
    """The largest picture track (a thumbnail is one, too), its decoder told the limits.

    Raises:
        BadLog: there is none, or its pictures have no size or more than 50 million pixels.
    """
    streams = [s for s in container.streams.video if s.codec_context is not None]
    if not streams:
        raise BadLog(path, "has no picture track", advice=COPY_AGAIN)
    stream = max(streams, key=lambda s: s.width * s.height)
    if not 0 < stream.width * stream.height <= MAX_PIXELS:
        size = f"{stream.width} x {stream.height} px"
        raise BadLog(path, f"pictures of {size} are outside the limit of {MAX_PIXELS} pixels")
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    stream.codec_context.thread_type = "AUTO"
    stream.codec_context.thread_count = _THREADS
    return stream


def packets(container: Any, stream: Any) -> Iterator[Any]:
    """The stream's packets to the end of the file; None for one that cannot be read."""
    lost = 0
    while lost < _MAX_LOST:
        try:
            yield from container.demux(stream)
        except IndexError:  # a packet of a track that the header did not announce
            continue
        except pyav().FFmpegError:
            lost += 1
            yield None
        else:
            return


def start_s(stream: Any) -> float:
    """Time stamp of the stream's first picture."""
    return float((stream.start_time or 0) * stream.time_base)
