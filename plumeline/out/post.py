"""One message on its way to one partner, and what a way out has to be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message for one channel: written once, delivered at least once under one key."""

    channel: str
    key: str
    """The same however often it is tried: the receiver drops what it has already."""
    incident_id: str
    content_type: str
    subject: str
    """One line for people: the subject of a mail, the topic's last word of nothing else."""
    body: bytes


class SendFailed(Exception):
    """It did not arrive, or nobody said that it did."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
        """The receiver will never take this message: trying again is of no use."""


class Way(Protocol):
    """A way out."""

    def open(self) -> None:
        """The station is here, before there is anything to send."""
        ...

    def send(self, post: Post) -> None:
        """Deliver one message; it has arrived when this returns.

        Raises:
            SendFailed: it has not, or that is not known.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
