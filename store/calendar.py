"""The calendar that due days were counted by; when it is known better, they are counted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection, Engine, select

from casework.life import Standing, Step, Verb
from casework.listing import ENDS as LISTING_ENDS
from casework.orders import ENDS as ORDER_ENDS
from casework.workdays import Workdays
from store import standings
from store.ledger import Said, append
from store.once import take_numbers
from store.schema import ledger
from store.standings import LISTINGS, ORDERS, PART, STANDING, Kept

SUBJECT = "calendar"
Recount = Callable[[Standing, Sequence[Step], Workdays], Standing]
"""As it stands, counted anew; the calendar is the one that it was counted by."""
_CALENDAR = msgspec.json.Decoder(Workdays)
_JSON = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    kept: Kept
    key: str
    before: Standing
    after: Standing


class SqlCalendar:
    """Keeps it in the ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle(self, calendar: Workdays, recounts: Mapping[str, Recount], *, t_s: float) -> int:
        """Count by this calendar from now on; returns how many open things have other days now.

        ``recounts`` by the subject of what is counted (`store.standings.Kept`). Each one that is
        moved has a step that says so.
        """
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)  # from here on nobody else writes
            before = _last(connection)
            if before == calendar:
                return 0
            moved: list[_Moved] = []
            if before is not None:
                for kept, ends in ((ORDERS, ORDER_ENDS), (LISTINGS, LISTING_ENDS)):
                    moved += _recounted(connection, kept, ends, recounts[kept.subject], before)
            first_n = take_numbers(connection, len(moved))
            said = [_step(first_n + i, one, t_s) for i, one in enumerate(moved)]
            for kept in (ORDERS, LISTINGS):
                own = {one.key: one.after for one in moved if one.kept is kept}
                standings.write(connection, kept, own)
            body = _JSON.encode(calendar).decode()
            now = Said(n=n, t_s=t_s, actor=SUBJECT, verb="set", subject=SUBJECT, body=body)
            append(connection, [now, *said])
        return len(moved)


def _last(connection: Connection) -> Workdays | None:
    query = select(ledger.c.body).where(ledger.c.subject == SUBJECT).order_by(ledger.c.i.desc())
    body = connection.scalar(query.limit(1))
    return None if body is None else _CALENDAR.decode(body)


def _recounted(
    connection: Connection, kept: Kept, ends: frozenset[str], recount: Recount, before: Workdays
) -> Iterator[_Moved]:
    """Those open things whose days are others now."""
    t = kept.table
    state = t.c[kept.columns[0][0]]
    query = select(t.c.key, t.c.standing_json).where(
        t.c.standing_json.is_not(None), state.not_in(sorted(ends))
    )
    rows = connection.execute(query.order_by(t.c.n)).all()
    for start in range(0, len(rows), PART):
        part = rows[start : start + PART]
        steps = standings.histories(connection, [f"{kept.subject}/{row.key}" for row in part])
        for row in part:
            standing = STANDING.decode(row.standing_json)
            own = [step for _, step in steps[f"{kept.subject}/{row.key}"]]
            after = recount(standing, own, before)
            if after != standing:
                after = replace(after, steps=standing.steps + 1)
                yield _Moved(kept=kept, key=row.key, before=standing, after=after)


def _step(n: int, moved: _Moved, t_s: float) -> Said:
    text = f"{moved.before.due} → {moved.after.due}"
    step = Step(verb=Verb.RECOUNT, actor=SUBJECT, t_s=t_s, text=text)
    return standings.entry(n, moved.kept.subject, moved.key, step, moved.after)
