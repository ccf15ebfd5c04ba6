"""Due days in a year whose holidays nobody knew yet: told as such, and counted again by the notice.

The real notice for 2026 (tests/casework/notices.py), as though the package ended with 2025; what
has to come out is what the package, which has 2026, counts from the beginning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from casework.days import BEIJING
from casework.life import FivePoints, Standing, Step, Verb
from casework.workdays import Workdays
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.web.app import create_app
from plumeline.web.bell import Bell
from plumeline.web.orders import order_routes
from plumeline.web.seams import Station
from plumeline.work import Work
from store.casework_check import wrong_standings
from store.statistics import SqlStatistics
from store.store import Store, open_store
from store.verify import verify
from tests.casework.notices import NOTICE_2026
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import FakeDoor

PICTURE = b"\xff\xd8\xff a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
UNKNOWN = Workdays(package_until=2025)
SECTION = CaseworkSection(partners={"grid": PartnerSection(own=True)})
FIVE = FivePoints(measures="m", money="1", deadline=date(2026, 1, 30), person="业主", plan="p")


def at(month: int, day: int, year: int = 2026) -> float:
    return datetime(year, month, day, 10, 0, tzinfo=BEIJING).timestamp()


class Days(Work):
    """The station, with a package that ends with a year."""

    def __init__(self, store: Store, calendar: Workdays) -> None:
        def section() -> Workdays:
            return calendar

        super().__init__(store, SECTION, now_s=lambda: at(12, 20, 2025))
        self.calendar = section()
        self.orders = replace(self.orders, calendar=calendar)
        self.listings = replace(self.listings, calendar=calendar)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    opened.blobs.put([(SHA256, PICTURE)])
    yield opened
    opened.close()


STEPS: tuple[tuple[str, Verb, str, float, dict[str, object]], ...] = (
    ("1", Verb.ACCEPT, "陈明", at(12, 22, 2025), {}),
    ("1", Verb.DISPATCH, "陈明", at(12, 22, 2025), {"to": "业主", "days": 40}),
    ("1", Verb.SIGN, "业主", at(12, 23, 2025), {}),
    ("1", Verb.ASK_EXTENSION, "业主", at(1, 30), {"days": 10, "reason": "材料"}),
    ("1", Verb.GRANT_EXTENSION, "陈明", at(2, 2), {}),
    ("2", Verb.ACCEPT, "陈明", at(2, 13), {}),
    ("3", Verb.ACCEPT, "陈明", at(12, 22, 2025), {}),
    ("3", Verb.DISPATCH, "陈明", at(12, 22, 2025), {"to": "业主", "days": 30}),
    ("3", Verb.SUSPEND, "陈明", at(1, 5), {"reason": "停业", "until": date(2026, 2, 18)}),
    ("4", Verb.ACCEPT, "陈明", at(12, 22, 2025), {}),
    ("4", Verb.DISPATCH, "陈明", at(12, 22, 2025), {"to": "业主", "days": 30}),
    ("4", Verb.SIGN, "业主", at(12, 23, 2025), {}),
    ("4", Verb.START, "业主", at(12, 24, 2025), {}),
    ("4", Verb.REPORT, "业主", at(2, 10), {"evidence": (SHA256,)}),
    ("5", Verb.ACCEPT, "陈明", at(12, 22, 2025), {}),
    ("5", Verb.DISPATCH, "陈明", at(12, 22, 2025), {"to": "业主", "days": 3}),
    ("6", Verb.REJECT, "陈明", at(12, 22, 2025), {"reason": "重复"}),
)
LISTING: tuple[tuple[Verb, str, float, dict[str, object]], ...] = (
    (Verb.LIST, "李娜", at(12, 23, 2025), {"five": FIVE}),
    (Verb.ANNOUNCE, "李娜", at(12, 24, 2025), {}),
    (Verb.ASK_EXTENSION, "业主", at(12, 25, 2025), {"days": 15, "reason": "材料"}),
    (Verb.GRANT_EXTENSION, "李娜", at(12, 26, 2025), {}),
)


def winter(work: Work) -> None:
    """Six orders and a listing over New Year's and the Spring Festival."""
    rows = [
        {"number": n, "kind": "gas", "found": "2025-12-20T09:00", "address": n} for n in "123456"
    ]
    work.receive(rows, "grid", actor="grid")
    for number, verb, actor, t_s, said in STEPS:
        step = Step(verb=verb, actor=actor, t_s=t_s, **said)  # type: ignore[arg-type]
        work.step(f"grid/{number}", step)
    work.propose("grid/2", actor="王强", reason="重大")
    for verb, actor, t_s, said in LISTING:
        step = Step(verb=verb, actor=actor, t_s=t_s, **said)  # type: ignore[arg-type]
        work.list_step("grid/2", step)


