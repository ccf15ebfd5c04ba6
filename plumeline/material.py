"""What of one file goes into the track: its records, and the flight they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.errors import BadMessage
from ingest.logs.flight import Flight
from ingest.logs.place import Placed
from ingest.logs.report import Report
from ingest.logs.samples import Picture, Samples, boot_name, device_name, photo_pictures
from ingest.records import Fix, Frame, Home, Key, Note, Record
from ingest.wire.table import Decoders
from plumeline.brought import Brought, Options, span_s
from store.blobs import Blobs
from store.uploads import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The records of a file, to be stored in one transaction."""

    records: Iterable[Record] = ()
    size: int = 0
    """No more records than that."""
    at: Stretch | None = None
    """None of a file that has no place in the track."""
    frames: int = 0

    def told(self, report: Report) -> Report:
        """The report with the flight."""
        if self.at is None:
            return report
        key = self.at.flight
        return replace(report, device_id=key.device_id, flight_id=key.flight_id, frames=self.frames)


def of_log(
    brought: Brought,
    placed: Placed,
    pictures: tuple[Picture, ...],
    options: Options,
    *,
    sha256: str,
    t_received_s: float,
) -> Material:
    """The samples and pictures of a log that has a time."""
    span = span_s(placed)
    if span is None or placed.utc_s is None:
        return Material()
    device_id, boot_id = _flight_of(brought.flight, placed, options, sha256, span[0])
    samples = Samples(
        flight=brought.flight,
        utc_s=placed.utc_s,
        device_id=device_id,
        boot_id=boot_id,
        t_received_s=t_received_s,
        pictures=pictures,
    )
    key = Key(device_id=device_id, boot_id=boot_id, seq=0)
    at = Stretch(flight=key, t_first_s=span[0], t_last_s=span[1])
    return Material(records=samples, size=len(samples), at=at, frames=len(pictures))


def photos_of(brought: Brought, placed: Placed, blobs: Blobs) -> tuple[Picture, ...]:
    """The photos of a log that have a time; their bytes are kept.

    Raises:
        OSError: the disk is full.
    """
    if placed.utc_s is None:
        return ()
    found = []
    for picture, jpeg in photo_pictures(brought.flight, placed.utc_s):
        blobs.put([(picture.sha256, jpeg)])
        found.append(picture)
    return tuple(found)


def of_capture(flight: Flight, decoders: Decoders, blobs: Blobs) -> Material:
    """The messages of a live capture, understood as when they arrived: under their own keys.

    Raises:
        OSError: the disk is full.
    """
    records: list[Record] = []
    for message in flight.messages:
        try:
            decoded = decoders.decode(message.topic, message.payload, message.t_received_s)
        except BadMessage:
            continue  # the reader has counted it
        for record in decoded.records:
            if isinstance(record, Frame):
                blobs.put([(record.sha256, record.jpeg)])
                records.append(replace(record, jpeg=b""))
            else:
                records.append(record)
    if not records:
        return Material()
    flights = Counter(r.key.flight_id for r in records if isinstance(r, Fix)) or Counter(
        r.key.flight_id for r in records
    )
    ((most, _),) = flights.most_common(1)
    own = [record for record in records if record.key.flight_id == most]
    times_s = [_device_s(record) for record in own]
    at = Stretch(flight=own[0].key, t_first_s=min(times_s), t_last_s=max(times_s))
    frames = sum(isinstance(record, Frame) for record in records)
    return Material(records=records, size=len(records), at=at, frames=frames)


def _device_s(record: Fix | Frame | Home | Note) -> float:
    return record.t_capture_s if isinstance(record, Frame) else record.t_device_s


def _flight_of(
    flight: Flight, placed: Placed, options: Options, sha256: str, t_first_s: float
) -> tuple[str, str]:
    """Device and boot: those of the flight it joins, else what the operator or the log says."""
    if placed.flight is not None:
        return placed.flight.device_id, placed.flight.boot_id
    named = options.device or (flight.device and device_name(flight.device))
    return named or f"log-{sha256[:8]}", boot_name(t_first_s, single=len(flight.track) == 1)
