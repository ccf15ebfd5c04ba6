"""Asks the application without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp

from tests.plumeline.web_door import on_duty


class Client:
    """A blocking client of the person on duty; a failure inside comes back as its answer 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(on_duty(app), raise_app_exceptions=False)

    def get(self, path: str | httpx.URL, **asked: Any) -> httpx.Response:
        return self.ask("GET", path, **asked)

    def ask(self, method: str, path: str | httpx.URL, **asked: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://station"
            ) as client:
                return await client.request(method, path, **asked)

        return asyncio.run(answer())
