"""What lies on a memory card: logs and videos in files and folders, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import BadLog
from plumeline.brought import why_no_log

SUBTITLES = {".srt"}
VIDEOS = {".mp4", ".mov", ".ts"}
CERTAIN = SUBTITLES | {".ulg", ".tlog", ".gpx", ".kml", ".kmz", ".wpml", ".mp4", ".mov", ".jpg"}
"""Whose name says that it should be one is refused, not passed over, when it cannot be read."""

COPIES = {".lrf", ".lrv", ".thm", ".scr"}
"""Small copies that cameras keep of their videos and photos: they would be judged twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file to be taken."""

    path: Path
    beside: Path | None = None
    """Of a video, the telemetry of the same name."""


def items_of(paths: Iterable[Path], skip: Callable[[BadLog], None]) -> list[Item]:
    """The files in the order they should be taken: a video before the log of its name.

    Files named by themselves are taken whatever they are; in folders, at any depth, what nobody
    knows is told to ``skip``, unless its name says that it is a log, and so are the cameras' small
    copies. Hidden files and links are passed over.
    """
    files: dict[Path, None] = {}
    for path in paths:
        found = _within(path, skip) if path.is_dir() else [path]
        files |= dict.fromkeys(found)
    logs = {_stem(path): path for path in files if path.suffix.lower() in SUBTITLES}
    return sorted(
        (
            Item(path=path, beside=logs.get(_stem(path)) if _is_video(path) else None)
            for path in files
        ),
        key=lambda item: (item.path.parent, item.path.stem.lower(), not _is_video(item.path)),
    )


def _within(folder: Path, skip: Callable[[BadLog], None]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        unknown = _why_not(path)
        if unknown is None:
            yield path
        else:
            skip(unknown)


def _why_not(path: Path) -> BadLog | None:
    if path.suffix.lower() in COPIES:
        return BadLog(path, "the camera's small copy of a video or photo", code="small_copy")
    return None if path.suffix.lower() in CERTAIN else why_no_log(path)


def _stem(path: Path) -> tuple[Path, str]:
    return path.parent, path.stem.lower()


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEOS
