"""Counts kept beside the rows they count, changed in the same transaction; and counted anew.

A roll-up makes the city's figures a sum over some tens of thousands of rows instead of a million.
It must never differ from the rows: `recount` is what it has to equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from casework.words import Result
from store import schema_casework as schema

LATE_S = 3 * 86_400.0
"""What is reported longer than this after it happened is late, and revises printed figures."""

Cell = tuple[str, str, str]
"""Day, org, class; an empty class is unclassified."""
STEP = 50_000


def of_visits(rows: Iterable[Mapping[str, Any]]) -> dict[Cell, Counter[str]]:
    """What new visits add; who looked and could not see has not visited."""
    deltas: dict[Cell, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if not _observed(row):
            continue
        cell = deltas[row["day"], row["org_id"], row["cls"] or ""]
        late = row["t_reported_s"] - row["t1_s"] > LATE_S
        names = ["visits", "inspections"] if row["method"] == "inspection" else ["visits"]
        for name in names:
            cell[name] += 1
            cell[f"late_{name}"] += late
    return deltas


def of_findings(rows: Iterable[Mapping[str, Any]]) -> dict[Cell, Counter[str]]:
    """What new findings add, with what had become of them when they came in."""
    deltas: dict[Cell, Counter[str]] = defaultdict(Counter)
    for row in rows:
        org_id, cls = row["org_id"], row["cls"] or ""
        found = deltas[row["day"], org_id, cls]
        found["found"] += 1
        found["late_found"] += row["t_reported_s"] - row["t_found_s"] > LATE_S
        for column, name in OUTCOMES.items():
            if row[column]:
                deltas[row[column], org_id, cls][name] += 1
    return deltas


OUTCOMES = {
    "listed": "listed",
    "delisted": "delisted",
    "rectified": "rectified",
    "case_filed": "cases",
}
"""From a finding's column, a day, to the count of it."""


def add(connection: Connection, deltas: Mapping[Cell, Mapping[str, int]]) -> None:
    """Add to the counts, in the caller's transaction."""
    rows = [
        {"day": day, "org_id": org_id, "cls": cls}
        | {name: delta.get(name, 0) for name in schema.COUNTS}
        for (day, org_id, cls), delta in sorted(deltas.items())
    ]
    if not rows:
        return
    table = schema.tally
    new = _insert(connection)(table)
    added = {name: table.c[name] + new.excluded[name] for name in schema.COUNTS}
    connection.execute(
        new.on_conflict_do_update(index_elements=["day", "org_id", "cls"], set_=added), rows
    )


def add_to_places(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Count new visits per place and year, in the caller's transaction."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in filter(_observed, rows):
        key = (int(row["day"][:4]), row["place_id"])
        one = found.setdefault(
            key,
            {"year": key[0], "place_id": key[1], "org_id": row["org_id"], "cls": row["cls"] or ""}
            | {"visits": 0, "inspections": 0, "t_last_s": row["t1_s"]},
        )
        one["visits"] += 1
        one["inspections"] += row["method"] == "inspection"
        one["t_last_s"] = max(one["t_last_s"], row["t1_s"])
    if not found:
        return
    table = schema.place_year
    new = _insert(connection)(table)
    largest = func.max if connection.dialect.name == "sqlite" else func.greatest
    added: dict[str, Any] = {n: table.c[n] + new.excluded[n] for n in ("visits", "inspections")}
    added["t_last_s"] = largest(table.c.t_last_s, new.excluded.t_last_s)
    connection.execute(
        new.on_conflict_do_update(index_elements=["year", "place_id"], set_=added),
        [found[key] for key in sorted(found)],
    )


def supersede(connection: Connection, old: Sequence[Mapping[str, Any]], n: int) -> None:
    """Take visits out of the counts: what was stored under ``n`` corrects them.

    In the caller's transaction.
    """
    table, places = schema.visit, schema.place_year
    numbers = [row["n"] for row in old]
    connection.execute(update(table).where(table.c.n.in_(numbers)).values(superseded_n=n))
    taken = {cell: Counter({k: -v for k, v in d.items()}) for cell, d in of_visits(old).items()}
    add(connection, taken)
    for year, place_id in sorted({(int(row["day"][:4]), row["place_id"]) for row in old}):
        own = (places.c.year == year, places.c.place_id == place_id)
        connection.execute(delete(places).where(*own))
        left = select(table).where(
            table.c.place_id == place_id, table.c.day.between(f"{year}-01-01", f"{year}-12-31")
        )
        rows = connection.execute(left.where(in_force)).mappings()
        add_to_places(connection, [dict(row) for row in rows])


in_force = schema.visit.c.superseded_n.is_(None)
"""The visits that no later one corrects: the only ones that are shown."""
counted = in_force & (schema.visit.c.result != Result.NOT_OBSERVABLE.value)
"""The visits that are counted."""


def _observed(row: Mapping[str, Any]) -> bool:
    return bool(row["result"] != Result.NOT_OBSERVABLE)


def recount(connection: Connection) -> dict[Cell, dict[str, int]]:
    """The counts from the rows themselves: what the table must hold."""
    counted: dict[Cell, Counter[str]] = defaultdict(Counter)
    every = (
        (select(schema.visit).where(in_force), of_visits),
        (select(schema.finding), of_findings),
    )
    for query, of in every:
        found = connection.execution_options(yield_per=STEP).execute(query).mappings()
        for some in found.partitions(STEP):
            for cell, delta in of([dict(row) for row in some]).items():
                counted[cell].update(delta)
    return {cell: _without_zeros(delta) for cell, delta in counted.items()}


def kept(connection: Connection) -> dict[Cell, dict[str, int]]:
    """The counts as they are kept."""
    rows = connection.execute(select(schema.tally)).mappings()
    kept_ = {
        (row["day"], row["org_id"], row["cls"]): _without_zeros(
            {name: row[name] for name in schema.COUNTS}
        )
        for row in rows
    }
    return {cell: delta for cell, delta in kept_.items() if delta}


def rebuild(connection: Connection) -> None:
    """Count everything anew, in the caller's transaction."""
    connection.execute(delete(schema.tally))
    add(connection, recount(connection))


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _without_zeros(delta: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in delta.items() if count}
