"""One file that somebody brought: read, put in time, told of. Nothing is stored here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

import numpy as np

from ingest import video
from ingest.errors import BadLog
from ingest.logs.align import KnownFlight
from ingest.logs.flight import Clock, Flight, FloatArray, Rejection
from ingest.logs.place import Placed, Said, among, by_its_clock
from ingest.logs.reader import HEAD_BYTES
from ingest.logs.report import Report, printable, refusal, report_of
from ingest.logs.samples import usable
from ingest.logs.table import recognise
from ingest.video_time import Fit, fit
from plumeline import isolated, video_apart

Read = Callable[[Path], Flight]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an operator says of a file."""

    device: str | None = None
    start_s: float | None = None
    """Of its first record, seconds since 1970 in UTC."""
    zone: tzinfo | None = None
    """Of its wall clock; the station's zone is a guess that a known flight can correct."""
    offset_s: float = 0.0
    beside: Path | None = None
    """The telemetry of a video."""


NOTHING_SAID = Options()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Video:
    """The pictures of a file, and how their seconds go with its telemetry."""

    facts: video.VideoFacts
    fit: Fit | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Brought:
    """A file as it was read."""

    path: Path
    flight: Flight
    video: Video | None = None

    @property
    def t_s(self) -> FloatArray:
        """The samples' times on the log's clock, the better ones where a video gives them."""
        if self.video is not None and self.video.fit is not None:
            return self.video.fit.sample_t_s
        return self.flight.track.t_s

    def place(self, options: Options, zone: tzinfo) -> Placed:
        """Where the file itself says that it lies in time."""
        flight = self.flight
        if flight.plan and not len(flight.track):
            return Placed(utc_s=None, notes=("a planned route, kept as such: it is no flight",))
        if self.video is not None and not len(flight.track):
            return Placed(utc_s=None, unplaced=_no_telemetry(self.video.facts))
        track = replace(flight.track, t_s=self.t_s)
        return by_its_clock(track, flight.clock, self.said(options, zone))

    def said(self, options: Options, zone: tzinfo) -> Said:
        """What is known of its clock besides what the log says."""
        start_s, says = options.start_s, "the operator says"
        counts = self.flight.clock in (Clock.RELATIVE, Clock.NONE)
        if start_s is None and counts and self.video is not None:
            start_s, says = self.video.facts.creation_time_s, "the video's creation time says"
        return Said(
            zone=options.zone or zone,
            zone_is_sure=options.zone is not None,
            start_s=start_s,
            start_says=says,
            offset_s=options.offset_s,
        )

    def join(
        self, placed: Placed, known: Iterable[KnownFlight], options: Options, zone: tzinfo
    ) -> Placed:
        """The same beside the flights that are known."""
        track = replace(self.flight.track, t_s=self.t_s)
        return among(track, self.flight.clock, placed, known, self.said(options, zone))

    def report(self, placed: Placed, *, file: str, sha256: str | None = None) -> Report:
        """What is told of it so far."""
        flight = self.flight
        told = report_of(flight, placed.utc_s, file=file, sha256=sha256)
        video_notes = () if self.video is None or self.video.fit is None else self.video.fit.notes
        return replace(
            told,
            reason="; ".join(filter(None, (told.reason, placed.unplaced))) or None,
            clock_offset_s=placed.clock_offset_s,
            rejected=(*told.rejected, *_timeless(flight, placed)),
            notes=(*told.notes, *video_notes, *placed.notes),
            disagreements=placed.disagreements,
        )


def bring(path: Path, options: Options, *, read: Read = isolated.read) -> Brought:
    """Read a file, whatever it is.

    Raises:
        BadLog: nobody knows it, or it cannot be read.
    """
    if not video.is_video(_head(path)):
        return Brought(path=path, flight=read(path))
    facts = video_apart.probe(path)
    flight = _telemetry(path, facts, options.beside, read)
    if flight is None:
        bare = Flight(format="video", clock=Clock.RELATIVE)
        return Brought(path=path, flight=bare, video=Video(facts=facts, fit=None))
    found = fit(flight.track, flight.clock, facts)
    dialect = " ".join(filter(None, (flight.format, flight.dialect)))
    flight = replace(flight, format="video", dialect=dialect)
    return Brought(path=path, flight=flight, video=Video(facts=facts, fit=found))


def look(path: Path, options: Options, zone: tzinfo, *, read: Read = isolated.read) -> Report:
    """What a file is by itself, or why it is refused: nothing is stored, nothing compared."""
    try:
        brought = bring(path, options, read=read)
    except BadLog as exc:
        return refusal(exc, file=printable(path.name))
    return brought.report(brought.place(options, zone), file=printable(path.name))


def why_no_log(path: Path) -> BadLog | None:
    """Why nobody knows the file, by its content; None where somebody does."""
    try:
        if not video.is_video(_head(path)):
            recognise(path)
    except BadLog as exc:
        return exc
    return None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc


def _telemetry(
    path: Path, facts: video.VideoFacts, beside: Path | None, read: Read
) -> Flight | None:
    """What goes with a video: the file beside it, its text track, or its metadata."""
    if beside is not None:
        return read(beside)
    if video.Telemetry.SUBTITLE in facts.telemetry:
        with tempfile.TemporaryDirectory(prefix="plumeline-") as folder:
            text = Path(folder) / f"{path.stem}.srt"
            text.write_bytes(video_apart.subtitles(path))
            try:
                return read(text)
            except BadLog:
                return None  # words for people, as films have them
    return read(path) if video.Telemetry.KLV in facts.telemetry else None


def _no_telemetry(facts: video.VideoFacts) -> str:
    advice = "give its .SRT beside it, under the same name"
    if video.Telemetry.DJMD in facts.telemetry:
        return f"its telemetry is DJI's own binary track, which is not read: {advice}"
    return f"no telemetry in it, so its pictures are not judged: {advice}"


def _timeless(flight: Flight, placed: Placed) -> tuple[Rejection, ...]:
    if placed.utc_s is None or flight.messages:
        return ()
    good = np.zeros(len(flight.track), bool)
    good[usable(placed.utc_s)] = True
    left_out = np.flatnonzero(~good)
    if not len(left_out):
        return ()
    where = f"record {int(left_out[0]) + 1}"
    return (Rejection(reason="has no time", count=len(left_out), where=where),)


def span_s(placed: Placed) -> tuple[float, float] | None:
    """From the first to the last time of a log; None where it has none."""
    if placed.utc_s is None:
        return None
    rows = usable(placed.utc_s)
    if not len(rows):
        return None
    return float(placed.utc_s[rows[0]]), float(placed.utc_s[rows[-1]])


def shift_s(brought: Brought, placed: Placed) -> float:
    """What was added to the log's clock to make it UTC."""
    assert placed.utc_s is not None
    return float(np.nanmedian(placed.utc_s - brought.t_s))
