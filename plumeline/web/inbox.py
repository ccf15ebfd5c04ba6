"""The folder of uploads: those that are arriving, those that wait to be read."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from plumeline.web.parcel import Card, Parcel
from plumeline.web.refusals import DiskFull, NoSuchUpload, TooLarge, TooManyUploads

DAY_S = 86_400.0
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one inbox takes."""

    file_bytes: int = 2 << 30
    chunk_bytes: int = 8 << 20
    open_uploads: int = 64
    """Files that are arriving at the same time."""
    keep_s: float = DAY_S
    """An upload nobody has touched for so long is swept away."""
    spare_bytes: int = 256 << 20
    """Left free on the disk for the record."""


class Inbox:
    """All uploads that are under way, also those begun before this process."""

    def __init__(
        self, folder: Path, *, now_s: Callable[[], float], limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._folder, self._now_s = folder, now_s
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._parcels = {card.upload_id: Parcel(folder, card) for card in _cards(folder)}
        self.sweep()

    def open(self, name: str, size_bytes: int) -> Parcel:
        """Begin an upload.

        Raises:
            TooLarge, TooManyUploads, DiskFull: nothing was begun.
        """
        self.sweep()
        if size_bytes > self.limits.file_bytes:
            raise TooLarge(self.limits.file_bytes)
        if shutil.disk_usage(self._folder).free < size_bytes + self.limits.spare_bytes:
            raise DiskFull(0)
        with self._lock:
            arriving = sum(one.card.sha256 is None for one in self._parcels.values())
            if arriving >= self.limits.open_uploads:
                raise TooManyUploads(self.limits.open_uploads)
            upload_id = secrets.token_hex(16)
            parcel = Parcel(
                self._folder, Card(upload_id=upload_id, name=name, size_bytes=size_bytes)
            )
            try:
                parcel.path.touch(exist_ok=False)
                parcel.keep(parcel.card)
            except (OSError, DiskFull) as exc:
                parcel.drop()
                raise DiskFull(0) from exc
            self._parcels[upload_id] = parcel
        return parcel

    def find(self, upload_id: str) -> Parcel:
        """An upload by its number.

        Raises:
            NoSuchUpload: it never was, it was abandoned, or it was swept away.
        """
        parcel = self._parcels.get(upload_id)
        if parcel is None or not parcel.touched_s():
            raise NoSuchUpload(upload_id)
        return parcel

    def whole(self) -> list[Parcel]:
        """Those that are complete and not read yet: the work left over by another process."""
        return [parcel for parcel in tuple(self._parcels.values()) if parcel.is_waiting]

    def sweep(self) -> None:
        """Remove what nobody has touched for long, and what is left of abandoned ones."""
        oldest_s = self._now_s() - self.limits.keep_s
        with self._lock:
            for upload_id, parcel in tuple(self._parcels.items()):
                touched_s = parcel.touched_s()
                if not touched_s or (touched_s < oldest_s and not parcel.is_waiting):
                    parcel.drop()
                    del self._parcels[upload_id]
            for path in self._folder.iterdir():
                if path.stem not in self._parcels and path.stat().st_mtime < oldest_s:
                    path.unlink(missing_ok=True)


def _cards(folder: Path) -> list[Card]:
    """Of the uploads that can go on; a damaged card is left to be swept away."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            card = msgspec.json.decode(path.read_bytes(), type=Card)
        except msgspec.DecodeError:
            continue
        if _ID.fullmatch(path.stem) and card.upload_id == path.stem:
            found.append(card)
    return found
