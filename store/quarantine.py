"""Quarantine: what could not be understood is kept whole, once, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from ingest.recorder import Message
from store import schema
from store.ledger import Said, append
from store.rows import lines_digest

QUARANTINE = "quarantine"
"""The verb of an entry about messages that were not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A message that goes to quarantine, whole."""

    message: Message
    reason: str
    device_id: str | None = None


def quarantine(connection: Connection, faults: Sequence[Fault], *, first_n: int) -> int:
    """Keep each faulty message once, whole; return how many were not there yet."""
    if not faults:
        return 0
    table = schema.quarantine
    by_digest = {_digest64(f.message.topic.encode() + f.message.payload): f for f in faults}
    known = set(connection.scalars(select(table.c.digest).where(table.c.digest.in_(by_digest))))
    rows = [
        {
            "n": n,
            "t_received_s": fault.message.t_received_s,
            "topic": fault.message.topic,
            "device_id": fault.device_id,
            "reason": fault.reason,
            "digest": digest,
            "payload": fault.message.payload,
        }
        for n, (digest, fault) in enumerate(by_digest.items(), start=first_n)
        if digest not in known
    ]
    if rows:
        connection.execute(insert(table), rows)
        append(connection, [_refused(rows)])
    return len(rows)


def quarantine_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """Of messages in quarantine in order of number, as the ledger keeps it."""
    names = [column.name for column in schema.quarantine.columns]
    return lines_digest([row[name] for name in names] for row in rows)


def _refused(rows: Sequence[Mapping[str, Any]]) -> Said:
    """What was not understood, as the ledger keeps it."""
    return Said(
        n=rows[0]["n"],
        t_s=rows[-1]["t_received_s"],
        actor="recorder",
        verb=QUARANTINE,
        subject=f"{len(rows)} messages",
        body=f'{{"{QUARANTINE}":"{quarantine_digest(rows)}"}}',
    )


def _digest64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
