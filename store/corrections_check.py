"""Corrections and hand-overs, held against what the record and the ledger say of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from store.exchange import HAND_OVER
from store.patrol_log import LOG
from store.schema import ledger
from store.schema_casework import finding, visit

FINDING = "finding/"
"""What the ledger's subjects of hazards begin with; incidents are handed over too."""


class _Gone(msgspec.Struct):
    gone: list[str] = []


class _Led(msgspec.Struct):
    lead: str
    co_owners: list[str] | None = None


def wrong_corrections(connection: Connection) -> Iterator[str]:
    """Visits that count no more though nothing corrects them, or count though something does."""
    v = visit
    revised = set(connection.scalars(select(v.c.revises).where(v.c.revises.is_not(None))))
    bodies = connection.scalars(select(ledger.c.body).where(ledger.c.verb == LOG))
    gone = {key for body in bodies for key in msgspec.json.decode(body, type=_Gone).gone}
    out = set(connection.scalars(select(v.c.key).where(v.c.superseded_n.is_not(None))))
    for key in sorted(out - revised - gone):
        yield f"visit {key} counts no more, and nothing corrects it"
    known = connection.scalars(select(v.c.key).where(v.c.superseded_n.is_(None)))
    for key in sorted((revised | gone).intersection(known)):
        yield f"visit {key} was corrected, and counts all the same"


def wrong_leads(connection: Connection) -> Iterator[str]:
    """Hazards whose lead is not the one they began with, nor the last they were handed to."""
    f = finding
    entries = select(ledger.c.subject, ledger.c.body).where(
        ledger.c.verb == HAND_OVER, ledger.c.subject.startswith(FINDING)
    )
    handed = {
        subject.removeprefix(FINDING): _led(body)
        for subject, body in connection.execute(entries.order_by(ledger.c.i))
    }
    rows = select(f.c.key, f.c.lead, f.c.co_owners_json, f.c.born_json)
    for key, lead, co_owners, born in connection.execution_options(yield_per=10_000).execute(rows):
        said = handed.get(key) or _led(born)
        own = said.co_owners is None or msgspec.json.decode(co_owners) == said.co_owners
        if lead != said.lead or not own:
            yield f"hazard {key} is led by {lead}, as nobody has said"


def _led(told: str) -> _Led:
    """Who leads it by its birth or a hand-over; nobody where that was changed beyond reading."""
    try:
        return msgspec.json.decode(told, type=_Led)
    except msgspec.DecodeError:
        return _Led(lead="")
