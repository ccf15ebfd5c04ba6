"""The statistics of a small city made like the large one: exact, adding up, opening their rows."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pymupdf
import pytest
from typer.testing import CliRunner

from casework.days import start_s
from casework.figures import COUNTS, Figure
from casework.statistics import By, Table
from casework.words import Method, Result, Visit
from plumeline.cli import app
from plumeline.statistics import Wanted, statistics
from plumeline.statistics_files import as_csv, as_xlsx
from plumeline.statistics_report import as_pdf, monthly
from store.statistics import Scope, SqlStatistics
from store.store import Store, open_store
from tools.make_city import DAYS, FIRST, Size, make_city

LAST = FIRST + timedelta(days=DAYS - 1)
SIZE = Size().scaled(0.001)
T_S = start_s(date(2026, 6, 16))
YEAR = Wanted(first=FIRST, last=LAST)
SCOPE = Scope(first=FIRST, last=LAST)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(tmp_path_factory.mktemp("city"))
    make_city(store, scale=0.001)
    yield store
    store.close()


def told(city: Store, **changed: object) -> Table:
    wanted = replace(YEAR, **changed)  # type: ignore[arg-type]
    return statistics(SqlStatistics(city.engine), wanted, T_S)


def test_the_whole_city_is_the_article_s() -> None:
    """Published: 2,093 people, 1.069 million visits, 27,000 inspections, 509,000 hazards."""
    size = Size()
    assert (size.staff, size.visits, size.inspections) == (2_093, 1_069_000, 27_000)
    assert (size.findings, size.listed, size.cases) == (509_000, 8_900, 3_600)


def test_every_figure_is_exact_and_liuhe_s_are_its_own(city: Store) -> None:
    counts = told(city, by=By.CITY).total.counts
    assert counts[Figure.STATIONS] == 101
    assert counts[Figure.STAFF] == 2_093
    assert counts[Figure.VISITS] == SIZE.visits == 1_069
    assert counts[Figure.INSPECTIONS] == SIZE.inspections == 27
    assert counts[Figure.FOUND] == SIZE.findings == 509
    assert counts[Figure.LISTED] == SIZE.listed == 9
    assert counts[Figure.CASES] == SIZE.cases == 4
    liuhe = next(one for one in told(city).groups if one.en == "Liuhe").counts
    assert (liuhe["stations"], liuhe["staff"], liuhe["members"]) == (9, 158, 51)


@pytest.mark.parametrize("by", [By.DISTRICT, By.STATION, By.CLASS])
def test_the_lines_add_up_to_the_city(city: Store, by: By) -> None:
    table = told(city, by=by)
    for definition in COUNTS:
        lines = [one.counts[definition.name] for one in table.groups]
        if by is By.CLASS and definition.name in {"stations", "staff", "members", "built"}:
            assert lines == [None] * 5
        else:
            assert sum(lines) == table.total.counts[definition.name]  # type: ignore[arg-type]


def test_people_add_up_to_their_station_and_stations_to_their_district(city: Store) -> None:
    station = told(city, by=By.PERSON, org_id="320116-01")
    for figure in (Figure.VISITS, Figure.FOUND):
        people = sum(one.counts[figure] or 0 for one in station.groups)
        assert people == station.total.counts[figure]
    liuhe = told(city, by=By.STATION, org_id="320116")
    assert len(liuhe.groups) == 9
    assert sum(one.counts["visits"] or 0 for one in liuhe.groups) == liuhe.total.counts["visits"]


@pytest.mark.parametrize("figure", ["visits", "inspections", "found", "rectified", "listed",
                                    "delisted", "cases"])  # fmt: skip
@pytest.mark.parametrize("cls", [None, "hazchem", ""])
def test_a_figure_opens_exactly_its_rows(city: Store, figure: str, cls: str | None) -> None:
    source = SqlStatistics(city.engine)
    scope = replace(SCOPE, cls=cls)
    seen, n = 0, 0
    while True:
        page = source.rows(Figure(figure), scope, after_n=n, limit=300)
        rows = [*page.visits, *page.findings]
        seen, n = seen + len(rows), page.last_n
        assert all((row.cls or "") == cls for row in rows if cls is not None)
        if not rows:
            break
    expected = told(city, by=By.CITY, cls=cls).total.counts[figure]
    assert seen == page.total == expected


def test_different_places_are_told_for_a_whole_year_only(city: Store) -> None:
    rows = SqlStatistics(city.engine).rows(Figure.VISITS, SCOPE, after_n=0, limit=1_000_000)
    different = len({visit.place_id for visit in rows.visits})
    assert told(city, by=By.CITY).total.counts[Figure.PLACES] == different
    assert told(city, by=By.CITY, last=date(2026, 5, 31)).total.counts[Figure.PLACES] is None


def test_a_late_report_changes_the_month_and_is_marked(city: Store) -> None:
    march = {"by": By.CITY, "first": date(2026, 3, 1), "last": date(2026, 3, 31)}
    before = told(city, **march).total
    t0_s = start_s(date(2026, 3, 10)) + 3600
    late = Visit(
        key="late/1",
        place_id="320116-01-p00000",
        org_id="320116-01",
        method=Method.WALK_IN,
        t0_s=t0_s,
        t1_s=t0_s + 60,
        result=Result.NORMAL,
        t_reported_s=T_S,
    )
    city.casework.add_visits([late], t_s=T_S, actor="test")
    after = told(city, **march).total
    assert after.counts["visits"] == (before.counts["visits"] or 0) + 1
    assert after.late["visits"] == before.late["visits"] + 1


def test_csv_and_xlsx_hold_the_same_figures_and_what_they_mean(city: Store) -> None:
    table = told(city)
    lines = list(csv.reader(io.StringIO(as_csv(table, "zh").decode("utf-8-sig"))))
    assert lines[0][:4] == ["编号", "名称", "工作站", "人员"]
    total = lines[len(table.groups) + 1]
    assert total[1] == "合计"
    assert total[lines[0].index("发现隐患")] == str(table.total.counts["found"])
    assert ["发现隐患", "按发现日期计"] in lines
    with zipfile.ZipFile(io.BytesIO(as_xlsx(table, "en"))) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "Hazards found" in strings
    assert "counted on the day they were found" in strings


def test_a_name_that_looks_like_a_formula_stays_text(city: Store) -> None:
    table = told(city, by=By.CITY)
    bad = replace(table.groups[0], zh="=HYPERLINK(1)", key="@x")
    text = as_csv(replace(table, groups=(bad, bad)), "zh").decode("utf-8-sig")
    assert text.splitlines()[1].startswith("'@x,'=HYPERLINK(1)")
    with zipfile.ZipFile(io.BytesIO(as_xlsx(replace(table, groups=(bad, bad)), "zh"))) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "工作月报 2026-05"), ("en", "Monthly report")]
)
def test_the_monthly_report_is_on_paper_with_its_definitions(
    city: Store, language: str, title: str
) -> None:
    report = monthly(SqlStatistics(city.engine), replace(YEAR, last=date(2026, 5, 20)), T_S)
    assert report.month.last == date(2026, 5, 31)
    data = as_pdf(report, language, "Nanjing")  # type: ignore[arg-type]
    document = pymupdf.open("pdf", data)
    text = "".join(page.get_text() for page in document)
    assert title in text
    assert f"{report.month.total.counts['found']:,}" in text
    assert sum(len(page.get_images()) for page in document) == 3


def test_the_command_speaks_json(city: Store) -> None:
    folder = str(city.blobs._folder.parent)
    said = CliRunner().invoke(
        app,
        ["statistics", "--data", folder, "--json", "--by", "class", "--until", "2026-06-15"],
    )
    assert said.exit_code == 0, said.output
    table = json.loads(said.stdout)
    assert [line["key"] for line in table["groups"]][-1] == ""
    assert table["total"]["counts"]["staff"] == 2_093
    assert table["definitions"][0]["means_zh"]
    empty = ["statistics", "--data", folder, "--json", "--since", "2020-01-01",
             "--until", "2020-02-01"]  # fmt: skip
    assert CliRunner().invoke(app, empty).exit_code == 1


def test_a_month_without_any_work_is_there_with_zeros(city: Store) -> None:
    counts = SqlStatistics(city.engine)
    scope = Scope(first=date(2026, 1, 1), last=date(2026, 12, 31))
    last = max(counts.months(scope))
    assert last < "2026-08"
    t0_s = start_s(date(2026, 12, 10))
    visit = Visit(
        key="december/1",
        place_id="320116-01-p00000",
        org_id="320116-01",
        method=Method.WALK_IN,
        t0_s=t0_s,
        t1_s=t0_s,
        result=Result.NORMAL,
        t_reported_s=t0_s,
    )
    city.casework.add_visits([visit], t_s=t0_s, actor="test")
    months = counts.months(scope)
    assert list(months) == [f"2026-{n:02d}" for n in range(1, 13)]
    assert not any(months["2026-09"].values())
    assert months["2026-12"]["visits"] == 1
