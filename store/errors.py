"""What can be wrong with the record itself."""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """Base of everything this package raises on purpose."""


class DamagedStore(StoreError):
    """The database is there and is not whole. Nothing was written to it, nothing was replaced."""

    def __init__(self, place: str, damage: str) -> None:
        super().__init__(
            f"{place} is damaged ({damage}). It was left as it is and nothing was started over it. "
            "Restore it: stop Plumeline, copy the newest backup over the file (and remove its -wal "
            "and -shm neighbours), or salvage the readable rows with "
            "`sqlite3 FILE .recover | sqlite3 NEW`, then start again. See docs/operations.md."
        )
        self.place = place
        self.damage = damage


class NewerStore(StoreError):
    """The database was written by a newer Plumeline."""

    def __init__(self, place: str, revision: str) -> None:
        super().__init__(
            f"{place} has schema {revision}, which this version does not know: upgrade"
        )
        self.place = place
        self.revision = revision


class MissingDriver(StoreError):
    """The database's driver is an extra that is not installed."""

    def __init__(self, url: str, extra: str) -> None:
        super().__init__(f"{url} needs a driver: pip install 'plumeline[{extra}]'")


class MissingBlob(StoreError):
    """The record names a blob that is not there, or whose bytes no longer have its name."""

    def __init__(self, sha256: str, path: Path, reason: str) -> None:
        super().__init__(f"blob {sha256} at {path}: {reason}")
        self.sha256 = sha256
        self.path = path


class UnknownIncident(StoreError):
    """No incident of this name."""

    def __init__(self, incident_id: str) -> None:
        super().__init__(f"no incident {incident_id}")
        self.incident_id = incident_id
