"""Registers in KMZ: a zip that may come from anybody, so its size is bounded before it is read."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import Path

from geo.errors import BadPremises
from ingest.register import kml
from ingest.register.sheet import MAX_BYTES, Sheet

MAX_MEMBERS = 1000
MAX_RATIO = 100
_PLAIN, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 0x1
_ARCHIVES = (".zip", ".kmz", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz")


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The first KML of the archive (that is the one which counts).

    Raises:
        BadPremises: not a zip, no KML in it, more than 1000 members, more than 1 GB or 100 times
            its size when unpacked, or a member that is an archive, a link or encrypted.
    """
    source = path.name
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check(members, source)
            first = next((one for one in members if one.filename.lower().endswith(".kml")), None)
            if first is None:
                raise BadPremises(source, None, "a zip without a .kml")
            with archive.open(first) as stream:
                text = stream.read(first.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as exc:
        raise BadPremises(source, None, f"a damaged zip: {exc}") from exc
    return kml.read(Path(f"{source}/{first.filename}"), text, encoding)


def _check(members: list[zipfile.ZipInfo], source: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise BadPremises(source, None, f"{len(members)} members, more than {MAX_MEMBERS}")
    if sum(one.file_size for one in members) > MAX_BYTES:
        raise BadPremises(source, None, f"unpacks to more than {MAX_BYTES // 10**6} MB")
    for one in members:
        fault = _fault(one)
        if fault is not None:
            raise BadPremises(source, None, f"member {one.filename!r} {fault}")


def _fault(member: zipfile.ZipInfo) -> str | None:
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return f"unpacks to more than {MAX_RATIO} times its size"
    if member.filename.lower().endswith(_ARCHIVES):
        return "is an archive in the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return None if member.compress_type in _PLAIN else "is compressed in an unusual way"
