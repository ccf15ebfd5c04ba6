"""A zip that may come from anybody: what it would unpack to is bounded before any of it is read."""

from __future__ import annotations

import io
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
MAX_CONTENTS_BYTES = 1_000_000
"""Of the table of contents: 1000 names of 950 bytes."""
_PLAIN, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 0x1
_END, _END_BYTES, _FAR = b"PK\5\6", 22, b"PK\6\7"
_LONGEST_END = _END_BYTES + 20 + 0xFFFF  # the far one's pointer before it, a comment behind
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
    fault: str | None = f"more than {MAX_MEMBERS} members"
    try:
        if not _lists_too_many(file):
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


def _lists_too_many(file: IO[bytes]) -> bool:
    """Whether the table of contents is too long to be read: `zipfile` would, member by member.

    Its end is looked for where `zipfile` looks. A table beyond 4 GB counts as too long.
    """
    file.seek(max(0, file.seek(0, io.SEEK_END) - _LONGEST_END))
    tail = file.read()
    plain = tail[-_END_BYTES:].startswith(_END) and tail.endswith(b"\0\0")
    at = len(tail) - _END_BYTES if plain else tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        return False  # zipfile says what is wrong
    (size,) = struct.unpack_from("<I", tail, at + 12)
    return size > MAX_CONTENTS_BYTES or tail[max(at - 20, 0) : at].startswith(_FAR)


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
