"""The pages people open: one table, one route each. What they show comes from the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, RedirectResponse, Response

from plumeline.web.api import as_json
from plumeline.web.may import BRINGERS, READERS, SIGNED_IN, Me, may
from store.people import Account, Role

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One view: ``static/<name>.html`` with its own module and style sheet of that name."""

    name: str
    path: str
    who: frozenset[Role | None]
    """Who may open it, as every route says (`plumeline.web.may`)."""


PAGES = (
    Page(name="command", path="/", who=READERS),
    Page(name="incidents", path="/incidents", who=READERS),
    Page(name="replay", path="/replay", who=READERS),
    Page(name="log", path="/log", who=READERS),
    Page(name="orders", path="/orders", who=READERS),
    Page(name="statistics", path="/statistics", who=READERS),
    Page(name="plan", path="/plan", who=READERS),
    Page(name="upload", path="/upload", who=BRINGERS),
)
"""In the order of the header, which `static/shell.js` draws from it."""


def page_routes() -> APIRouter:
    """The pages, and the list of them."""
    router = APIRouter()
    for page in PAGES:
        router.add_api_route(page.path, _shows(page), include_in_schema=False)

    @router.get("/api/pages")
    @may(SIGNED_IN)
    def listed(me: Me) -> Response:
        return as_json([{"name": one.name, "path": one.path} for one in _of(me)])

    return router


def _of(me: Account) -> list[Page]:
    return [page for page in PAGES if me.role in page.who]


def _shows(page: Page) -> Callable[[Account], Response]:
    file = STATIC / f"{page.name}.html"

    @may(SIGNED_IN if page.path == "/" else page.who)
    def show(me: Me) -> Response:
        if me.role not in page.who:  # whoever comes to the front door is shown to their own room
            return RedirectResponse(_of(me)[0].path, HTTPStatus.SEE_OTHER)
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    return show
