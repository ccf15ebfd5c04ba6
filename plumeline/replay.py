"""The same recorder and the same analyst over a recorded flight, without a broker or a clock."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alerts.incident import fold
from alerts.placing import Placer
from alerts.watch import Rules
from detect.detection import Detector
from ingest.mqtt import BATCH_MESSAGES
from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from plumeline.analyst import Analyst
from plumeline.flights import RecordedFlight
from plumeline.summary import IncidentLine, lines_of
from store.analysis import Run, RunKind
from store.store import Store, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a record holds and what one analysis made of it: equal for equal records."""

    fixes: int
    fixes_mappable: int
    frames: int
    quarantined: int
    looks: dict[str, int]
    """Frames by how far they got."""
    incidents: tuple[IncidentLine, ...]
    """Times counted from the record's first device time."""


def analyse_flight(
    flight: RecordedFlight,
    detector: Detector,
    placer: Placer,
    rules: Rules,
    *,
    decoders: Decoders | None = None,
    on_frame: Callable[[], None] = lambda: None,
) -> Findings:
    """Record the flight's messages in a store of their own, analyse them, and say what was found.

    Raises:
        BadFlight: a frame's file is missing.
    """
    with tempfile.TemporaryDirectory(prefix="plumeline-") as folder:
        store = open_store(Path(folder))
        try:
            recorder = Recorder(store.shelf, decoders or Decoders())
            messages = list(flight.messages())
            for start in range(0, len(messages), BATCH_MESSAGES):
                recorder.take(messages[start : start + BATCH_MESSAGES])
            analyst = Analyst(
                store.analysis,
                detector,
                placer,
                rules,
                now_s=lambda: 0.0,
                kind=RunKind.RANGE,
                on_frame=on_frame,
            )
            analyst.catch_up()
            analyst.finish()
            return findings(store, analyst.run_record)
        finally:
            store.close()


def findings(store: Store, run: Run) -> Findings:
    """What one analysis of a whole record comes to."""
    totals = store.reader.status().totals
    looks = Counter(look.status.value for look in store.analysis.looks(run, 0).values())
    incidents = fold(store.analysis.events(run))
    return Findings(
        fixes=totals.fixes,
        fixes_mappable=totals.fixes_mappable,
        frames=totals.frames,
        quarantined=totals.quarantined,
        looks=dict(sorted(looks.items())),
        incidents=tuple(lines_of(incidents.values(), store.reader.t_first_s())),
    )
