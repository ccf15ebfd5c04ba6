"""All incidents, kept in step with the event log."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from alerts import incident as rules
from alerts.events import NumberedEvent
from alerts.incident import Incident
from plumeline.districts import NO_DISTRICTS, Districts
from plumeline.web.seams import Record
from store.people import ALL, Account

BATCH = 1000
AROUND_S = 10.0
"""What was to be seen before the first sighting, and after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand after event number ``last_n``."""

    last_n: int
    incidents: dict[str, Incident]
    raised_s: dict[str, float]
    """When each alarm began to ring, on the station's clock."""


class Incidents:
    """A fold of the event log that reads on from where it stopped."""

    def __init__(self, record: Record, districts: Districts = NO_DISTRICTS) -> None:
        self._record = record
        self.districts = districts
        self._lock = threading.Lock()
        self._last_n = 0
        self._standing = rules.Standing()
        self._raised_s: dict[str, float] = {}

    def of(self, me: Account) -> Standing:
        """Everything that is somebody's to see; for an account of one district nothing else is."""
        standing = self.now()
        if me.district == ALL:
            return standing
        mine = {
            incident_id: incident
            for incident_id, incident in standing.incidents.items()
            if me.sees(self.districts.of_incident(incident))
        }
        return replace(standing, incidents=mine)

    def told(self, me: Account, events: Sequence[NumberedEvent]) -> Sequence[NumberedEvent]:
        """Those of the events that are somebody's to see."""
        if me.district == ALL or not events:
            return events
        mine = self.of(me).incidents
        return [numbered for numbered in events if numbered.event.incident_id in mine]

    def shows(self, me: Account, sha256: str) -> bool:
        """Whether a picture is: its device is, or it was taken around an incident that is."""
        if me.district == ALL:
            return True
        mine = self.of(me).incidents.values()
        return any(
            me.sees(self.districts.of_device(device_id))
            or any(
                one.t_first_s - AROUND_S <= t_s <= one.t_last_s + AROUND_S
                and device_id in one.devices
                for one in mine
            )
            for device_id, t_s in self._record.when_taken(sha256)
        )

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
