"""Messages waiting to be stored: bounded, so that a slow disk is felt upstream."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from ingest.recorder import Message

MAX_MESSAGES = 4_000
MAX_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message, and what its acknowledgement needs."""

    message: Message
    mid: int
    qos: int
    generation: int
    """Of the connection it came over: an acknowledgement never crosses to another."""


class Inbox:
    """A queue between the network thread and the recorder's."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False

    def put(self, delivery: Delivery) -> None:
        """Add one; waits while the inbox is full, which stops reading from the network."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._full())
            self._waiting.append(delivery)
            self._bytes += len(delivery.message.payload)
            self._changed.notify_all()

    def take(self, *, at_most: int, timeout_s: float) -> list[Delivery]:
        """Whatever waits, oldest first, up to ``at_most``; empty after ``timeout_s`` of nothing."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting, timeout_s)
            taken = [self._waiting.popleft() for _ in range(min(at_most, len(self._waiting)))]
            self._bytes -= sum(len(delivery.message.payload) for delivery in taken)
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _full(self) -> bool:
        return len(self._waiting) >= MAX_MESSAGES or self._bytes >= MAX_BYTES
