"""The daily work in the record: each row once, counted as it goes in, covered by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from casework.days import day_of, start_s
from casework.words import (
    Finding,
    Method,
    Org,
    OrgKind,
    Outcome,
    Person,
    Place,
    PlaceClass,
    Result,
    Source,
    Visit,
)
from store import schema_casework as schema
from store import tally
from store.store import Store, open_store

T0_S = datetime(2026, 6, 1, 2, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
BY = {"t_s": T0_S, "actor": "test"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def visit(
    key: str,
    *,
    days: float = 0.0,
    method: Method = Method.WALK_IN,
    late_s: float = 0.0,
    place_id: str = "p-1",
    cls: PlaceClass | None = PlaceClass.SMALL_PLACE,
) -> Visit:
    t0_s = T0_S + days * DAY_S
    return Visit(
        key=key,
        place_id=place_id,
        org_id="s-1",
        method=method,
        t0_s=t0_s,
        t1_s=t0_s + 600,
        result=Result.NORMAL,
        cls=cls,
        t_reported_s=t0_s + 600 + late_s,
    )


def finding(key: str, **changed: object) -> Finding:
    one = Finding(
        key=key,
        org_id="s-1",
        source=Source.GRID,
        kind="blocked_exit",
        t_found_s=T0_S,
        t_reported_s=T0_S,
        lead="s-1",
        cls=PlaceClass.SMALL_PLACE,
    )
    return replace(one, **changed)  # type: ignore[arg-type]


def test_a_day_is_beijings() -> None:
    assert day_of(datetime(2026, 5, 31, 16, 0, tzinfo=UTC).timestamp()) == date(2026, 6, 1)
    assert day_of(datetime(2026, 5, 31, 15, 59, tzinfo=UTC).timestamp()) == date(2026, 5, 31)
    assert start_s(date(2026, 6, 1)) == datetime(2026, 5, 31, 16, 0, tzinfo=UTC).timestamp()


def test_what_goes_in_comes_out(store: Store) -> None:
    work = store.casework
    org = Org(org_id="s-1", kind=OrgKind.STATION, parent_id="d-1", name_zh="站", name_en="Station",
              build=("seats", "drone"))  # fmt: skip
    person = Person(person_id="w-1", org_id="s-1", name="陈明", party_member=True)
    place = Place(place_id="p-1", name="烟花店", cls=PlaceClass.HAZCHEM, risk=1, lat_deg=32.0,
                  lon_deg=118.0, valid_from=date(2026, 1, 1))  # fmt: skip
    assert work.put_orgs([org], **BY) == work.put_people([person], **BY) == 1
    assert work.put_places([place], **BY) == 1
    assert (work.orgs(), work.people("s-1"), work.places()) == ([org], [person], [place])
    seen = replace(visit("v-1"), evidence=("ab" * 32,), seen_share=0.5, slant_m=80.0, ref="f-1")
    work.add_visits([seen], **BY)
    assert work.visits_of_place("p-1") == work.visits_of_ref("f-1") == [seen]
    hazard = finding("h-1", co_owners=("d-2",), outcome=Outcome(listed=date(2026, 6, 3)))
    work.add_findings([hazard], **BY)
    assert work.finding("h-1") == hazard


def test_the_same_register_again_changes_nothing(store: Store) -> None:
    place = Place(place_id="p-1", name="烟花店")
    assert store.casework.put_places([place], **BY) == 1
    before = store.ledger.head()
    assert store.casework.put_places([place], **BY) == 0
    assert store.ledger.head() == before
    assert store.casework.put_places([replace(place, risk=2)], **BY) == 1


def test_a_row_sent_five_times_is_one_row(store: Store) -> None:
    first = store.casework.add_visits([visit("v-1"), visit("v-2")], **BY)
    assert (first.new, first.known) == (2, 0)
    for _ in range(4):
        again = store.casework.add_visits([visit("v-1"), visit("v-2")], **BY)
        assert (again.new, again.known) == (0, 2)
    with store.engine.begin() as connection:
        assert tally.kept(connection) == {("2026-06-01", "s-1", "small_place"): {"visits": 2}}


KINDS = st.tuples(
    st.integers(0, 30),
    st.integers(0, 2),
    st.sampled_from([Method.WALK_IN, Method.INSPECTION, Method.DRONE]),
    st.sampled_from([0.0, 10 * DAY_S]),
    st.sampled_from([*PlaceClass, None]),
)
DAYS = st.none() | st.dates(date(2026, 6, 1), date(2026, 7, 1))
OUTCOMES = st.builds(Outcome, listed=DAYS, delisted=DAYS, rectified=DAYS, case_filed=DAYS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("tally"))
    yield opened
    opened.close()


@settings(max_examples=30, deadline=None)
@given(visits=st.lists(KINDS, max_size=30), outcomes=st.lists(OUTCOMES, max_size=20))
def test_the_counts_kept_are_those_of_the_rows(
    shared: Store,
    visits: list[tuple[int, int, Method, float, PlaceClass | None]],
    outcomes: list[Outcome],
) -> None:
    store = shared
    with store.engine.begin() as connection:
        for table in (schema.visit, schema.finding, schema.tally, schema.place_year):
            connection.execute(delete(table))
    rows = [
        visit(f"v-{i % 20}", days=day, method=method, late_s=late_s, place_id=f"p-{place}", cls=cls)
        for i, (day, place, method, late_s, cls) in enumerate(visits)
    ]
    for part in (rows[:10], rows[10:], rows[:5]):
        store.casework.add_visits(part, **BY)
    store.casework.add_findings(
        [finding(f"h-{i}", outcome=outcome) for i, outcome in enumerate(outcomes)], **BY
    )
    with store.engine.begin() as connection:
        kept = tally.kept(connection)
        assert kept == tally.recount(connection)
        tally.rebuild(connection)
        assert tally.kept(connection) == kept