def days(store: Store) -> dict[str, tuple[date | None, ...]]:
    """Of each order, and of the listing: due, deadline, day of an answer."""
    cases = [store.order_lists.case(f"grid/{n}") for n in "123456"]
    stand: dict[str, Standing | None] = {
        one.finding.key: one.order.standing for one in cases if one.order
    }
    stand["listing"] = cases[1].listing
    return {key: (s.due, s.deadline, s.answer_due) for key, s in stand.items() if s}


def test_days_counted_without_the_notice_become_those_counted_with_it(
    store: Store, tmp_path: Path
) -> None:
    before = Days(store, UNKNOWN)
    assert before.settle_calendar() == 0
    winter(before)
    guessed = days(store)
    assert before.settle_calendar() == 0, "nothing is known better"
    told = Days(store, replace(Workdays.of([NOTICE_2026]), package_until=2025))
    moved = told.settle_calendar()
    assert told.settle_calendar() == 0, "once"

    other = open_store(tmp_path / "other")
    other.blobs.put([(SHA256, PICTURE)])
    winter(Days(other, Workdays()))
    right = days(other)
    other.close()
    assert days(store) == right
    assert moved == sum(guessed[key] != right[key] for key in right) >= 5
    assert guessed["grid/2"][0] == date(2026, 2, 16), "Spring Festival's Monday"
    assert right["grid/2"][0] == date(2026, 2, 14), "a Saturday that was worked"
    assert right["grid/3"][0] == date(2026, 2, 18), "a person's own day stays"
    with store.engine.connect() as connection:
        assert not list(wrong_standings(connection))
    assert verify(store.engine, store.blobs, []).ok
    (step,) = [
        one.step
        for one in store.order_lists.history("task/grid/2")
        if one.step.verb is Verb.RECOUNT
    ]
    assert (step.actor, step.text) == ("calendar", "2026-02-16 → 2026-02-14")


def test_after_a_recount_the_life_goes_on(store: Store) -> None:
    before = Days(store, UNKNOWN)
    before.settle_calendar()
    winter(before)
    after = Days(store, Workdays())
    after.settle_calendar()
    step = Step(verb=Verb.VERIFY, actor="李娜", t_s=at(2, 25))
    assert after.step("grid/4", step).due == date(2026, 2, 28), "a Saturday that is worked"
    with pytest.raises(Exception, match="cannot be that"):
        after.step("grid/1", Step(verb=Verb.RECOUNT, actor="李娜", t_s=at(2, 25)))


def test_terms_changed_since_do_not_move_what_was_promised(store: Store) -> None:
    before = Days(store, UNKNOWN)
    before.settle_calendar()
    winter(before)
    after = Days(store, Workdays())
    longer = {**after.orders.terms.days, "reported_done": 90}
    after.orders = replace(after.orders, terms=replace(after.orders.terms, days=longer))
    after.settle_calendar()
    order = store.order_lists.order("grid/4")
    assert order.standing.due == Workdays().after(date(2026, 2, 10), 10)


def test_what_can_still_move_is_told_beside_the_day(store: Store) -> None:
    work = Days(store, UNKNOWN)
    winter(work)
    app = create_app(
        store.reader,
        Bell(),
        station=Station(name_zh="站", name_en="station"),
        now_s=lambda: at(12, 27, 2025),
        door=FakeDoor(),
        more=lambda incidents: [
            order_routes(
                work,
                store.order_lists,
                SqlStatistics(store.engine),
                store.blobs,
                incidents,
                now_s=lambda: at(12, 27, 2025),
            )
        ],
    )
    client = Client(app)
    for path in ("", "/codes", "/case?key=grid/1"):
        told = client.get(f"/api/orders{path}").json()
        assert told["known_until"] == "2025-12-31"
    due = client.get("/api/orders/case?key=grid/1").json()["case"]["order"]["standing"]["due"]
    assert due > told["known_until"]


def test_a_notice_in_the_configuration_is_read_and_its_mistakes_are_named() -> None:
    said = {
        "notices": [
            {
                "year": 2027,
                "off": [["2027-01-01", "2027-01-03"], ["2027-02-05", "2027-02-11"]],
                "on": ["2027-02-20"],
            }
        ]
    }
    calendar = msgspec.convert(said, CaseworkSection).calendar()
    assert calendar.known_until(date(2026, 11, 27)) >= date(2027, 12, 31)
    assert not calendar.is_workday(date(2027, 2, 8))
    assert calendar.is_workday(date(2027, 2, 20))
    assert calendar.after(date(2026, 12, 31), 1) == date(2027, 1, 4)
    for wrong, why in (
        ({"off": [["2028-01-01", "2028-01-03"]]}, "2028-01-01 is not of the notice for 2027"),
        ({"on": ["2026-03-01"]}, "2026-03-01 is not of the notice for 2027"),
        ({"off": [["2027-01-03", "2027-01-01"]]}, "before it begins"),
        ({"off": ["2027-01-01"]}, "array"),
    ):
        bad = json.loads(json.dumps(said))
        bad["notices"][0] |= wrong
        with pytest.raises(msgspec.ValidationError, match=why):
            msgspec.convert(bad, CaseworkSection)
