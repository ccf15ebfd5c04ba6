"""Registers in KMZ."""

from __future__ import annotations

import io
from pathlib import Path

from geo.errors import BadPremises
from ingest import archive
from ingest.register import kml
from ingest.register.sheet import Sheet


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The first KML of the archive (that is the one which counts).

    Raises:
        BadPremises: no zip that may be unpacked (see `archive.member`), or no KML in it.
    """
    source = path.name
    try:
        found = archive.member(io.BytesIO(data), (".kml",))
    except ValueError as exc:
        raise BadPremises(source, None, str(exc)) from exc
    if found is None:
        raise BadPremises(source, None, "a zip without a .kml")
    name, text = found
    return kml.read(Path(f"{source}/{name}"), text, encoding)
