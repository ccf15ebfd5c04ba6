"""The flights of the record: which there are, and one of them at full resolution. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, case, func, select

from alerts.look import Look
from ingest.records import Quality
from store import schema
from store.analysis import JUDGED
from store.engine import reading
from store.evidence import UnknownFlight
from store.reading import sent_first

CELL_DEG = 0.005
"""The side of the cells that tell where a flight was: some 500 m."""

Cell = tuple[int, int]
"""Latitude and longitude in cells, rounded."""

_LOOK = msgspec.json.Decoder(Look)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownPart:
    """What a stretch of the record adds to one flight."""

    device_id: str
    flight_id: str
    t0_s: float
    """On the device's clock, like the next."""
    t1_s: float
    fixes: int
    frames: int
    sent: int
    """Of both, those that the device sent; the others were brought in files."""
    cells: frozenset[Cell]
    """Where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """One mappable position, with every height the device told."""

    t_s: float
    lat_deg: float
    lon_deg: float
    height_takeoff_m: float | None
    height_msl_m: float | None
    height_ellipsoid_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPicture:
    """One picture of a flight, with what the newest analysis made of it."""

    n: int
    t_s: float
    sha256: str
    width_px: int
    height_px: int
    look: Look | None
    """None while no analysis has come to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A detector that looked at pictures of a flight."""

    detector: str
    kind: str
    """`store.analysis.RunKind`: ``range`` is a question asked again, and told nobody."""
    pictures: int
    seen: int
    """Of them, those with something in them."""


class SqlFlights:
    """Answers questions about flights; changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, after_n: int) -> tuple[int, list[FlownPart]]:
        """What came after a number, by flight; and up to which number that is.

        From 0 it reads the whole record once, afterwards only what is new.
        """
        with reading(self._engine) as connection:
            upto_n: int = connection.scalar(select(schema.counter.c.value)) or 0
            if upto_n == after_n:
                return upto_n, []
            rows = [
                row
                for table, t in ((schema.fix, "t_device_s"), (schema.frame, "t_capture_s"))
                for row in _grouped(connection, table, t, after_n, upto_n)
            ]
            names = _names(connection, {row.flight_n for row in rows})
        found: dict[int, list[Row[Any]]] = {}
        for row in rows:
            found.setdefault(row.flight_n, []).append(row)
        return upto_n, [_part(names[flight_n], own) for flight_n, own in found.items()]

    def track(self, flight_id: str) -> list[TrackRow]:
        """Every mappable position of a flight in order of device time.

        What the device sent stands before what a file brought, which fills the holes.

        Raises:
            UnknownFlight: there is none of this name.
        """
        fix = schema.fix
        wanted = (
            select(fix).where(fix.c.quality == Quality.OK.value).order_by(fix.c.t_device_s, fix.c.n)
        )
        with reading(self._engine) as connection:
            own = wanted.where(fix.c.flight_n == flight_number(connection, flight_id))
            brought = set(connection.scalars(select(schema.upload.c.n)))
            rows = sent_first(connection.execute(own).all(), brought)
        return [
            TrackRow(
                t_s=row.t_device_s,
                lat_deg=row.lat_deg,
                lon_deg=row.lon_deg,
                height_takeoff_m=row.height_takeoff_m,
                height_msl_m=row.height_msl_m,
                height_ellipsoid_m=row.height_ellipsoid_m,
            )
            for row in rows
        ]

    def pictures(self, flight_id: str) -> list[JudgedPicture]:
        """Every picture of a flight in order of capture.

        Raises:
            UnknownFlight: there is none of this name.
        """
        frame, look, run = schema.frame, schema.look, schema.run
        with reading(self._engine) as connection:
            flight_n = flight_number(connection, flight_id)
            frames = connection.execute(
                select(frame)
                .where(frame.c.flight_n == flight_n)
                .order_by(frame.c.t_capture_s, frame.c.n)
            ).all()
            judged = (
                select(look.c.frame_n, look.c.body_json)
                .join_from(look, run)
                .join(frame, frame.c.n == look.c.frame_n)
                .where(frame.c.flight_n == flight_n, run.c.kind.in_([k.value for k in JUDGED]))
                .order_by(run.c.run_n)
            )
            looks = {row.frame_n: row.body_json for row in connection.execute(judged)}
        return [
            JudgedPicture(
                n=row.n,
                t_s=row.t_capture_s,
                sha256=row.sha256,
                width_px=row.width_px,
                height_px=row.height_px,
                look=_LOOK.decode(looks[row.n]) if row.n in looks else None,
            )
            for row in frames
        ]

    def judges(self, flight_id: str) -> list[Judge]:
        """Which detectors looked at a flight's pictures, the newest analysis last.

        Raises:
            UnknownFlight: there is none of this name.
        """
        frame, look, run = schema.frame, schema.look, schema.run
        seen = func.sum(case((look.c.status == "seen", 1), else_=0))
        with reading(self._engine) as connection:
            query = (
                select(run.c.run_n, run.c.detector, run.c.kind, func.count(), seen)
                .join_from(look, run)
                .join(frame, frame.c.n == look.c.frame_n)
                .where(frame.c.flight_n == flight_number(connection, flight_id))
                .group_by(run.c.run_n, run.c.detector, run.c.kind)
                .order_by(run.c.run_n)
            )
            return [
                Judge(detector=detector, kind=kind, pictures=pictures, seen=found)
                for _, detector, kind, pictures, found in connection.execute(query)
            ]


