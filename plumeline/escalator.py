"""Calls louder for every alarm that nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from alerts.escalation import LADDER, Rung, Unanswered, due, reopened
from alerts.events import Event, Evidence, Kind, NumberedEvent
from alerts.incident import Incident, Standing, rings
from store.acts import SqlActs

BATCH = 1000


class Log(Protocol):
    """The event log."""

    def events_after(self, n: int, limit: int) -> Sequence[NumberedEvent]:
        """The next events with a greater number, in order of number."""
        ...


class Escalator:
    """Follows the event log, and appends the rungs that an alarm has reached.

    An alarm rings from the moment it came into the record, or stopped being a known thing. Several
    processes may do this over one record: each rung is told once.
    """

    def __init__(
        self,
        acts: SqlActs,
        record: Log,
        *,
        now_s: Callable[[], float],
        ladder: tuple[Rung, ...] = LADDER,
    ) -> None:
        self._acts = acts
        self._record = record
        self._now_s = now_s
        self._ladder = ladder
        self._last_n = 0
        self._standing = Standing()
        self._rings_s: dict[str, float] = {}
        self._new: dict[str, Evidence] = {}
        """What dismissed incidents have shown since that they had not."""

    def work(self) -> list[NumberedEvent]:
        """Append the rungs that are due, and return them."""
        self._read_on()
        now_s = self._now_s()
        told: list[NumberedEvent] = []
        for incident_id, seen in self._new.items():
            told += self._acts.act(incident_id, partial(reopened, seen=seen), now_s)
        self._new.clear()
        standing = self._standing.incidents.values()
        alarms = (self._alarm(one) for one in standing if one.incident_id in self._rings_s)
        ringing = dict.fromkeys(event.incident_id for event in due(alarms, now_s, self._ladder))
        for incident_id in ringing:
            told += self._acts.act(incident_id, lambda one: self._due(one, now_s), now_s)
        return told

    def _due(self, incident: Incident, now_s: float) -> list[Event]:
        """By how it stands in the very transaction: somebody may have answered just now."""
        return due([self._alarm(incident)], now_s, self._ladder)

    def _alarm(self, incident: Incident) -> Unanswered:
        return Unanswered(incident=incident, t_rings_s=self._rings_s[incident.incident_id])

    def _read_on(self) -> None:
        while batch := self._record.events_after(self._last_n, BATCH):
            for numbered in batch:
                event = numbered.event
                incident = self._standing.take(event)
                seen = event.evidence
                if seen is not None and rings(incident):
                    rings_s = numbered.t_logged_s or seen.t_received_s
                    self._rings_s.setdefault(event.incident_id, rings_s)
                if event.kind is Kind.SEEN and seen is not None and reopened(incident, seen):
                    self._new[event.incident_id] = seen
                self._last_n = numbered.n
