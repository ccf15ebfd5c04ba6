"""Which reader reads which log: one table, asked by content and never by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import BadLog
from ingest.logs.flight import Flight

HEAD_BYTES = 65536
"""Of a file, shown to the readers to recognise their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReader:
    """One format."""

    name: str
    title: str
    """For people: "PX4 ULog"."""
    recognise: Callable[[bytes], bool]
    """Whether a file that begins with these bytes is of this format; must not raise."""
    read: Callable[[Path], Flight]
    """Raises BadLog and nothing else."""
    third_party: bool = False
    """Parsed by somebody else's code: read in a process of its own with limits."""


READERS: tuple[LogReader, ...] = ()
"""Asked in this order: the sharpest signature first."""


def recognise(path: Path) -> LogReader:
    """The reader for a file.

    Raises:
        BadLog: the file is empty, cannot be opened, or no reader knows it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    if not head:
        raise BadLog(path, "the file is empty", advice="copy it again from the card")
    for reader in READERS:
        if reader.recognise(head):
            return reader
    raise BadLog(
        path,
        "not a flight log that Plumeline knows",
        advice="docs/logs.md lists the formats and how to export them",
    )
