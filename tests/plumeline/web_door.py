"""A door for tests: whoever brings no session is the person on duty; others are let in by name."""

from __future__ import annotations

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from plumeline.web.may import COOKIE
from store.people import ALL, Account, Role

DUTY = Account(login="chen", name="陈明", role=Role.COMMAND)


class FakeDoor:
    """Knows whoever `token_of` makes a token for."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, str]] = []

    def who(self, token: str) -> Account | None:
        if token == "duty":
            return DUTY
        try:
            return msgspec.json.decode(bytes.fromhex(token), type=Account)
        except (ValueError, msgspec.DecodeError):
            return None

    def active(self, token: str) -> None:
        pass

    def refused(self, account: Account, what: str) -> None:
        self.refusals.append((account.login, what))


def token_of(name: str, seat: str = "", role: Role = Role.COMMAND, district: str = ALL) -> str:
    account = Account(login=name, name=name, seat=seat, role=role, district=district)
    return msgspec.json.encode(account).hex()


def named(name: str, seat: str = "") -> dict[str, str]:
    """The headers of somebody of this name, who may act."""
    return session(token_of(name, seat))


def session(token: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token}"}


def on_duty(app: ASGIApp) -> ASGIApp:
    """The application, for the person on duty: requests that bring no cookie get theirs."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and all(name != b"cookie" for name, _ in scope["headers"]):
            cookie = (b"cookie", f"{COOKIE}=duty".encode())
            scope = {**scope, "headers": [*scope["headers"], cookie]}
        await app(scope, receive, send)

    return asked
