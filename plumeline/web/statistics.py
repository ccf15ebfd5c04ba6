"""The routes of the statistics: figures, the rows behind them, and files. See docs/api.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.responses import Response

from alerts.words import Language
from casework.days import day_of
from casework.figures import Figure
from casework.statistics import By, Table
from plumeline.statistics import NoStation, NoSuchOrg, Wanted, seen_by, statistics
from plumeline.statistics_files import as_csv, as_xlsx
from plumeline.statistics_report import as_pdf, monthly
from plumeline.tables import CSV_TYPE, XLSX_TYPE
from plumeline.web.api import as_json
from plumeline.web.may import READERS, Me, may
from plumeline.web.seams import Station
from plumeline.web.within import district_of
from store.people import Account
from store.statistics import Scope, SqlStatistics

PDF_TYPE = "application/pdf"
Rows = Literal["visits", "inspections", "found", "rectified", "listed", "delisted", "cases"]
"""The figures that open their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """Which part of the work is meant: the page's filters."""

    first: date | None = None
    """New Year's without it."""
    last: date | None = None
    """Today without it."""
    org: str | None = None
    cls: Annotated[str | None, Query(alias="class")] = None
    """Empty for what is unclassified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsQuery:
    """Which rows are meant."""

    figure: Rows
    person: str | None = None
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Query(ge=1, le=500)] = 50


Asked = Annotated[StatisticsQuery, Depends()]


def statistics_routes(
    source: SqlStatistics, station: Station, *, now_s: Callable[[], float]
) -> APIRouter:
    """What the stations' work comes to."""
    router = APIRouter(prefix="/api/statistics")

    def wanted(asked: StatisticsQuery, me: Account, by: By = By.CITY) -> Wanted:
        return _wanted(asked, me, day_of(now_s()), by)

    def told(asked: Wanted) -> Table:
        try:
            return statistics(source, asked, now_s())
        except NoSuchOrg as exc:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
        except NoStation as exc:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc

    @router.get("")
    @may(READERS, scoped=True)
    def figures(me: Me, asked: Asked, by: By = By.DISTRICT) -> Response:
        return as_json(told(wanted(asked, me, by)))

    @router.get("/rows")
    @may(READERS, scoped=True)
    def rows(me: Me, asked: Asked, page: Annotated[RowsQuery, Depends()]) -> Response:
        within = _scope(source, wanted(asked, me), page.person)
        return as_json(
            source.rows(Figure(page.figure), within, after_n=page.after, limit=page.limit)
        )

    @router.get("/months")
    @may(READERS, scoped=True)
    def months(me: Me, asked: Asked) -> Response:
        return as_json(source.months(_scope(source, wanted(asked, me))))

    @router.get("/file")
    @may(READERS, scoped=True)
    def file(
        me: Me,
        asked: Asked,
        form: Annotated[Literal["csv", "xlsx", "pdf"], Query(alias="format")],
        by: By = By.DISTRICT,
        lang: Language = "zh",
    ) -> Response:
        meant = wanted(asked, me, by)
        match form:
            case "csv":
                data, kind = as_csv(told(meant), lang), CSV_TYPE
            case "xlsx":
                data, kind = as_xlsx(told(meant), lang), XLSX_TYPE
            case "pdf":
                name = station.name_zh if lang == "zh" else station.name_en
                told(meant)
                data, kind = as_pdf(monthly(source, meant, now_s()), lang, name), PDF_TYPE
        return _saved(data, kind, f"statistics-{meant.first}-{meant.last}.{form}")

    return router


def _wanted(asked: StatisticsQuery, me: Account, today: date, by: By) -> Wanted:
    last = asked.last or today
    first = asked.first or date(last.year, 1, 1)
    return Wanted(
        by=by,
        first=first,
        last=last,
        org_id=asked.org or None,
        cls=asked.cls,
        district=district_of(me),
    )


def _scope(source: SqlStatistics, asked: Wanted, person_id: str | None = None) -> Scope:
    try:
        orgs = seen_by(asked.district, asked.org_id, source.homes())
    except NoSuchOrg as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
    return Scope(first=asked.first, last=asked.last, orgs=orgs, cls=asked.cls, person_id=person_id)


def _saved(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, headers=headers, media_type=kind)
