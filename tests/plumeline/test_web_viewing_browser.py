"""The page asks why somebody looks at footage, in Debian's Chromium."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from plumeline.web.viewing import WATCHED_S, Footage
from store.store import Store, open_store
from store.viewing import SqlViewing
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_duty import alarm, fly, tell
from tests.plumeline.web_scene import T0_S, picture
from tests.plumeline.web_served import Served, served

pytestmark = MARKS
ALL_SHOWN = "() => [...document.querySelectorAll('#evidence img')].every((i) => i.naturalWidth > 0)"
LATER_S = T0_S + 2 * 86_400.0 + WATCHED_S


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    record = open_store(tmp_path)
    fly(record)
    tell(record, T0_S + 55.0, alarm("smoke-1", 50, hashlib.sha256(picture()).hexdigest()))
    yield record
    record.close()


@pytest.fixture
def here(store: Store) -> Iterator[Served]:
    """Two days later: nobody answers that alarm any more, its pictures are footage."""
    footage = partial(Footage, SqlViewing(store.engine), now_s=lambda: LATER_S)
    with served(store.reader, now_s=lambda: LATER_S, footage=footage) as running:
        yield running


def registered(store: Store) -> list[str]:
    return [json.loads(e.body)["reason"] for e in store.ledger.entries() if e.verb == "view"]


def test_a_reason_opens_the_pictures_and_is_kept(browser: Any, here: Served, store: Store) -> None:
    with opened(browser, here, lossy=True) as page:
        dialog = page.locator("#footage[open]")
        dialog.wait_for()
        assert registered(store) == []
        page.keyboard.type("群众投诉")
        page.keyboard.press("Enter")
        dialog.wait_for(state="detached")
        page.locator("#evidence .frame img").first.wait_for()
        page.wait_for_function(ALL_SHOWN)
    assert registered(store) == ["群众投诉"]


def test_who_says_nothing_sees_nothing_and_is_not_asked_again(
    browser: Any, here: Served, store: Store
) -> None:
    with opened(browser, here, lossy=True) as page:
        page.locator("#footage[open]").wait_for()
        page.keyboard.press("Escape")
        page.locator("#footage").wait_for(state="detached")
        page.locator("#evidence .frame p").wait_for()
        assert not page.locator("#evidence .frame img").count()
        page.locator("#language").click()
        page.locator("html[lang='en']").wait_for()
        assert not page.locator("#footage").count()
    assert registered(store) == []
