"""Everything the record holds about one incident or one flight. Read only."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, func, select

from alerts.events import Event
from alerts.incident import Incident, fold
from alerts.look import Look
from ingest.records import Fix, Frame
from store import schema
from store.analysis import JUDGED, TOLD
from store.engine import reading
from store.errors import StoreError, UnknownIncident
from store.rows import to_fix, to_frame

T = TypeVar("T")
PAD_S = 30.0
"""Of an incident, the stretch before its first picture and after its last one."""
STEP = 500
"""Numbers asked for at a time."""


class UnknownFlight(StoreError):
    """No flight of this name."""

    def __init__(self, flight_id: str) -> None:
        super().__init__(f"no flight {flight_id}: a flight is DEVICE.BOOT, as the exports name it")
        self.flight_id = flight_id


class About(StrEnum):
    """What a case is about."""

    INCIDENT = "incident"
    FLIGHT = "flight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An incident or a flight, by its name."""

    about: About
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event, and its text exactly as it was stored, which is what the ledger has hashed."""

    n: int
    event: Event
    body_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFrame:
    """What one detector made of a frame."""

    detector: str
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtFile:
    """An uploaded file that some of the records came from."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident with the flights that saw it, or one flight with the incidents it saw."""

    subject: Subject
    flight_ids: tuple[str, ...]
    t0_s: float
    """On the devices' clocks, like the next."""
    t1_s: float
    events: tuple[StoredEvent, ...]
    """In order of number, all of every incident concerned."""
    frames: tuple[Frame, ...]
    """Those between the two times and those that events name; by time of capture."""
    fixes: tuple[Fix, ...]
    """Those between the two times, by device time."""
    looks: tuple[JudgedFrame, ...]
    """In the order of the frames."""
    files: tuple[BroughtFile, ...]
    batches: tuple[int, ...]
    """The numbers of the batches that the records came in."""

    @property
    def incidents(self) -> dict[str, Incident]:
        """The incidents as their events leave them."""
        return fold(one.event for one in self.events)

    @property
    def first_n(self) -> int | None:
        """The smallest number of anything the ledger tells about; None of an empty case."""
        return min((*self.batches, *(one.n for one in self.events)), default=None)


def gather(engine: Engine, subject: Subject) -> Case:
    """Read one case, all of it from one state of the record.

    Raises:
        UnknownIncident, UnknownFlight: there is none of this name.
    """
    with reading(engine) as connection:
        if subject.about is About.INCIDENT:
            events = _events(connection, [subject.name])
            if not events:
                raise UnknownIncident(subject.name)
            incident = fold(one.event for one in events)[subject.name]
            flights = _flights(connection, incident.flights)
            span = incident.t_first_s - PAD_S, incident.t_last_s + PAD_S
        else:
            flights = _flights(connection, [subject.name])
            if not flights:
                raise UnknownFlight(subject.name)
            span = _whole(connection, list(flights))
            events = _events(connection, _seen_in(connection, subject.name))
        return _case(connection, subject, flights, span, events)


def entry_at(engine: Engine, n: int | None) -> int:
    """The place in the ledger of the first entry about this number or a later one.

    Entries stand in the order of their numbers. Without a number, or where no entry is about it
    (the record is older than the ledger), the place after the last one.
    """
    ledger = schema.ledger
    with reading(engine) as connection:
        last: int = connection.scalar(select(func.max(ledger.c.i))) or 0
        if n is None:
            return last + 1
        first = connection.scalar(select(func.min(ledger.c.i)).where(ledger.c.n >= n))
        return last + 1 if first is None else int(first)


def messages(engine: Engine, batches: Sequence[int]) -> Iterator[tuple[str, float, bytes]]:
    """(topic, time received, payload) of every message of some batches, in order.

    A frame's payload ends where its picture began: the picture is a blob.
    """
    raw = schema.raw
    with reading(engine) as connection:
        for some in _parts(batches):
            query = select(raw.c.body).where(raw.c.n.in_(some)).order_by(raw.c.n)
            for body in connection.scalars(query):
                yield from _BATCH.decode(zlib.decompress(body))


def _case(
    connection: Connection,
    subject: Subject,
    flights: dict[int, str],
    span: tuple[float, float],
    events: Sequence[StoredEvent],
) -> Case:
    named = {one.event.evidence.sha256 for one in events if one.event.evidence}
    fixes = _within(connection, schema.fix, flights, span)
    frames = _within(connection, schema.frame, flights, span)
    known = {row.n for row in frames}
    frames += [row for row in _frames_named(connection, named) if row.n not in known]
    frames.sort(key=lambda row: (row.t_capture_s, row.n))
    notes = _within(connection, schema.note, flights, span)
    batches = {row.raw_n for rows in (fixes, frames, notes) for row in rows}
    files = _files(connection, batches)
    return Case(
        subject=subject,
        flight_ids=tuple(flights.values()),
        t0_s=span[0],
        t1_s=span[1],
        events=tuple(events),
        frames=tuple(to_frame(row) for row in frames),
        fixes=tuple(to_fix(row) for row in fixes),
        looks=tuple(_looks(connection, [row.n for row in frames])),
        files=tuple(files.values()),
        batches=tuple(sorted(batches)),
    )


