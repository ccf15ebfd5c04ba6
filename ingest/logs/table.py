"""Which reader reads which log: one table, asked by content and never by name."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import BadLog
from ingest.logs import (
    capture,
    csv_log,
    dataflash,
    dji_srt,
    dji_txt,
    gpx,
    klv,
    kml,
    photo,
    qgc_wpl,
    tlog,
    ulog,
    wpml,
    zipped,
)
from ingest.logs.reader import HEAD_BYTES, LogReader

READERS: tuple[LogReader, ...] = (
    ulog.READER,
    dataflash.READER,
    photo.READER,
    dji_txt.READER,
    klv.READER,
    tlog.READER,
    wpml.READER,
    kml.READER,
    gpx.READER,
    zipped.READER,
    qgc_wpl.READER,
    dji_srt.READER,
    capture.READER,
    csv_log.READER,
)
"""Asked in this order: the sharpest signature first, a table of any kind last."""


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
        raise BadLog(path, "the file is empty", advice="copy it again from the card", code="empty")
    for reader in READERS:
        if reader.recognise(head):
            return reader
    raise BadLog(
        path,
        "not a flight log that Plumeline knows",
        advice="docs/logs.md lists the formats and how to export them",
        code="unknown",
    )
