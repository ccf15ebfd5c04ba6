"""The pages people open: one table, one route each. What they show comes from the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, RedirectResponse, Response

from plumeline.web.api import as_json
from plumeline.web.may import ADMINS, BRINGERS, READERS, SIGNED_IN, Me, Rule, may
from plumeline.web.refusals import AskWhy, Refused
from store.people import Account, Role

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One view: ``static/<name>.html`` with its own module and style sheet of that name."""

    name: str
    path: str
    who: frozenset[Role | None]
    """Who may open it, as every route says (`plumeline.web.may`)."""
    scoped: bool = False
    """Whether it has something for an account of one district."""


PAGES = (
    Page(name="command", path="/", who=READERS, scoped=True),
    Page(name="incidents", path="/incidents", who=READERS, scoped=True),
    Page(name="replay", path="/replay", who=READERS, scoped=True),
    Page(name="log", path="/log", who=READERS, scoped=True),
    Page(name="orders", path="/orders", who=READERS, scoped=True),
    Page(name="statistics", path="/statistics", who=READERS, scoped=True),
    Page(name="plan", path="/plan", who=READERS, scoped=True),
    Page(name="upload", path="/upload", who=BRINGERS, scoped=True),
    Page(name="people", path="/people", who=ADMINS),
)
"""In the order of the header, which `static/shell.js` draws from it."""


def page_routes() -> APIRouter:
    """The pages, and the list of them."""
    router = APIRouter()
    for page in PAGES:
        router.add_api_route(page.path, _shows(page), include_in_schema=False)

    @router.get("/api/pages")
    @may(SIGNED_IN, scoped=True)
    def listed(me: Me) -> Response:
        return as_json([{"name": one.name, "path": one.path} for one in _of(me)])

    return router


def _of(me: Account) -> list[Page]:
    return [page for page in PAGES if _rule(page).admits(me)]


def _rule(page: Page) -> Rule:
    return Rule(who=page.who, scoped=page.scoped)


def _shows(page: Page) -> Callable[[Account], Response]:
    file = STATIC / f"{page.name}.html"

    front = page.path == "/"

    @may(SIGNED_IN if front else page.who, scoped=front or page.scoped)
    def show(me: Me) -> Response:
        if not _rule(page).admits(me):  # whoever comes to the front door is shown to their own room
            if not _of(me):
                raise Refused(HTTPStatus.FORBIDDEN, AskWhy.NO_PAGE)
            return RedirectResponse(_of(me)[0].path, HTTPStatus.SEE_OTHER)
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    return show
