"""One upload: what has arrived of a file, and how much of that is safe.

An upload is two files, named by a number of ours and never by a name from outside: ``<id>.json``
says what is to come, ``<id>.part`` holds what has come. An offset is told to a client only after
everything before it was fsynced, and only the bytes at that offset are taken next; so a cut link,
a repeated chunk or a killed server can neither lose nor double a byte.

The protocol is that of tus 1.0 and of the IETF's resumable uploads, with nothing optional.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ingest.logs.report import Report
from plumeline.web.refusals import (
    BadSum,
    DiskFull,
    NoSuchUpload,
    NotWhole,
    TooLarge,
    UploadOver,
    WrongOffset,
)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of an upload besides its bytes."""

    upload_id: str
    name: str
    """As the client gave it; only ever shown."""
    size_bytes: int
    sha256: str | None = None
    """Of the whole file as it lies here, once it is whole and checked."""
    tries: int = 0
    """How often somebody began to read the whole file."""
    trouble: str | None = None
    """Why it could not be read, through no fault of the file."""
    report: Report | None = None
    """Once it has been read."""


class Parcel:
    """One upload. Its methods may be called from any thread."""

    def __init__(self, folder: Path, card: Card) -> None:
        self._lock = threading.RLock()
        self._turn = 0
        self._card_path = folder / f"{card.upload_id}.json"
        self.path = folder / f"{card.upload_id}.part"
        self.card = card

    @property
    def is_waiting(self) -> bool:
        """Whether it is whole, and to be read."""
        card = self.card
        return card.sha256 is not None and card.trouble is None and card.report is None

    def keep(self, card: Card) -> None:
        """Write the card, durably.

        Raises:
            DiskFull: the one before stays.
        """
        with self._lock:
            try:
                _write_durably(self._card_path, msgspec.json.encode(card))
            except OSError as exc:
                raise _as_refusal(exc, None) from exc
            self.card = card

    def offset(self) -> int:
        """How many bytes are safe. Whoever was writing until now must begin again from here."""
        with self._lock:
            self._turn += 1
            return self._settle()

    def begin(self, offset: int) -> Turn:
        """The right to write from ``offset`` on, until somebody else asks.

        Raises:
            WrongOffset: that is not where the file ends.
            UploadOver: the file is whole and checked already.
        """
        with self._lock:
            if self.card.sha256 is not None:
                raise UploadOver(self.card.upload_id)
            here = self.offset()
            if offset != here:
                raise WrongOffset(asked=offset, offset=here)
            return Turn(self, self._turn, offset)

    def write(self, turn: int, at: int, data: bytes) -> int:
        """Put bytes where the file ends; how many that were.

        Raises:
            WrongOffset: somebody else has asked for a turn since.
            TooLarge: the file would become longer than it was said to be.
            DiskFull: what had room is kept.
        """
        with self._lock:
            if turn != self._turn:
                raise WrongOffset(asked=at, offset=self._settle())
            if at + len(data) > self.card.size_bytes:
                raise TooLarge(self.card.size_bytes)
            try:
                with self.path.open("r+b", buffering=0) as file:
                    file.seek(at)
                    _write_all(file.fileno(), data)
            except FileNotFoundError as exc:
                raise NoSuchUpload(self.card.upload_id) from exc
            except OSError as exc:
                raise _as_refusal(exc, self._settle()) from exc
            return len(data)

    def end(self, turn: int) -> int:
        """How many bytes are safe at the end of a turn.

        Raises:
            WrongOffset: somebody else has asked for a turn since, and may be writing.
        """
        with self._lock:
            here = self._settle()
            if turn != self._turn:
                raise WrongOffset(asked=here, offset=here)
            return here

    def check(self, claimed: str | None) -> str:
        """The sha256 of the whole file. A second call answers the same.

        Raises:
            NotWhole: bytes are missing.
            BadSum: the hash is not the one claimed; the upload is gone.
        """
        with self._lock:
            if self.card.sha256 is not None:
                return self.card.sha256
            offset = self.offset()
            if offset != self.card.size_bytes:
                raise NotWhole(offset, self.card.size_bytes)
            found = _sha256(self.path)
            if claimed is not None and claimed != found:
                self.drop()
                raise BadSum(claimed=claimed, found=found)
            self.keep(replace(self.card, sha256=found))
            return found

    def empty(self) -> None:
        """The bytes are no longer needed here; the card stays until it is swept."""
        with self._lock:
            self.path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Forget it, at a client's wish.

        Raises:
            UploadOver: it is being read.
        """
        with self._lock:
            if self.is_waiting:
                raise UploadOver(self.card.upload_id)
            self.drop()

    def drop(self) -> None:
        """Forget it."""
        with self._lock:
            self._turn += 1
            self._card_path.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)

    def touched_s(self) -> float:
        """When anything last happened to it; 0 when it is gone."""
        return max(
            (path.stat().st_mtime for path in (self._card_path, self.path) if path.exists()),
            default=0.0,
        )

    def _settle(self) -> int:
        """Make everything that has been written safe, and say how much that is."""
        try:
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
                return os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            return self.card.size_bytes if self.card.sha256 else 0
        except OSError as exc:
            raise _as_refusal(exc, None) from exc


class Turn:
    """A writer's place in a file. It ends when anybody asks for the offset."""

    def __init__(self, parcel: Parcel, number: int, at: int) -> None:
        self._parcel, self._number, self._at = parcel, number, at

    def write(self, data: bytes) -> None:
        """Append. See `Parcel.write` for what it raises."""
        self._at += self._parcel.write(self._number, self._at, data)

    def end(self) -> int:
        """How many bytes are safe now. See `Parcel.end` for what it raises."""
        return self._parcel.end(self._number)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _write_durably(final: Path, data: bytes) -> None:
    temporary = final.with_suffix(".new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_refusal(exc: OSError, offset: int | None) -> Exception:
    """A full disk is an answer; any other failure of the disk stays the failure it is."""
    return DiskFull(offset) if exc.errno in _NO_ROOM else exc
