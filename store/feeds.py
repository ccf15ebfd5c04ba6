"""Whether the pictures of a device go on, or repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from alerts.look import LookStatus
from store import schema
from store.analysis import RunKind

FROZEN_PICTURES = 3
"""So many repeated ones in a row, and the feed is called frozen."""


def is_frozen(connection: Connection, flights: Sequence[int]) -> bool:
    """Whether the newest pictures that were looked at live all repeat earlier ones."""
    frame, look, run = schema.frame, schema.look, schema.run
    newest = (
        select(look.c.status)
        .join_from(frame, look, look.c.frame_n == frame.c.n)
        .join(run, run.c.run_n == look.c.run_n)
        .where(frame.c.flight_n.in_(flights), run.c.kind == RunKind.LIVE.value)
        .order_by(frame.c.n.desc())
        .limit(FROZEN_PICTURES)
    )
    found = connection.scalars(newest).all()
    return len(found) == FROZEN_PICTURES and set(found) == {LookStatus.FROZEN}
