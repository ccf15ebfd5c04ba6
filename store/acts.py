"""What people do with incidents, checked against how things stand in the very transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection, Engine, insert, select

from alerts.events import Event, NumberedEvent
from alerts.incident import Incident, fold, grow
from store import schema
from store.analysis import TOLD, RunKind
from store.errors import UnknownIncident
from store.eventlog import append_events
from store.once import take_numbers

Decide = Callable[[Incident], Sequence[Event]]
"""From how an incident stands to what is to be appended; it may refuse."""

NAME = "people"


class SqlActs:
    """Appends acts; two people at once are one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def act(self, incident_id: str, decide: Decide, t_s: float) -> list[NumberedEvent]:
        """Let ``decide`` see the incident as it stands, and append what it says, all or nothing.

        Raises:
            UnknownIncident: there is none of this name.
            ActRefused: it may not be done as things stand; nothing was appended.
        """
        with self._engine.begin() as connection:
            take_numbers(connection, 1)  # from here on nobody else appends
            incident = _incident(connection, incident_id)
            events = decide(incident)
            for event in events:
                if event.incident_id == incident_id:
                    incident = grow(incident, event)
            return append_events(connection, _run_n(connection), events, t_s, actor="system")

    def incident(self, incident_id: str) -> Incident:
        """How an incident stands now.

        Raises:
            UnknownIncident: there is none of this name.
        """
        with self._engine.begin() as connection:
            return _incident(connection, incident_id)


def told_of(connection: Connection, incident_id: str) -> list[Event]:
    """All events of an incident, in order.

    Raises:
        UnknownIncident: there is none of this name.
    """
    event, run = schema.event, schema.run
    told = (
        select(event.c.body_json)
        .join_from(event, run)
        .where(event.c.incident_id == incident_id, run.c.kind.in_([kind.value for kind in TOLD]))
        .order_by(event.c.n)
    )
    events = [_EVENT.decode(body) for body in connection.scalars(told)]
    if not events:
        raise UnknownIncident(incident_id)
    return events


def _incident(connection: Connection, incident_id: str) -> Incident:
    return fold(told_of(connection, incident_id))[incident_id]


def _run_n(connection: Connection) -> int:
    run = schema.run
    known = connection.scalar(select(run.c.run_n).where(run.c.name == NAME))
    if known is None:
        opened = insert(run).values(
            kind=RunKind.PEOPLE.value,
            name=NAME,
            detector="",
            rules_json="{}",
            start_n=0,
            cursor_n=0,
        )
        known = connection.scalar(opened.returning(run.c.run_n))
    assert known is not None
    return int(known)


_EVENT = msgspec.json.Decoder(Event)
