"""How incidents began: first picture, alarm, first word to a partner. Read only."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, and_, func, select

from alerts.events import Event, Evidence, Kind
from alerts.response_clock import Beginning
from ingest.records import Key
from store import schema
from store.analysis import JUDGED, TOLD
from store.engine import reading
from store.outbox import Delivery

OFFSET_S = 600.0
"""A device's clock is judged by what came in this long before the picture."""
_TOGETHER = 256
"""Numbers within which the pictures that raised an alarm were written with it."""
_EVENT = msgspec.json.Decoder(Event)


class SqlResponse:
    """Answers how the alarms of a time, or one incident, came about."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def began_between(self, t0_s: float, t1_s: float) -> list[Beginning]:
        """Of every incident raised from one time of the station's clock up to before another."""
        us = schema.ledger.c.t_us
        return self._beginnings(and_(us >= round(t0_s * 1e6), us < round(t1_s * 1e6)))

    def beginning(self, incident_id: str) -> Beginning | None:
        """Of one incident, None where it was never raised."""
        found = self._beginnings(schema.event.c.incident_id == incident_id)
        return found[0] if found else None

    def _beginnings(self, wanted: Any) -> list[Beginning]:
        event, run, ledger = schema.event, schema.run, schema.ledger
        query = (
            select(event.c.n, event.c.incident_id, event.c.body_json, ledger.c.t_us)
            .join_from(event, run)
            .join(ledger, ledger.c.n == event.c.n)
            .where(event.c.kind == Kind.RAISED.value, run.c.kind.in_([k.value for k in TOLD]))
            .where(wanted)
            .order_by(event.c.n)
        )
        with reading(self._engine) as connection:
            first: dict[str, Any] = {}
            for row in connection.execute(query):
                first.setdefault(row.incident_id, row)
            links = _Links(connection)
            return [_beginning(connection, row, links) for row in first.values()]


def _beginning(connection: Connection, row: Row[Any], links: _Links) -> Beginning:
    seen = _first_picture(connection, row)
    t_raised_s = row.t_us / 1e6
    return Beginning(
        incident_id=row.incident_id,
        t_capture_s=seen.t_capture_s,
        offset_s=links.offset_s(seen),
        t_received_s=seen.t_received_s,
        t_detected_s=_detected_s(connection, seen.key),
        t_raised_s=t_raised_s,
        t_notified_s=_notified_s(connection, row.n, t_raised_s),
    )


class _Links:
    """How far the station's clock was ahead of each device's when a record came: delay included."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, list[tuple[float, float]]] = {}

    def offset_s(self, seen: Evidence) -> float:
        """The smallest of the time before a picture came in, and of the picture itself."""
        flight_id, t_s = seen.key.flight_id, seen.t_received_s
        if flight_id not in self._known:
            self._known[flight_id] = sorted(self._ahead(seen.key))
        ahead = self._known[flight_id]
        since = bisect_left(ahead, (t_s - OFFSET_S,))
        upto = bisect_right(ahead, (t_s, math.inf))
        lately = min((ahead_s for _, ahead_s in ahead[since:upto]), default=math.inf)
        return min(lately, t_s - seen.t_capture_s)

    def _ahead(self, key: Key) -> Iterator[tuple[float, float]]:
        """When each record that the device sent came in, and how far ahead the clock was."""
        flight = schema.flight
        named = and_(flight.c.device_id == key.device_id, flight.c.boot_id == key.boot_id)
        for table, own in ((schema.fix, "t_device_s"), (schema.frame, "t_capture_s")):
            query = (
                select(table.c.t_received_s, table.c.t_received_s - table.c[own])
                .join_from(table, flight)
                .where(named, table.c.raw_n.not_in(select(schema.upload.c.n)))
            )
            yield from ((t_s, ahead_s) for t_s, ahead_s in self._connection.execute(query))


def _first_picture(connection: Connection, row: Row[Any]) -> Evidence:
    """The earliest of those that raised it: they were written in one transaction with it."""
    event, ledger = schema.event, schema.ledger
    query = (
        select(event.c.body_json)
        .join_from(event, ledger, ledger.c.n == event.c.n)
        .where(
            event.c.n.between(row.n, row.n + _TOGETHER),
            event.c.incident_id == row.incident_id,
            ledger.c.t_us == row.t_us,
        )
    )
    told = (_EVENT.decode(body).evidence for body in connection.scalars(query))
    return min((seen for seen in told if seen is not None), key=lambda seen: seen.t_capture_s)


def _detected_s(connection: Connection, key: Key) -> float | None:
    """When what was made of a picture came into the record first."""
    frame, flight, look, ledger = schema.frame, schema.flight, schema.look, schema.ledger
    query = (
        select(func.min(ledger.c.t_us))
        .join_from(frame, flight)
        .join(look, look.c.frame_n == frame.c.n)
        .join(schema.run, schema.run.c.run_n == look.c.run_n)
        .join(ledger, ledger.c.n == look.c.told_n)
        .where(flight.c.device_id == key.device_id, flight.c.boot_id == key.boot_id)
        .where(frame.c.seq == key.seq, frame.c.tie == key.tie)
        .where(schema.run.c.kind.in_([kind.value for kind in JUDGED]))
    )
    t_us = connection.scalar(query)
    return None if t_us is None else t_us / 1e6


def _notified_s(connection: Connection, raised_n: int, t_raised_s: float) -> float | None:
    """When the alarm first reached a partner; where none is told of alarms, the screen had it."""
    t = schema.outbox
    rows = connection.execute(select(t.c.state, t.c.t_done_s).where(t.c.event_n == raised_n)).all()
    if not rows:
        return t_raised_s
    done = [row.t_done_s for row in rows if row.state == Delivery.DELIVERED.value]
    return min(done, default=None)
