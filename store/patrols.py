"""One flight as it lies in the record: what the device said, and what the analysis made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, select

from alerts.look import Look
from ingest.records import Fix, Frame
from store import schema
from store.analysis import JUDGED
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
