"""Counting what had to be left out of a log, by reason."""

from __future__ import annotations

from ingest.logs.flight import Rejection


class Tally:
    """Records that could not be used: the first place of each reason, and how many."""

    def __init__(self) -> None:
        self._found: dict[str, Rejection] = {}
        self.count = 0

    def add(self, reason: str, where: str) -> None:
        """Count one record."""
        before = self._found.get(reason)
        self._found[reason] = Rejection(
            reason=reason,
            count=before.count + 1 if before else 1,
            where=before.where if before else where,
        )
        self.count += 1

    def rejections(self) -> tuple[Rejection, ...]:
        """In the order in which the reasons first came up."""
        return tuple(self._found.values())
