"""One flight as it lies in the record: what the device said, and what the analysis made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, case, select

from alerts.look import Look
from ingest.records import Fix, Frame, Quality
from store import schema
from store.analysis import JUDGED
from store.reading import sent_first
from store.rows import to_fix, to_frame

_LOOK = msgspec.json.Decoder(Look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol:
    """A flight: fixes and frames in order of arrival, their looks by frame number.

    What a file brought came when the file came, within it in order of device time.
    """

    device_id: str
    flight_id: str
    fixes: tuple[Fix, ...]
    frames: tuple[tuple[int, Frame], ...]
    """With their numbers; without their bytes."""
    looks: dict[int, Look]
    """A later live run's look replaces an earlier one's."""


def read_patrol(engine: Engine, name: str) -> Patrol | None:
    """The flight of that id, or the newest flight of that device; None where there is neither."""
    flight = schema.flight
    newest = select(flight).order_by(flight.c.t_first_received_s.desc(), flight.c.flight_n.desc())
    named = (flight.c.device_id + "." + flight.c.boot_id) == name
    with engine.connect().execution_options(reading=True) as connection:
        row = (
            connection.execute(newest.where(named).limit(1)).one_or_none()
            or connection.execute(newest.where(flight.c.device_id == name).limit(1)).one_or_none()
        )
        if row is None:
            return None
        return Patrol(
            device_id=row.device_id,
            flight_id=f"{row.device_id}.{row.boot_id}",
            fixes=tuple(to_fix(one) for one in _rows(connection, schema.fix, row.flight_n)),
            frames=tuple(
                (one.n, to_frame(one)) for one in _rows(connection, schema.frame, row.flight_n)
            ),
            looks=_looks(connection, row.flight_n),
        )


def tracks(
    engine: Engine,
    *,
    flight_id: str | None = None,
    device_id: str | None = None,
    t0_s: float,
    t1_s: float,
) -> Iterator[Fix]:
    """The mappable fixes of one flight or all, flight by flight in order of device time.

    What was sent counts by when it was received, what files brought by when it was flown; they
    fill the holes of what was sent.
    """
    fix, flight, upload = schema.fix, schema.flight, schema.upload
    of_file = fix.c.raw_n.in_(select(upload.c.n))
    query = (
        select(fix, flight.c.device_id, flight.c.boot_id)
        .join_from(fix, flight)
        .where(
            fix.c.quality == Quality.OK.value,
            case((of_file, fix.c.t_device_s), else_=fix.c.t_received_s).between(t0_s, t1_s),
        )
        .order_by(fix.c.flight_n, fix.c.t_device_s, fix.c.n)
    )
    if flight_id is not None:
        query = query.where((flight.c.device_id + "." + flight.c.boot_id) == flight_id)
    if device_id is not None:
        query = query.where(flight.c.device_id == device_id)
    with engine.connect().execution_options(reading=True) as connection:
        brought = set(connection.scalars(select(upload.c.n)))
        for _, own in groupby(connection.execute(query), attrgetter("flight_n")):
            yield from map(to_fix, sent_first(list(own), brought))


def flight_ids(engine: Engine) -> list[str]:
    """Every flight in the record, in the order they were first heard of."""
    flight = schema.flight
    query = select(flight).order_by(flight.c.t_first_received_s, flight.c.flight_n)
    with engine.connect().execution_options(reading=True) as connection:
        return [f"{row.device_id}.{row.boot_id}" for row in connection.execute(query)]


def _rows(connection: Connection, table: Table, flight_n: int) -> Iterable[Row[Any]]:
    flight = schema.flight
    query = (
        select(table, flight.c.device_id, flight.c.boot_id)
        .join_from(table, flight)
        .where(table.c.flight_n == flight_n)
        .order_by(table.c.n)
    )
    return connection.execute(query)


def _looks(connection: Connection, flight_n: int) -> dict[int, Look]:
    look, run, frame = schema.look, schema.run, schema.frame
    query = (
        select(look.c.frame_n, look.c.body_json)
        .join_from(look, run)
        .join(frame, frame.c.n == look.c.frame_n)
        .where(frame.c.flight_n == flight_n, run.c.kind.in_([kind.value for kind in JUDGED]))
        .order_by(run.c.run_n)
    )
    return {row.frame_n: _LOOK.decode(row.body_json) for row in connection.execute(query)}
