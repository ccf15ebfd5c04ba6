"""Appending events: each once, each with its entry in the ledger, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from sqlalchemy import Connection

from alerts.events import Event, NumberedEvent
from store import schema
from store.ledger import Said, append
from store.once import insert_new, take_numbers

_ENCODER = msgspec.json.Encoder()


def append_events(
    connection: Connection, run_n: int, events: Sequence[Event], t_s: float, *, actor: str
) -> list[NumberedEvent]:
    """Store those that are new, and return them with their numbers.

    ``t_s`` is the station's clock; ``actor`` says who tells what no person did.
    """
    if not events:
        return []
    first_n = take_numbers(connection, len(events))
    rows = [_row(run_n, n, event) for n, event in enumerate(events, start=first_n)]
    inserted = insert_new(connection, schema.event, rows)
    new = [(r, e) for r, e in zip(rows, events, strict=True) if r["n"] in inserted]
    append(connection, [_said(row, event, t_s, actor) for row, event in new])
    return [
        NumberedEvent(n=n, event=event, t_logged_s=t_s)
        for n, event in enumerate(events, start=first_n)
        if n in inserted
    ]


def _row(run_n: int, n: int, event: Event) -> dict[str, object]:
    return {
        "n": n,
        "run_n": run_n,
        "key": event.key,
        "incident_id": event.incident_id,
        "kind": event.kind.value,
        "t_s": event.t_s,
        "body_json": _ENCODER.encode(event).decode(),
    }


def _said(row: dict[str, object], event: Event, t_s: float, actor: str) -> Said:
    digest = sha256(str(row["body_json"]).encode()).hexdigest()
    return Said(
        n=int(str(row["n"])),
        t_s=t_s,
        actor=event.act.actor if event.act else actor,
        verb=event.act.verb if event.act else event.kind,
        subject=event.incident_id,
        body=f'{{"event":"{digest}"}}',
    )
