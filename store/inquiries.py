"""Questions asked and their answers, kept in the ledger; and the newest pictures to answer from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import msgspec
from sqlalchemy import Engine, select

from alerts.events import Place
from alerts.inquiry import Answer, Inquiry, Question
from alerts.look import Look
from ingest.records import Fix, Frame
from store import schema
from store.analysis import RunKind
from store.engine import reading
from store.ledger import SqlLedger
from store.rows import HOME_KIND, to_fix, to_frame, to_home

VERB = "inquiry"
"""Of the ledger's entries about questions."""
PICTURES = 2000
"""An answer looks back over so many pictures, those of all devices together."""
FIXES = 40_000
"""And over so much telemetry at most."""

_INQUIRY = msgspec.json.Decoder(Inquiry)
_LOOK = msgspec.json.Decoder(Look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """The newest pictures that the live analysis has judged, and the telemetry since the first."""

    pictures: tuple[tuple[Frame, Look], ...]
    """In order of arrival."""
    fixes: tuple[Fix, ...]
    """Mappable ones, in order of arrival."""
    homes: dict[str, Place]
    """The take-off point of each flight that has told it."""


class SqlInquiries:
    """Keeps questions with their answers. They have no table: the ledger is where they are."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ledger = SqlLedger(engine)

    def keep(self, question: Question, answer: Answer) -> Inquiry:
        """One entry that holds both."""
        inquiry = Inquiry(inquiry_id="", question=question, answer=answer)
        i = self._ledger.say(
            t_s=question.t_s,
            actor=question.actor,
            verb=VERB,
            subject=question.premises_id or f"{question.lat_deg:.6f} {question.lon_deg:.6f}",
            body=msgspec.json.encode(inquiry).decode(),
        )
        return replace(inquiry, inquiry_id=_name(i))

    def latest(self, limit: int, district: str | None = None) -> list[Inquiry]:
        """The newest questions, newest first; those that were asked for one district alone."""
        t = schema.ledger
        query = select(t.c.i, t.c.body).where(t.c.verb == VERB).order_by(t.c.i.desc())
        with reading(self._engine) as connection:
            told = (_inquiry(i, body) for i, body in connection.execute(query))
            asked = (one for one in told if district in {None, one.question.district})
            return list(islice(asked, limit))

    def find(self, inquiry_id: str) -> Inquiry | None:
        """The question of this name, None where there is none."""
        t, digits = schema.ledger, inquiry_id.removeprefix("ask-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            return None
        query = select(t.c.i, t.c.body).where(t.c.verb == VERB, t.c.i == int(digits))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None or _name(row.i) != inquiry_id else _inquiry(row.i, row.body)

    def lately(self, limit: int = PICTURES) -> Lately:
        """What an answer is made from; what was brought in files is no news and not in it."""
        look, run, frame, flight = schema.look, schema.run, schema.frame, schema.flight
        newest = (
            select(frame, flight.c.device_id, flight.c.boot_id, look.c.body_json)
            .join_from(look, run)
            .join(frame, frame.c.n == look.c.frame_n)
            .join(flight, flight.c.flight_n == frame.c.flight_n)
            .where(run.c.kind == RunKind.LIVE.value)
            .order_by(frame.c.n.desc(), run.c.run_n.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            rows = {row.n: row for row in connection.execute(newest).all()[::-1]}
            flights = {row.flight_n for row in rows.values()}
            fix, note = schema.fix, schema.note
            since_n = min((row.raw_n for row in rows.values()), default=0)
            fixes = (
                select(fix, flight.c.device_id, flight.c.boot_id)
                .join_from(fix, flight)
                .where(fix.c.n >= since_n, fix.c.raw_n.not_in(select(schema.upload.c.n)))
                .order_by(fix.c.n.desc())
                .limit(FIXES)
            )
            homes = (
                select(note, flight.c.device_id, flight.c.boot_id)
                .join_from(note, flight)
                .where(note.c.flight_n.in_(flights), note.c.kind == HOME_KIND)
                .order_by(note.c.n)
            )
            told = [to_home(row) for row in connection.execute(homes)]
            heard = [to_fix(row) for row in connection.execute(fixes)][::-1]
        return Lately(
            pictures=tuple((to_frame(r), _LOOK.decode(r.body_json)) for r in rows.values()),
            fixes=tuple(one for one in heard if one.mappable),
            homes={h.key.flight_id: Place(lat_deg=h.lat_deg, lon_deg=h.lon_deg) for h in told},
        )


def _name(i: int) -> str:
    return f"ask-{i}"


def _inquiry(i: int, body: str) -> Inquiry:
    return replace(_INQUIRY.decode(body), inquiry_id=_name(i))