def _events(connection: Connection, incident_ids: Sequence[str]) -> list[StoredEvent]:
    event, run = schema.event, schema.run
    query = (
        select(event.c.n, event.c.body_json)
        .join_from(event, run)
        .where(event.c.incident_id.in_(incident_ids), run.c.kind.in_([k.value for k in TOLD]))
        .order_by(event.c.n)
    )
    return [
        StoredEvent(n=n, event=_EVENT.decode(body), body_json=body)
        for n, body in connection.execute(query)
    ]


def _seen_in(connection: Connection, flight_id: str) -> list[str]:
    """The incidents that an event with a picture of this flight tells of."""
    event, run = schema.event, schema.run
    query = (
        select(event.c.incident_id, event.c.body_json)
        .join_from(event, run)
        .where(run.c.kind.in_([k.value for k in JUDGED]))
        .order_by(event.c.n)
    )
    found: dict[str, None] = {}
    for incident_id, body in connection.execute(query):
        if incident_id not in found:
            seen = _EVENT.decode(body).evidence
            if seen is not None and seen.key.flight_id == flight_id:
                found[incident_id] = None
    return list(found)


def _flights(connection: Connection, flight_ids: Iterable[str]) -> dict[int, str]:
    """Flights by number, with their names."""
    flight = schema.flight
    name = (flight.c.device_id + "." + flight.c.boot_id).label("name")
    query = select(flight.c.flight_n, name).where(name.in_(list(flight_ids)))
    rows = connection.execute(query.order_by(flight.c.flight_n))
    return {row.flight_n: row.name for row in rows}


def _whole(connection: Connection, flights: Sequence[int]) -> tuple[float, float]:
    """The first and last device time of a flight's records."""
    times: list[float] = []
    for table in (schema.fix, schema.frame, schema.note):
        t = _t(table)
        query = select(func.min(t), func.max(t)).where(table.c.flight_n.in_(flights))
        times += [t_s for t_s in connection.execute(query).one() if t_s is not None]
    return min(times, default=0.0), max(times, default=0.0)


def _within(
    connection: Connection, table: Table, flights: dict[int, str], span: tuple[float, float]
) -> list[Row[Any]]:
    t, flight = _t(table), schema.flight
    query = (
        select(table, flight.c.device_id, flight.c.boot_id)
        .join_from(table, flight)
        .where(table.c.flight_n.in_(list(flights)), t.between(*span))
        .order_by(t, table.c.n)
    )
    return list(connection.execute(query).all())


def _frames_named(connection: Connection, sha256s: set[str]) -> Iterator[Row[Any]]:
    frame, flight = schema.frame, schema.flight
    for some in _parts(sorted(sha256s)):
        query = select(frame, flight.c.device_id, flight.c.boot_id).join_from(frame, flight)
        yield from connection.execute(query.where(frame.c.sha256.in_(some)))


def _looks(connection: Connection, frames: Sequence[int]) -> Iterator[JudgedFrame]:
    look, run = schema.look, schema.run
    for some in _parts(frames):
        query = (
            select(look.c.frame_n, run.c.detector, look.c.body_json)
            .join_from(look, run)
            .where(look.c.frame_n.in_(some), run.c.kind.in_([k.value for k in JUDGED]))
        )
        found = {row.frame_n: row for row in connection.execute(query)}
        for n in some:
            if n in found:
                row = found[n]
                yield JudgedFrame(detector=row.detector, look=_LOOK.decode(row.body_json))


def _files(connection: Connection, batches: set[int]) -> dict[int, BroughtFile]:
    """The uploads among these batches, by number."""
    upload = schema.upload
    found: dict[int, BroughtFile] = {}
    for some in _parts(sorted(batches)):
        for row in connection.execute(select(upload).where(upload.c.n.in_(some))):
            found[row.n] = BroughtFile(name=row.name, sha256=row.sha256, size_bytes=row.size_bytes)
    return found


def _t(table: Table) -> Any:
    return table.c.t_capture_s if table is schema.frame else table.c.t_device_s


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + STEP] for start in range(0, len(items), STEP))


_EVENT = msgspec.json.Decoder(Event)
_LOOK = msgspec.json.Decoder(Look)
_BATCH = msgspec.msgpack.Decoder(list[tuple[str, float, bytes]])
