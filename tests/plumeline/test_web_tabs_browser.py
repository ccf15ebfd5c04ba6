"""Many tabs of one browser share one stream: it allows six connections to a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plumeline.web_browser import MARKS, WAIT_MS, chromium
from tests.plumeline.web_duty import Duty, duty

pytestmark = MARKS
TABS = 8
COUNT_STREAMS = """
  // Streams of this tab; and the list is not asked for again by the half minute.
  const every = window.setInterval;
  window.setInterval = (what, ms) => (ms < 30_000 ? every(what, ms) : 0);
  window.streams = 0;
  const { close } = EventSource.prototype;
  window.EventSource = class extends EventSource {
    constructor(url) { super(url); window.streams += 1; }
    close() { if (this.readyState !== 2) window.streams -= 1; close.call(this); }
  };
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Duty]:
    with duty(tmp_path) as running:
        yield running


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    made.set_default_timeout(WAIT_MS)
    made.add_init_script(COUNT_STREAMS)
    yield made
    made.close()


def tabs(context: Any, station: Duty, count: int) -> list[Any]:
    """The lists: they have no map, and hear every alarm."""
    opened = []
    for _ in range(count):
        page = context.new_page()
        page.goto(f"{station.here.url}/incidents")
        page.locator("html[data-ready]").wait_for()
        opened.append(page)
    return opened


def all_hear(pages: list[Any], calls: str) -> None:
    for page in pages:
        page.locator("#calls", has_text=calls).wait_for()


def streams(pages: list[Any]) -> list[int]:
    """Once each of them but one has heard another's."""
    for _ in range(100):
        found = sorted(page.evaluate("window.streams") for page in pages)
        if sum(found) == 1:
            break
        pages[0].wait_for_timeout(100)
    return found


def test_eight_tabs_hear_every_alarm_over_one_stream_also_when_the_first_is_closed(
    context: Any, station: Duty
) -> None:
    pages = tabs(context, station, TABS)
    assert streams(pages) == [0] * (TABS - 1) + [1]
    station.raise_alarm("new-4", 70)
    all_hear(pages, "4")
    leader = next(page for page in pages if page.evaluate("window.streams") == 1)
    leader.close()
    pages.remove(leader)
    station.raise_alarm("new-5", 71)
    all_hear(pages, "5")
    assert streams(pages) == [0] * (TABS - 2) + [1]


def test_a_tab_that_hears_nothing_of_the_others_listens_for_itself(
    context: Any, station: Duty
) -> None:
    """The tab with the stream hangs, as far as the other can tell."""
    pages = tabs(context, station, 2)
    assert streams(pages) == [0, 1]
    leader, other = sorted(pages, key=lambda page: -page.evaluate("window.streams"))
    leader.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    station.raise_alarm("new-4", 70)
    all_hear([other], "4")
    station.raise_alarm("new-5", 71)
    all_hear([other], "5")
    assert other.evaluate("window.streams") == 1


def test_without_locks_each_tab_keeps_its_own_stream(context: Any, station: Duty) -> None:
    """As on a page that is neither https nor on this machine."""
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"
    )
    pages = tabs(context, station, 2)
    station.raise_alarm("new-4", 70)
    all_hear(pages, "4")
    assert [page.evaluate("window.streams") for page in pages] == [1, 1]
