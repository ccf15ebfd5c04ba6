"""Signing in, being refused, letting people in: a whole station in Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from store.people import Role
from tests.plumeline.access_scene import PASSWORD, Access, access, on_a_port
from tests.plumeline.test_web_axe import violations
from tests.plumeline.web_browser import MARKS, WAIT_MS, chromium

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Access, str]]:
    with access(tmp_path) as station, on_a_port(station) as url:
        yield station, url


@contextmanager
def opened(browser: Any, url: str, path: str = "/") -> Iterator[Any]:
    context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    asked: set[str] = set()
    errors: list[str] = []
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{url}{path}")
    yield page
    context.close()
    assert asked == {url.split("/")[2]}
    assert errors == []


def sign_in(page: Any, login: str, password: str = PASSWORD) -> None:
    page.locator("html[data-ready]").wait_for()
    page.locator("#login-name").fill(login)
    page.locator("#login-password").fill(password)
    page.locator("#login button").click()


def dressed(page: Any) -> Iterator[str]:
    """The page in each language and theme, as a browser remembers them."""
    for language, theme in product(("zh", "en"), ("dark", "light")):
        page.locator("html[data-ready]").wait_for()  # else it writes down its own choice after us
        page.evaluate(
            "kept => Object.entries(kept).forEach(one => localStorage.setItem(...one))",
            {"plumeline.language": language, "plumeline.theme": theme},
        )
        page.reload()
        page.locator(f"html[lang^='{language}'][data-theme='{theme}'][data-ready]").wait_for()
        yield f"{language}, {theme}"


def test_the_first_page_tells_how_to_make_an_admin(browser: Any, here: tuple[Access, str]) -> None:
    with opened(browser, here[1]) as page:
        for theme in ("dark", "light"):
            page.evaluate("theme => localStorage.setItem('plumeline.theme', theme)", theme)
            page.reload()
            page.locator(f"html[data-theme='{theme}'] pre").first.wait_for()
            assert "plumeline user add" in page.locator("pre").first.inner_text()
            assert violations(page) == [], theme


def test_signing_in_and_the_people_have_no_violations_in_either_language_or_theme(
    browser: Any, here: tuple[Access, str]
) -> None:
    station, url = here
    station.add("root", Role.ADMIN)
    with opened(browser, url, "/login") as page:
        for clothes in dressed(page):
            sign_in(page, "root", "not this one")
            page.locator("#login-refused:not(:empty)").wait_for()
            assert violations(page) == [], clothes
        sign_in(page, "root")
        page.locator("#accounts tr[data-login='root']").wait_for()
        for clothes in dressed(page):
            page.locator("#accounts tr[data-login='root']").wait_for()
            assert violations(page) == [], clothes


def test_a_wrong_password_a_right_one_the_menu_and_out_again(
    browser: Any, here: tuple[Access, str]
) -> None:
    station, url = here
    station.add("chen", Role.COMMAND, name="陈明")
    with opened(browser, url, "/upload") as page:
        sign_in(page, "chen", "not this one")
        page.locator("#login-refused", has_text="登录名或密码不正确").wait_for()
        page.locator("#language").click()
        page.locator("#login button", has_text="Sign in").wait_for()
        sign_in(page, "chen", "not this one")
        page.locator("#login-refused", has_text="not its password").wait_for()
        sign_in(page, "Chen")
        page.wait_for_url(f"{url}/upload")
        page.locator("#me", has_text="陈明").click()
        page.locator("#who", has_text="command, all districts").wait_for()
        page.locator("#sign-out").click()
        page.locator("#login").wait_for()
        page.goto(url)
        page.wait_for_url(f"{url}/login?to=%2F")


def test_a_disabled_account_is_led_out_of_an_open_page(
    browser: Any, here: tuple[Access, str]
) -> None:
    station, url = here
    station.add("chen", Role.COMMAND)
    with opened(browser, url) as page:
        sign_in(page, "chen")
        page.locator("#me").wait_for()
        station.store.people.change("chen", by="x", t_s=station.t_s, disabled=True)
        page.locator("#login").wait_for()


def test_an_admin_comes_to_the_people_and_lets_somebody_in(
    browser: Any, here: tuple[Access, str]
) -> None:
    station, url = here
    station.add("root", Role.ADMIN)
    with opened(browser, url) as page:
        sign_in(page, "root")
        page.wait_for_url(f"{url}/people")
        page.locator("#accounts tr[data-login='root']").wait_for()
        assert page.locator("#views a").count() == 1, "no evidence for an admin"
        form = page.locator("#new-account")
        form.locator("[name=login]").fill("li")
        form.locator("[name=name]").fill("李强")
        form.locator("[name=password]").fill("password")
        form.locator("button").click()
        page.locator("#people-said", has_text="该密码太常见").wait_for()
        form.locator("[name=password]").fill(PASSWORD)
        form.locator("button").click()
        row = page.locator("#accounts tr[data-login='li']")
        row.locator("select").select_option("partner")
        page.locator("#people-said", has_text="已修改").wait_for()
        row.locator("button").click()
        page.locator("#accounts tr.disabled[data-login='li']").wait_for()
        page.locator("#accounts tr[data-login='root'] button").click()
        page.locator("#people-said", has_text="root 是最后一名管理员").wait_for()
    assert [(one.login, one.role) for one in station.store.people.accounts()] == [
        ("li", Role.PARTNER),
        ("root", Role.ADMIN),
    ]


def test_the_link_of_the_demonstration_signs_in_and_leaves_no_password_in_the_address(
    browser: Any, here: tuple[Access, str]
) -> None:
    station, url = here
    station.add("demo", Role.COMMAND)
    with opened(browser, url, f"/login#demo:{PASSWORD}") as page:
        page.locator("#me").wait_for()
        assert page.url == f"{url}/"
