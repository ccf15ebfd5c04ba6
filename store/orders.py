"""Work orders and listings in the record: opened, moved, listed, read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, insert, select

from casework.days import day_of
from casework.errors import CaseworkError, StepRefused, StepWhy
from casework.life import Standing, Step, Verb
from casework.orders import REPEAT_DAYS, OrderState
from casework.words import Finding, Task, TaskKind
from store import schema_casework as schema
from store import standings
from store.blobs import Blobs
from store.casework import ADD, add_rows, born, digest, finding_row
from store.ledger import Said, append
from store.once import take_numbers
from store.quarantine import Fault, quarantine
from store.standings import LISTINGS, ORDERS, NoSuchWork, Take, Taken, take_steps

DAY_S = 86_400.0
FILE_CASE = "file_case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What became of reported findings."""

    new: int
    known: int
    orders: tuple[str, ...]
    """The keys of the orders that were opened."""


Opened = Callable[[Finding], tuple[Standing, Step]]
"""How the order of a finding begins, and the step that says so."""


class SqlOrders:
    """Opens orders and takes steps."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs

    def take_in(
        self, findings: Sequence[Finding], opened: Opened, *, t_s: float, actor: str
    ) -> Intake:
        """Store findings, each key once, and open an order for each new one that is not gone."""
        by_key = {one.key: one for one in findings}
        if not by_key:
            return Intake(new=0, known=0, orders=())
        with self._engine.begin() as connection:
            rows = [finding_row(one) for one in by_key.values()]
            new = add_rows(connection, schema.finding, rows, t_s, actor)
            fresh = [by_key[row["key"]] for row in new if row["rectified"] is None]
            keys = _open(connection, fresh, opened, t_s, actor)
        return Intake(new=len(new), known=len(findings) - len(new), orders=keys)

    def step(self, key: str, step: Step, take: Take) -> Standing:
        """Take one step of an order.

        Raises:
            NoSuchWork: there is no such order.
            StepRefused: not as it stands; nothing was changed.
        """
        (result,) = self.steps([(key, step)], take)
        if isinstance(result, CaseworkError):
            raise result
        return result

    def steps(
        self, wanted: Sequence[tuple[str, Step]], take: Take
    ) -> list[Standing | CaseworkError]:
        """Take many steps in one transaction, in order; what is refused changes nothing."""
        with self._engine.begin() as connection:
            results = take_steps(connection, ORDERS, wanted, take, has=self._has)
            standings.settle(connection, list(filter(None, map(_rectified, results))))
        return [one.after if isinstance(one, Taken) else one for one in results]

    def propose(self, key: str, standing: Standing, step: Step) -> Standing:
        """Propose a finding for listing.

        Raises:
            NoSuchWork: there is no such finding.
            StepRefused: it is listed, or proposed, already.
        """
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            row = standings.rows_of(connection, schema.finding, {key}).get(key)
            if row is None:
                raise NoSuchWork(key)
            if row["listing_state"] not in {None, "rejected"} or row["listed"]:
                state = row["listing_state"] or "listed"
                raise StepRefused(step.verb, StepWhy.LISTED_ALREADY, state=state)
            standings.write(connection, LISTINGS, {key: standing})
            append(connection, [standings.entry(n, LISTINGS.subject, key, step, standing)])
        return standing

    def list_step(self, key: str, step: Step, take: Take) -> Standing:
        """Take one step of a listing.

        Raises:
            NoSuchWork: the finding was never proposed.
            StepRefused: not as it stands; nothing was changed.
        """
        with self._engine.begin() as connection:
            (result,) = take_steps(connection, LISTINGS, [(key, step)], take, has=self._has)
            if isinstance(result, CaseworkError):
                raise result
            column = {Verb.LIST: "listed", Verb.DELIST: "delisted"}.get(step.verb)
            if column is not None:
                standings.settle(connection, [(key, column, standings.day(step))])
        return result.after

    def refuse(self, faults: Sequence[Fault]) -> int:
        """Put reports that were not understood into quarantine, each once; returns the new ones."""
        with self._engine.begin() as connection:
            return quarantine(connection, faults, first_n=take_numbers(connection, len(faults)))

    def file_case(self, key: str, case_no: str, *, power_id: str, t_s: float, actor: str) -> None:
        """File a case on a finding; whether the power was valid the caller has looked at.

        Raises:
            NoSuchWork: there is no such finding.
            StepRefused: a case was filed already.
        """
        with self._engine.begin() as connection:
            n = take_numbers(connection, 1)
            row = standings.rows_of(connection, schema.finding, {key}).get(key)
            if row is None:
                raise NoSuchWork(key)
            if row["case_filed"]:
                raise StepRefused(FILE_CASE, StepWhy.FILED_ALREADY, case_no=row["case_no"])
            t = schema.finding
            connection.execute(t.update().where(t.c.key == key).values(case_no=case_no))
            standings.settle(connection, [(key, "case_filed", day_of(t_s))])
            body = msgspec.json.encode({"case_no": case_no, "power_id": power_id}).decode()
            subject = f"finding/{key}"
            said = Said(n=n, t_s=t_s, actor=actor, verb=FILE_CASE, subject=subject, body=body)
            append(connection, [said])

    def _has(self, sha256: str) -> bool:
        try:
            return self._blobs.path(sha256).exists()
        except ValueError:
            return False


def _open(
    connection: Connection, findings: Sequence[Finding], opened: Opened, t_s: float, actor: str
) -> tuple[str, ...]:
    """Open the orders of new findings, in the caller's transaction."""
    if not findings:
        return ()
    repeats = _repeats(connection, findings)
    first_n = take_numbers(connection, 2 * len(findings) + 1)
    rows: list[dict[str, Any]] = []
    said: list[Said] = []
    for i, finding in enumerate(findings, start=1):
        standing, step = opened(finding)
        task = order_of(finding, t_s)
        row = {
            "n": first_n + 2 * i - 1,
            "key": task.key,
            "kind": task.kind.value,
            "org_id": task.org_id,
            "finding_key": finding.key,
            "place_id": finding.place_id,
            "text": task.text,
            "t_opened_s": t_s,
            "repeat_of": repeats.get(finding.key),
            **standings.columns_of(ORDERS, standing),
        }
        rows.append(row)
        said.append(standings.entry(first_n + 2 * i, ORDERS.subject, task.key, step, standing))
    connection.execute(insert(schema.task), rows)
    births = digest(born(row, schema.task) for row in rows)
    body = msgspec.json.encode({"casework": births, "upto": rows[-1]["n"]}).decode()
    add = Said(n=first_n, t_s=t_s, actor=actor, verb=ADD, subject="task", body=body)
    append(connection, [add, *said])
    return tuple(row["key"] for row in rows)


