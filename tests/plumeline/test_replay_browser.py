"""The replay in Debian's Chromium: every way to a moment shows the same, and so does a link."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.wire.table import Decoders
from plumeline.judges import Judges
from plumeline.replay import with_sample_premises
from plumeline.replay_at import Replay
from plumeline.upload import Uploads
from plumeline.web.desk import Desk
from plumeline.web.inbox import Inbox
from store.evidence import gather
from tests.plumeline.bundle_scene import Scene, flown
from tests.plumeline.replay_page import state, station
from tests.plumeline.replay_scene import NANJING
from tests.plumeline.test_web_axe import violations
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_served import Served

pytestmark = MARKS
VIEW = """() => {
  const { gl } = document.getElementById("map").map;
  const { lng, lat } = gl.getCenter();
  return [lng.toFixed(5), lat.toFixed(5), gl.getZoom().toFixed(1)];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with flown(tmp_path_factory.mktemp("record")) as made:
        made.notary.sign()
        yield made


@pytest.fixture(scope="module")
def here(scene: Scene) -> Iterator[Served]:
    with station(scene) as running:
        yield running


@pytest.fixture(scope="module")
def replay(scene: Scene) -> Replay:
    return Replay(gather(scene.store.engine, scene.flight))


@pytest.fixture
def page(browser: Any, here: Served, scene: Scene) -> Iterator[Any]:
    with opened(browser, here, path=f"/replay#f={scene.flight.name}") as shown:
        shown.locator("#map[data-map='ready']").wait_for()
        yield shown


def scrub(page: Any, share: float) -> None:
    """Press the mouse on the time line, so far along it."""
    box = page.locator("#scrubber").bounding_box()
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] - 10)


def test_scrubbed_stepped_or_played_every_moment_is_that_of_the_record(
    page: Any, replay: Replay
) -> None:
    rng = random.Random(5)
    seen: dict[str, list[float]] = {}

    def hold(way: str) -> None:
        now = state(page)
        at = replay.at(now["t"] + 5e-4)
        assert now["frame"] == (at.frames[0].sha256 if at.frames else ""), way
        seen.setdefault(way, []).append(now["t"])

    for _ in range(12):
        scrub(page, rng.random())
        hold("scrubbed")
    for key in [
        ".",
        ".",
        ",",
        "ArrowRight",
        "ArrowLeft",
        "Shift+ArrowLeft",
        "Shift+ArrowRight",
    ] * 3:
        page.keyboard.press(key)
        hold("stepped")
    page.keyboard.press("Home")
    hold("stepped")
    page.select_option("#speed", "64")
    page.keyboard.press("Space")
    page.locator("#play", has_text="播放").wait_for()
    hold("played")
    assert seen["played"] == [pytest.approx(replay.t1_s, abs=2e-3)], "64 times, to the end"
    assert len(set(seen["scrubbed"])) == 12
    page.locator(f".shot[data-shown='{state(page)['frame']}']").wait_for()


def test_steps_are_of_one_second_ten_seconds_and_one_picture(page: Any, replay: Replay) -> None:
    scrub(page, 0.5)
    t_s = state(page)["t"]
    for key, step_s in (("ArrowRight", 1), ("Shift+ArrowRight", 10), ("ArrowLeft", -1)):
        page.keyboard.press(key)
        assert state(page)["t"] == pytest.approx(t_s + step_s, abs=2e-3)
        t_s = state(page)["t"]
    frames = {replay.at(replay.t0_s + i / 10).frames for i in range(460)}
    times = sorted(one[0].t_capture_s for one in frames if one)
    page.keyboard.press(".")
    assert state(page)["t"] == pytest.approx(min(t for t in times if t > t_s + 1e-3), abs=2e-3)


def test_the_speed_goes_from_a_quarter_to_sixty_four_and_no_further(page: Any) -> None:
    for _ in range(12):
        page.keyboard.press("+")
    assert page.locator("#speed").input_value() == "64"
    for _ in range(12):
        page.keyboard.press("-")
    assert page.locator("#speed").input_value() == "0.25"


def test_a_link_shows_the_same_again(browser: Any, here: Served, page: Any) -> None:
    scrub(page, 0.37)
    page.evaluate(
        "document.getElementById('map').map.gl.jumpTo({center: [118.8402, 31.9499], zoom: 18.2})"
    )
    page.locator("#told button").nth(1).click()
    page.keyboard.press("ArrowRight")
    box = page.locator("#scrubber").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 8, steps=4)
    page.mouse.up()
    page.keyboard.press("l")
    page.locator("#copy-link", has_text=re.compile("已复制|复制失败")).wait_for()
    link = page.evaluate("location.href")
    with opened(browser, here, path=link.removeprefix(here.url)) as other:
        other.locator("#map[data-map='ready']").wait_for()
        assert state(other) == state(page)
        assert other.evaluate(VIEW) == page.evaluate(VIEW)
        assert (
            other.locator("#told .selected").count() == page.locator("#told .selected").count() > 0
        )
        assert other.locator("#whole").is_visible()


def test_a_click_on_the_track_goes_to_its_moment(page: Any) -> None:
    at = page.evaluate(
        """async () => {
          const id = new URLSearchParams(location.hash.slice(1)).get("f");
          const track = await (await fetch(`/api/flights/${id}/track`)).json();
          const i = Math.floor(track.t_s.length * 0.6);
          const gl = document.getElementById("map").map.gl;
          const box = gl.getCanvas().getBoundingClientRect();
          const { x, y } = gl.project([track.lon_deg[i], track.lat_deg[i]]);
          return { x: box.x + x, y: box.y + y, t: track.t0_s + track.t_s[i] };
        }"""
    )
    page.mouse.click(at["x"], at["y"])
    assert state(page)["t"] == pytest.approx(at["t"], abs=1.5)


