"""The text track of a video as a subtitle file: DJI writes its telemetry there, too."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import BadLog
from ingest.video_file import opened, packets, picture_stream, start_s

_MAX_BYTES = 256 << 20


def subtitles(path: Path) -> bytes:
    """The first text track as an SRT file in UTF-8, its times counted from the first picture.

    Raises:
        BadLog: the file is no readable video, has no text track, or more than 256 MB of text.
    """
    with opened(path) as container:
        zero_s = start_s(picture_stream(path, container))
        track = next((s for s in container.streams if s.type == "subtitle"), None)
        if track is None:
            raise BadLog(path, "has no text track", advice="give the .SRT file beside the video")
        cues: list[bytes] = []
        size_bytes = 0
        for packet in packets(container, track):
            if packet is None or packet.pts is None:
                continue
            text = _cue_text(bytes(packet), timed_text=track.name == "mov_text")
            if not text:
                continue
            from_s = float(packet.pts * packet.time_base) - zero_s
            to_s = from_s + float((packet.duration or 0) * packet.time_base)
            times = f"{_srt_time(from_s)} --> {_srt_time(to_s)}"
            cues.append(f"{len(cues) + 1}\n{times}\n{text}\n\n".encode())
            size_bytes += len(cues[-1])
            if size_bytes > _MAX_BYTES:
                raise BadLog(path, "its text track has more than 256 MB")
        return b"".join(cues)


def _cue_text(data: bytes, *, timed_text: bool) -> str:
    """Text of a cue without blank lines; 3GPP TS 26.245 puts its length in front, styles behind."""
    if timed_text:
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    utf16 = data.startswith((b"\xfe\xff", b"\xff\xfe"))
    text = data.decode("utf-16" if utf16 else "utf-8", errors="replace")
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _srt_time(seconds: float) -> str:
    ms = max(0, round(seconds * 1000))
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"
