"""The views Log and Plan in Debian's Chromium: their main paths, in both languages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casework.life import Step, Verb
from casework.words import Method, Org, OrgKind, PlaceClass, Result, Visit
from casework.workdays import Workdays
from geo.premises import PremisesIndex
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.config import Config
from plumeline.flown import Flown
from plumeline.judges import make_placer
from plumeline.shapes import station_shapes
from plumeline.web.chart import Chart
from plumeline.web.flights import flight_routes
from plumeline.web.orders import order_routes
from plumeline.web.patrol_plans import plan_routes
from plumeline.web.patrols import patrol_routes, visit_routes
from plumeline.web.planning import planning_routes
from plumeline.web.visits_in import visit_intake_routes
from plumeline.work import Work
from store.statistics import SqlStatistics
from store.store import Store
from tests.plumeline.patrol_scene import FOG, PICTURE, PLAIN, Scene
from tests.plumeline.test_refly import reported_done
from tests.plumeline.test_work import POWER
from tests.plumeline.web_browser import MARKS, chromium, opened, sign_in
from tests.plumeline.web_served import Served, at_once, served
from tests.records import T0_S
from tools.make_plans import rows

pytestmark = MARKS


SECTION = CaseworkSection(
    partners={"grid": PartnerSection(own=True)}, powers=(replace(POWER, to_org="station"),)
)
"""Its power ended on 30 June 2026."""
OWN = Org(
    org_id="station", kind=OrgKind.STATION, parent_id=None, name_zh="江宁站", name_en="Jiangning"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two flights of the log (plot C in fog on the second) and a walk-in of a partner."""
    scene = Scene(tmp_path_factory.mktemp("log"), [PLAIN, FOG])
    scene.logger.work()
    walk = Visit(
        key="police/7",
        place_id="C",
        org_id="station",
        method=Method.PARTNER,
        t0_s=T0_S + 3600,
        t1_s=T0_S + 5400,
        result=Result.ANOMALY,
        reason="blocked exit",
        ref="7",
        cls=PlaceClass.RESIDENTIAL,
        origin="police",
        t_reported_s=T0_S + 6000,
    )
    scene.store.casework.put_orgs([OWN], t_s=T0_S, actor="test")
    scene.store.casework.add_visits([walk], t_s=T0_S + 6000, actor="police")
    store, now_s = scene.store, lambda: scene.now_s
    work = ask_for_flights(store)
    flown = Flown(store, make_placer(Config()))
    with served(
        store.reader,
        now_s=now_s,
        chart=Chart(shapes=station_shapes(PremisesIndex(scene.premises), None)),
        more=lambda bell, incidents: [
            *at_once(bell, incidents),
            visit_routes(store, zone=ZoneInfo("Asia/Shanghai"), now_s=now_s),
            patrol_routes(store, SECTION, now_s=now_s),
            visit_intake_routes(store, SECTION, now_s=now_s),
            plan_routes(store, now_s=now_s),
            planning_routes(Workdays(), now_s=now_s),
            order_routes(
                work,
                store.order_lists,
                SqlStatistics(store.engine),
                store.blobs,
                incidents,
                now_s=now_s,
            ),
            flight_routes(
                flown,
                incidents,
                store.reader,
                now_s=now_s,
                verdict=None,  # type: ignore[arg-type]
            ),
        ],
    ) as running:
        yield running
    store.close()


def ask_for_flights(store: Store) -> Work:
    """A new flight to plot D that has been flown since, and one to plot B that has not."""
    work = Work(store, SECTION, now_s=lambda: T0_S - 9000)
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    store.blobs.put([(sha256, PICTURE)])
    for number, place_id, asked_s in (("1", "D", T0_S - 3600), ("2", "B", T0_S + 7200)):
        key = reported_done(work, number, T0_S - 7200, sha256, place_id=place_id)
        work.step(key, Step(verb=Verb.ASK_REFLY, actor="Li Na", t_s=asked_s, text="屋顶东侧"))
    return work