def test_a_flight_is_chosen_from_the_list_and_the_list_filters_by_its_address(
    browser: Any, here: Served, scene: Scene
) -> None:
    with opened(browser, here, path="/replay?device=nobody") as page:
        assert page.locator("#flights-table tbody tr").count() == 0
        page.locator("#wanted button").click()
        page.locator("#flights-table tbody tr").first.wait_for()
        assert "device=" not in page.url
        page.fill("#wanted [name=from]", "2026-11-21")
        page.locator("#flights-found", has_text=re.compile("^0 ")).wait_for()
        page.fill("#wanted [name=from]", "2026-11-20")
        page.locator("#flights-table tbody a").first.click()
        page.locator("#flown-name", has_text=scene.flight.name).wait_for()
        page.locator("#now", has_text="UTC+8").wait_for()
        page.locator("#verdict.sound").wait_for()
        page.locator("#verdict").click()
        page.locator("#verdict-words", has_text="UTC+8").wait_for()
        page.locator("#verdict-told .cancel").click()
        page.go_back()
        page.locator("#flights:not([hidden])").wait_for()


def test_a_link_to_a_flight_that_is_not_there_says_so(browser: Any, here: Served) -> None:
    with opened(browser, here, path="/replay#f=no-such.flight", lossy=True) as page:
        page.locator("#flights-found", has_text="no-such.flight").wait_for()


def test_both_languages_and_both_themes_and_boxes_on_and_off(page: Any) -> None:
    page.locator("#told button").nth(1).click()
    page.locator(".shot .tag").first.wait_for()
    page.keyboard.press("b")
    assert not page.locator(".shot .tag").first.is_visible()
    page.keyboard.press("b")
    page.locator("#theme").click()
    page.locator("#language").click()
    page.locator("#play", has_text="Play").wait_for()
    page.locator(".shot .tag", has_text="Smoke").first.wait_for()
    page.keyboard.press("?")
    page.locator("#help", has_text="64 times").wait_for()
    page.keyboard.press("Escape")


def test_incidents_lead_to_the_replay_and_to_the_paper(
    browser: Any, here: Served, scene: Scene
) -> None:
    with opened(browser, here, path="/incidents") as page:
        page.locator("tbody a", has_text="回放").click()
        page.locator("#told .selected").first.wait_for()
        assert scene.incident.name in page.url
        page.goto(f"{here.url}/incidents?state=raised")
        page.locator("#found", has_text="0 起").wait_for()
        page.select_option("[name=state]", "handed_over")
        page.locator("tbody tr").wait_for()
        with page.expect_download() as brought:
            page.locator("#csv").click()
        assert scene.incident.name in brought.value.path().read_text("utf-8-sig")
        page.locator("tbody a", has_text="报告").click()
        page.locator("h1", has_text="火情事件报告").wait_for()
        assert page.locator("svg.plan").is_visible()
        assert page.locator(".shot img").count() == 4
        sheets = page.pdf(prefer_css_page_size=True)
        assert sheets.startswith(b"%PDF")


def test_the_player_and_the_paper_are_for_everybody(
    browser: Any, here: Served, scene: Scene, page: Any
) -> None:
    """axe-core, as over every other page."""
    page.locator("#verdict.sound").wait_for()
    page.locator("#told button").nth(1).click()
    page.locator(".shot .tag").first.wait_for()
    for _ in range(2):
        for _ in range(2):
            assert violations(page) == []
            page.locator("#theme").click()
        page.locator("#language").click()
    for language in ("zh", "en"):
        page.goto(f"{here.url}/report/{scene.incident.name}?lang={language}")
        page.locator(".shot img").first.wait_for()
        assert violations(page) == []


def test_a_log_is_dropped_understood_and_replayed(
    browser: Any, scene: Scene, tmp_path: Path
) -> None:
    log = tmp_path / "patrol.gpx"
    log.write_text(gpx(), "utf-8")
    uploads = Uploads(
        scene.store,
        lambda: Judges.of(with_sample_premises(scene.config)),
        zone=NANJING,
        now_s=lambda: scene.t_s,
        decoders=Decoders(),
        tell=lambda events: None,
    )
    desk = Desk(Inbox(tmp_path / "inbox", now_s=lambda: scene.t_s), uploads)
    with station(scene, desk=desk) as here, opened(browser, here, path="/upload") as page:
        page.set_input_files("#files", log)
        page.locator("#sendings [data-stage='done']").wait_for()
        page.locator("#sendings a", has_text="打开回放").click()
        page.locator("#map[data-map='ready']").wait_for()
        page.locator("#flown-source", has_text="文件").wait_for()
        assert "2026-11-21 09:00:00" in page.locator("#now").inner_text()
        page.keyboard.press("End")
        assert "09:00:59" in page.locator("#now").inner_text()
        page.locator("#values", has_text="4.").wait_for()


def gpx() -> str:
    """A minute northwards at 4.9 m/s, 9 o'clock in Nanjing, at 10 m above sea level."""
    points = "".join(
        f'<trkpt lat="{31.95 + i * 4.9 / 110_900:.7f}" lon="118.84"><ele>10</ele>'
        f"<time>2026-11-21T01:00:{i:02d}Z</time></trkpt>"
        for i in range(60)
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" creator="t"'
        ' xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        f"{points}</trkseg></trk></gpx>"
    )
