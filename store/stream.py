"""The record as a stream: what was sent in its order, and what one file brought in its own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, select

from ingest.logs.report import GAP_S
from ingest.records import Fix, Frame, Home
from store import schema
from store.rows import HOME_KIND, LASER_KIND, to_fix, to_frame, to_home

Arrived = tuple[int, Fix | Frame | Home]
"""A record of the stream and its number."""

BESIDE_S = 60.0
"""What other files show within that time is known when a file's frames are judged."""

_STREAMS = (
    (schema.fix, to_fix),
    (schema.frame, to_frame),
    (schema.note, to_home),
)


def arrivals(
    connection: Connection, after_n: int, upto_n: int | None, device_id: str | None, limit: int
) -> list[Arrived]:
    """What devices sent after a number, in order; about ``limit``, none only if there is none."""
    for first_n, last_n in _between_uploads(connection, after_n, upto_n):
        found = _merged(connection, first_n, last_n, device_id, limit)
        if found:
            return found
    return []


def of_upload(connection: Connection, n: int, last_n: int) -> list[Arrived]:
    """What has to be known to judge the frames of the upload with these numbers."""
    frame = schema.frame
    of_file = frame.c.n.between(n, last_n)
    within = select(func.min(frame.c.t_capture_s), func.max(frame.c.t_capture_s)).where(of_file)
    t0_s, t1_s = connection.execute(within).one()
    if t0_s is None:
        return []
    flights = list(connection.scalars(select(frame.c.flight_n).where(of_file).distinct()))
    own = _merged(connection, n, last_n, None, None)
    around = (t0_s - BESIDE_S - GAP_S, t1_s + BESIDE_S + GAP_S)
    others = _of_flights(connection, flights, around, (n, last_n))
    beside = _brought_beside(connection, flights, (t0_s - BESIDE_S, t1_s + BESIDE_S), (n, last_n))
    return sorted([*own, *_filling([*own, *beside], others), *beside], key=_device_order)


def _between_uploads(
    connection: Connection, after_n: int, upto_n: int | None
) -> Iterator[tuple[int, int | None]]:
    """The stretches of numbers (first, last; None for no end) that no upload has taken."""
    upload = schema.upload
    taken = select(upload.c.n, upload.c.last_n).where(upload.c.last_n > after_n)
    first_n = after_n + 1
    for row in connection.execute(taken.order_by(upload.c.n)).all():
        if row.n > first_n:
            yield first_n, row.n - 1 if upto_n is None else min(row.n - 1, upto_n)
        first_n = row.last_n + 1
    if upto_n is None or first_n <= upto_n:
        yield first_n, upto_n


def _merged(
    connection: Connection,
    first_n: int,
    last_n: int | None,
    device_id: str | None,
    limit: int | None,
) -> list[Arrived]:
    streams: list[list[Arrived]] = []
    reach = None
    for table, convert in _STREAMS:
        query = _numbered(table, first_n, last_n, device_id).limit(limit)
        rows = connection.execute(query).all()
        streams.append([(row.n, convert(row)) for row in rows])
        if len(rows) == limit:
            reach = min(reach or rows[-1].n, rows[-1].n)
    merged = sorted((pair for stream in streams for pair in stream), key=itemgetter(0))
    return [pair for pair in merged if reach is None or pair[0] <= reach]


def _numbered(
    table: Table, first_n: int, last_n: int | None, device_id: str | None
) -> Select[tuple[object]]:
    query = _with_flight(table).where(table.c.n >= first_n).order_by(table.c.n)
    if last_n is not None:
        query = query.where(table.c.n <= last_n)
    if table is schema.note:
        query = query.where(table.c.kind == HOME_KIND)
    if device_id is not None:
        query = query.where(schema.flight.c.device_id == device_id)
    return query


def _with_flight(table: Table) -> Select[Any]:
    """Rows with their flight's name; a fix with what the laser hit in the same message."""
    flight = schema.flight
    query = select(table, flight.c.device_id, flight.c.boot_id).join_from(table, flight)
    if table is not schema.fix:
        return query
    hit = schema.note.alias("hit")
    same = [hit.c[name] == table.c[name] for name in ("flight_n", "seq", "tie")]
    beside = and_(*same, hit.c.kind == LASER_KIND)
    return query.add_columns(hit.c.body_json.label("laser_json")).outerjoin(hit, beside)


def _of_flights(
    connection: Connection,
    flights: Sequence[int],
    between_s: tuple[float, float],
    but: tuple[int, int],
) -> list[Arrived]:
    """Fixes between two device times, and all home points, whose numbers are not ``but`` these."""
    fix, note = schema.fix, schema.note
    fixes = _with_flight(fix).where(fix.c.t_device_s.between(*between_s))
    homes = _with_flight(note).where(note.c.kind == HOME_KIND)
    found: list[Arrived] = []
    for table, query, convert in ((fix, fixes, to_fix), (note, homes, to_home)):
        theirs = table.c.flight_n.in_(flights) & ~table.c.n.between(*but)
        found += [(row.n, convert(row)) for row in connection.execute(query.where(theirs))]
    return found


def _brought_beside(
    connection: Connection,
    flights: Sequence[int],
    between_s: tuple[float, float],
    but: tuple[int, int],
) -> list[Arrived]:
    """What other files brought of the same flights: frames between two times, and their fixes."""
    frame, fix, brought = schema.frame, schema.fix, select(schema.upload.c.n)
    frames = connection.execute(
        _with_flight(frame).where(
            frame.c.flight_n.in_(flights),
            frame.c.t_capture_s.between(*between_s),
            frame.c.raw_n.in_(brought),
            ~frame.c.n.between(*but),
        )
    ).all()
    if not frames:
        return []
    fixes = _with_flight(fix).where(
        fix.c.flight_n.in_(flights),
        fix.c.t_device_s.between(between_s[0] - GAP_S, between_s[1] + GAP_S),
        fix.c.raw_n.in_({row.raw_n for row in frames}),
    )
    found: list[Arrived] = [(row.n, to_frame(row)) for row in frames]
    return found + [(row.n, to_fix(row)) for row in connection.execute(fixes)]


def _filling(own: Sequence[Arrived], others: Sequence[Arrived]) -> Iterator[Arrived]:
    """Of the others, the home points, and the fixes in the holes of the own ones."""
    known_s = sorted(r.t_device_s for _, r in own if isinstance(r, Fix) and r.mappable)
    known = {n for n, _ in own}
    for n, record in others:
        if n in known:
            continue
        if isinstance(record, Fix):
            at = bisect_left(known_s, record.t_device_s)
            near = (t_s for t_s in known_s[max(at - 1, 0) : at + 1])
            if any(abs(t_s - record.t_device_s) <= GAP_S for t_s in near):
                continue
        yield n, record


def _device_order(arrived: Arrived) -> tuple[bool, float, bool, int]:
    """Home points first, the rest by device time; of two at once the fix first."""
    n, record = arrived
    if isinstance(record, Frame):
        return True, record.t_capture_s, True, n
    return isinstance(record, Fix), record.t_device_s, False, n
