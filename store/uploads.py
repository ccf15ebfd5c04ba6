"""Files that people bring: each once, all of its records in one transaction or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, delete, insert, or_, select, update

from ingest.logs.align import KnownFlight
from ingest.logs.flight import Track
from ingest.logs.report import Report
from ingest.records import Key, Quality, Record
from store import schema
from store.blobs import Blobs
from store.engine import reading
from store.ledger import Said, append
from store.once import insert_new, stored_digests, take_numbers
from store.rows import RowsDigest, to_row
from store.shelf import TABLES, find_or_open_flight

BATCH = 1000
"""Rows inserted at a time."""
NEAR_S = 2 * 86_400.0
"""Between what a live flight says its time is and when it was first heard."""

_HEIGHTS = ("height_takeoff_m", "height_ellipsoid_m", "height_msl_m")
_REPORT = msgspec.json.Decoder(Report)
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file whose bytes lie in the blob store."""

    sha256: str
    name: str
    size_bytes: int
    t_uploaded_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where in the track a file belongs."""

    flight: Key
    """Any key of the flight."""
    t_first_s: float
    """On the device's clock."""
    t_last_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a file."""

    n: int
    last_n: int
    report: Report
    known: bool
    """It was there before, and nothing was changed."""
    new: int = 0
    redelivered: int = 0
    clashing: int = 0
    """Records whose key belongs to other contents: left out."""
    rows_digest: str = ""
    """Of the new ones, as the ledger keeps it."""
    flights: Mapping[int, str] = field(default_factory=dict)
    """By number, of the records."""


class SqlUploads:
    """Puts files into the record, and tells of those that are there."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self.blobs = blobs

    def find(self, sha256: str) -> Taken | None:
        """The file of this name, if it was taken before."""
        with reading(self._engine) as connection:
            row = _standing(connection, sha256)
        return None if row is None else _known(row)

    def named(self, stem: str) -> list[File]:
        """The files in the track whose name, without its ending, is this; newest first."""
        upload = schema.upload
        alike = upload.c.name.istartswith(f"{stem}.", autoescape=True)
        query = select(upload).where(alike, upload.c.flight_n.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(upload.c.n.desc())).all()
        return [_file(row) for row in rows if row.name.rpartition(".")[0].lower() == stem.lower()]

    def flights(self, t0_s: float, t1_s: float, device_id: str | None) -> Iterator[KnownFlight]:
        """The flights that were in the air between two times, with that part of their tracks.

        A live flight is looked for among those first heard within two days of it.
        """
        flight, upload = schema.flight, schema.upload
        told = select(upload.c.flight_n).where(
            upload.c.flight_n.is_not(None), upload.c.t_first_s <= t1_s, upload.c.t_last_s >= t0_s
        )
        query = select(flight).where(
            or_(
                flight.c.t_first_received_s.between(t0_s - NEAR_S, t1_s + NEAR_S),
                flight.c.flight_n.in_(told),
            )
        )
        if device_id is not None:
            query = query.where(flight.c.device_id == device_id)
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(flight.c.flight_n)).all():
                track = _track(connection, row.flight_n, t0_s, t1_s)
                if len(track):
                    yield KnownFlight(device_id=row.device_id, boot_id=row.boot_id, track=track)

    def put(
        self, file: File, records: Iterable[Record], size: int, report: Report, at: Stretch | None
    ) -> Taken:
        """A file with its records, at most ``size`` of them, in one transaction.

        What the record has already stays as it is. A file that was there and not in the track is
        taken anew if it is this time; any other that was there changes nothing.

        ``at`` is None of a file that has no place in the track.
        """
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1 + size)
            standing = _standing(connection, file.sha256)
            if standing is not None:
                if standing.flight_n is not None or at is None:
                    return _known(standing)
                connection.execute(delete(schema.upload).where(schema.upload.c.n == standing.n))
            taken = _insert(connection, n, size, records, report)
            _keep(connection, file, taken, at)
            append(connection, [_said(file, taken)])
        return taken

    def newest(self, limit: int = 200) -> list[Report]:
        """The reports of the newest files, newest first."""
        upload = schema.upload
        query = select(upload.c.report_json).order_by(upload.c.n.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_REPORT.decode(text) for text in connection.scalars(query)]

    def retell(self, n: int, report: Report) -> None:
        """Replace the report of a file."""
        text = _ENCODER.encode(report).decode()
        with self._engine.begin() as connection:
            upload = schema.upload
            connection.execute(update(upload).where(upload.c.n == n).values(report_json=text))


