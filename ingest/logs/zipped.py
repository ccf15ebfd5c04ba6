"""KMZ: a zip with a KML or a DJI mission in it."""

from __future__ import annotations

import io
from pathlib import Path

from ingest import archive
from ingest.errors import BadLog
from ingest.logs import kml, wpml
from ingest.logs.flight import Flight
from ingest.logs.reader import HEAD_BYTES, LogReader

_ADVICE = "unpack it, and give Plumeline the files in it"


def read(path: Path) -> Flight:
    """The mission of the archive, or else its first KML.

    Raises:
        BadLog: it cannot be opened, is no zip that may be unpacked (see `archive.member`), or has
            neither in it, or none that can be read.
    """
    try:
        with path.open("rb") as file:
            found = archive.member(file, (".wpml", ".kml"))
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    except ValueError as exc:
        raise BadLog(path, str(exc), advice="copy it again, or export it again") from exc
    if found is None:
        raise BadLog(path, "a zip without a .kml or .wpml", advice=_ADVICE)
    _, data = found
    parsed = wpml.parsed if wpml.recognise(data[:HEAD_BYTES]) else kml.parsed
    return parsed(path, io.BytesIO(data))


def recognise(head: bytes) -> bool:
    """Whether a zip begins here."""
    return head.startswith(b"PK\x03\x04")


READER = LogReader(name="kmz", title="KMZ", recognise=recognise, read=read, third_party=True)
