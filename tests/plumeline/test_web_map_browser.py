"""The map, the pictures and the question of the command view, in Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.events import Kind
from tests.plumeline.test_web_duty_browser import COUNT_TONES, handling, sit_down
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_duty import Duty, duty
from tests.plumeline.web_scene import event, located
from tests.plumeline.web_served import served

pytestmark = MARKS
CLICK = """async ([lon, lat]) => {
  const { gl } = document.getElementById("map").map;
  for (let i = 0; i < 200 && !(gl.loaded() && gl.areTilesLoaded()); i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  const { x, y } = gl.project([lon, lat]);
  const { left, top } = gl.getCanvas().getBoundingClientRect();
  return [left + x, top + y];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Duty]:
    with duty(tmp_path) as running:
        yield running


@pytest.fixture
def page(browser: Any, station: Duty) -> Iterator[Any]:
    with opened(browser, station.here) as shown:
        shown.locator("#map[data-map='ready']").wait_for()
        yield shown


def click(page: Any, lon_deg: float, lat_deg: float) -> None:
    page.mouse.click(*page.evaluate(CLICK, [lon_deg, lat_deg]))


def test_premises_on_the_map_are_asked_about_and_the_answer_is_kept(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    click(page, 118.84255, 31.95140)  # a corner of the store's yard, away from the ellipse
    assert page.locator("#question-place").input_value() == "金陵化工仓库"
    page.locator("#question-place").press("Enter")
    page.locator("#answer p").first.wait_for()
    (kept,) = httpx.get(f"{station.here.url}/api/inquiries").json()
    assert (kept["question"]["premises_id"], kept["question"]["actor"]) == ("P-1", "张伟")
    page.locator("#answer button", has_text="查看警情").click()
    page.locator("h1").wait_for()


def test_the_question_is_put_from_the_keyboard_alone_for_a_point_or_a_name(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    page.keyboard.press("q")
    page.keyboard.type("31.9480, 118.8450")
    page.keyboard.press("Enter")
    page.locator("#answer p").first.wait_for()
    (kept,) = httpx.get(f"{station.here.url}/api/inquiries").json()
    assert (kept["question"]["lat_deg"], kept["question"]["lon_deg"]) == (31.9480, 118.8450)
    page.locator("#question-place").fill("nowhere at all")
    page.keyboard.press("Enter")
    page.locator("#answer .warned").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#answer p").count() == 0


def test_a_click_on_an_ellipse_chooses_its_incident_and_open_ground_is_asked_about(
    page: Any, station: Duty
) -> None:
    seen = located(72, sha256=station.sha256)
    assert seen.point is not None
    apart = replace(seen, point=replace(seen.point, lon_deg=118.8445, lat_deg=31.9508))
    station.tell(event("apart-5", apart, Kind.RAISED))
    page.locator("#queue li[data-incident='apart-5']").wait_for()
    page.locator("#queue li[data-incident='smoke-1'] > button").click()
    page.locator("#map[data-at='smoke-1 point']").wait_for()
    click(page, 118.8445, 31.9508)
    page.locator("#map[data-at='apart-5 point']").wait_for()  # and brought into view
    click(page, 118.8440, 31.9503)
    assert page.locator("#question-place").input_value().startswith("31.9503")


def test_a_dismissal_s_place_is_on_the_map_for_as_long_as_it_is_known(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    page.keyboard.press(" ")
    page.keyboard.press("1")
    page.locator("#duty .badge.dismissed").wait_for()
    drawn = """async () => {
      const { gl } = document.getElementById("map").map;
      for (let i = 0; i < 100; i += 1) {
        const found = gl.querySourceFeatures("areas");
        if (found.length) return found[0].properties.name;
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
      return null;
    }"""
    assert page.evaluate(drawn) == "已知：水蒸气"


def test_a_drone_is_a_mark_with_its_age_that_fades(page: Any) -> None:
    drone = page.locator(".map-drone")
    assert "UAV-07" in drone.inner_text()
    assert "lost" not in (drone.get_attribute("class") or "")
    assert "rotate(-40deg)" in (drone.locator("svg").get_attribute("style") or "")


def test_pictures_before_and_after_are_walked_enlarged_and_shown_without_the_box(
    page: Any,
) -> None:
    assert page.locator(".strip button").count() >= 5
    page.keyboard.press("+")
    page.locator(".frame.nearer").wait_for()
    page.keyboard.press("-")
    page.locator(".frame:not(.nearer)").wait_for()
    page.keyboard.press("b")
    assert page.locator(".zoomed rect").is_hidden()
    assert page.locator("#frame-box").get_attribute("aria-pressed") == "false"
    page.locator(".loupe").click()
    page.locator(".frame.nearer").wait_for()
    box = page.locator(".frame").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.wheel(0, 2000)
    page.mouse.wheel(0, 2000)
    page.locator(".frame:not(.nearer)").wait_for()


def test_the_wall_shows_the_head_of_the_queue_whatever_was_chosen(page: Any, station: Duty) -> None:
    page.keyboard.press("j")
    page.locator("h1", has_text="东山农贸市场").wait_for()
    page.keyboard.press("w")
    page.locator("html[data-wall]").wait_for()
    page.locator("h1", has_text="金陵化工仓库").wait_for()
    assert page.locator("#duty .actions").is_hidden()
    assert page.locator("#views").is_hidden()
    page.keyboard.press("w")
    page.locator("html:not([data-wall])").wait_for()
    page.goto(f"{station.here.url}/?wall")
    page.locator("html[data-wall][data-ready]").wait_for()


def test_the_theme_is_switched_remembered_and_reaches_the_map(page: Any) -> None:
    ground = "document.getElementById('map').map.gl.getPaintProperty('ground', 'background-color')"
    dark = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != dark
    page.reload()
    page.locator("html[data-theme='light'][data-ready]").wait_for()


def test_an_alarm_is_seen_and_heard_from_every_page(browser: Any, station: Duty) -> None:
    with opened(browser, station.here, path="/upload", lossy=True) as page:
        page.locator("#calls", has_text="3").wait_for()
        station.raise_alarm("smoke-4", 70)
        page.locator("#calls", has_text="4").wait_for()
        page.locator("#alarms", has_text="新警情").wait_for(state="attached")
        page.locator("#sound[data-ringing='4']").wait_for()


def test_from_alarm_to_hand_over_sheet_takes_two_actions(page: Any, station: Duty) -> None:
    sit_down(page)  # once a shift
    page.keyboard.press("f")
    page.locator("#duty .badge.handed_over").wait_for()
    with page.expect_popup() as opening:
        page.locator("#duty a.html").click()
    assert opening.value.locator("section[lang='zh'] tr").count() == 11
    assert handling(station, "fire-2")["state"] == "handed_over"


def test_a_link_that_is_dead_for_half_a_minute_calls_even_where_nothing_rings(
    browser: Any, station: Duty
) -> None:
    with opened(browser, station.here) as page:
        sit_down(page)
        for incident in ("fire-2", "smoke-1"):
            page.locator(f"#queue li[data-incident='{incident}'] > button").click()
            page.locator("#duty .badge.raised").wait_for()
            page.keyboard.press("a")
            page.locator("#duty .badge.acknowledged").wait_for()
        page.locator("#sound[data-ringing='0']").wait_for()
        page.evaluate(COUNT_TONES)
        port = int(station.here.url.rsplit(":", 1)[1])
        station.here.stop()
        page.locator("#stale:not([hidden])").wait_for()
        assert page.evaluate("window.tones") == 0, "at five seconds a banner is enough"
        page.wait_for_function("() => window.tones > 0", timeout=45_000)
        with served(station.store.reader, port):
            page.locator("#stale").wait_for(state="hidden")
            page.goto("about:blank")
