"""What can be wrong with the daily work."""

from __future__ import annotations


class CaseworkError(Exception):
    """Base of everything this package raises on purpose."""


class StepRefused(CaseworkError):
    """A step that may not be taken as things stand."""

    def __init__(self, verb: str, reason: str) -> None:
        super().__init__(f"{verb}: {reason}")
        self.verb = verb
        self.reason = reason
