"""An outbox in a process of its own, to be killed: what it must never do is forget."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from alerts.handover.dispatch import From
from plumeline.out.addresses import AllowList
from plumeline.out.compose import Writer
from plumeline.out.outbox import Channel, Outbox
from plumeline.out.webhook import Webhook
from store.outbox import Planned, SqlOutbox
from store.store import Store, open_store

CHANNEL = "fire-119"


def channel(url: str) -> Channel:
    way = Webhook(url, secret=b"k", allowed=AllowList.of(["127.0.0.1/32"]), now_s=time.time)
    writer = Writer(channel=CHANNEL, format="json")
    return Channel(name=CHANNEL, since=From.RAISED, writer=writer, way=way)


def make_outbox(store: Store, url: str, outbox: SqlOutbox | None = None) -> Outbox:
    channels = {CHANNEL: channel(url)}
    return Outbox(outbox or store.outbox, store.reader, channels, now_s=time.time)


def run(folder: Path, url: str, mutant: bool, up: Connection) -> None:
    """Until killed; says when it is ``up``, so that no kill falls before its work."""
    store = open_store(folder)
    forgetful = Forgetful(store.engine) if mutant else None
    outbox = make_outbox(store, url, forgetful)
    up.send_bytes(b"up")
    while True:
        outbox.work()
        time.sleep(0.01)


class Forgetful(SqlOutbox):
    """The mutant: the cursor first and the messages after, as two transactions."""

    def plan(self, channel: str, messages: list[Planned], event_n: int, t_s: float) -> None:  # type: ignore[override]
        super().plan(channel, [], event_n, t_s)
        time.sleep(0.05)
        super().plan(channel, messages, event_n, t_s)
