"""Frames and files, named by the sha256 of their bytes, durable before anybody is told."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.errors import MissingBlob

CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """A folder of immutable files: ``ab/ab12...`` holds the bytes whose sha256 is ab12..."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a blob lies or would lie.

        Raises:
            ValueError: not 64 lower-case hexadecimal digits.
        """
        if not _SHA256.fullmatch(sha256):
            msg = f"{sha256[:80]!r} is not a sha256"
            raise ValueError(msg)
        return self._folder / sha256[:2] / sha256

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Write every (sha256, bytes): temporary name, fsync, rename, fsync of the folders.

        A crash leaves no half file under a final name. What is there already is not rewritten,
        but its folder is synced again: the attempt that wrote it may have failed before that.

        Raises:
            OSError: the disk is full or not writable; whole blobs written so far may remain.
        """
        touched: set[Path] = set()
        for sha256, data in blobs:
            final = self.path(sha256)
            touched |= {final.parent, self._folder}
            if not final.exists():
                final.parent.mkdir(exist_ok=True)
                _write_durably(final, [data])
        for folder in touched:
            _fsync_folder(folder)

    def put_file(self, source: Path, sha256: str) -> None:
        """Copy a file of any size, as durably as `put`, and check what was copied.

        Raises:
            OSError: the disk is full or not writable, or the file cannot be read.
            MissingBlob: its bytes are not those of that name (any more).
        """
        final = self.path(sha256)
        if not final.exists():
            final.parent.mkdir(exist_ok=True)
            _write_durably(final, _checked(source, final))
        _fsync_folder(final.parent)
        _fsync_folder(self._folder)

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name.

        Raises:
            MissingBlob: the file is not there, or it has been changed.
        """
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as exc:
            raise MissingBlob(sha256, path, "is not there") from exc
        if hashlib.sha256(data).hexdigest() != sha256:
            raise MissingBlob(sha256, path, "its bytes have been changed")
        return data


def _checked(source: Path, final: Path) -> Iterator[bytes]:
    summed = hashlib.sha256()
    with source.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            summed.update(piece)
            yield piece
    if summed.hexdigest() != final.name:
        raise MissingBlob(final.name, source, "its bytes changed while they were copied")


def _write_durably(final: Path, pieces: Iterable[bytes]) -> None:
    temporary = final.with_name(f".{final.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(final)
    finally:
        temporary.unlink(missing_ok=True)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
