"""The same recorder and the same analyst over a recorded flight, without a broker or a clock."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from alerts.incident import fold
from ingest.mqtt import BATCH_MESSAGES
from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from plumeline.analyst import Analyst, Scope
from plumeline.config import Config
from plumeline.flights import RecordedFlight, samples_folder
from plumeline.judges import Judges
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
class Span:
    """A stretch of the record, by time received; of one device or of all."""

    device_id: str | None = None
    t0_s: float = 0.0
    t1_s: float = FOREVER_S

    @classmethod
    def of(cls, device_id: str | None, since: datetime | None, until: datetime | None) -> Span:
        """From one time in UTC to another, None for the beginning and the end."""
        return cls(
            device_id=device_id,
            t0_s=0.0 if since is None else since.replace(tzinfo=UTC).timestamp(),
            t1_s=FOREVER_S if until is None else until.replace(tzinfo=UTC).timestamp(),
        )


def with_sample_premises(config: Config) -> Config:
    """A recorded flight is judged against the samples' district unless a register is set."""
    if config.station.premises is not None:
        return config
    register = str(samples_folder() / "premises.geojson")
    station = msgspec.structs.replace(config.station, premises=register)
    return msgspec.structs.replace(config, station=station)


def analyse_flight(
    flight: RecordedFlight, judges: Judges, *, on_frame: Callable[[], None] = lambda: None
) -> Findings:
    """Record the flight's messages in a store of their own, analyse them, say what was found.

    Raises:
        BadFlight: a frame's file is missing.
    """
    with recorded(flight) as store:
        return findings(store, analysed(store, judges, on_frame=on_frame))


@contextmanager
def recorded(flight: RecordedFlight) -> Iterator[Store]:
    """A store of its own with the flight's messages in it, gone afterwards.

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
            yield store
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
        run = analysed(store, Judges.of(config), scope, on_frame=on_frame)
        return findings(store, run)
    finally:
        store.close()


def analysed(
    store: Store,
    judges: Judges,
    scope: Scope | None = None,
    *,
    kind: RunKind = RunKind.RANGE,
    on_frame: Callable[[], None] = lambda: None,
) -> Run:
    """One analysis of a record, or of a part of it, from beginning to end."""
    analyst = Analyst(
        store.analysis,
        judges.detector,
        judges.placer,
        judges.rules,
        now_s=lambda: 0.0,
        kind=kind,
        scope=scope,
        on_frame=on_frame,
    )
    analyst.catch_up()
    analyst.finish()
    return analyst.run_record


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
