"""Who may use which route: said at the route, and held by one gate in front of all of them.

A route that says nothing lets nobody in. See docs/access.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote

from fastapi import Depends, HTTPException
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.routing import BaseRoute

from plumeline.web.asking import own_page
from plumeline.web.refusals import AskWhy, Refused
from store.people import ALL, Account, Role

SIGNED_IN: frozenset[Role | None] = frozenset(Role)
ANYBODY = SIGNED_IN | {None}
"""Also those who have not signed in."""
READERS = SIGNED_IN - {Role.ADMIN}
"""Who may see what was recorded: an admin lets people in, and sees no evidence."""
ACTORS: frozenset[Role | None] = frozenset({Role.OPERATOR, Role.COMMAND})
"""Who answers alarms."""
BRINGERS = ACTORS | {Role.INSPECTOR}
"""Who brings files in."""
ADMINS: frozenset[Role | None] = frozenset({Role.ADMIN})
COOKIE = "plumeline_session"
HARMLESS = frozenset({"GET", "HEAD"})

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may use a route."""

    who: frozenset[Role | None]
    scoped: bool = False
    """Whether it tells an account of one district nothing of the others; if not, it is closed."""

    def admits(self, account: Account) -> bool:
        """Whether somebody who is in may use it."""
        return account.role in self.who and (self.scoped or account.district == ALL)


def may(who: Collection[Role | None], *, scoped: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Declare who may use a route: roles, and None for those who have not signed in.

    Whoever writes ``scoped=True`` sees to it that an account of one district gets what belongs to
    that district alone (`plumeline.districts`): all else is not found, as if it were not there.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.may = Rule(who=frozenset(who), scoped=scoped)  # type: ignore[attr-defined]
        return endpoint

    return declare


NOBODY = Rule(who=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A way into the application, and who may take it; None where nothing was said."""

    method: str
    path: str
    rule: Rule | None


def declared(routes: Sequence[BaseRoute]) -> Iterator[Declared]:
    """Every method of every route, in order; what is mounted has no method, and says nothing."""
    for route in iter_route_contexts(routes):
        rule = getattr(getattr(route.original_route, "endpoint", None), "may", None)
        for method in sorted(route.methods or {"*"}):
            yield Declared(method=method, path=route.path or "", rule=rule)


class Door(Protocol):
    """Who is in, as the gate asks. Every method is called from worker threads."""

    def who(self, token: str) -> Account | None:
        """Whose session or token it is, None where it is nobody's any more."""
        ...

    def active(self, token: str) -> None:
        """Somebody has done something with it."""
        ...

    def refused(self, account: Account, what: str) -> None:
        """They asked for what they may not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who has come in, and whether they still are."""

    account: Account
    token: str
    door: Door

    def stands(self) -> bool:
        """Whether the session is on and the account as it was."""
        return self.door.who(self.token) == self.account


class Gate:
    """The dependency in front of every route of the application."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def __call__(self, request: Request) -> None:
        """Let them pass, or refuse with `Refused`; a page leads to the login."""
        rule = getattr(request.scope["endpoint"], "may", NOBODY)
        if request.method not in HARMLESS:
            own_page(request.headers.get("x-plumeline"), request.headers.get("sec-fetch-site"))
        if None in rule.who:
            return
        token = token_of(request)
        account = self._door.who(token) if token else None
        if account is None:
            raise _sign_in_first(request)
        if not rule.admits(account):
            self._door.refused(account, f"{request.method} {request.url.path}")
            raise Refused(HTTPStatus.FORBIDDEN, AskWhy.NOT_FOR_YOU)
        request.state.entry = Entry(account=account, token=token, door=self._door)
        if request.method not in HARMLESS:
            self._door.active(token)


def token_of(request: Request) -> str:
    """Of the browser's cookie or the script's header; empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")


async def _entry(request: Request) -> Entry:
    entry = request.state.entry
    assert isinstance(entry, Entry)
    return entry


async def _me(request: Request) -> Account:
    return (await _entry(request)).account


Me = Annotated[Account, Depends(_me)]
"""Who asks. Only for routes that are not for `ANYBODY`."""
Entered = Annotated[Entry, Depends(_entry)]


def _sign_in_first(request: Request) -> Exception:
    """To the page for signing in, for those who open a page."""
    path = request.url.path
    if path.startswith("/api/"):
        return Refused(HTTPStatus.UNAUTHORIZED, AskWhy.SIGN_IN_FIRST)
    to = path + (f"?{request.url.query}" if request.url.query else "")
    location = f"/login?to={quote(to, safe='')}"
    return HTTPException(HTTPStatus.SEE_OTHER, "sign in first", {"Location": location})
