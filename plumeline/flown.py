"""The flights of the record as the page asks for them: which there are, and one to be replayed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from alerts.incident import Incident
from alerts.placing import Placer
from geo.coverage import Coverage
from geo.premises import Premises
from plumeline.columns import TrackColumns, columns_of
from plumeline.coverage import coverage_in
from plumeline.flown_told import FlightCard, FlightLine, ShownPicture, Source, shown
from store.evidence import UnknownFlight
from store.flights import CELL_DEG, Cell, FlownPart, SqlFlights
from store.store import Store

COVERAGES_KEPT = 16
"""Flights whose coverage is remembered: working one out takes up to seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which flights are wanted."""

    device: str | None = None
    since_s: float | None = None
    """Those that were still in the air then, or later."""
    until_s: float | None = None
    source: Source | None = None
    near: frozenset[Cell] | None = None
    """Those that were in one of these cells."""
    devices: Callable[[str], bool] = lambda _: True
    """Whether the flights of a device are for who asks."""


class Flown:
    """Answers from the record; remembers what it has read of it."""

    def __init__(self, store: Store, placer: Placer) -> None:
        self._store = store
        self._placer = placer
        self._flights = SqlFlights(store.engine)
        self._lock = threading.Lock()
        self._upto_n = 0
        self._known: dict[str, FlownPart] = {}
        self._coverage: dict[tuple[str, int, int, int], Sequence[Coverage]] = {}

    def now(self) -> dict[str, FlownPart]:
        """Every flight in the record at this moment. The first time it reads all of the record."""
        with self._lock:
            self._upto_n, parts = self._flights.since(self._upto_n)
            for part in parts:
                known = self._known.get(part.flight_id)
                self._known[part.flight_id] = part if known is None else _grown(known, part)
            return dict(self._known)

    def lines(self, asked: Asked, incidents: Iterable[Incident]) -> list[FlightLine]:
        """The flights that are wanted, the newest first."""
        seen = _seen_by(incidents)
        lines = [
            _line(part, seen.get(part.flight_id, 0))
            for part in self.now().values()
            if _wanted(part, asked)
        ]
        return sorted(lines, key=lambda line: (-line.t0_s, line.flight_id))

    def one(self, flight_id: str, incidents: Iterable[Incident]) -> FlightCard:
        """One of them.

        Raises:
            UnknownFlight: there is none of this name, like all that follow.
        """
        part = self._part(flight_id)
        return FlightCard(
            flight=_line(part, _seen_by(incidents).get(flight_id, 0)),
            judges=self._flights.judges(flight_id),
        )

    def track(self, flight_id: str) -> TrackColumns:
        """Where it was."""
        return columns_of(flight_id, self._flights.track(flight_id))

    def pictures(self, flight_id: str) -> list[ShownPicture]:
        """What it saw, in order of capture."""
        return [shown(one) for one in self._flights.pictures(flight_id)]

    def coverage(self, flight_id: str) -> Sequence[Coverage]:
        """What it has looked at: every premises of the register; none without a register."""
        part = self._part(flight_id)
        if self._placer.premises is None:
            return ()
        judged = sum(judge.pictures for judge in self._flights.judges(flight_id))
        key = (flight_id, part.fixes, part.frames, judged)
        found = self._coverage.get(key)
        if found is None:
            found = coverage_in(self._store, flight_id, self._placer).premises
            with self._lock:
                while len(self._coverage) >= COVERAGES_KEPT:
                    del self._coverage[next(iter(self._coverage))]
                self._coverage[key] = found
        return found

    def device_of(self, flight_id: str) -> str:
        """Which device flew it."""
        return self._part(flight_id).device_id

    def cells(self, flight_id: str) -> frozenset[Cell]:
        """Where it was, coarsely."""
        return self._part(flight_id).cells

    def cells_of(self, wanted: Callable[[Premises], bool]) -> frozenset[Cell]:
        """Where some premises lie, and the cells around these."""
        return frozenset(
            cell
            for place in self._placer.premises or ()
            if wanted(place)
            for cell in _cells_around(place)
        )

    def _part(self, flight_id: str) -> FlownPart:
        part = self.now().get(flight_id)
        if part is None:
            raise UnknownFlight(flight_id)
        return part


def _grown(known: FlownPart, more: FlownPart) -> FlownPart:
    return replace(
        known,
        t0_s=min(known.t0_s, more.t0_s),
        t1_s=max(known.t1_s, more.t1_s),
        fixes=known.fixes + more.fixes,
        frames=known.frames + more.frames,
        sent=known.sent + more.sent,
        cells=known.cells | more.cells,
    )


def _wanted(part: FlownPart, asked: Asked) -> bool:
    return (
        asked.devices(part.device_id)
        and asked.device in (None, part.device_id)
        and (asked.since_s is None or part.t1_s >= asked.since_s)
        and (asked.until_s is None or part.t0_s <= asked.until_s)
        and asked.source in (None, _source(part))
        and (asked.near is None or not part.cells.isdisjoint(asked.near))
    )


def _source(part: FlownPart) -> Source:
    if part.sent == part.fixes + part.frames:
        return Source.LIVE
    return Source.BOTH if part.sent else Source.FILE


def _line(part: FlownPart, incidents: int) -> FlightLine:
    return FlightLine(
        flight_id=part.flight_id,
        device_id=part.device_id,
        t0_s=part.t0_s,
        t1_s=part.t1_s,
        fixes=part.fixes,
        frames=part.frames,
        source=_source(part),
        incidents=incidents,
    )


def _seen_by(incidents: Iterable[Incident]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for incident in incidents:
        for flight_id in incident.flights:
            counts[flight_id] = counts.get(flight_id, 0) + 1
    return counts


def _cells_around(place: Premises) -> Iterable[Cell]:
    west, south, east, north = place.geometry.bounds
    lats = range(round(south / CELL_DEG) - 1, round(north / CELL_DEG) + 2)
    lons = range(round(west / CELL_DEG) - 1, round(east / CELL_DEG) + 2)
    return ((lat, lon) for lat in lats for lon in lons)
