"""New flights that verifiers wait for, of orders and listings; what drones brought since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Engine, RowMapping, Table, select

from casework.life import Step
from casework.listing import ListingState
from casework.orders import OrderState
from casework.refly import Life, Refly, answers, asked, looked
from casework.words import Method, Visit
from store import schema_casework as schema
from store import tally
from store.casework import to_visit
from store.engine import reading
from store.standings import PART, STANDING, histories

_T, _F, _V = schema.task, schema.finding, schema.visit


class SqlReflights:
    """Reads them; changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, orgs: tuple[str, ...] | None = None) -> list[Refly]:
        """What has still to be flown, the verification that is due first at the head."""
        with reading(self._engine) as connection:
            waiting = [*_waiting(connection, "order", orgs), *_waiting(connection, "listing", orgs)]
            placed = {one.place_id for one in waiting if one.place_id is not None}
            since_s = min((one.since_s for one in waiting), default=0.0)
            visits = list(drone_visits(connection, placed, since_s))
        flown = [one for one in waiting if any(answers(visit, one) for visit in visits)]
        wanted = [one for one in waiting if one not in flown]
        return sorted(wanted, key=lambda one: (str(one.due), one.t_asked_s, one.key))


def brought(
    connection: Connection, place_id: str | None, steps: Iterable[Step]
) -> tuple[Visit, ...]:
    """What drones have seen of a hazard's place since a new flight was asked for, newest first."""
    request = asked(steps)
    if request is None or place_id is None:
        return ()
    visits = drone_visits(connection, {place_id}, request[1])
    return tuple(one for one in visits if looked(one, request[1]))


def drone_visits(connection: Connection, place_ids: set[str], since_s: float) -> Iterator[Visit]:
    """Visits by drones to some places that began after a time, newest first."""
    places = sorted(place_ids)
    for start in range(0, len(places), PART):
        query = select(_V).where(
            _V.c.place_id.in_(places[start : start + PART]),
            _V.c.method == Method.DRONE.value,
            _V.c.t0_s > since_s,
            tally.in_force,
        )
        for row in connection.execute(query.order_by(_V.c.t0_s.desc(), _V.c.n)).mappings():
            yield to_visit(row)


def _waiting(connection: Connection, life: Life, orgs: tuple[str, ...] | None) -> Iterator[Refly]:
    """Whose verifier has asked, and has not said that it has been flown."""
    kept: Table = _T if life == "order" else _F
    state = _T.c.state == OrderState.REPORTED_DONE.value
    if life == "listing":
        listed = _F.c.listed.is_not(None)  # has an index
        state = listed & (_F.c.listing_state == ListingState.VERIFICATION.value)
    query = select(_F, kept.c.standing_json.label("its_standing")).where(
        state, kept.c.standing_json.contains('"refly":"asked"')
    )
    if life == "order":
        query = query.join(_T, _T.c.finding_key == _F.c.key)
    if orgs is not None:
        query = query.where(_F.c.org_id.in_(orgs))
    rows = connection.execute(query.order_by(_F.c.key)).mappings().all()
    subject = "task" if life == "order" else "listing"
    steps = histories(connection, [f"{subject}/{row['key']}" for row in rows])
    for row in rows:
        request = asked(step for _, step in steps[f"{subject}/{row['key']}"])
        if request is not None:
            yield _refly(row, life, *request)


def _refly(row: RowMapping, life: Life, step: Step, since_s: float) -> Refly:
    return Refly(
        key=row["key"],
        life=life,
        kind=row["kind"],
        org_id=row["org_id"],
        place_id=row["place_id"],
        address=row["address"],
        lat_deg=row["lat_deg"],
        lon_deg=row["lon_deg"],
        asked_by=step.actor,
        t_asked_s=step.t_s,
        reason=" ".join(filter(None, (step.reason, step.text))),
        since_s=since_s,
        before=step.evidence,
        due=STANDING.decode(row["its_standing"]).due,
    )
