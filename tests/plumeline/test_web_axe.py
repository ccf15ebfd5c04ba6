"""Every page, in both languages and both themes, held against WCAG 2.2 AA by axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plumeline.web.pages import PAGES
from store.people import Role
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_daily import fill
from tests.plumeline.web_duty import Duty, duty

pytestmark = MARKS
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duty]:
    with duty(tmp_path_factory.mktemp("axe")) as running:
        fill(running.store)
        yield running


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python"
    )
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("path", [page.path for page in PAGES if Role.COMMAND in page.who])
def test_a_page_has_no_violations_in_either_language_or_theme(
    browser: Any, station: Duty, path: str
) -> None:
    with opened(browser, station.here, path=path, lossy=True) as page:
        for language in ("zh-CN", "en"):
            for theme in ("dark", "light"):
                page.locator(f"html[lang='{language}'][data-theme='{theme}']").wait_for()
                assert violations(page) == [], f"{language}, {theme}"
                page.locator("#theme").click()
            page.locator("#language").click()


@pytest.mark.parametrize("key", ["?", " ", "w"])
def test_dialogs_and_the_wall_have_none_either(browser: Any, station: Duty, key: str) -> None:
    with opened(browser, station.here) as page:
        page.locator("#me").click()
        assert violations(page) == [], "who sits here"
        page.keyboard.press("Escape")
        page.locator("#duty .verb").first.wait_for()
        page.keyboard.press(key)
        assert violations(page) == [], key


def test_the_dialog_that_asks_has_none_in_either_language_or_theme(
    browser: Any, station: Duty
) -> None:
    """Hazards, visits, steps of an order and re-flies are all asked for in it."""
    with opened(browser, station.here, path="/orders", lossy=True) as page:
        for language in ("zh-CN", "en"):
            for theme in ("dark", "light"):
                page.locator(f"html[lang='{language}'][data-theme='{theme}']").wait_for()
                page.locator("#new").click()
                page.locator("dialog[open]").wait_for()
                assert violations(page) == [], f"{language}, {theme}"
                page.keyboard.press("Escape")
                page.locator("dialog[open]").wait_for(state="detached")
                page.locator("#theme").click()
            page.locator("#language").click()
