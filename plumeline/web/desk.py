"""Where whole uploads are read, one at a time, while their senders watch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from queue import Empty, Queue

from ingest.logs.report import Report
from plumeline.web.inbox import Inbox
from plumeline.web.parcel import Parcel
from plumeline.web.refusals import DiskFull
from plumeline.web.seams import Uploads

log = logging.getLogger(__name__)

MAX_TRIES = 2
"""How often a file is read without being asked again: it may have been what ended the process."""
STOP_EVERY_S = 0.2
"""How often an idle desk looks whether it should stop."""


class Stage(StrEnum):
    """How far an upload is."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a sender wants to know."""

    upload_id: str | None
    """None where the file was known, and nothing needs to be sent."""
    name: str
    size_bytes: int
    offset: int
    """Bytes that are safe here: go on from there."""
    stage: Stage
    share: float | None = None
    """Of the reading, between 0 and 1."""
    sha256: str | None = None
    """Of the file as it lies here, once it is whole."""
    report: Report | None = None
    error: str | None = None


class Stopping(Exception):
    """The desk closes: what is being read is read after the next start."""


class Desk:
    """Reads what the inbox has whole, in the one thread that calls `run`."""

    def __init__(self, inbox: Inbox, uploads: Uploads) -> None:
        self.inbox = inbox
        self._uploads = uploads
        self._queue: Queue[Parcel] = Queue()
        self._reading: tuple[str, float] | None = None

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop, first what another process left over.

        What is being read then ends at its next progress, and is read after the next start.
        """
        for parcel in self.inbox.whole():
            if parcel.card.tries < MAX_TRIES:
                self._queue.put(parcel)
            else:
                _fail(parcel, "the station stopped twice while reading it")
        while not stop.is_set():
            with suppress(Empty):
                parcel = self._queue.get(timeout=STOP_EVERY_S)
                if parcel.is_waiting:
                    self._read(parcel, stop)
                if parcel.card.report is not None:
                    parcel.empty()

    def known(self, sha256: str) -> Report | None:
        """The report of a file that is in the track already, and need not be read again."""
        report = self._uploads.report(sha256)
        if report is None or report.flight_id is None:
            return None
        return replace(report, already_known=True)

    def finish(self, parcel: Parcel, claimed: str | None) -> Progress:
        """Check a whole file and queue it. Asked again, it says how far that is.

        Raises:
            NotWhole, BadSum, DiskFull: as `Parcel.check`.
        """
        queued = parcel.is_waiting
        sha256 = parcel.check(claimed)
        if not queued and parcel.card.report is None:
            parcel.keep(replace(parcel.card, trouble=None, report=self.known(sha256)))
            self._queue.put(parcel)
        return self.progress(parcel)

    def progress(self, parcel: Parcel) -> Progress:
        """How far an upload is. Whoever was sending it must begin again from the offset."""
        offset, card, reading = parcel.offset(), parcel.card, self._reading
        told = Progress(
            upload_id=card.upload_id,
            name=card.name,
            size_bytes=card.size_bytes,
            offset=offset,
            stage=Stage.ARRIVING,
            sha256=card.sha256,
            report=card.report,
            error=card.trouble,
        )
        if card.sha256 is None:
            return told
        if card.report is not None:
            return replace(told, stage=Stage.DONE)
        if card.trouble is not None:
            return replace(told, stage=Stage.FAILED)
        if reading is not None and reading[0] == card.upload_id:
            return replace(told, stage=Stage.READING, share=reading[1])
        return replace(told, stage=Stage.WAITING)

    def earlier(self) -> Sequence[Report]:
        """What was read before, newest first."""
        return self._uploads.list()

    def _read(self, parcel: Parcel, stop: threading.Event) -> None:
        card = parcel.card

        def on_progress(share: float) -> None:
            if stop.is_set():
                raise Stopping
            self._reading = (card.upload_id, share)

        try:
            on_progress(0.0)
            parcel.keep(replace(card, tries=card.tries + 1))
            report = self._uploads.take(parcel.path, name=card.name, on_progress=on_progress)
            parcel.keep(replace(card, report=report))
        except Stopping:
            parcel.keep(card)
        except Exception as exc:
            log.exception("upload not read id=%s name=%r", card.upload_id, card.name)
            _fail(parcel, str(exc) or type(exc).__name__)
        finally:
            self._reading = None


def _fail(parcel: Parcel, why: str) -> None:
    """Keep the file, so that reading it can be tried again."""
    card = replace(parcel.card, trouble=why, tries=0)
    try:
        parcel.keep(card)
    except DiskFull:
        parcel.card = card  # which may be what the trouble is
