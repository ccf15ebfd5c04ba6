"""What a live screen asks again and again: where the drones are, and what they took lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from ingest.records import Quality
from store import schema
from store.status import DroneAt, Picture

PICTURES = 60
"""A strip of pictures on a screen holds no more."""
LATEST_FLIGHTS = 3
"""Files that are brought become flights too; the live one is among so many of the newest."""


def sent_live(table: Any) -> ColumnElement[bool]:
    """Whether a record was sent by its device, and not brought in a file."""
    live: ColumnElement[bool] = table.c.raw_n.not_in(select(schema.upload.c.n))
    return live


def drones_at(connection: Connection) -> list[DroneAt]:
    """Where each device was when it last sent a mappable position, of its latest flights."""
    flight = schema.flight
    flights: dict[str, list[int]] = {}
    query = select(flight.c.device_id, flight.c.flight_n).order_by(flight.c.flight_n.desc())
    for row in connection.execute(query):
        flights.setdefault(row.device_id, []).append(row.flight_n)
    found = (
        _drone(connection, device, own[:LATEST_FLIGHTS]) for device, own in sorted(flights.items())
    )
    return [drone for drone in found if drone is not None]


def _drone(connection: Connection, device_id: str, flights: Sequence[int]) -> DroneAt | None:
    """By the key's order, so that a long flight costs no more than a short one."""
    fix = schema.fix
    for flight_n in flights:
        newest = (
            select(fix)
            .where(fix.c.flight_n == flight_n, fix.c.quality == Quality.OK.value, sent_live(fix))
            .order_by(fix.c.seq.desc())
            .limit(1)
        )
        if row := connection.execute(newest).one_or_none():
            return DroneAt(
                device_id=device_id,
                t_received_s=row.t_received_s,
                lat_deg=row.lat_deg,
                lon_deg=row.lon_deg,
                height_takeoff_m=row.height_takeoff_m,
                yaw_deg=row.yaw_deg,
            )
    return None


def when_taken(connection: Connection, sha256: str) -> list[tuple[str, float]]:
    """Which devices took a picture, and when on their clocks."""
    frame, flight = schema.frame, schema.flight
    query = (
        select(flight.c.device_id, frame.c.t_capture_s)
        .join_from(frame, flight)
        .where(frame.c.sha256 == sha256)
    )
    return [(row.device_id, row.t_capture_s) for row in connection.execute(query)]


def pictures_between(
    connection: Connection, device_id: str, t0_s: float, t1_s: float
) -> list[Picture]:
    """The pictures of a device between two times of its clock, in order, at most `PICTURES`."""
    frame, flight = schema.frame, schema.flight
    query = (
        select(frame.c.t_capture_s, frame.c.sha256)
        .join_from(frame, flight)
        .where(flight.c.device_id == device_id, frame.c.t_capture_s.between(t0_s, t1_s))
        .order_by(frame.c.t_capture_s, frame.c.n)
    )
    rows = connection.execute(query).all()
    step = -(-len(rows) // PICTURES) or 1
    return [Picture(t_capture_s=row.t_capture_s, sha256=row.sha256) for row in rows[::step]]
