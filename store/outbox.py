"""Messages to partners: planned with a cursor, delivered at least once, never forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, insert, select, update

from alerts.handover.cap import MessageType, Sent
from store import schema
from store.engine import reading
from store.ledger import Said, append
from store.once import take_numbers


class Delivery(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: shown, and sent again when somebody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One message, written and not yet in the outbox."""

    channel: str
    key: str
    incident_id: str
    event_n: int
    message: MessageType
    content_type: str
    subject: str
    body: bytes
    sent: Sent | None = None
    """How later CAP messages refer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that is due."""

    n: int
    planned: Planned
    attempts: int
    t_planned_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it is listed, without its body."""

    n: int
    channel: str
    incident_id: str
    message: str
    subject: str
    state: Delivery
    attempts: int
    t_planned_s: float
    t_done_s: float | None
    error: str | None


class SqlOutbox:
    """The outbox of one record. One notifier works with it at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cursor(self, channel: str) -> int:
        """Up to which event a channel was planned; a new one begins with what comes next."""
        table, event = schema.outbox_cursor, schema.event
        with self._engine.begin() as connection:
            known = connection.scalar(select(table.c.event_n).where(table.c.channel == channel))
            if known is None:
                known = connection.scalar(select(func.max(event.c.n))) or 0
                connection.execute(insert(table).values(channel=channel, event_n=known))
        return int(known)

    def story(self, channel: str, incident_id: str) -> list[tuple[MessageType, Sent | None]]:
        """What a channel was told of an incident, in order."""
        t = schema.outbox
        query = (
            select(t.c.message, t.c.identifier, t.c.sender, t.c.t_planned_s)
            .where(t.c.channel == channel, t.c.incident_id == incident_id)
            .order_by(t.c.n)
        )
        with reading(self._engine) as connection:
            return [(MessageType(row.message), _sent(row)) for row in connection.execute(query)]

    def identifiers(self, t_s: float) -> set[str]:
        """Of the messages sent in the second of this time or later, on any channel."""
        t = schema.outbox
        query = select(t.c.identifier).where(
            t.c.identifier.is_not(None), t.c.t_planned_s >= int(t_s)
        )
        with reading(self._engine) as connection:
            return {str(identifier) for identifier in connection.scalars(query)}

    def plan(self, channel: str, messages: Sequence[Planned], event_n: int, t_s: float) -> None:
        """Put messages in and move the cursor on, in one transaction."""
        with self._engine.begin() as connection:
            if messages:
                first_n = take_numbers(connection, len(messages))
                rows = [_row(n, one, t_s) for n, one in enumerate(messages, start=first_n)]
                connection.execute(insert(schema.outbox), rows)
            connection.execute(
                update(schema.outbox_cursor)
                .where(schema.outbox_cursor.c.channel == channel)
                .values(event_n=event_n)
            )

    def due(self, now_s: float, limit: int = 50, *, without: Collection[str] = ()) -> list[Waiting]:
        """The messages whose time has come: of each channel and incident the oldest alone, so that
        no update overtakes its alert. ``without`` are channels to leave out."""
        t = schema.outbox
        oldest = (
            select(func.min(t.c.n))
            .where(t.c.state == Delivery.WAITING.value)
            .group_by(t.c.channel, t.c.incident_id)
        )
        ripe = and_(t.c.n.in_(oldest), t.c.due_s <= now_s, t.c.channel.not_in(without))
        query = select(t).where(ripe).order_by(t.c.n).limit(limit)
        with reading(self._engine) as connection:
            return [_waiting(row) for row in connection.execute(query)]

    def delivered(self, waiting: Waiting, t_s: float) -> None:
        """It arrived."""
        self._settle(waiting, Delivery.DELIVERED, t_s, None)

    def postpone(self, waiting: Waiting, due_s: float, error: str) -> None:
        """It did not arrive: again at another time."""
        t = schema.outbox
        with self._engine.begin() as connection:
            connection.execute(
                update(t)
                .where(t.c.n == waiting.n)
                .values(attempts=t.c.attempts + 1, due_s=due_s, error=error)
            )

    def give_up(self, waiting: Waiting, t_s: float, error: str) -> None:
        """It will not arrive: a dead letter, for people to look at."""
        self._settle(waiting, Delivery.DEAD, t_s, error)

    def again(self, n: int, t_s: float, *, by: str) -> bool:
        """Put a dead letter back, because somebody asks for it; whether there was one."""
        t = schema.outbox
        with self._engine.begin() as connection:
            entry_n = take_numbers(connection, 1)
            done = connection.execute(
                update(t)
                .where(t.c.n == n, t.c.state == Delivery.DEAD.value)
                .values(state=Delivery.WAITING.value, due_s=t_s, t_done_s=None)
                .returning(t.c.channel, t.c.incident_id)
            ).one_or_none()
            if done is not None:
                said = Said(
                    n=entry_n,
                    t_s=t_s,
                    actor=by,
                    verb="send_again",
                    subject=done.incident_id,
                    body=f'{{"message_n":{n}}}',
                )
                append(connection, [said])
        return done is not None

    def letters(
        self,
        *,
        incident_id: str | None = None,
        state: Delivery | None = None,
        limit: int = 200,
    ) -> list[Letter]:
        """The newest messages, newest first."""
        t = schema.outbox
        query = select(t).order_by(t.c.n.desc()).limit(limit)
        if incident_id is not None:
            query = query.where(t.c.incident_id == incident_id)
        if state is not None:
            query = query.where(t.c.state == state.value)
        with reading(self._engine) as connection:
            return [_letter(row) for row in connection.execute(query)]

    def _settle(self, waiting: Waiting, state: Delivery, t_s: float, error: str | None) -> None:
        t, planned = schema.outbox, waiting.planned
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            settled = connection.execute(
                update(t)
                .where(t.c.n == waiting.n, t.c.state == Delivery.WAITING.value)
                .values(state=state.value, t_done_s=t_s, error=error, attempts=t.c.attempts + 1)
            )
            if settled.rowcount:
                _tell(connection, n, planned, state, t_s)


