"""Plain stand-ins for the parts that a test does without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alerts.events import Event, NumberedEvent
from store.status import (
    DeviceStatus,
    DroneAt,
    Picture,
    QuarantinedMessage,
    Status,
    Totals,
    TrackPoint,
)


class MemoryRecord:
    """A record that lives in lists. Numbers leave gaps, as those of the real one do."""

    def __init__(self, blobs: Path) -> None:
        self.blobs = blobs
        self.events: list[NumberedEvent] = []
        self.tracks: dict[str, list[TrackPoint]] = {}
        self.devices: list[DeviceStatus] = []
        self.flying: list[DroneAt] = []
        self.taken: list[Picture] = []
        self.quarantined: list[QuarantinedMessage] = []
        self.frames_skipped = 0

    def append(self, event: Event) -> int:
        n = (self.events[-1].n if self.events else 0) + 3
        self.events.append(NumberedEvent(n=n, event=event))
        return n

    def events_after(self, n: int, limit: int) -> Sequence[NumberedEvent]:
        return [numbered for numbered in tuple(self.events) if numbered.n > n][:limit]

    def events_of(self, incident_id: str, limit: int) -> Sequence[NumberedEvent]:
        return [one for one in tuple(self.events) if one.event.incident_id == incident_id][-limit:]

    def blob_path(self, sha256: str) -> Path | None:
        path = self.blobs / sha256
        return path if path.is_file() else None

    def track(self, device_id: str, t0_s: float, t1_s: float) -> Sequence[TrackPoint]:
        return [one for one in self.tracks.get(device_id, ()) if t0_s <= one.t_s <= t1_s]

    def quarantine(self, limit: int) -> Sequence[QuarantinedMessage]:
        return self.quarantined[::-1][:limit]

    def pictures(self, device_id: str, t0_s: float, t1_s: float) -> Sequence[Picture]:
        return [one for one in self.taken if t0_s <= one.t_capture_s <= t1_s]

    def when_taken(self, sha256: str) -> Sequence[tuple[str, float]]:
        seen = [one.event.evidence for one in self.events if one.event.evidence]
        return [(one.key.device_id, one.t_capture_s) for one in seen if one.sha256 == sha256]

    def drones(self) -> Sequence[DroneAt]:
        return self.flying

    def status(self) -> Status:
        totals = Totals(
            fixes=sum(map(len, self.tracks.values())),
            fixes_mappable=sum(map(len, self.tracks.values())),
            frames=len(self.events),
            frames_judged=len(self.events),
            frames_skipped=self.frames_skipped,
            frames_unplaced=0,
            quarantined=len(self.quarantined),
            events=len(self.events),
            last_n=self.events[-1].n if self.events else 0,
        )
        return Status(totals=totals, devices=tuple(self.devices))
