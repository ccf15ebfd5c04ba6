"""The web page's and the doctor's side: events in order, tracks, blobs, counts. Read only."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence, Set
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, and_, case, func, select

from alerts.events import Event, NumberedEvent
from alerts.look import LookStatus
from ingest.logs.report import GAP_S
from ingest.records import Quality
from store import schema
from store.analysis import JUDGED, TOLD
from store.blobs import Blobs
from store.engine import reading
from store.feeds import is_frozen
from store.onscreen import drones_at, pictures_between, sent_live, when_taken
from store.status import (
    DeviceStatus,
    DroneAt,
    Picture,
    QuarantinedMessage,
    Status,
    Totals,
    TrackPoint,
)

TRACK_POINTS = 2_000
"""A track on a screen needs no more."""
RECENT_S = 600.0
"""Clock offsets and clashes are judged over this stretch before a device's last message."""

_EVENT = msgspec.json.Decoder(Event)


class SqlReader:
    """Answers questions; changes nothing."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs

    def events_after(self, n: int, limit: int) -> list[NumberedEvent]:
        """The events that are told to people, after a number, in order."""
        event = schema.event
        query = _told().where(event.c.n > n).order_by(event.c.n).limit(limit)
        with self._reading() as connection:
            return [_numbered(row) for row in connection.execute(query)]

    def events_of(self, incident_id: str, limit: int) -> list[NumberedEvent]:
        """The newest events of one incident, in order."""
        event = schema.event
        newest = _told().where(event.c.incident_id == incident_id).order_by(event.c.n.desc())
        with self._reading() as connection:
            rows = connection.execute(newest.limit(limit)).all()
            return [_numbered(row) for row in rows[::-1]]

    def blob_path(self, sha256: str) -> Path | None:
        """Where a blob lies, None where there is none of that name."""
        try:
            path = self._blobs.path(sha256)
        except ValueError:
            return None
        return path if path.is_file() else None

    def track(self, device_id: str, t0_s: float, t1_s: float) -> list[TrackPoint]:
        """The mappable positions of a device between two times of its clock, thinned evenly.

        A file fills the holes of what was sent: two receivers a metre apart draw no zigzag.
        """
        fix, flight = schema.fix, schema.flight
        wanted = and_(
            flight.c.device_id == device_id,
            fix.c.t_device_s.between(t0_s, t1_s),
            fix.c.quality == Quality.OK.value,
        )
        query = select(fix).join_from(fix, flight).where(wanted).order_by(fix.c.t_device_s)
        with self._reading() as connection:
            brought = set(connection.scalars(select(schema.upload.c.n)))
            rows = sent_first(connection.execute(query).all(), brought)
        step = -(-len(rows) // TRACK_POINTS) or 1
        return [_track_point(row) for row in rows[::step]]

    def quarantine(self, limit: int) -> list[QuarantinedMessage]:
        """The newest messages that were not understood."""
        q = schema.quarantine
        query = (
            select(
                q.c.n,
                q.c.t_received_s,
                q.c.topic,
                q.c.reason,
                func.length(q.c.payload).label("size_bytes"),
            )
            .order_by(q.c.n.desc())
            .limit(limit)
        )
        with self._reading() as connection:
            return [QuarantinedMessage(**row._mapping) for row in connection.execute(query)]

    def t_first_s(self) -> float:
        """The earliest device time of any fix or frame; 0 in an empty record."""
        with self._reading() as connection:
            first = (
                connection.scalar(select(func.min(schema.fix.c.t_device_s))),
                connection.scalar(select(func.min(schema.frame.c.t_capture_s))),
            )
        return min((t_s for t_s in first if t_s is not None), default=0.0)

    def drones(self) -> list[DroneAt]:
        """Where each device was when it last sent a mappable position."""
        with self._reading() as connection:
            return drones_at(connection)

    def pictures(self, device_id: str, t0_s: float, t1_s: float) -> list[Picture]:
        """The pictures a device took between two times of its clock, in order, thinned evenly."""
        with self._reading() as connection:
            return pictures_between(connection, device_id, t0_s, t1_s)

    def when_taken(self, sha256: str) -> list[tuple[str, float]]:
        """Which devices took a picture, and when on their clocks."""
        with self._reading() as connection:
            return when_taken(connection, sha256)

    def status(self) -> Status:
        """What the record holds now."""
        with self._reading() as connection:
            return Status(totals=_totals(connection), devices=_devices(connection))

    def _reading(self) -> Connection:
        return reading(self._engine)


def _told() -> Select[Any]:
    """What is told to people: the live analysis' events and everybody's acts."""
    event, run, ledger = schema.event, schema.run, schema.ledger
    return (
        select(event.c.n, event.c.body_json, ledger.c.t_us)
        .join_from(event, run)
        .outerjoin(ledger, ledger.c.n == event.c.n)
        .where(run.c.kind.in_([kind.value for kind in TOLD]))
    )


def _numbered(row: Row[Any]) -> NumberedEvent:
    event = _EVENT.decode(row.body_json)
    return NumberedEvent(n=row.n, event=event, t_logged_s=(row.t_us or 0) / 1e6)


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.scalar(query) or 0


def _totals(connection: Connection) -> Totals:
    fix, look, run = schema.fix, schema.look, schema.run
    ok = func.sum(case((fix.c.quality == Quality.OK.value, 1), else_=0))
    fixes = connection.execute(select(func.count(), ok).select_from(fix)).one()
    statuses = (
        select(look.c.status, func.count().label("frames"))
        .join_from(look, run)
        .where(run.c.kind.in_([kind.value for kind in JUDGED]))
        .group_by(look.c.status)
    )
    looks: dict[str, int] = {row.status: row.frames for row in connection.execute(statuses)}
    judged = (LookStatus.NOTHING, LookStatus.SEEN, LookStatus.UNPLACED)
    return Totals(
        fixes=fixes[0],
        fixes_mappable=fixes[1] or 0,
        frames=_count(connection, select(func.count()).select_from(schema.frame)),
        frames_judged=sum(looks.get(status, 0) for status in judged),
        frames_skipped=looks.get(LookStatus.SKIPPED, 0),
        frames_unplaced=looks.get(LookStatus.UNPLACED, 0),
        quarantined=_count(connection, select(func.count()).select_from(schema.quarantine)),
        events=_count(connection, select(func.count()).select_from(schema.event)),
        last_n=_count(connection, select(schema.counter.c.value)),
    )


def _devices(connection: Connection) -> tuple[DeviceStatus, ...]:
    flight = schema.flight
    flights: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(select(flight).order_by(flight.c.device_id)):
        flights.setdefault(row.device_id, []).append(row)
    found = (_device(connection, name, rows) for name, rows in flights.items())
    return tuple(device for device in found if device is not None)


def _device(
    connection: Connection, device_id: str, flights: Sequence[Row[Any]]
) -> DeviceStatus | None:
    fix, frame, q = schema.fix, schema.frame, schema.quarantine
    own = [row.flight_n for row in flights]
    fixes = _heard(connection, fix, own)
    frames = _heard(connection, frame, own)
    if not fixes.records and not frames.records:
        return None
    sent_s = [row.t_live for row in (fixes, frames) if row.t_live is not None]
    t_last_s = max(sent_s or [row.t_last for row in (fixes, frames) if row.records])
    clashes = select(func.count()).where(
        q.c.device_id == device_id, q.c.t_received_s > t_last_s - RECENT_S
    )
    return DeviceStatus(
        device_id=device_id,
        flights=len(own),
        fixes=fixes.records,
        frames=frames.records,
        t_last_received_s=t_last_s,
        clock_offset_s=_offset(connection, own, t_last_s),
        last=_last_point(connection, own),
        frozen=is_frozen(connection, own),
        clash=_count(connection, clashes) > 0 or _two_boots_at_once(connection, own, t_last_s),
    )


def _heard(connection: Connection, table: Any, flights: Sequence[int]) -> Row[Any]:
    return connection.execute(
        select(
            func.count().label("records"),
            func.max(table.c.t_received_s).label("t_last"),
            func.max(case((sent_live(table), table.c.t_received_s))).label("t_live"),
        ).where(table.c.flight_n.in_(flights))
    ).one()


def _offset(connection: Connection, flights: Sequence[int], t_last_s: float) -> float:
    smallest: list[float] = []
    for table, t_own in ((schema.fix, "t_device_s"), (schema.frame, "t_capture_s")):
        query = select(func.min(table.c.t_received_s - table.c[t_own])).where(
            table.c.flight_n.in_(flights),
            table.c.t_received_s > t_last_s - RECENT_S,
            sent_live(table),
        )
        found = connection.scalar(query)
        if found is not None:
            smallest.append(found)
    return min(smallest, default=0.0)


def _last_point(connection: Connection, flights: Sequence[int]) -> TrackPoint | None:
    fix = schema.fix
    query = (
        select(fix).where(fix.c.flight_n.in_(flights), fix.c.quality == Quality.OK.value).limit(1)
    )
    sent = query.where(sent_live(fix)).order_by(fix.c.n.desc())
    brought = query.order_by(fix.c.t_device_s.desc())
    row = connection.execute(sent).one_or_none() or connection.execute(brought).one_or_none()
    return None if row is None else _track_point(row)


def _two_boots_at_once(connection: Connection, flights: Sequence[int], t_last_s: float) -> bool:
    """Whether two boots of one device interleave: each was heard after the other began."""
    fix = schema.fix
    query = (
        select(func.min(fix.c.n).label("first"), func.max(fix.c.n).label("last"))
        .where(
            fix.c.flight_n.in_(flights), fix.c.t_received_s > t_last_s - RECENT_S, sent_live(fix)
        )
        .group_by(fix.c.flight_n)
        .order_by("first")
    )
    spans = connection.execute(query).all()
    return any(later.first < earlier.last for earlier, later in pairwise(spans))


def sent_first(rows: Sequence[Row[Any]], brought: Set[int]) -> list[Row[Any]]:
    """Of rows in order of device time, those that were sent; of each file, what fills the holes.

    Files come in the order they were brought: what the first tells, the second does not tell again.
    """
    sources: dict[int, list[Row[Any]]] = {}
    for row in rows:
        sources.setdefault(row.raw_n if row.raw_n in brought else 0, []).append(row)
    kept: list[Row[Any]] = []
    for _, own in sorted(sources.items()):
        known_s = [row.t_device_s for row in kept]
        kept += [row for row in own if not _told_already(known_s, row.t_device_s)]
        kept.sort(key=attrgetter("t_device_s"))
    return kept


def _told_already(known_s: Sequence[float], t_s: float) -> bool:
    at = bisect_left(known_s, t_s)
    around = known_s[max(at - 1, 0) : at + 1]
    return t_s in around or (len(around) == 2 and around[1] - around[0] <= GAP_S)


def _track_point(row: Row[Any]) -> TrackPoint:
    return TrackPoint(
        t_s=row.t_device_s,
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        height_takeoff_m=row.height_takeoff_m,
    )
