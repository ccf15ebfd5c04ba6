"""A whole station's application over a real record, with accounts, and a clock that is moved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from plumeline.config import Config
from plumeline.passwords import hashed
from plumeline.sections import DataSection
from plumeline.web.bell import Bell
from plumeline.web.desk import Desk
from plumeline.web.door import StationDoor
from plumeline.web.inbox import Inbox
from plumeline.web.server import Server
from plumeline.web.station import make_app
from store.people import COMMAND_LINE, Account, Role
from store.store import Store, open_store
from tests.plumeline.web_client import Client
from tests.plumeline.web_door import session
from tests.plumeline.web_uploads import KeptFiles
from tests.records import T0_S

PASSWORD = "three blind mice run"
OURS = {"X-Plumeline": "1"}
kept = cache(hashed)
"""Of one password once: argon2id is slow on purpose."""


@dataclass(kw_only=True)
class Access:
    store: Store
    app: FastAPI
    door: StationDoor
    client: Client
    bell: Bell
    t_s: float = T0_S

    def add(self, login: str, role: Role, district: str = "all", name: str = "") -> Account:
        made = Account(login=login, name=name or login, seat=login, role=role, district=district)
        self.store.people.add(made, kept(PASSWORD), by=COMMAND_LINE, t_s=self.t_s)
        return made

    def sign_in(self, login: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        body = {"login": login, "password": password}
        return self.ask("POST", "/api/session", json=body, **headers)

    def session(self, account: Account) -> dict[str, str]:
        return session(self.door.let_in(account))

    def ask(self, method: str, path: str, json: object = None, **headers: str) -> httpx.Response:
        """Nobody asks unless a header says who."""
        return self.client.ask(
            method, path, json=json, headers={"Cookie": "none=1", **OURS, **headers}
        )

    def verbs(self) -> list[tuple[str, str, str]]:
        return [(e.actor, e.verb, e.subject) for e in self.store.ledger.entries()]


@contextmanager
def on_a_port(here: Access) -> Iterator[str]:
    """Served to a browser; its address."""
    config = uvicorn.Config(here.app, port=0, log_config=None, lifespan="off")
    server = Server(config, here.bell)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        threading.Event().wait(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


@contextmanager
def access(folder: Path, config: Config | None = None) -> Iterator[Access]:
    config = config or Config(data=DataSection(folder=str(folder)))
    store = open_store(folder, config.data.database)
    bell = Bell()
    here: list[Access] = []

    def now_s() -> float:
        return here[0].t_s if here else T0_S

    door = StationDoor(store.people, store.ledger, now_s=now_s)
    files = KeptFiles(folder / "kept")
    app = make_app(
        config,
        store,
        bell,
        Desk(Inbox(folder / "inbox", now_s=now_s), files),
        door,
        now_s=now_s,
        health=list,
        ring=bell.ring,
    )
    here.append(Access(store=store, app=app, door=door, client=Client(app), bell=bell))
    yield here[0]
    store.close()
