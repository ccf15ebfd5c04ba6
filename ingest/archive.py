"""A zip that may come from anybody: what it would unpack to is bounded before any of it is read."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import IO

MAX_MEMBERS = 1000
MAX_BYTES = 1_000_000_000
MAX_RATIO = 100
_PLAIN, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 0x1
_ARCHIVES = (".zip", ".kmz", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz")
_DAMAGE = (
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def member(file: IO[bytes], endings: Sequence[str]) -> tuple[str, bytes] | None:
    """Name and content of the first member with the first of these endings that any has; or None.

    Raises:
        ValueError: not a zip, more than 1000 members, more than 1 GB or 100 times its size when
            unpacked, or a member that is an archive, a link, encrypted, or leads out of it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            fault = _fault_of_all(members)
            if fault is None:
                found = _first(members, endings)
                return None if found is None else (found.filename, _content(archive, found))
    except _DAMAGE as exc:
        msg = f"a damaged zip: {exc}"
        raise ValueError(msg) from exc
    raise ValueError(fault)


def _first(members: list[zipfile.ZipInfo], endings: Sequence[str]) -> zipfile.ZipInfo | None:
    of_each = ((m for m in members if m.filename.lower().endswith(end)) for end in endings)
    return next((found for group in of_each for found in group), None)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        return stream.read(member.file_size + 1)


def _fault_of_all(members: list[zipfile.ZipInfo]) -> str | None:
    if len(members) > MAX_MEMBERS:
        return f"{len(members)} members, more than {MAX_MEMBERS}"
    if sum(one.file_size for one in members) > MAX_BYTES:
        return f"unpacks to more than {MAX_BYTES // 10**6} MB"
    for one in members:
        fault = _fault(one)
        if fault is not None:
            return f"member {one.filename!r} {fault}"
    return None


def _fault(member: zipfile.ZipInfo) -> str | None:
    name = PurePosixPath(member.filename)
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return f"unpacks to more than {MAX_RATIO} times its size"
    if member.filename.lower().endswith(_ARCHIVES):
        return "is an archive in the archive"
    if name.is_absolute() or ".." in name.parts:
        return "leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return None if member.compress_type in _PLAIN else "is compressed in an unusual way"
