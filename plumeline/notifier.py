"""The station's clockwork: what nobody answers gets louder, the ledger is signed, pictures go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

from alerts.events import NumberedEvent
from ingest.trouble import Trouble
from plumeline.checkpoints import Notary
from store.retention import DAY_S

log = logging.getLogger(__name__)

TICK_S = 1.0


class PartWhy(StrEnum):
    """Why a part of the station does not do its work."""

    STOPPED = "{about}"
    NO_CHECKPOINT = "checkpoints of the ledger cannot be kept: {about}"
    NOT_DELETED = "old pictures cannot be deleted: {about}"


class Escalating(Protocol):
    """What finds the alarms that nobody answers."""

    def work(self) -> Sequence[NumberedEvent]:
        """Append the rungs that are due, and return them."""
        ...


class Notifier:
    """One thread's work, once a second and whenever it is woken."""

    def __init__(
        self,
        escalator: Escalating,
        notary: Notary,
        *,
        purge: Callable[[], object],
        checkpoint_s: float,
        now_s: Callable[[], float],
        tell: Callable[[Sequence[NumberedEvent]], None] = lambda events: None,
    ) -> None:
        self._escalator = escalator
        self._notary = notary
        self._purge = purge
        self._checkpoint_s = checkpoint_s
        self._now_s = now_s
        self._tell = tell
        self._signed_s = self._purged_s = float("-inf")
        self.trouble: Trouble | None = None
        """What keeps it from doing its work; None when all is well."""

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Until told to stop; a last checkpoint is signed at the end."""
        while not stop.is_set():
            self.work()
            wake.wait(TICK_S)
            wake.clear()
        self._try(self._notary.sign, PartWhy.NO_CHECKPOINT)

    def work(self) -> None:
        """One round."""
        louder = self._escalator.work()
        if louder:
            self._tell(louder)
        now_s = self._now_s()
        if now_s - self._signed_s >= self._checkpoint_s:
            self._signed_s = now_s
            self._try(self._notary.sign, PartWhy.NO_CHECKPOINT)
        if now_s - self._purged_s >= DAY_S:
            self._purged_s = now_s
            self._try(self._purge, PartWhy.NOT_DELETED)

    def _try(self, work: Callable[[], object], otherwise: PartWhy) -> None:
        try:
            work()
            self.trouble = None
        except OSError as exc:
            self.trouble = Trouble(otherwise, str(exc))
            log.warning("%s", self.trouble)
