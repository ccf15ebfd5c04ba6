"""The daily work in Debian's Chromium: an order's way, filters in the address, figures and rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.store import Store, open_store
from tests.plumeline.web_browser import MARKS, chromium, opened, sign_in
from tests.plumeline.web_daily import NOW_S, PICTURE, STATION, fill, routes
from tests.plumeline.web_served import Served, served

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened_store = open_store(tmp_path)
    yield opened_store
    opened_store.close()


@pytest.fixture
def here(store: Store) -> Iterator[Served]:
    more = routes(store, fill(store))
    with served(store.reader, station=STATION, now_s=lambda: NOW_S, more=more) as running:
        yield running


def do(page: Any, verb: str, expected: str, **fields: str) -> None:
    """Click a verb, fill what it asks for, and wait for the state it leads to."""
    page.locator(f"#case button[data-verb='{verb}']").click()
    dialog = page.locator("dialog.do")
    for kind, value in fields.items():
        dialog.locator(kind).first.fill(value)
    if dialog.locator("input[type=file][required], input[type=file]").count():
        file = {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": PICTURE}
        dialog.locator("input[type=file]").set_input_files([file])
    dialog.locator("button.acknowledge").click()
    dialog.wait_for(state="detached")
    page.locator("#case dd", has_text=expected).first.wait_for()


def test_an_order_goes_its_way_on_the_page(browser: Any, here: Served) -> None:
    with opened(browser, here, path="/orders?key=grid/2", lossy=True) as page:
        sign_in(page, "物业")
        assert "楼道堆放杂物" in page.locator("#case").inner_text()
        do(page, "sign", "已签收")
        do(page, "start", "处置中")
        do(page, "report", "待核查")
        assert page.locator("#case .pictures img").count() == 1
        page.locator("#case button[data-verb='verify']").click()
        page.locator("dialog.do button.acknowledge").click()
        page.locator(
            "dialog.do .warned", has_text="物业是该件的整改人，须由另一人办理“核查通过”"
        ).wait_for()
        page.keyboard.press("Escape")
        sign_in(page, "Li Na")
        do(page, "verify", "核查通过")
        do(page, "close", "已办结")
        assert page.locator("#case ol.steps li").count() == 8


def test_a_due_day_that_can_still_move_says_so(browser: Any, here: Served) -> None:
    """400 working days after June 2026 lie in a year whose holidays nobody knows in 2026."""
    with opened(browser, here, path="/orders?key=grid/3") as page:
        sign_in(page, "陈明")
        do(page, "accept", "已受理")
        assert page.locator("#case .unsure").inner_text() == ""
        fields = {"input[type=text]": "物业", "input[type=number]": "400"}
        do(page, "dispatch", "已派遣", **fields)
        page.locator("#case .unsure", has_text="2028 年放假安排尚未公布").wait_for()
        page.locator("#case dd", has_text="2028-").filter(has_text="暂定").wait_for()


def test_filters_are_in_the_address_and_keys_move(browser: Any, here: Served) -> None:
    with opened(browser, here, path="/orders") as page:
        assert page.locator("#list > li").count() == 3
        assert page.locator("#list > li.late").count() == 1
        page.keyboard.press("j")
        page.locator("#list > li:nth-child(2)[aria-current]").wait_for()
        page.keyboard.press("o")
        page.locator("#sum", has_text="共 1 件").wait_for()
        assert "overdue=true" in page.url
        page.reload()
        page.locator("html[data-ready]").wait_for()
        assert page.locator("#list > li").count() == 1
        page.locator("#language").click()
        page.locator("#sum", has_text="1 orders, 1 overdue").wait_for()
        page.locator("input[name=overdue]").uncheck()
        page.locator("#sum", has_text="3 orders, 1 overdue").wait_for()
        page.locator("#list > li.late button").click()
        page.locator("#case .late-text", has_text="overdue since").wait_for()
        page.locator("input[name=mine]").check()
        page.locator("#sum", has_text="0 orders").wait_for()
        assert "owner=" in page.url


def test_a_hazard_is_reported_by_hand(browser: Any, here: Served) -> None:
    with opened(browser, here, path="/orders") as page:
        sign_in(page, "陈明")
        page.keyboard.press("n")
        dialog = page.locator("dialog.do")
        dialog.locator("select").first.select_option("gas")
        dialog.locator("input[type=text]").nth(1).fill("某路 1 号")
        dialog.locator("textarea").fill("软管老化")
        dialog.locator("button.acknowledge").click()
        page.locator("#case h1", has_text="燃气隐患").wait_for()
        assert "软管老化" in page.locator("#case").inner_text()
        page.locator("#sum", has_text="共 4 件").wait_for()


def test_figures_open_their_rows_and_drill_down(browser: Any, here: Served) -> None:
    with opened(browser, here, path="/statistics?last=2026-06-15") as page:
        assert page.locator("[data-figure=staff]").first.inner_text() == "2,093"
        found = page.locator("tr[data-key='320116'] button[data-figure=found]")
        count = found.inner_text()
        found.click()
        page.locator("#rows-sum", has_text=f"/ {count} 条").wait_for()
        assert page.locator("#rows tbody tr").count() == min(int(count), 50)
        page.locator("tr[data-key='320116'] th button").click()
        page.locator("tr[data-key='320116-09']").wait_for()
        assert "by=station" in page.url and "org=320116" in page.url
        assert page.locator("#table tbody tr").count() == 9
        page.locator("tr[data-key='320116-01'] th button").click()
        page.locator("#table thead", has_not_text="站均人数").wait_for()  # no person has any
        assert "人员" in page.locator("#table thead").inner_text()
        page.go_back()
        page.locator("tr[data-key='320116-09']").wait_for()
        assert "按发现日期计" in page.locator("#means").inner_text()
        with page.expect_download() as coming:
            page.locator("#files a").first.click()
        assert coming.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("path", ["/orders", "/statistics?last=2026-06-15"])
def test_nothing_sticks_out_on_a_phone(browser: Any, here: Served, path: str) -> None:
    with opened(browser, here, path=path) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


def test_all_columns_of_the_statistics_are_seen_at_once(browser: Any, here: Served) -> None:
    """At 1366 pixels, with the figures of a whole city: 1,069,000 visits."""
    city = """() => {
      for (const cell of [...document.querySelectorAll("#table tfoot td")].slice(4, 12)) {
        const count = cell.querySelector("button") ?? cell.firstChild;
        count.textContent += ",000";
      }
      const { scrollWidth, clientWidth } = document.querySelector(".wide");
      return scrollWidth - clientWidth;
    }"""
    with opened(browser, here, path="/statistics?last=2026-06-15") as page:
        for visits in ("巡查走访", "Visits"):
            page.locator("#table thead", has_text=visits).wait_for()
            assert page.evaluate(city) == 0
            page.locator("#language").click()
