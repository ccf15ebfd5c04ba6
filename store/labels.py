"""What the record holds of judged pictures: the log, what each detector saw, who raised what."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Engine, select

from alerts.events import Event, Kind
from alerts.labelling import Alarm
from alerts.look import Look, LookStatus
from store import schema
from store.analysis import JUDGED, TOLD
from store.engine import reading

_EVENT = msgspec.json.Decoder(Event)
_LOOK = msgspec.json.Decoder(Look)


class SqlLabels:
    """Reads; changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events(self) -> list[Event]:
        """All that people were told and have done, in order."""
        return [event for _, event in self._told()]

    def alarms(self) -> list[Alarm]:
        """Each incident with the detector that raised it, in order."""
        return [
            Alarm(
                incident_id=event.incident_id,
                detector=detector,
                t_s=event.evidence.t_received_s,
            )
            for detector, event in self._told()
            if event.kind is Kind.RAISED and event.evidence is not None
        ]

    def looks(self) -> Iterator[Look]:
        """Of every picture in which something was seen."""
        look, run = schema.look, schema.run
        query = (
            select(look.c.body_json)
            .join_from(look, run)
            .where(
                run.c.kind.in_([kind.value for kind in JUDGED]),
                look.c.status.in_([LookStatus.SEEN.value, LookStatus.UNPLACED.value]),
            )
        )
        with reading(self._engine) as connection:
            for body in connection.scalars(query):
                yield _LOOK.decode(body)

    def _told(self) -> list[tuple[str, Event]]:
        event, run = schema.event, schema.run
        query = (
            select(run.c.detector, event.c.body_json)
            .join_from(event, run)
            .where(run.c.kind.in_([kind.value for kind in TOLD]))
            .order_by(event.c.n)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [(row.detector, _EVENT.decode(row.body_json)) for row in rows]