def _grouped(
    connection: Connection, table: Table, t: str, after_n: int, upto_n: int
) -> Sequence[Row[Any]]:
    """One row for every flight and cell; pictures, which have no place, in the cell None."""
    brought = select(schema.upload.c.n)
    sent = func.sum(case((table.c.raw_n.in_(brought), 0), else_=1))
    columns = [
        table.c.flight_n,
        func.min(table.c[t]).label("t0_s"),
        func.max(table.c[t]).label("t1_s"),
        func.count().label("records"),
        sent.label("sent"),
    ]
    query = select(*columns).where(table.c.n > after_n, table.c.n <= upto_n)
    if table is schema.frame:
        return connection.execute(query.group_by(table.c.flight_n)).all()
    ok = table.c.quality == Quality.OK.value
    cells = [
        case((ok, func.round(table.c[name] / CELL_DEG))).label(label)
        for name, label in (("lat_deg", "cell_lat"), ("lon_deg", "cell_lon"))
    ]
    return connection.execute(query.add_columns(*cells).group_by(table.c.flight_n, *cells)).all()


def _part(name: tuple[str, str], rows: Sequence[Row[Any]]) -> FlownPart:
    placed = [row for row in rows if hasattr(row, "cell_lat")]
    fixes = sum(row.records for row in placed)
    return FlownPart(
        device_id=name[0],
        flight_id=f"{name[0]}.{name[1]}",
        t0_s=min(row.t0_s for row in rows),
        t1_s=max(row.t1_s for row in rows),
        fixes=fixes,
        frames=sum(row.records for row in rows) - fixes,
        sent=sum(row.sent for row in rows),
        cells=frozenset(
            (round(row.cell_lat), round(row.cell_lon))
            for row in placed
            if row.cell_lat is not None and row.cell_lon is not None
        ),
    )


def _names(connection: Connection, flights: set[int]) -> dict[int, tuple[str, str]]:
    flight = schema.flight
    return {
        row.flight_n: (row.device_id, row.boot_id)
        for row in connection.execute(select(flight))
        if row.flight_n in flights
    }


def flight_number(connection: Connection, flight_id: str) -> int:
    """The number of a flight.

    Raises:
        UnknownFlight: there is none of this name.
    """
    flight = schema.flight
    device_id, _, boot_id = flight_id.rpartition(".")
    found = connection.scalar(
        select(flight.c.flight_n).where(
            flight.c.device_id == device_id, flight.c.boot_id == boot_id
        )
    )
    if found is None:
        raise UnknownFlight(flight_id)
    return int(found)
