"""Keeps the patrol log: when a flight has ended, or more of it comes in, its answer is worked out.

It follows the record with a cursor, like the analyst. A flight that is still heard of waits, and so
does one whose pictures are still being judged; what was never judged proves nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
import shapely

from alerts.placing import Placer
from casework.patrol import PatrolFlight, summed, visits_of
from casework.patrol_plan import PlannedPatrol, plan_of, waypoints
from geo.looking import Limits
from geo.planned import Adherence, Flown, RouteLimits, adherence
from geo.premises import Premises
from plumeline.coverage import coverage_in
from plumeline.web.projection import Incidents
from store.analysis import RunKind
from store.flights import SqlFlights, TrackRow
from store.patrol_log import Kept
from store.store import Store

log = logging.getLogger(__name__)

EVERY_S = 5.0
METRES_PER_DEG = 111_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the log waits before it answers."""

    quiet_s: float = 60.0
    """Nothing heard of a flight for so long: it has ended."""
    unjudged_s: float = 600.0
    """For pictures that no analysis has come to; after that they prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Premises by place: their bounding boxes, (n, 4) in degrees, beside them."""

    premises: tuple[Premises, ...]
    bounds: np.ndarray[tuple[int, ...], np.dtype[np.float64]]

    @classmethod
    def of(cls, placer: Placer) -> Around:
        """The register's."""
        premises = tuple(placer.premises or ())
        return cls(premises=premises, bounds=shapely.bounds([one.geometry for one in premises]))

    def near(
        self, track: Collection[TrackRow], reach_m: float, also: Collection[str]
    ) -> list[Premises]:
        """Those in reach of a track's bounding box, and some that are named."""
        close = np.array([one.premises_id in also for one in self.premises], bool)
        if track:
            lats = [row.lat_deg for row in track]
            lons = [row.lon_deg for row in track]
            up = reach_m / METRES_PER_DEG
            side = up / max(np.cos(np.radians(max(map(abs, lats)))), 0.01)
            west, south, east, north = self.bounds.reshape(-1, 4).T
            close |= (
                (west <= max(lons) + side)
                & (east >= min(lons) - side)
                & (south <= max(lats) + up)
                & (north >= min(lats) - up)
            )
        return [one for one, kept in zip(self.premises, close, strict=True) if kept]


