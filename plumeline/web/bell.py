"""Waking the event streams at once when this process writes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress


class Bell:
    """Rung from any thread; waited for in any event loop.

    A reader notes ``rings`` before it reads and hands it to ``wait``, so that a ring between its
    reading and its waiting wakes it all the same.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._rings = 0
        self._stopped = False

    @property
    def rings(self) -> int:
        """How often it has rung."""
        return self._rings

    @property
    def stopped(self) -> bool:
        """Whether the readers should go home."""
        return self._stopped

    def ring(self) -> None:
        """Something was written."""
        with self._lock:
            self._rings += 1
            sleepers = tuple(self._sleepers)
        for loop, event in sleepers:
            with suppress(RuntimeError):  # that loop has been closed meanwhile
                loop.call_soon_threadsafe(event.set)

    def stop(self) -> None:
        """Nothing will be written any more: every reader ends."""
        self._stopped = True
        self.ring()

    async def wait(self, timeout_s: float, heard: int) -> None:
        """Until it has rung more than ``heard`` times, or the time is over."""
        event = asyncio.Event()
        sleeper = (asyncio.get_running_loop(), event)
        with self._lock:
            if self._rings != heard:
                return
            self._sleepers.add(sleeper)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), timeout_s)
        finally:
            with self._lock:
                self._sleepers.discard(sleeper)
