"""What the web needs from the rest of the house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from alerts.events import NumberedEvent
from ingest.logs.report import Report
from store.status import DroneAt, Picture, QuarantinedMessage, Status, TrackPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Whose page this is. All its times are written in one zone, whatever the browser's is."""

    name_zh: str
    name_en: str
    time_zone: str = "Asia/Shanghai"
    seats: tuple[str, ...] = ()
    """The departments' seats that should acknowledge an alarm; empty where none are listed."""


class Record(Protocol):
    """The record as the web reads it. Every method is called from worker threads."""

    def events_after(self, n: int, limit: int) -> Sequence[NumberedEvent]:
        """The next events with a greater number, in order of number."""
        ...

    def events_of(self, incident_id: str, limit: int) -> Sequence[NumberedEvent]:
        """The latest events of one incident, in order of number."""
        ...

    def blob_path(self, sha256: str) -> Path | None:
        """Where the blob of this name lies, None when there is none."""
        ...

    def track(self, device_id: str, t0_s: float, t1_s: float) -> Sequence[TrackPoint]:
        """Mappable positions on the device's clock, thinned to at most 2000."""
        ...

    def pictures(self, device_id: str, t0_s: float, t1_s: float) -> Sequence[Picture]:
        """What a device took between two times of its clock, in order, a strip of it."""
        ...

    def when_taken(self, sha256: str) -> Sequence[tuple[str, float]]:
        """Which devices took a picture, and when on their clocks; none of what is no frame."""
        ...

    def drones(self) -> Sequence[DroneAt]:
        """Where each device was when it was last heard live."""
        ...

    def status(self) -> Status:
        """What the record holds."""
        ...

    def quarantine(self, limit: int) -> Sequence[QuarantinedMessage]:
        """The latest messages that could not be understood, newest first."""
        ...


class Uploads(Protocol):
    """What takes a whole file into the record. Called from one worker thread, lists from any."""

    def take(self, path: Path, *, name: str, on_progress: Callable[[float], None]) -> Report:
        """Read a file and keep it, all of it or nothing; the same file twice changes nothing.

        ``on_progress`` is told the share that is done; what it raises ends the reading.
        """
        ...

    def list(self) -> Sequence[Report]:
        """What was read, newest first."""
        ...

    def report(self, sha256: str) -> Report | None:
        """Of the file with this hash, None when there was none."""
        ...