def _standing(connection: Connection, sha256: str) -> Row[Any] | None:
    upload = schema.upload
    return connection.execute(select(upload).where(upload.c.sha256 == sha256)).one_or_none()


def _known(row: Row[Any]) -> Taken:
    report = replace(_REPORT.decode(row.report_json), already_known=True)
    return Taken(n=row.n, last_n=row.last_n, report=report, known=True)


def _file(row: Row[Any]) -> File:
    return File(
        sha256=row.sha256,
        name=row.name,
        size_bytes=row.size_bytes,
        t_uploaded_s=row.t_uploaded_s,
    )


def _track(connection: Connection, flight_n: int, t0_s: float, t1_s: float) -> Track:
    fix = schema.fix
    columns = ("t_device_s", "lat_deg", "lon_deg", *_HEIGHTS)
    query = (
        select(*(fix.c[name] for name in columns))
        .where(
            fix.c.flight_n == flight_n,
            fix.c.t_device_s.between(t0_s, t1_s),
            fix.c.quality == Quality.OK.value,
        )
        .order_by(fix.c.t_device_s)
    )
    rows = connection.execute(query).all()
    named = dict(zip(columns, zip(*rows, strict=True), strict=False)) if rows else {}
    return Track.of(
        len(rows), **{"t_s" if name == "t_device_s" else name: named[name] for name in named}
    )


def _insert(
    connection: Connection, n: int, size: int, records: Iterable[Record], report: Report
) -> Taken:
    flights: dict[tuple[str, str], int] = {}
    new = redelivered = clashing = 0
    digest = RowsDigest()
    number, stream = n + 1, iter(records)
    while batch := list(islice(stream, BATCH)):
        tables: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        for record in batch:
            key = record.key
            name = key.device_id, key.boot_id
            if name not in flights:
                flights[name] = find_or_open_flight(connection, *name, record.t_received_s)
            row = to_row(record, flights[name]) | {"n": number, "raw_n": n}
            tables[TABLES[type(record)]].append(row)
            number += 1
        for table, rows in tables.items():
            inserted = insert_new(connection, table, rows)
            for row in rows:
                if row["n"] in inserted:
                    digest.add(table, row)
            rest = [row for row in rows if row["n"] not in inserted]
            same = stored_digests(connection, table, [_key(row) for row in rest])
            again = sum((*_key(row), row["digest"]) in same for row in rest)
            new, redelivered = new + len(inserted), redelivered + again
            clashing += len(rest) - again
    assert number <= n + 1 + size, "more records than announced"
    return Taken(
        n=n,
        last_n=n + size,
        report=report,
        known=False,
        new=new,
        redelivered=redelivered,
        clashing=clashing,
        rows_digest=digest.hexdigest(),
        flights={flight_n: ".".join(name) for name, flight_n in flights.items()},
    )


def _key(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["flight_n"], row["seq"], row["tie"]


def _keep(connection: Connection, file: File, taken: Taken, at: Stretch | None) -> None:
    flight_n = None
    if at is not None:
        name = at.flight.device_id, at.flight.boot_id
        flight_n = find_or_open_flight(connection, *name, file.t_uploaded_s)
    connection.execute(
        insert(schema.upload).values(
            n=taken.n,
            last_n=taken.last_n,
            sha256=file.sha256,
            name=file.name,
            size_bytes=file.size_bytes,
            t_uploaded_s=file.t_uploaded_s,
            flight_n=flight_n,
            t_first_s=None if at is None else at.t_first_s,
            t_last_s=None if at is None else at.t_last_s,
            status=taken.report.status,
            report_json=_ENCODER.encode(taken.report).decode(),
        )
    )


def _said(file: File, taken: Taken) -> Said:
    body = {"file": file.sha256, "rows": taken.rows_digest, "flights": taken.flights}
    return Said(
        n=taken.n,
        t_s=file.t_uploaded_s,
        actor="upload",
        verb="upload",
        subject=file.name[:256],
        body=_ENCODER.encode(body).decode(),
    )
