from __future__ import annotations

import asyncio
import threading

from plumeline.web.bell import Bell

LONG_S = 100.0
"""Longer than the test may take: who waits it out has missed the ring."""


def test_a_ring_from_another_thread_wakes_every_sleeper() -> None:
    async def scenario() -> None:
        bell = Bell()
        sleepers = [asyncio.create_task(bell.wait(LONG_S, bell.rings)) for _ in range(3)]
        await asyncio.sleep(0)
        threading.Thread(target=bell.ring).start()
        await asyncio.wait_for(asyncio.gather(*sleepers), 10)

    asyncio.run(scenario())


def test_a_ring_between_reading_and_waiting_is_heard() -> None:
    async def scenario() -> None:
        bell = Bell()
        heard = bell.rings
        bell.ring()
        await asyncio.wait_for(bell.wait(LONG_S, heard), 10)

    asyncio.run(scenario())


def test_without_a_ring_the_wait_ends_by_itself() -> None:
    bell = Bell()
    asyncio.run(bell.wait(0.01, bell.rings))
    bell.ring()  # the loop that waited is closed, and nobody is woken in it


def test_a_stopped_bell_lets_nobody_sleep() -> None:
    async def scenario() -> None:
        bell = Bell()
        sleeper = asyncio.create_task(bell.wait(LONG_S, bell.rings))
        await asyncio.sleep(0)
        bell.stop()
        await asyncio.wait_for(sleeper, 10)
        assert bell.stopped

    asyncio.run(scenario())
