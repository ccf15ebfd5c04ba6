"""The routes of signing in and out, and of who one is. See docs/access.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from plumeline.passwords import WeakPassword
from plumeline.web.api import as_json
from plumeline.web.asking import Said, asked
from plumeline.web.door import StationDoor, TooSoon, WrongPassword
from plumeline.web.may import ANYBODY, COOKIE, SIGNED_IN, Entered, Me, declared, may
from plumeline.web.pages import STATIC
from plumeline.web.refusals import AskWhy, Refused
from store.people import KEPT_S, Account, Role

WAITING = 20
"""Sign-ins that may wait for their turn; argon2id takes memory and time on purpose."""

Password = Annotated[str, msgspec.Meta(max_length=1024)]
Answer = TypeVar("Answer")


class Credentials(Said, frozen=True):
    """Who wants to come in."""

    login: Annotated[str, msgspec.Meta(max_length=128)]
    password: Password


class NewPassword(Said, frozen=True):
    """One's own."""

    old: Password
    new: Password


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMe:
    """Who one is, and what one may ask for."""

    login: str
    name: str
    seat: str
    role: Role
    district: str
    may: Sequence[str]
    """``GET /api/incidents`` and the like: every route declared for the role."""


def session_routes(door: StationDoor) -> APIRouter:
    """The login page, and what it asks for."""
    router = APIRouter()
    one_at_a_time = CapacityLimiter(1)

    async def at_the_door(work: Callable[[], Answer]) -> Answer:
        """In its turn; a refusal becomes an answer."""
        if one_at_a_time.statistics().tasks_waiting >= WAITING:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, AskWhy.TOO_MANY_AT_THE_DOOR)
        try:
            return await to_thread.run_sync(work, limiter=one_at_a_time)
        except TooSoon as exc:
            wait = {"Retry-After": str(exc.wait_s)}
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, str(exc), wait) from exc
        except WrongPassword as exc:
            said = "no such login, or not its password"
            raise HTTPException(HTTPStatus.UNAUTHORIZED, said) from exc
        except WeakPassword as exc:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc

    @router.get("/login", include_in_schema=False)
    @may(ANYBODY)
    def page() -> Response:
        name = "login.html" if door.is_set_up() else "first.html"
        return FileResponse(STATIC / name, headers={"Cache-Control": "no-store"})

    @router.post("/api/session")
    @may(ANYBODY)
    async def sign_in(request: Request) -> Response:
        said = await asked(request, Credentials)
        former = request.cookies.get(COOKIE, "")
        token = await at_the_door(lambda: door.sign_in(said.login, said.password, former))
        return _let_in(request, token)

    @router.delete("/api/session")
    @may(SIGNED_IN, scoped=True)
    def sign_out(entry: Entered) -> Response:
        door.sign_out(entry.token)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.put("/api/me/password")
    @may(SIGNED_IN, scoped=True)
    async def password(request: Request, entry: Entered) -> Response:
        said = await asked(request, NewPassword)
        me, held = entry.account, entry.token
        token = await at_the_door(lambda: door.set_password(me, said.old, said.new, held))
        return _let_in(request, token)

    return router


def me_routes() -> APIRouter:
    """Who one is, for whoever is in."""
    router = APIRouter()

    @router.get("/api/me")
    @may(SIGNED_IN, scoped=True)
    def who(request: Request, me: Me) -> Response:
        return as_json(_told(request, me))

    @router.post("/api/me/here")
    @may(SIGNED_IN, scoped=True)
    def here() -> Response:
        """Somebody moves at the page: the gate has noted it, as it does for all that writes."""
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router


def _let_in(request: Request, token: str) -> Response:
    """The cookie outlives the session: the browser is known then, and nothing else."""
    answer = Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(KEPT_S),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _told(request: Request, me: Account) -> ToldMe:
    routes = [d for d in declared(request.app.routes) if d.rule is not None and d.rule.admits(me)]
    return ToldMe(
        login=me.login,
        name=me.name,
        seat=me.seat,
        role=me.role,
        district=me.district,
        may=[f"{one.method} {one.path}" for one in routes],
    )