@pytest.fixture
def log(browser: Any, here: Served) -> Iterator[Any]:
    with opened(browser, here, path="/log") as shown:
        shown.locator("#map[data-map='ready']").wait_for()
        yield shown


def listed(page: Any, count: int) -> None:
    """Wait until the list has so many lines."""
    page.locator(
        f"#rows:has(tr:nth-child({count})):not(:has(tr:nth-child({count + 1})))"
    ).wait_for()


def test_a_line_leads_to_its_flight_on_the_map_and_to_its_proof(log: Any) -> None:
    listed(log, 9)
    cells = log.locator("#rows tr").first.locator("td").all_inner_texts()
    assert [one.strip() for one in cells[1:]] == [
        *("C 住宅小区 风险 2", "异常 blocked exit", "", "其他部门police"),
    ]
    fog = log.locator("#rows tr", has_text="图片无法读取")
    assert "未能观察" in fog.inner_text(), "never normal"
    fog.locator("button").click()
    log.locator("#detail h3").wait_for()
    told = log.locator("#detail").inner_text()
    for words in ("61 张中 45 张有效 (图片无法读取 16)", "看到 3 处", "未能观察 1 处"):
        assert words in told
    drawn = log.evaluate("() => document.getElementById('map').map.gl.getSource('results')._data")
    shapes = drawn.get("geojson", drawn)["features"]
    assert {one["properties"]["result"] for one in shapes} == {"normal", "not_observable"}
    log.locator("#rows tr", has_text="正常").first.locator("button").click()
    log.get_by_text("查看证据图片（3 张）").click()
    log.locator("#detail img").nth(2).wait_for()
    link = log.locator("#detail a.button").get_attribute("href")
    assert link.startswith("/replay#f=nj-01.")


def test_filters_live_in_the_address_and_files_follow_them(
    browser: Any, here: Served, log: Any
) -> None:
    log.locator("select[name=result]").select_option("not_observable")
    listed(log, 1)
    assert "result=not_observable" in log.url
    assert "result=not_observable" in log.locator("#csv").get_attribute("href")
    path = log.url.removeprefix(here.url)
    with opened(browser, here, path=path) as shared:
        listed(shared, 1)
        assert shared.locator("select[name=result]").input_value() == "not_observable"
        with shared.expect_download() as saved:
            shared.locator("#xlsx").click()
        assert saved.value.suggested_filename == "visits.xlsx"
    log.locator("#wanted button").click()
    listed(log, 9)
    assert log.url.endswith("/log")


def test_the_year_and_the_legend_speak_english_too(log: Any) -> None:
    assert "危险化学品" in log.locator("#year").inner_text()
    log.locator("#language").click()
    log.get_by_text("Hazardous chemicals", exact=True).first.wait_for()
    assert "1 of 2 (50 %)" in log.locator("#year").inner_text()
    assert "not seen in 2026" in log.locator("#legend").inner_text(), "E, on the map of the year"
    log.locator("#rows button.name").first.focus()
    log.keyboard.press("Enter")
    assert "blocked exit" in log.locator("#detail").inner_text()
    assert "Not observable" in log.locator("#legend").inner_text()


@pytest.fixture
def plan(browser: Any, here: Served) -> Iterator[Any]:
    with opened(browser, here, path="/plan") as shown:
        yield shown


def test_a_route_is_drawn_and_flown_on_a_plan(plan: Any) -> None:
    plan.locator("#map[data-map='ready']").wait_for()
    assert plan.locator("#proposal tbody tr").nth(1).inner_text().startswith("E"), "never seen"
    plan.get_by_text("在地图上画航线").click()
    canvas = plan.locator("#map canvas")
    for x in (120, 240, 300):
        canvas.click(position={"x": x, "y": 200})
    plan.get_by_text("撤销一点").click()
    plan.locator("#route input").fill("东线")
    plan.get_by_text("保存航线").click()
    plan.get_by_text("航线“东线”已保存").wait_for()
    plan.locator("#patrol input[name=start]").fill("2026-09-25T09:00")
    plan.locator("#patrol input[name=end]").fill("2026-09-25T10:00")
    plan.get_by_text("排入计划").click()
    line = plan.locator("#plans tbody tr").first
    line.get_by_text("待飞").wait_for()
    assert "2026-09-25 09:00:00 UTC+8" in line.inner_text()
    line.get_by_text("取消").click()
    line.get_by_text("已取消").wait_for()


