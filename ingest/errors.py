"""What can be wrong with something that arrives."""

from __future__ import annotations


class IngestError(Exception):
    """Base of everything this package raises on purpose."""


class BadMessage(IngestError):
    """A message that cannot be understood: it goes to quarantine with this reason."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"{topic}: {reason}")
        self.topic = topic
        self.reason = reason


class ShelfUnavailable(IngestError):
    """The store cannot take anything now (disk full, locked, unreachable): try again later."""


class ShelfRefused(IngestError):
    """The store will never take this batch as it is: one of its messages is at fault."""
