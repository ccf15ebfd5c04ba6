"""What can be wrong with something that arrives."""

from __future__ import annotations

from pathlib import Path


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


class BadLog(IngestError):
    """A flight log that cannot be read: which file, where in it, why, and what to do instead."""

    def __init__(
        self,
        file: Path,
        reason: str,
        *,
        where: str | None = None,
        advice: str | None = None,
        code: str = "",
    ) -> None:
        at = f" at {where}" if where else ""
        super().__init__(f"{file.name}{at}: {reason}" + (f" ({advice})" if advice else ""))
        self.file = file
        self.reason = reason
        self.where = where
        self.advice = advice
        self.code = code
        """Of a reason that people meet often, for those who tell it in another language."""
