"""The pages people open: one table, one route each. What they show comes from the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from plumeline.web.api import as_json

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One view: ``static/<name>.html`` with its own module and style sheet of that name."""

    name: str
    path: str


PAGES = (
    Page(name="command", path="/"),
    Page(name="orders", path="/orders"),
    Page(name="statistics", path="/statistics"),
    Page(name="upload", path="/upload"),
)
"""In the order of the header, which `static/shell.js` draws from it."""


def page_routes() -> APIRouter:
    """The pages, and the list of them."""
    router = APIRouter()
    for page in PAGES:
        router.add_api_route(page.path, _shows(page), include_in_schema=False)

    @router.get("/api/pages")
    def listed() -> Response:
        return as_json(PAGES)

    return router


def _shows(page: Page) -> Callable[[], Response]:
    file = STATIC / f"{page.name}.html"

    def show() -> Response:
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    return show
