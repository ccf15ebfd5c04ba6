"""The routes by which an admin lets people in. See docs/access.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from plumeline.passwords import WeakPassword, hashed
from plumeline.web.api import as_json
from plumeline.web.asking import Name, Said, Seat, asked
from plumeline.web.door import normal_login
from plumeline.web.may import ADMINS, Me, may
from plumeline.web.sessions import Password
from store.people import ALL, Account, AccountRefused, NoSuchAccount, Role, SqlPeople

District = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewAccount(Said, frozen=True, kw_only=True):
    """Somebody to let in."""

    login: Name
    name: Name
    role: Role
    password: Password
    seat: Seat = ""
    district: District = ALL


class Changes(Said, frozen=True, kw_only=True):
    """What is to be otherwise; nothing else is touched."""

    seat: Seat | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    district: District | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET


def people_routes(people: SqlPeople, *, now_s: Callable[[], float]) -> APIRouter:
    """Accounts: listed, made, changed."""
    router = APIRouter(prefix="/api/people")

    @router.get("")
    @may(ADMINS)
    def listed() -> Response:
        return as_json(people.accounts())

    @router.post("")
    @may(ADMINS)
    async def add(request: Request, me: Me) -> Response:
        wanted = await asked(request, NewAccount)

        def added() -> Account:
            new = Account(
                login=normal_login(wanted.login),
                name=wanted.name,
                seat=wanted.seat,
                role=wanted.role,
                district=wanted.district,
            )
            with _refused():
                kept = hashed(wanted.password, new.login, new.name)
                people.add(new, kept, by=me.name, t_s=now_s())
            return new

        return as_json(await run_in_threadpool(added), HTTPStatus.CREATED)

    @router.patch("/{login}")
    @may(ADMINS)
    async def change(request: Request, me: Me, login: str) -> Response:
        wanted = msgspec.structs.asdict(await asked(request, Changes))
        changes = {name: to for name, to in wanted.items() if to is not msgspec.UNSET}

        def changed() -> Account:
            with _refused():
                if "password" in changes:
                    changes["password"] = hashed(changes["password"], login)
                return people.change(login, by=me.name, t_s=now_s(), **changes)

        return as_json(await run_in_threadpool(changed))

    return router


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except NoSuchAccount as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc
    except AccountRefused as exc:
        raise HTTPException(HTTPStatus.CONFLICT, str(exc)) from exc
    except WeakPassword as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc
