"""Each role in its district opens its pages in Debian's Chromium: nothing there only fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from plumeline.web.may import COOKIE
from store.people import Role
from tests.plumeline.access_scene import on_a_port
from tests.plumeline.district_scene import OURS, City, city
from tests.plumeline.web_browser import MARKS, WAIT_MS, chromium
from tests.plumeline.web_door import session

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, str]]:
    with city(tmp_path_factory.mktemp("city")) as made, on_a_port(made.here) as url:
        yield made, url


@contextmanager
def signed_in(browser: Any, station: tuple[City, str], role: Role) -> Iterator[tuple[Any, str]]:
    """A page of an account of our district; nothing may be refused to it, or be missing."""
    made, url = station
    account = made.here.add(f"{role}.browser", role, OURS)
    context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    token = made.here.door.let_in(account)
    headers = {"X-Plumeline": "1", **session(token)}
    httpx.post(f"{url}/api/viewings", json={"reason": "a test"}, headers=headers)
    context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    refused: list[str] = []
    page.on("response", lambda got: got.status in {403, 404, 422} and refused.append(got.url))
    page.on("pageerror", lambda error: refused.append(str(error)))
    yield page, url
    context.close()
    assert refused == []


def opened(page: Any, address: str) -> None:
    page.goto(address)
    page.locator("html[data-ready]").wait_for()


def test_an_auditor_of_a_district_opens_every_page_and_is_offered_nothing_to_do(
    browser: Any, station: tuple[City, str]
) -> None:
    with signed_in(browser, station, Role.AUDITOR) as (page, url):
        opened(page, url)
        views = [one.get_attribute("href") for one in page.locator("#views a").all()]
        assert views == ["/", "/incidents", "/replay", "/log", "/orders", "/statistics", "/plan"]
        page.locator("#queue li[data-incident='ours']").wait_for()
        for one in ("#question", "#queue-keys", "#duty .verb"):
            assert page.locator(one).filter(visible=True).count() == 0, one
        for key in ("a", "f", " ", "q", "?"):
            page.keyboard.press(key)
        told = page.locator("#help kbd").all_inner_texts()
        assert told == ["j", "k", ",", ".", "+", "-", "b", "w", "?", "Esc"]
        assert not page.locator("#refused").is_visible()
        for view in views:
            opened(page, f"{url}{view}")
            for form in ("#new", "#patrol", "#route"):
                assert page.locator(form).filter(visible=True).count() == 0, (view, form)


def test_who_may_asks_and_replays_in_the_district(browser: Any, station: tuple[City, str]) -> None:
    with signed_in(browser, station, Role.PARTNER) as (page, url):
        opened(page, url)
        page.keyboard.press("q")
        page.locator("#places option").first.wait_for(state="attached")
        page.keyboard.insert_text("P-1")
        page.keyboard.press("Enter")
        page.locator("#answer p").first.wait_for()
        opened(page, f"{url}/incidents")
        page.locator("#table a[href^='/replay']").click()
        page.locator("#told li button").first.wait_for()
        assert page.locator("#told li").count() == 1, "the incident across the border is not told"
