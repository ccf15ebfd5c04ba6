"""The page in Debian's Chromium, in another time zone than the station's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.events import Kind
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_scene import event, located, scene
from tests.plumeline.web_served import Served, served

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Served]:
    with served(scene(tmp_path)) as running:
        yield running


@pytest.fixture
def page(browser: Any, here: Served) -> Iterator[Any]:
    with opened(browser, here) as shown:
        yield shown


def on_map(page: Any, layer: str) -> list[str]:
    """The incidents that a layer of the map shows, as it has drawn it."""
    page.locator("#map[data-map='ready']").wait_for()
    drawn: list[str] = page.evaluate(
        """async (layer) => {
          const { gl } = document.getElementById("map").map;
          for (let i = 0; i < 100; i += 1) {
            const found = gl.queryRenderedFeatures({ layers: [layer] });
            if (gl.loaded() && found.length) return [...new Set(found.map((f) => f.properties.id))];
            await new Promise((resolve) => { setTimeout(resolve, 50); });
          }
          return [];
        }""",
        layer,
    )
    return sorted(drawn)


def test_the_queue_the_box_the_place_and_the_station_s_time_are_on_the_page(page: Any) -> None:
    page.locator("html[data-incidents='3']").wait_for()
    assert page.locator("#queue li").count() == 3
    first = page.locator("#queue li[data-incident='fire-1']")
    assert "金陵化工仓库" in first.inner_text()
    assert "2026-11-24 15:00:00 UTC+8" in first.inner_text()
    assert first.locator("time").get_attribute("title") == "2026-11-24T07:00:00.000Z"
    assert "误差±14米（95%）" in page.locator(".place").inner_text()
    assert on_map(page, "ellipse-line") == ["fire-1", "near-2"]
    assert "83%" in page.locator("#premises table").inner_text()
    assert "编号冲突" in page.locator("#status").inner_text()
    assert "时钟偏差 +7.4 秒" in page.locator("#status").inner_text()


def test_the_box_lies_on_the_picture_where_the_detector_put_it(page: Any) -> None:
    page.wait_for_selector(".zoomed img")
    page.evaluate("document.querySelector('.zoomed img').decode()")
    image = page.locator(".zoomed img").bounding_box()
    box = page.locator(".zoomed rect").bounding_box()
    assert page.evaluate("document.querySelector('.zoomed img').naturalWidth") == 1280
    # The fire's box is 590..700 x 380..450 in a picture of 1280 x 720 px; the stroke is 3 px wide.
    assert box["x"] - image["x"] == pytest.approx(590 / 1280 * image["width"], abs=2)
    assert box["y"] - image["y"] == pytest.approx(380 / 720 * image["height"], abs=2)
    assert box["width"] == pytest.approx(110 / 1280 * image["width"], abs=4)
    assert box["height"] == pytest.approx(70 / 720 * image["height"], abs=4)


def test_j_and_k_walk_the_queue_and_a_bearing_is_drawn_as_a_fan(page: Any) -> None:
    page.keyboard.press("j")
    page.locator("h1", has_text="东山农贸市场").wait_for()
    page.keyboard.press("j")
    page.locator("#map[data-place='sector']").wait_for()
    assert on_map(page, "sector-line") == ["far-3"]
    assert "只有方位" in page.locator(".place").inner_text()
    page.keyboard.press("k")
    page.locator("#map[data-place='ellipse']").wait_for()


def test_the_language_is_switched_and_remembered(page: Any) -> None:
    page.locator("#language").click()
    page.locator("h1", has_text="Fire and smoke at").wait_for()
    page.reload()
    page.locator("html[lang='en'][data-ready]").wait_for()
    title = page.locator("#queue-title").inner_text()
    assert title == "Incidents 2 unanswered: 2 historical: 1", "what is historical waits for nobody"


def test_a_new_incident_appears_by_itself(page: Any, here: Served) -> None:
    here.record.append(event("new", located(70), Kind.RAISED))
    here.bell.ring()
    page.locator("html[data-incidents='4']").wait_for()
    page.locator("[data-incident='new']").wait_for()


def test_strings_from_outside_stay_text(page: Any, here: Served) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    here.record.append(event(nasty, located(70, sha256="1" * 63 + "<"), Kind.RAISED))
    here.bell.ring()
    page.locator("html[data-incidents='4']").wait_for()
    assert page.locator("#queue img").count() == 0


def test_the_page_fits_a_telephone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#map[data-map]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()"
        " && parseFloat(getComputedStyle(e).fontSize) < 14).length"
    )
    assert small == 0


def test_a_dead_link_is_said_and_what_was_missed_is_made_up_for(page: Any, here: Served) -> None:
    port = int(here.url.rsplit(":", 1)[1])
    here.stop()
    page.locator("#stale:not([hidden])").wait_for()
    here.record.append(event("missed", located(70), Kind.RAISED))
    here.record.append(event("uploaded", located(71, historic=True), Kind.RAISED))
    with served(here.record, port):
        page.locator("#away:not([hidden])").wait_for()
        assert "新警情 1 起" in page.locator("#away").inner_text()
        page.locator("[data-incident='missed']").wait_for()
        late = page.locator("[data-incident='uploaded']")
        assert "历史图像" in late.inner_text()
        assert late.get_attribute("class") == "old"
        page.locator("#stale").wait_for(state="hidden")
        page.locator("#away button").click()
        page.locator("#away").wait_for(state="hidden")
        page.goto("about:blank")
