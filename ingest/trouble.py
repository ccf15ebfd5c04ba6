"""What keeps a part of the station from its work, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineWhy(StrEnum):
    """Why messages are not recorded now."""

    NOT_CONNECTED = "not connected to the broker yet"
    REFUSED = "the broker refuses us: {about}"
    NO_TOPIC = "the broker refuses our subscription to {about}"
    LOST = "connection to the broker lost: {about}"
    UNSTEADY = (
        "the broker ends our connections as soon as they stand: does another client use the "
        "MQTT client id {about!r}?"
    )
    NOT_STORED = "nothing can be stored: {about}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason of a list, with what it is about in the words of whoever failed."""

    why: StrEnum
    about: str = ""

    def __str__(self) -> str:
        return self.why.format(about=self.about)

    @property
    def code(self) -> str:
        """``Trouble.lost`` and the like."""
        return f"Trouble.{self.why.name.lower()}"
