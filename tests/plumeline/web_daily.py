"""A station with a day's work in its record: reports, an order under way, a small city."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from fastapi import APIRouter

from casework.life import Step, Verb
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.web.bell import Bell
from plumeline.web.orders import order_routes, report_routes
from plumeline.web.projection import Incidents
from plumeline.web.seams import Station
from plumeline.web.statistics import statistics_routes
from plumeline.work import Work
from store.statistics import SqlStatistics
from store.store import Store
from tests.plumeline.test_work import POWER
from tests.plumeline.web_scene import picture
from tools.make_city import make_city

NOW_S = datetime(2026, 6, 15, 2, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
STATION = Station(name_zh="六合站", name_en="Liuhe station")
SECTION = CaseworkSection(
    station="320116-01",
    partners={"grid": PartnerSection(own=True)},
    powers=(POWER,),
)
PICTURE = picture()


def fill(store: Store) -> Work:
    """A small city, three orders: one late, one under way, one new and repeated."""
    make_city(store, scale=0.001)
    store.blobs.put([(hashlib.sha256(PICTURE).hexdigest(), PICTURE)])
    for days, number, kind in (
        (9, "1", "blocked_exit"),
        (4, "2", "ebike"),
        (0, "3", "blocked_exit"),
    ):
        then_s = NOW_S - days * DAY_S
        work = Work(store, SECTION, now_s=lambda then_s=then_s: then_s)  # type: ignore[misc]
        found = datetime.fromtimestamp(then_s, UTC).isoformat()
        row = {"number": number, "kind": kind, "found": found, "text": "楼道堆放杂物"}
        row |= {"place_id": "320116-01-p00000", "level": "major" if number == "3" else "general"}
        work.receive([row], "grid", actor="grid")
    for verb in (Verb.ACCEPT, Verb.DISPATCH):
        work.step("grid/2", Step(verb=verb, actor="陈明", t_s=NOW_S - 3600, to="物业"))
    return Work(store, SECTION, now_s=lambda: NOW_S)


def routes(
    store: Store, work: Work, now_s: Callable[[], float] = lambda: NOW_S
) -> Callable[[Bell, Incidents], Sequence[APIRouter]]:
    """What the pages need, in the form that `served` takes."""

    def more(_bell: Bell, incidents: Incidents) -> Sequence[APIRouter]:
        counts = SqlStatistics(store.engine)
        lists = store.order_lists
        return (
            order_routes(work, lists, counts, store.blobs, incidents, now_s=now_s),
            report_routes(work),
            statistics_routes(counts, STATION, now_s=now_s),
        )

    return more
