"""The analyst's side: the record as a stream, and the looks and events it turns into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from alerts.events import Event, NumberedEvent
from alerts.look import Judgement, Look
from store import schema
from store.blobs import Blobs
from store.dropped import tell_dropped
from store.engine import reading
from store.eventlog import append_events
from store.ledger import Said, append
from store.once import insert_or_nothing, take_numbers
from store.rows import lines_digest
from store.stream import Arrived, arrivals, of_upload


class RunKind(StrEnum):
    """Why an analysis was made."""

    LIVE = "live"
    RANGE = "range"
    UPLOAD = "upload"
    """Of a file that somebody brought: told, and historic throughout."""
    PEOPLE = "people"
    """No analysis: what people have done."""
    PATROL = "patrol"
    """No analysis: how far the patrol log has come."""


JUDGED = (RunKind.LIVE, RunKind.UPLOAD)
"""The analyses of everything for the first time."""
LOOKS = "looks"
"""The verb of an entry about what was made of pictures."""
TOLD = (*JUDGED, RunKind.PEOPLE)
"""Whose events are told to people; a range analysed again is a question to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One analysis: which detector and rules, and how far it has come."""

    run_n: int
    kind: RunKind
    start_n: int
    """It has nothing to say about what came up to here."""
    cursor_n: int
    """Everything up to this number is settled and stored."""


class SqlAnalysis:
    """Reads the record in its order, and appends what was made of it."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs

    def jpeg(self, sha256: str) -> bytes:
        """A frame's bytes.

        Raises:
            MissingBlob: gone or changed.
        """
        return self._blobs.get(sha256)

    def open_run(
        self, kind: RunKind, *, detector: str, rules_json: str, name: str, start_n: int = 0
    ) -> Run:
        """The run of this name, begun if it is new.

        A new live run goes on where the last one stood: a new detector does not ring for the past.
        """
        run = schema.run
        with self._engine.begin() as connection:
            row = connection.execute(select(run).where(run.c.name == name)).one_or_none()
            if row is not None:
                return _run(row)
            last_live = select(func.max(run.c.cursor_n)).where(run.c.kind == RunKind.LIVE)
            if kind is RunKind.LIVE:
                start_n = connection.scalar(last_live) or 0
            run_n = connection.scalar(
                insert(run)
                .values(
                    kind=kind.value,
                    name=name,
                    detector=detector,
                    rules_json=rules_json,
                    start_n=start_n,
                    cursor_n=start_n,
                )
                .returning(run.c.run_n)
            )
        assert run_n is not None
        return Run(run_n=run_n, kind=kind, start_n=start_n, cursor_n=start_n)

    def latest_run(self, kind: RunKind) -> Run | None:
        """The newest analysis of a kind."""
        run = schema.run
        newest = select(run).where(run.c.kind == kind.value).order_by(run.c.run_n.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(newest).one_or_none()
        return None if row is None else _run(row)

    def records(
        self,
        after_n: int,
        *,
        upto_n: int | None = None,
        device_id: str | None = None,
        limit: int = 500,
    ) -> list[Arrived]:
        """The next fixes, frames and home points after a number, in order; about ``limit``.

        What came in files is no part of this stream: its order is not that of arrival.
        """
        with self._reading() as connection:
            return arrivals(connection, after_n, upto_n, device_id, limit)

    def upload_records(self, n: int, last_n: int) -> list[Arrived]:
        """What has to be known to judge a file's frames, in order of device time.

        Its own records and, of the same flights, the home points, and the fixes where it has none
        of its own nearby.
        """
        with self._reading() as connection:
            return of_upload(connection, n, last_n)

    def told_by_uploads(
        self, frames: Sequence[int], t0_s: float, t1_s: float
    ) -> tuple[dict[int, Judgement], list[Event]]:
        """What other files came to: judgements of these frames, incidents between two times."""
        look, event, run = schema.look, schema.event, schema.run
        of_files = run.c.kind == RunKind.UPLOAD.value
        looks = select(look.c.frame_n, look.c.body_json).join_from(look, run).where(of_files)
        then = (
            select(event.c.incident_id)
            .join_from(event, run)
            .where(of_files, event.c.t_s.between(t0_s, t1_s))
        )
        events = (
            select(event.c.body_json)
            .join_from(event, run)
            .where(of_files, event.c.incident_id.in_(then))
            .order_by(event.c.n)
        )
        with self._reading() as connection:
            known = connection.execute(looks.where(look.c.frame_n.in_(frames))).all()
            told = [_EVENT.decode(body) for body in connection.scalars(events)]
        return {row.frame_n: _LOOK.decode(row.body_json).judgement for row in known}, told

    def newest_frames(self, after_n: int) -> dict[str, int]:
        """Of each device, the number of its newest frame after a number."""
        frame, flight = schema.frame, schema.flight
        newest = (
            select(flight.c.device_id, func.max(frame.c.n).label("n"))
            .join_from(frame, flight)
            .where(frame.c.n > after_n, frame.c.raw_n.not_in(select(schema.upload.c.n)))
            .group_by(flight.c.device_id)
        )
        with self._reading() as connection:
            return {row.device_id: row.n for row in connection.execute(newest)}

    def batch_before(self, n: int, seconds: float) -> int:
        """The number of the last batch that came this long before the one at or before ``n``."""
        raw = schema.raw
        with self._reading() as connection:
            t_s = connection.scalar(select(func.max(raw.c.t_last_s)).where(raw.c.n <= n))
            if t_s is None:
                return 0
            older = select(func.max(raw.c.n)).where(raw.c.t_last_s < t_s - seconds, raw.c.n <= n)
            return connection.scalar(older) or 0

    def numbers_between(self, t0_s: float, t1_s: float) -> tuple[int, int]:
        """The batches received between two times: after the first number, up to the second."""
        raw = schema.raw
        with self._reading() as connection:
            last: int = connection.scalar(select(schema.counter.c.value)) or 0
            first = connection.scalar(select(func.min(raw.c.n)).where(raw.c.t_last_s >= t0_s))
            behind = connection.scalar(select(func.min(raw.c.n)).where(raw.c.t_first_s > t1_s))
        return (last if first is None else first - 1, last if behind is None else behind - 1)

    def looks(self, run: Run, after_n: int) -> dict[int, Look]:
        """What this run has already made of the frames after a number."""
        look = schema.look
        with self._reading() as connection:
            rows = connection.execute(
                select(look.c.frame_n, look.c.body_json).where(
                    look.c.run_n == run.run_n, look.c.frame_n > after_n
                )
            )
            return {row.frame_n: _LOOK.decode(row.body_json) for row in rows}

    def events(self, run: Run) -> list[Event]:
        """This run's events in order; the live runs are one story."""
        event = schema.event
        query = select(event.c.body_json).join_from(event, schema.run).order_by(event.c.n)
        if run.kind is RunKind.LIVE:
            query = query.where(schema.run.c.kind == RunKind.LIVE.value)
        else:
            query = query.where(event.c.run_n == run.run_n)
        with self._reading() as connection:
            return [_EVENT.decode(body) for body in connection.scalars(query)]

    def append(
        self,
        run: Run,
        looks: Sequence[Look],
        events: Sequence[Event],
        cursor_n: int,
        t_s: float,
    ) -> list[NumberedEvent]:
        """Store looks, events and cursor in one transaction; what is there already stays.

        ``t_s`` is the station's clock. Returns the events that were new, with their numbers.
        Pictures that show what they must not are deleted once the ledger has them.
        """
        with self._engine.begin() as connection:
            new = append_events(connection, run.run_n, events, t_s, actor=f"run {run.run_n}")
            fresh = _keep(connection, run, looks, t_s) if looks else ()
            gone = tell_dropped(connection, fresh, t_s) if run.kind in JUDGED else ()
            connection.execute(
                update(schema.run)
                .where(schema.run.c.run_n == run.run_n, schema.run.c.cursor_n < cursor_n)
                .values(cursor_n=cursor_n)
            )
        for sha256 in gone:
            self._blobs.path(sha256).unlink(missing_ok=True)
        return new

    def _reading(self) -> Connection:
        return reading(self._engine)


def _run(row: Row[Any]) -> Run:
    return Run(run_n=row.run_n, kind=RunKind(row.kind), start_n=row.start_n, cursor_n=row.cursor_n)


_LOOK = msgspec.json.Decoder(Look)
_EVENT = msgspec.json.Decoder(Event)
_ENCODER = msgspec.json.Encoder()


def looks_told(connection: Connection, from_n: int, upto_n: int) -> list[tuple[Any, ...]]:
    """The looks whose entries in the ledger have these numbers: first that number, then the
    detector, the frame's number, the status and the text."""
    look, run = schema.look, schema.run
    query = (
        select(look.c.told_n, run.c.detector, look.c.frame_n, look.c.status, look.c.body_json)
        .join_from(look, run)
        .where(look.c.told_n.between(from_n, upto_n))
        .order_by(look.c.told_n, look.c.frame_n)
    )
    return [tuple(row) for row in connection.execute(query)]


def looks_digest(rows: Iterable[Sequence[Any]]) -> str:
    """Of the looks of one entry, as the ledger keeps it."""
    return lines_digest(rows)


def _keep(connection: Connection, run: Run, looks: Sequence[Look], t_s: float) -> list[Look]:
    """Keep those of frames that the run has not looked at before, with their entry."""
    n = take_numbers(connection, 1)
    rows = [_look_row(run, look) | {"told_n": n} for look in looks]
    connection.execute(insert_or_nothing(connection, schema.look), rows)
    kept = looks_told(connection, n, n)
    if kept:
        said = Said(
            n=n,
            t_s=t_s,
            actor=f"run {run.run_n}",
            verb=LOOKS,
            subject=f"{len(kept)} pictures",
            body=f'{{"{LOOKS}":"{looks_digest(kept)}"}}',
        )
        append(connection, [said])
    fresh = {frame_n for _, _, frame_n, *_ in kept}
    return [look for look in looks if look.frame_n in fresh]


def _look_row(run: Run, look: Look) -> dict[str, object]:
    return {
        "run_n": run.run_n,
        "frame_n": look.frame_n,
        "status": look.status.value,
        "body_json": _ENCODER.encode(look).decode(),
    }
