"""All incidents, kept in step with the event log."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from alerts import incident as rules
from alerts.incident import Incident
from plumeline.web.seams import Record

BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand after event number ``last_n``."""

    last_n: int
    incidents: dict[str, Incident]
    raised_s: dict[str, float]
    """When each alarm began to ring, on the station's clock."""


class Incidents:
    """A fold of the event log that reads on from where it stopped."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._last_n = 0
        self._standing = rules.Standing()
        self._raised_s: dict[str, float] = {}

    def now(self) -> Standing:
        """Everything that is in the record at this moment."""
        with self._lock:
            while batch := self._record.events_after(self._last_n, BATCH):
                for numbered in batch:
                    incident = self._standing.take(numbered.event)
                    if incident.raised and incident.known is None:
                        self._raised_s.setdefault(incident.incident_id, numbered.t_logged_s)
                    self._last_n = numbered.n
            return Standing(
                last_n=self._last_n,
                incidents=dict(self._standing.incidents),
                raised_s=dict(self._raised_s),
            )
