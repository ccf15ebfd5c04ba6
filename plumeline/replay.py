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
from plumeline.analyst import Analyst, Scope
from plumeline.config import Config
from plumeline.engines import make_detector
from plumeline.flights import RecordedFlight
from plumeline.pipeline import make_placer
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


FOREVER_S = 1e11


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who judges, and by which rules."""

    detector: Detector
    placer: Placer
    rules: Rules

    @classmethod
    def of(cls, config: Config) -> Judges:
        """The configured ones.

        Raises:
            ConfigError, BadPremises, DetectError: one of them cannot be had.
        """
        return cls(
            detector=make_detector(config.detector),
            placer=make_placer(config),
            rules=config.rules,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the record, by time received; of one device or of all."""

    device_id: str | None = None
    t0_s: float = 0.0
    t1_s: float = FOREVER_S


def analyse_flight(
    flight: RecordedFlight, judges: Judges, *, on_frame: Callable[[], None] = lambda: None
) -> Findings:
    """Record the flight's messages in a store of their own, analyse them, say what was found.

    Raises:
        BadFlight: a frame's file is missing.
    """
    with tempfile.TemporaryDirectory(prefix="plumeline-") as folder:
        store = open_store(Path(folder))
        try:
            recorder = Recorder(store.shelf, Decoders())
            messages = list(flight.messages())
            for start in range(0, len(messages), BATCH_MESSAGES):
                recorder.take(messages[start : start + BATCH_MESSAGES])
            return _analyse(store, judges, Scope(), on_frame)
        finally:
            store.close()


def analyse_record(
    config: Config, span: Span, *, on_frame: Callable[[], None] = lambda: None
) -> Findings:
    """Analyse a stretch of the station's record again, every frame judged, nobody alarmed.

    Raises:
        StoreError: the record cannot be opened.
    """
    store = open_store(Path(config.data.folder), config.data.database)
    try:
        after_n, upto_n = store.analysis.numbers_between(span.t0_s, span.t1_s)
        scope = Scope(device_id=span.device_id, after_n=after_n, upto_n=upto_n)
        return _analyse(store, Judges.of(config), scope, on_frame)
    finally:
        store.close()


def _analyse(store: Store, judges: Judges, scope: Scope, on_frame: Callable[[], None]) -> Findings:
    analyst = Analyst(
        store.analysis,
        judges.detector,
        judges.placer,
        judges.rules,
        now_s=lambda: 0.0,
        kind=RunKind.RANGE,
        scope=scope,
        on_frame=on_frame,
    )
    analyst.catch_up()
    analyst.finish()
    return findings(store, analyst.run_record)


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
