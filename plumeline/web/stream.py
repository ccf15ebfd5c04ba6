"""The live event stream: server-sent events, numbered by the record.

A reader that comes back with the last number it saw gets exactly what it missed, also after this
process was restarted. Reading straight from the record leaves no queue that could overflow: a
slow reader is merely behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool

from alerts.events import NumberedEvent
from plumeline.web.answers import Heartbeat, Hello
from plumeline.web.bell import Bell
from plumeline.web.seams import Record

HEARTBEAT_S = 2.0
POLL_S = 1.0
"""Events that another process wrote ring no bell here; this is how late they may be."""
BATCH = 500
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The record as one person may read it."""

    record: Record
    stands: Callable[[], bool]
    """Whether they still may at all: asked before each heartbeat."""
    mine: Callable[[Sequence[NumberedEvent]], Sequence[NumberedEvent]]
    """Those of some events that are theirs to see."""


async def messages(
    reader: Reader, bell: Bell, hello: Hello, after: int, *, now_s: Callable[[], float]
) -> AsyncIterator[bytes]:
    """Hello, every event of theirs after ``after``, and a heartbeat, until the bell is stopped.

    ``hello`` carries ``after`` as its id: a reader that is cut off at once asks from there again.
    """
    yield b"retry: 1000\n" + _message("hello", hello, after)
    clock = asyncio.get_running_loop().time
    beat_s = clock()
    while not bell.stopped:
        heard = bell.rings
        batch = await run_in_threadpool(reader.record.events_after, after, BATCH)
        for numbered in await run_in_threadpool(reader.mine, batch):
            yield _message("event", numbered, numbered.n)
        after = batch[-1].n if batch else after
        if clock() >= beat_s:
            if not await run_in_threadpool(reader.stands):
                return
            yield _message("heartbeat", Heartbeat(t_s=now_s(), last_n=after))
            beat_s = clock() + HEARTBEAT_S
        if len(batch) < BATCH:
            await bell.wait(max(min(POLL_S, beat_s - clock()), 0.0), heard)


def _message(name: str, body: object, number: int | None = None) -> bytes:
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(body))
