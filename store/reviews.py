"""Reviews of pictures as evidence. They have no table: the ledger is where they are."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Engine, select

from alerts.incident import Incident, fold
from alerts.review import REVIEW, Review, Reviewed, check_reviewer, pictures_of
from store import schema
from store.acts import told_of
from store.engine import reading
from store.ledger import SqlLedger


class SqlReviews:
    """Keeps who has reviewed which pictures, and with what result."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ledger = SqlLedger(engine)

    def keep(
        self, incident_id: str, review: Review, *, by: str, why: str, t_s: float
    ) -> frozenset[str]:
        """Review every picture that an incident rests on; returns their names.

        Raises:
            UnknownIncident: there is none of this name.
            ActRefused: this person may not.
        """
        incident, pictures = self._pictures(incident_id)
        name = check_reviewer(by, [incident])
        told = {REVIEW: review, "why": why, "pictures": sorted(pictures)}
        body = json.dumps(told, ensure_ascii=False)
        self._ledger.say(t_s=t_s, actor=name, verb=REVIEW, subject=incident_id, body=body)
        return pictures

    def of(self, pictures: Collection[str]) -> dict[str, Reviewed]:
        """The newest review of each of these pictures."""
        t = schema.ledger
        query = select(t.c.t_us, t.c.actor, t.c.body).where(t.c.verb == REVIEW).order_by(t.c.i)
        found = dict.fromkeys(pictures, Reviewed())
        with reading(self._engine) as connection:
            for t_us, actor, body in connection.execute(query):
                told = json.loads(body)
                one = Reviewed(review=Review(told[REVIEW]), by=actor, t_s=t_us / 1e6)
                found |= dict.fromkeys(found.keys() & set(told["pictures"]), one)
        return found

    def of_incident(self, incident_id: str) -> dict[str, Reviewed]:
        """The same of every picture that an incident rests on.

        Raises:
            UnknownIncident: there is none of this name.
        """
        return self.of(self._pictures(incident_id)[1])

    def _pictures(self, incident_id: str) -> tuple[Incident, frozenset[str]]:
        with reading(self._engine) as connection:
            events = told_of(connection, incident_id)
        return fold(events)[incident_id], pictures_of(events)
