"""What every reader of a log format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
    """Parsed by somebody else's code, or unpacked: read in a process of its own with limits."""
