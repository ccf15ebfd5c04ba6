"""Debian's Chromium with the page open: nothing foreign may be asked, nothing may fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from plumeline.web.may import COOKIE
from store.people import Role
from tests.plumeline.web_door import token_of
from tests.plumeline.web_served import Served

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
WAIT_MS = 20_000
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk"),
]


@contextmanager
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with playwright.sync_playwright() as engine:
        running = engine.chromium.launch(
            executable_path=str(CHROMIUM), chromium_sandbox=False, args=ARGS
        )
        yield running
        running.close()


@contextmanager
def opened(
    browser: Any,
    here: Served,
    *,
    path: str = "/",
    url: str | None = None,
    lossy: bool = False,
    before: str = "",
) -> Iterator[Any]:
    """The page in Chinese at 1366 x 768, in another time zone than the station's.

    A ``lossy`` link may be complained of on the console: the browser does so by itself. The
    script ``before`` runs before any of the page's own.
    """
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        locale="zh-CN",
        timezone_id="America/New_York",
        reduced_motion="reduce",
    )
    context.add_init_script(before)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    site = url or here.url
    complaints: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.goto(f"{site}{path}")
    page.locator("html[data-ready]").wait_for()
    yield page
    context.close()
    assert asked == {site.split("/")[2]}
    if lossy:
        complaints = [one for one in complaints if "Failed to load resource" not in one]
    if here.thread.is_alive():
        assert complaints == [], complaints


def sign_in(page: Any, name: str, seat: str = "", role: Role = Role.COMMAND) -> None:
    """Somebody has signed in in this browser, and sees the page anew."""
    cookie = {"name": COOKIE, "value": token_of(name, seat, role), "url": page.url}
    page.context.add_cookies([cookie])
    page.reload()
    page.locator("html[data-ready]").wait_for()
    page.locator("#me", has_text=name).wait_for()
