"""Tracks and incidents of the record, or of a recorded flight, into one file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from alerts.events import Event
from alerts.export import czml, geojson, geoparquet, gpx, kml
from alerts.export.content import Content
from alerts.export.errors import ExportError
from alerts.export.terms import Crs
from alerts.incident import Incident, fold
from ingest.records import Fix
from plumeline.config import Config
from plumeline.coverage import NoSuchPatrol
from plumeline.flights import RecordedFlight
from plumeline.judges import Judges
from plumeline.replay import Span, analysed, recorded, with_sample_premises
from store.patrols import flight_ids, tracks
from store.store import Store, open_store

Tell = Callable[[str], None]
"""Takes how far it has come, in words."""


class Format(StrEnum):
    """What can be written."""

    GPX = "gpx"
    KML = "kml"
    CZML = "czml"
    GEOJSON = "geojson"
    GEOPARQUET = "geoparquet"


WRITERS: dict[Format, Callable[[Content], Iterator[bytes]]] = {
    Format.GPX: gpx.write,
    Format.KML: kml.write,
    Format.CZML: czml.write,
    Format.GEOJSON: geojson.write,
    Format.GEOPARQUET: geoparquet.write,
}


class CannotWrite(ExportError):
    """A file that cannot be written, and why."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is to be exported, WGS84."""

    fixes: tuple[Fix, ...]
    incidents: tuple[Incident, ...]


def of_record(config: Config, span: Span, tell: Tell = lambda text: None) -> Material:
    """Mappable fixes of the span, and the incidents somebody or some file saw in it.

    Raises:
        StoreError: the record cannot be opened.
    """
    with closing(open_store(Path(config.data.folder), config.data.database)) as store:
        return _material(_events(store), partial(_within, span), _tracks(store, span), tell)


def of_patrol(config: Config, name: str, span: Span, tell: Tell = lambda text: None) -> Material:
    """The same of one flight of the record, sent or brought in files.

    Raises:
        NoSuchPatrol: there is none of this name.
        StoreError: the record cannot be opened.
    """

    def seen_by_it(event: Event) -> bool:
        seen = event.evidence
        return seen is not None and seen.key.flight_id == name and _within(span, event)

    with closing(open_store(Path(config.data.folder), config.data.database)) as store:
        known = flight_ids(store.engine)
        if name not in known:
            raise NoSuchPatrol(name, known)
        return _material(_events(store), seen_by_it, _tracks(store, span, name), tell)


def of_flight(
    flight: RecordedFlight, config: Config, span: Span, tell: Tell = lambda text: None
) -> Material:
    """The same of a recorded flight, recorded and analysed in a store of its own.

    Raises:
        BadFlight, ConfigError, BadPremises, DetectError: as for an analysis.
    """
    judged = 0

    def count() -> None:
        nonlocal judged
        judged += 1
        tell(f"{judged} frames judged")

    judges = Judges.of(with_sample_premises(config))
    with recorded(flight) as store:
        run = analysed(store, judges, on_frame=count)
        events = store.analysis.events(run)
        return _material(events, partial(_within, span), _tracks(store, span), tell)


def _material(
    events: Sequence[Event], wanted: Callable[[Event], bool], fixes: Iterable[Fix], tell: Tell
) -> Material:
    chosen = {event.incident_id for event in events if wanted(event)}
    incidents = fold(event for event in events if event.incident_id in chosen)
    kept: list[Fix] = []
    for fix in fixes:
        kept.append(fix)
        if len(kept) % 1000 == 0:
            tell(f"{len(kept)} positions read")
    return Material(fixes=tuple(kept), incidents=tuple(incidents.values()))


def _events(store: Store) -> list[Event]:
    """Everything that people were told and did."""
    return [told.event for told in store.reader.events_after(0, sys.maxsize)]


def _tracks(store: Store, span: Span, flight_id: str | None = None) -> Iterator[Fix]:
    return tracks(
        store.engine,
        flight_id=flight_id,
        device_id=span.device_id,
        t0_s=span.t0_s,
        t1_s=span.t1_s,
    )


def _within(span: Span, event: Event) -> bool:
    """Whether something was seen then: what is history counts by when it was."""
    seen = event.evidence
    return (
        seen is not None
        and span.device_id in (None, seen.key.device_id)
        and span.t0_s <= (seen.t_capture_s if seen.historic else seen.t_received_s) <= span.t1_s
    )


def file_name(out: Path, crs: Crs) -> Path:
    """The file's name, in which GCJ-02 is always said and never said of anything else.

    Raises:
        CannotWrite: it says GCJ-02 and the coordinates are WGS84.
    """
    says = f".{Crs.GCJ02.value}" in (suffix.lower() for suffix in out.suffixes)
    if crs is Crs.GCJ02 and not says:
        return out.with_name(f"{out.stem}.{Crs.GCJ02.value}{out.suffix}")
    if says and crs is not Crs.GCJ02:
        raise CannotWrite(out, f"its name says GCJ-02, and it would hold {crs.label}")
    return out


def write_file(file: Path, chunks: Iterable[bytes], *, force: bool) -> None:
    """The whole file or none: temporary name, fsync, rename.

    Raises:
        CannotWrite: it is there and not to be overwritten, or the disk refuses.
        ExportError: the format refuses.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as half:
            half.writelines(chunks)
            half.flush()
            os.fsync(half.fileno())
        _refuse_to_overwrite(file, force=force)
        temporary.replace(file)
        _fsync_folder(file.parent)
    except OSError as exc:
        raise CannotWrite(file, exc.strerror or str(exc)) from exc
    finally:
        temporary.unlink(missing_ok=True)


def check(format_: Format, crs: Crs, file: Path, *, force: bool) -> None:
    """Refuse at once what would be refused after minutes of reading.

    Raises:
        ExportError: the format cannot carry these coordinates or lacks its extra, the file is
            there and not to be overwritten, or its folder is not.
    """
    if format_ is Format.GEOPARQUET:
        geoparquet.check(crs)
    _refuse_to_overwrite(file, force=force)
    if not file.parent.is_dir():
        raise CannotWrite(file, "there is no such folder")


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if file.exists() and not force:
        raise CannotWrite(file, "is there already; --force overwrites it")


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