def order_of(finding: Finding, t_s: float) -> Task:
    """The work order of a finding."""
    return Task(
        key=finding.key,
        kind=TaskKind.RECTIFY,
        org_id=finding.org_id,
        t_opened_s=t_s,
        finding_key=finding.key,
        place_id=finding.place_id,
        text=finding.text,
    )


def _repeats(connection: Connection, findings: Sequence[Finding]) -> dict[str, str]:
    """Of each finding the latest earlier one of its kind at its place, within the days."""
    placed = [one for one in findings if one.place_id is not None]
    if not placed:
        return {}
    t = schema.finding
    since_s = min(one.t_found_s for one in placed) - REPEAT_DAYS * DAY_S
    earlier: dict[tuple[str | None, str], list[tuple[float, str]]] = {}
    places = sorted({str(one.place_id) for one in placed})
    for start in range(0, len(places), standings.PART):
        query = select(t.c.place_id, t.c.kind, t.c.t_found_s, t.c.key).where(
            t.c.place_id.in_(places[start : start + standings.PART]), t.c.t_found_s >= since_s
        )
        for place_id, kind, found_s, key in connection.execute(query.order_by(t.c.t_found_s)):
            earlier.setdefault((place_id, kind), []).append((found_s, key))
    repeats = {}
    for one in placed:
        first_s = one.t_found_s - REPEAT_DAYS * DAY_S
        before = [
            key
            for found_s, key in earlier.get((one.place_id, one.kind), ())
            if first_s <= found_s < one.t_found_s and key != one.key
        ]
        if before:
            repeats[one.key] = before[-1]
    return repeats


def _rectified(result: Taken | CaseworkError) -> tuple[str, str, date | None] | None:
    """What a step of an order says of its finding: gone, or back."""
    if not isinstance(result, Taken) or result.row["kind"] != TaskKind.RECTIFY:
        return None
    key = result.row["finding_key"]
    if result.after.state == OrderState.CLOSED and result.step.verb is Verb.CLOSE:
        return key, "rectified", standings.day(result.step)
    if result.step.verb is Verb.REOPEN and result.before.state == OrderState.CLOSED:
        return key, "rectified", None
    return None
