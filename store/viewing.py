"""Who has looked at recorded pictures, and why: entries of the ledger.

Source: Regulations on Public Security Video and Image Information Systems (2025), article 16: every
viewing is registered with its reason, its content, the unit and the name of who looked.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import Engine, select

from store import schema
from store.engine import reading
from store.ledger import SqlLedger

VIEWED = "view"
"""The verb of such an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """When a picture was taken, and on which flight."""

    flight_id: str
    t_capture_s: float
    t_received_s: float


class SqlViewing:
    """The register of viewings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ledger = SqlLedger(engine)

    def taken(self, sha256: str) -> list[Taken]:
        """Every frame that has these bytes; none where the blob is no picture of a flight."""
        frame, flight = schema.frame, schema.flight
        name = flight.c.device_id + "." + flight.c.boot_id
        query = (
            select(name, frame.c.t_capture_s, frame.c.t_received_s)
            .join_from(frame, flight)
            .where(frame.c.sha256 == sha256)
        )
        with reading(self._engine) as connection:
            return [
                Taken(flight_id=flight_id, t_capture_s=t_capture_s, t_received_s=t_received_s)
                for flight_id, t_capture_s, t_received_s in connection.execute(query)
            ]

    def was_brought(self, sha256: str) -> bool:
        """Whether these bytes are a file that somebody has brought, such as a video."""
        query = select(schema.upload.c.n).where(schema.upload.c.sha256 == sha256)
        with reading(self._engine) as connection:
            return connection.scalar(query) is not None

    def keep(self, *, content: str, reason: str, unit: str, name: str, t_s: float) -> None:
        """Register that somebody looks at a flight's or an incident's pictures."""
        body = msgspec.json.encode({"reason": reason, "unit": unit, "name": name}).decode()
        self._ledger.say(t_s=t_s, actor=name, verb=VIEWED, subject=content[:256], body=body)