def test_a_refly_heads_the_proposal_and_shows_before_and_after(plan: Any, here: Served) -> None:
    first = plan.locator("#proposal tbody tr").first
    assert first.inner_text().startswith("B")
    assert "违规堆放（grid/2）" in first.inner_text()
    assert "由Li Na要求，核查期限 2026-10-12。 屋顶东侧" in first.inner_text()
    first.locator("a[href^='/orders']").click()
    plan.locator("#case h1", has_text="违规堆放").wait_for()
    assert plan.url.endswith("key=grid%2F2")
    plan.goto(f"{here.url}/orders?key=grid/1")
    sign_in(plan, "Li Na")
    plan.locator("#case figcaption", has_text="无人机已再次飞到").first.wait_for()
    plan.locator("#case button[data-verb='refly_done']").click()
    offered = plan.locator("dialog.do .offered input[type=checkbox]")
    assert offered.first.is_checked()
    plan.locator("dialog.do button.acknowledge").click()
    after = plan.locator("#case figure", has_text="复飞后")
    after.wait_for()
    assert after.locator("img").count() == 1
    assert plan.locator("#case figure", has_text="上报整改完成").locator("img").count() == 1


def test_staffing_follows_what_is_typed(plan: Any) -> None:
    plan.locator("#parts a[href='#staffing']").click()
    total = plan.locator("#steps tr[data-step=inspection_days]")
    total.wait_for()
    assert "1,984 - 1,035 - 535\t414" in total.inner_text()
    assert "其他执法 52.2 %，非执法 27.0 %，监督检查 20.9 %" in plan.locator("#shares").inner_text()
    people = plan.locator("#people input[name=people]")
    people.fill("80")
    plan.locator("#answer.enough").wait_for()
    people.fill("6")
    plan.get_by_text("现有人员没有可用于检查的工作日").wait_for()


def test_plans_of_departments_are_merged_and_saved(plan: Any, tmp_path: Path) -> None:
    plan.locator("#parts a[href='#joint']").click()
    made = list(rows(40, seed=2))
    table = tmp_path / "plans.csv"
    lines = [",".join(made[0]), *(",".join(one.values()) for one in made)]
    table.write_text("\n".join(lines), "utf-8")
    plan.locator("#merge input[type=file]").set_input_files(table)
    plan.locator("#merge button").first.click()
    said = plan.locator("#merge-said")
    said.get_by_text("次联合检查").wait_for()
    assert re.search(r"162 次计划检查合并为 \d+ 次", said.inner_text())
    assert plan.locator("#departments tbody tr").count() == 4
    with plan.expect_download() as saved:
        plan.locator("#merge button").last.click()
    text = Path(saved.value.path()).read_text("utf-8-sig")
    assert text.count("\n") == 162 + 1


def test_an_inspection_is_reported_and_under_no_power_that_has_ended(log: Any) -> None:
    log.locator("#rows tr", has_text="C 住宅小区").first.locator("button").click()
    log.get_by_text("登记走访或检查").click()
    dialog = log.locator("dialog.do")
    assert dialog.locator("input[type=text]").first.input_value() == "C"
    dialog.locator("select").first.select_option("inspection")
    dialog.locator("input[type=datetime-local]").first.fill("2026-09-22T09:30")
    dialog.locator("select").last.select_option("P-1")
    dialog.locator("button.acknowledge").click()
    dialog.locator(".warned", has_text="不含 2026-09-22").wait_for()
    dialog.locator("select").last.select_option("")
    dialog.locator("button.acknowledge").click()
    dialog.wait_for(state="detached")
    listed(log, 10)
    assert "执法检查" in log.locator("#rows tr").first.inner_text()