def letter_digest(body: bytes) -> str:
    """Of a message, as the ledger keeps it."""
    return sha256(body).hexdigest()


def _tell(connection: Connection, n: int, planned: Planned, state: Delivery, t_s: float) -> None:
    """The ledger keeps what left the station, and what could not."""
    said = Said(
        n=n,
        t_s=t_s,
        actor=f"channel {planned.channel}",
        verb=state.value,
        subject=planned.incident_id,
        body=f'{{"key":"{planned.key}","message":"{letter_digest(planned.body)}"}}',
    )
    append(connection, [said])


def _row(n: int, planned: Planned, t_s: float) -> dict[str, Any]:
    sent = planned.sent
    return {
        "n": n,
        "channel": planned.channel,
        "key": planned.key,
        "incident_id": planned.incident_id,
        "event_n": planned.event_n,
        "message": planned.message.value,
        "identifier": sent.identifier if sent else None,
        "sender": sent.sender if sent else None,
        "content_type": planned.content_type,
        "subject": planned.subject,
        "body": planned.body,
        "state": Delivery.WAITING.value,
        "attempts": 0,
        "t_planned_s": sent.t_s if sent else t_s,
        "due_s": t_s,
    }


def _sent(row: Any) -> Sent | None:
    if row.identifier is None:
        return None
    return Sent(identifier=row.identifier, sender=row.sender, t_s=row.t_planned_s)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        n=row.n,
        planned=Planned(
            channel=row.channel,
            key=row.key,
            incident_id=row.incident_id,
            event_n=row.event_n,
            message=MessageType(row.message),
            content_type=row.content_type,
            subject=row.subject,
            body=row.body,
            sent=_sent(row),
        ),
        attempts=row.attempts,
        t_planned_s=row.t_planned_s,
    )


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        n=row.n,
        channel=row.channel,
        incident_id=row.incident_id,
        message=row.message,
        subject=row.subject,
        state=Delivery(row.state),
        attempts=row.attempts,
        t_planned_s=row.t_planned_s,
        t_done_s=row.t_done_s,
        error=row.error,
    )
