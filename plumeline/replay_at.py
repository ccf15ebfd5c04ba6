"""What was there at a moment, from the record alone: a function of the moment and nothing else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from alerts.events import NumberedEvent
from alerts.incident import Incident, fold
from ingest.records import Frame
from store.evidence import Case, StoredEvent, Subject, gather
from store.status import TrackPoint
from store.store import Store

Numbered = TypeVar("Numbered", StoredEvent, NumberedEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFrame:
    """The picture on the screen of one flight."""

    flight_id: str
    seq: int
    t_capture_s: float
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownTrack:
    """Where one flight has been."""

    flight_id: str
    points: tuple[TrackPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An incident or a flight as it stood at one moment."""

    t_s: float
    frames: tuple[ShownFrame, ...]
    """Of each flight the newest one."""
    tracks: tuple[FlownTrack, ...]
    events: tuple[int, ...]
    """Their numbers."""
    incidents: tuple[Incident, ...]
    """As those events leave them."""


class Replay:
    """A case read once, asked for any moment in any order.

    A picture is there from when it was captured, a position from its fix, an event from when it
    happened: on the device's clock. People's acts are on the station's clock; none is there before
    what it answers.
    """

    def __init__(self, case: Case) -> None:
        self._flight_ids = sorted(case.flight_ids)
        self._frames = {name: _frames(case, name) for name in self._flight_ids}
        self._points = {name: _points(case, name) for name in self._flight_ids}
        self._events = tuple(since(case.events))
        self.t0_s, self.t1_s = case.t0_s, case.t1_s

    def at(self, t_s: float) -> State:
        """Everything that was there at ``t_s``, seconds since 1970 UTC."""
        told = [one for since_s, one in self._events if since_s <= t_s]
        return State(
            t_s=t_s,
            frames=tuple(
                _shown(frames[upto - 1])
                for frames in self._frames.values()
                if (upto := bisect_right(frames, t_s, key=lambda frame: frame.t_capture_s))
            ),
            tracks=tuple(
                FlownTrack(
                    flight_id=name,
                    points=points[: bisect_right(points, t_s, key=lambda point: point.t_s)],
                )
                for name, points in self._points.items()
            ),
            events=tuple(one.n for one in told),
            incidents=tuple(_stood(told)),
        )


def state_at(store: Store, subject: Subject, t_s: float) -> State:
    """The same for one moment of a record.

    Raises:
        UnknownIncident, UnknownFlight: there is none of this name.
    """
    return Replay(gather(store.engine, subject)).at(t_s)


def since(events: Iterable[Numbered]) -> Iterator[tuple[float, Numbered]]:
    """Each event, in order of number, with the time from which a replay shows it."""
    answered_s: dict[str, float] = {}
    for one in events:
        name, since_s = one.event.incident_id, one.event.t_s
        if one.event.act is not None:
            since_s = max(since_s, answered_s[name])
            answered_s[name] = since_s
        answered_s.setdefault(name, since_s)
        yield since_s, one


def _frames(case: Case, flight_id: str) -> tuple[Frame, ...]:
    return tuple(frame for frame in case.frames if frame.key.flight_id == flight_id)


def _points(case: Case, flight_id: str) -> tuple[TrackPoint, ...]:
    return tuple(
        TrackPoint(
            t_s=fix.t_device_s,
            lat_deg=fix.lat_deg,
            lon_deg=fix.lon_deg,
            height_takeoff_m=fix.height_takeoff_m,
        )
        for fix in case.fixes
        if fix.key.flight_id == flight_id
        and fix.mappable
        and fix.lat_deg is not None
        and fix.lon_deg is not None
    )


def _shown(frame: Frame) -> ShownFrame:
    return ShownFrame(
        flight_id=frame.key.flight_id,
        seq=frame.key.seq,
        t_capture_s=frame.t_capture_s,
        sha256=frame.sha256,
    )


def _stood(told: list[StoredEvent]) -> list[Incident]:
    return list(fold(one.event for one in told).values())
