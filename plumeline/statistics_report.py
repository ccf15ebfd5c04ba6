"""The monthly report on paper: figures, charts, districts, and what each figure means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

import pymupdf

from alerts.words import Language
from casework.days import BEIJING
from casework.figures import DEFINITIONS, ROWS, Definition, Figure, Unit
from casework.statistics import By, Table
from plumeline.charts import bars
from plumeline.paper import pdf
from plumeline.statistics import Wanted, seen_by, statistics
from store.statistics import Scope, SqlStatistics

WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "title": "一体化工作站工作月报",
        "month": "本月",
        "year": "本年累计",
        "figure": "指标",
        "late": "其中迟报",
        "by_month": "逐月巡查走访(家次)",
        "found_by_month": "逐月发现隐患",
        "by_district": "各区本月发现隐患",
        "districts": "各区",
        "means": "指标定义",
        "as_of": "数据截至",
        "revised": "迟报指事后三天以上才报的记录;它们会修正此前印发的数字。",
    },
    "en": {
        "title": "Monthly report of the stations",
        "month": "This month",
        "year": "Year so far",
        "figure": "Figure",
        "late": "of which late",
        "by_month": "Visits by month",
        "found_by_month": "Hazards found by month",
        "by_district": "Hazards found this month, by district",
        "districts": "Districts",
        "means": "What the figures mean",
        "as_of": "As of",
        "revised": "Late is what was reported more than three days afterwards;"
        " it revises figures that were printed before.",
    },
}
IN_DISTRICTS = (
    Figure.STATIONS,
    Figure.STAFF,
    Figure.VISITS,
    Figure.INSPECTIONS,
    Figure.FOUND,
    Figure.RECTIFIED,
    Figure.LISTED,
    Figure.CASES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A month's figures beside the year's."""

    month: Table
    year: Table
    months: dict[str, dict[str, int]]


def monthly(source: SqlStatistics, within: Wanted, t_s: float) -> Report:
    """The figures by district of the month that the period ends in, and of the year up to its end.

    Raises:
        NoSuchOrg: as `statistics`.
    """
    first = within.last.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    new_year = first.replace(month=1)
    month = replace(within, by=By.DISTRICT, first=first, last=last)
    year = replace(month, first=new_year)
    orgs = seen_by(within.district, within.org_id, source.homes())
    return Report(
        month=statistics(source, month, t_s),
        year=statistics(source, year, t_s),
        months=source.months(Scope(first=new_year, last=last, orgs=orgs, cls=within.cls)),
    )


def as_pdf(report: Report, language: Language, name: str) -> bytes:
    """The report on A4; ``name`` is whose it is."""
    return pdf(
        _html(report, language, name), {n: _png(svg) for n, svg in _charts(report, language)}
    )


def _charts(report: Report, language: Language) -> list[tuple[str, str]]:
    by_month = list(report.months.items())
    districts = [
        (one.zh if language == "zh" else one.en, float(one.counts[Figure.FOUND] or 0))
        for one in report.month.groups
    ]
    return [
        ("visits.png", bars([(m, float(c[Figure.VISITS])) for m, c in by_month])),
        ("found.png", bars([(m, float(c[Figure.FOUND])) for m, c in by_month], colour="#b2182b")),
        ("districts.png", bars(districts, colour="#b2182b")),
    ]


def _png(svg: str) -> bytes:
    drawn: bytes = pymupdf.open("svg", svg.encode())[0].get_pixmap(dpi=200).tobytes("png")
    return drawn


def _html(report: Report, language: Language, name: str) -> str:
    words = WORDS[language]
    moment = datetime.fromtimestamp(report.month.t_s, BEIJING)
    month = f"{report.month.first:%Y-%m}"
    sections = (
        (
            f"<h1>{escape(name)} · {words['title']} {month}</h1>"
            f"<p>{words['as_of']} {moment:%Y-%m-%d %H:%M} (UTC+8)</p>"
            f"{_figures(report, language)}<p>{words['revised']}</p>"
            f"<h2>{words['by_month']}</h2><img src='visits.png' width='460'/>"
            f"<h2>{words['found_by_month']}</h2><img src='found.png' width='460'/>"
        ),
        f"<h2>{words['by_district']}</h2><img src='districts.png' width='460'/>"
        f"{_districts(report.month, language)}",
        f"<h2>{words['means']}</h2>{_definitions(language)}",
    )
    return "".join(f"<section>{one}</section>" for one in sections)


def _figures(report: Report, language: Language) -> str:
    words = WORDS[language]
    rows = "".join(
        f"<tr><td>{escape(_word(one, language))}</td><td>{_told(report.month, one)}</td>"
        f"<td>{_late(report.month, one)}</td><td>{_told(report.year, one)}</td></tr>"
        for one in DEFINITIONS
    )
    head = "".join(f"<th>{words[key]}</th>" for key in ("figure", "month", "late", "year"))
    return f"<table><tr>{head}</tr>{rows}</table>"


def _districts(table: Table, language: Language) -> str:
    shown = [one for one in DEFINITIONS if one.name in IN_DISTRICTS]
    head = "".join(f"<th>{escape(_word(one, language))}</th>" for one in shown)
    rows = "".join(
        f"<tr><td>{escape(line.zh if language == 'zh' else line.en)}</td>"
        + "".join(f"<td>{_number(line.counts[one.name])}</td>" for one in shown)
        + "</tr>"
        for line in (*table.groups, table.total)
    )
    title = WORDS[language]["districts"]
    return f"<h2>{title}</h2><table><tr><th></th>{head}</tr>{rows}</table>"


def _definitions(language: Language) -> str:
    return "".join(
        f"<p><b>{escape(_word(one, language))}</b>: "
        f"{escape(one.means_zh if language == 'zh' else one.means_en)}</p>"
        for one in DEFINITIONS
    )


def _word(one: Definition, language: Language) -> str:
    return one.zh if language == "zh" else one.en


def _told(table: Table, one: Definition) -> str:
    if one.over is None:
        return _number(table.total.counts[one.name])
    ratio = table.total.ratios[one.name]
    if ratio is None:
        return "–"
    return f"{ratio:.2%}" if one.unit is Unit.SHARE else f"{ratio:.3f}"


def _late(table: Table, one: Definition) -> str:
    if one.name not in ROWS or one.name not in table.total.late:
        return ""
    return _number(table.total.late[one.name])


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"
