"""What can be refused here."""

from __future__ import annotations


class AlertsError(Exception):
    """Base of everything this package raises on purpose."""


class ActRefused(AlertsError):
    """Something that may not be done with an incident as it stands."""

    def __init__(self, verb: str, reason: str) -> None:
        super().__init__(f"{verb}: {reason}")
        self.verb = verb
        self.reason = reason
