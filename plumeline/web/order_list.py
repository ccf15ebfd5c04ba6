"""The routes of the list of work orders: on the page, as CSV and as XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from casework.days import BEIJING, day_of
from casework.life import is_overdue
from plumeline.order_table import Language, header, row
from plumeline.tables import CSV_TYPE, XLSX_TYPE, Cell, as_csv, as_xlsx
from plumeline.web.api import as_file, as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.order_words import Answer, Line, OrderQuery
from plumeline.web.within import orgs_seen
from plumeline.work import Work
from store.order_lists import Filter, Orders, SqlOrderLists
from store.people import Account
from store.statistics import SqlStatistics

EXPORTED = 100_000
"""Orders in a file at most."""
Asked = Annotated[OrderQuery, Depends()]


def list_routes(
    router: APIRouter,
    work: Work,
    lists: SqlOrderLists,
    statistics: SqlStatistics,
    now_s: Callable[[], float],
) -> None:
    """The list. A file holds what the list would show on all of its pages."""

    def found(me: Account, asked: OrderQuery, today: date, skip: int, limit: int) -> Orders:
        wanted = Filter(
            orgs=orgs_seen(me, asked.org, statistics),
            state=asked.state,
            owner=asked.owner,
            overdue_on=today if asked.overdue else None,
            repeats=asked.repeats,
            refly=asked.refly,
            place_id=asked.place,
            incident_id=asked.incident,
        )
        return lists.list(wanted, today, skip=skip, limit=limit)

    def rows(me: Account, asked: OrderQuery, lang: Language) -> Iterator[list[Cell]]:
        today = day_of(now_s())
        orgs = {one.org.org_id: (one.org.name_zh, one.org.name_en) for one in statistics.homes()}
        for one in found(me, asked, today, 0, EXPORTED).orders:
            yield row(one, today, work.kinds, orgs, lang)

    @router.get("")
    @may(READERS, scoped=True)
    def listed(me: Me, asked: Asked) -> Response:
        t_s = now_s()
        today = day_of(t_s)
        part = found(me, asked, today, asked.skip, asked.limit)
        return as_json(
            Answer(
                t_s=t_s,
                today=today,
                known_until=work.calendar.known_until(today),
                total=part.total,
                overdue=part.overdue,
                orders=tuple(
                    Line(listed=one, overdue=is_overdue(one.order.standing, today))
                    for one in part.orders
                ),
            )
        )

    @router.get(".csv")
    @may(READERS, scoped=True)
    def as_text(me: Me, asked: Asked, lang: Language = "zh") -> Response:
        return as_file(as_csv(header(lang), rows(me, asked, lang)), CSV_TYPE, "orders.csv")

    @router.get(".xlsx")
    @may(READERS, scoped=True)
    def as_sheet(me: Me, asked: Asked, lang: Language = "zh") -> Response:
        title = "工单" if lang == "zh" else "Work orders"
        body = as_xlsx(title, header(lang), rows(me, asked, lang), BEIJING)
        return as_file(body, XLSX_TYPE, "orders.xlsx")
