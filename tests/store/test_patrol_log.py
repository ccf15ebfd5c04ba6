"""The patrol log's answers: kept once, corrected by late data, counted as they stand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from casework.patrol import PatrolFlight, visit_key
from casework.patrol_plan import PlannedPatrol
from casework.words import Method, PlaceClass, Result, Visit
from store import schema_casework as schema
from store import tally
from store.casework_check import wrong_work
from store.engine import reading
from store.store import Store, open_store

T0_S = 1_780_000_000.0
FLIGHT = PatrolFlight(
    flight_id="nj-01.b1", device_id="nj-01", t0_s=T0_S, t1_s=T0_S + 900, pictures=900, usable=900
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def visit(place_id: str, result: Result = Result.NORMAL, **changed: object) -> Visit:
    one = Visit(
        key=visit_key(FLIGHT.flight_id, place_id),
        place_id=place_id,
        org_id="s-1",
        method=Method.DRONE,
        t0_s=T0_S + 10,
        t1_s=T0_S + 20,
        result=result,
        ref=FLIGHT.flight_id,
        cls=PlaceClass.HAZCHEM,
        seen_share=0.9,
        t_reported_s=T0_S + 1000,
    )
    return replace(one, **changed)  # type: ignore[arg-type]


def counts(store: Store) -> tuple[int, dict[str, int]]:
    """(visits counted, by place): as they are kept, which is as the rows say."""
    with reading(store.engine) as connection:
        kept = tally.kept(connection)
        assert kept == {cell: d for cell, d in tally.recount(connection).items() if d}
        table = schema.place_year
        rows = connection.execute(table.select()).mappings().all()
    return sum(cell.get("visits", 0) for cell in kept.values()), {
        row["place_id"]: row["visits"] for row in rows
    }


def test_the_same_answer_again_changes_nothing(store: Store) -> None:
    visits = [visit("P-1"), visit("P-2", Result.NOT_OBSERVABLE, reason="occluded")]
    first = store.patrol_log.keep(FLIGHT, visits, t_s=T0_S + 1000)
    head = store.ledger.head()
    again = [replace(one, t_reported_s=T0_S + 5000) for one in visits]
    second = store.patrol_log.keep(FLIGHT, again, t_s=T0_S + 5000)
    assert (first.changed, second.changed) == (True, False)
    assert second.flight == first.flight
    assert store.ledger.head() == head
    assert store.casework.visits_of_ref(FLIGHT.flight_id) == visits


def test_who_looked_and_could_not_see_has_not_visited(store: Store) -> None:
    visits = [visit("P-1"), visit("P-2", Result.NOT_OBSERVABLE, reason="occluded")]
    store.patrol_log.keep(FLIGHT, visits, t_s=T0_S + 1000)
    assert counts(store) == (1, {"P-1": 1})


def test_late_data_corrects_and_what_was_said_stays_readable(store: Store) -> None:
    before = [visit("P-1"), visit("P-2", Result.NOT_OBSERVABLE, reason="no_telemetry")]
    store.patrol_log.keep(FLIGHT, before, t_s=T0_S + 1000)
    late = [visit("P-1"), visit("P-2", seen_share=1.0)]
    kept = store.patrol_log.keep(FLIGHT, late, t_s=T0_S + 90_000)
    assert (kept.changed, kept.revised, kept.flight.revision) == (True, True, 1)
    assert kept.flight.t_logged_s == T0_S + 90_000
    told = {one.place_id: one for one in store.casework.visits_of_ref(FLIGHT.flight_id)}
    assert told["P-1"] == before[0], "what late data leaves as it was is no revision"
    assert told["P-2"].result is Result.NORMAL
    assert told["P-2"].revises == before[1].key
    assert store.patrol_log.earlier(FLIGHT.flight_id) == [before[1]]
    assert counts(store) == (2, {"P-1": 1, "P-2": 1})


def test_the_ledger_vouches_for_corrections_and_names_what_was_changed(store: Store) -> None:
    store.patrol_log.keep(FLIGHT, [visit("P-1"), visit("P-2")], t_s=T0_S + 1000)
    late = [visit("P-1"), visit("P-2", Result.ANOMALY, reason="smoke")]
    store.patrol_log.keep(FLIGHT, late, t_s=T0_S + 2000)

    def wrong() -> list[str]:
        with reading(store.engine) as connection:
            return [one.where for one in wrong_work(connection, store.blobs, set())]

    assert wrong() == []
    with store.engine.begin() as connection:
        table = schema.visit
        quiet = table.update().where(table.c.result == "anomaly").values(result="normal")
        connection.execute(quiet)
    (where,) = wrong()
    assert "visits of batch" in where


@pytest.mark.parametrize(
    ("column", "says"),
    [("superseded_n", "counts no more, and nothing corrects it"), (None, "counts all the same")],
)
def test_a_visit_that_is_quietly_hidden_or_brought_back_is_named(
    store: Store, column: str | None, says: str
) -> None:
    store.patrol_log.keep(FLIGHT, [visit("P-1"), visit("P-2"), visit("P-3")], t_s=T0_S + 1000)
    late = [visit("P-1"), visit("P-2", Result.ANOMALY, reason="smoke")]
    store.patrol_log.keep(FLIGHT, late, t_s=T0_S + 2000)
    table = schema.visit
    with store.engine.begin() as connection:
        assert list(wrong_work(connection, store.blobs, set())) == []
        if column:
            hidden = table.update().where(table.c.place_id == "P-1").values(superseded_n=1)
        else:
            hidden = table.update().where(table.c.place_id == "P-3").values(superseded_n=None)
        connection.execute(hidden)
        (wrong,) = wrong_work(connection, store.blobs, set())
    assert wrong.where.endswith(says)


def test_a_visit_that_is_no_more_is_not_counted(store: Store) -> None:
    """Clashing data can take a premises out of view again."""
    store.patrol_log.keep(FLIGHT, [visit("P-1"), visit("P-2")], t_s=T0_S + 1000)
    store.patrol_log.keep(FLIGHT, [visit("P-1")], t_s=T0_S + 2000)
    assert [one.place_id for one in store.casework.visits_of_ref(FLIGHT.flight_id)] == ["P-1"]
    assert counts(store) == (1, {"P-1": 1})


def test_counts_are_those_of_the_rows_after_any_history(store: Store) -> None:
    rng = random.Random(5)
    for step in range(40):
        flight = replace(FLIGHT, flight_id=f"nj-01.b{rng.randrange(4)}")
        visits = [
            visit(
                place,
                rng.choice(list(Result)),
                key=visit_key(flight.flight_id, place),
                ref=flight.flight_id,
            )
            for place in rng.sample(["P-1", "P-2", "P-3", "P-4"], rng.randrange(5))
        ]
        store.patrol_log.keep(flight, visits, t_s=T0_S + 1000 + step)
        counts(store)


def test_plans_are_kept_changed_and_found_by_time(store: Store) -> None:
    plan = PlannedPatrol(
        plan_id="p1", route_id="r1", t0_s=T0_S, t1_s=T0_S + 3600, place_ids=("P-1",)
    )
    log = store.patrol_log
    assert log.plan([plan], t_s=T0_S, actor="li") == 1
    assert log.plan([plan], t_s=T0_S, actor="li") == 0
    moved = replace(plan, t0_s=T0_S + 7200, t1_s=T0_S + 9000, device_id="nj-01")
    assert log.plan([moved], t_s=T0_S, actor="li") == 1
    assert log.plans(T0_S, T0_S + 7000) == []
    assert log.plans(T0_S + 8000, T0_S + 8001) == [moved]
    log.keep(replace(FLIGHT, plan_id="p1"), [], t_s=T0_S)
    assert log.flown(["p1", "p2"]) == {"p1": [FLIGHT.flight_id]}