class PatrolLogger:
    """Works out answers for one record."""

    def __init__(
        self,
        store: Store,
        placer: Placer,
        *,
        org_id: str,
        now_s: Callable[[], float],
        patience: Patience | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._placer = placer
        self._org_id = org_id
        self._now_s = now_s
        self._patience = patience or Patience()
        self._limits = limits or Limits()
        self._flights = SqlFlights(store.engine)
        self._incidents = Incidents(store.reader)
        self._around = Around.of(placer)
        self._run = store.analysis.open_run(
            RunKind.PATROL, detector="", rules_json="{}", name="patrol log"
        )
        self._read_n = self._event_n = self._run.cursor_n
        self._open: dict[str, int] = {}
        """Flights that need an answer, each with the number before what is new of it."""
        self._unjudged: dict[str, int] = {}
        """Flights that were answered with pictures unjudged, and how many those were."""

    def run(self, stop: threading.Event) -> None:
        """Follow the record until told to stop."""
        while not stop.wait(EVERY_S):
            self.work()

    def work(self) -> list[Kept]:
        """Answer for the flights that are ready; returns the answers that were changed."""
        self._look()
        changed = [kept for flight_id in sorted(self._open) if (kept := self._try(flight_id))]
        upto_n = min(self._open.values(), default=self._read_n)
        self._store.analysis.append(self._run, [], [], upto_n, self._now_s())
        return changed

    def answer(self, flight_id: str) -> Kept:
        """Work out what a flight saw, as the record stands, and keep it.

        Raises:
            UnknownFlight: there is none of this name.
        """
        now_s = self._now_s()
        track = self._flights.track(flight_id)
        flight = self._bare(flight_id, track)
        plan, kept = self._planned(flight, track)
        planned = frozenset(plan.place_ids if plan is not None else ())
        report = coverage_in(
            self._store,
            flight_id,
            self._placer,
            limits=self._limits,
            premises=self._around.near(track, self._limits.max_range_m, planned),
            judged_only=True,
        )
        incidents = self._incidents.now().incidents.values()
        shown = [one for one in incidents if flight_id in one.flights]
        flight = replace(
            flight,
            pictures=report.pictures,
            usable=report.usable,
            unusable={reason.value: count for reason, count in report.unusable.items()},
            plan_id=None if plan is None else plan.plan_id,
            route_flown=None if kept is None else share_flown(kept),
            route_outside_s=None if kept is None else kept.outside_s,
            incidents=tuple(sorted(one.incident_id for one in shown)),
        )
        visits = visits_of(
            flight,
            report.premises,
            shown,
            planned=planned,
            places={one.place_id: one for one in self._store.casework.places()},
            org_id=self._org_id,
            t_reported_s=now_s,
        )
        return self._store.patrol_log.keep(summed(flight, visits), visits, t_s=now_s)

    def _try(self, flight_id: str) -> Kept | None:
        """The answer, if it is due and changed. One flight that has none must not stop the rest."""
        try:
            if not self._is_ready(flight_id):
                return None
            kept = self.answer(flight_id)
        except Exception:
            log.exception("no answer for patrol flight=%s", flight_id)
            self._open.pop(flight_id, None)
            return None
        if kept.changed:
            log.info("patrol flight=%s revision=%d", flight_id, kept.flight.revision)
        return kept if kept.changed else None

    def _look(self) -> None:
        """What has come in since the last look: of flights, and of their incidents."""
        before_n = self._read_n
        self._read_n, parts = self._flights.since(before_n)
        for part in parts:
            self._open.setdefault(part.flight_id, before_n)
            self._unjudged.pop(part.flight_id, None)
        told = self._store.reader.events_after(self._event_n, 10_000)
        incidents = self._incidents.now().incidents
        for numbered in told:
            self._event_n = numbered.n
            for flight_id in incidents[numbered.event.incident_id].flights:
                self._open.setdefault(flight_id, numbered.n - 1)

    def _is_ready(self, flight_id: str) -> bool:
        """Whether there is something to answer; what is answered for good is not open any more."""
        progress = self._store.patrol_log.progress(flight_id)
        silent_s = self._now_s() - progress.t_received_s
        if silent_s < self._patience.quiet_s:
            return False
        if not progress.unjudged:
            del self._open[flight_id]
            self._unjudged.pop(flight_id, None)
            return True
        if silent_s < self._patience.unjudged_s:
            return False
        answered = self._unjudged.get(flight_id)
        self._unjudged[flight_id] = progress.unjudged
        return answered != progress.unjudged

    def _bare(self, flight_id: str, track: Collection[TrackRow]) -> PatrolFlight:
        """The flight, and when it was."""
        times_s = [row.t_s for row in track]
        times_s += [one.t_s for one in self._flights.pictures(flight_id)]
        return PatrolFlight(
            flight_id=flight_id,
            device_id=flight_id.rpartition(".")[0],
            t0_s=min(times_s, default=0.0),
            t1_s=max(times_s, default=0.0),
        )

    def _planned(
        self, flight: PatrolFlight, track: Collection[TrackRow]
    ) -> tuple[PlannedPatrol | None, Adherence | None]:
        """What it was to fly, and how it kept to that."""
        kept: dict[str, Adherence] = {}
        plan = plan_of(
            self._store.patrol_log.plans(flight.t0_s, flight.t1_s),
            device_id=flight.device_id,
            t0_s=flight.t0_s,
            t1_s=flight.t1_s,
            flown=lambda one: share_flown(kept.setdefault(one.plan_id, self._kept(one, track))),
        )
        return plan, None if plan is None else kept[plan.plan_id]

    def _kept(self, plan: PlannedPatrol, track: Collection[TrackRow]) -> Adherence:
        route = self._store.casework.place(plan.route_id)
        assert route is not None, "a plan's route is kept before it"
        flown = [Flown(t_s=row.t_s, lat_deg=row.lat_deg, lon_deg=row.lon_deg) for row in track]
        return adherence(waypoints(route), flown, RouteLimits())


def share_flown(kept: Adherence) -> float:
    """The share of the route's length."""
    length_m = sum(leg.length_m for leg in kept.legs)
    return sum(leg.length_m * leg.flown for leg in kept.legs) / length_m if length_m else 0.0
