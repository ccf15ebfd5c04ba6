"""What a file brings, on SQLite and on PostgreSQL: once, whole, and apart from what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.logs.report import Report
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame, Record
from store.blobs import Blobs
from store.errors import MissingBlob
from store.store import Store
from store.uploads import File, Stretch, Taken
from tests.records import T0_S, fix, frame, key
from tests.store.test_both_engines import store  # noqa: F401 - a fixture

FILE = File(sha256="a" * 64, name="DJI_0001.SRT", size_bytes=9, t_uploaded_s=T0_S + 99)
REPORT = Report(file="DJI_0001.SRT", status="complete", sha256="a" * 64)
AT = Stretch(flight=key(0), t_first_s=T0_S, t_last_s=T0_S + 9)


def sent(store: Store, *records: Record) -> None:  # noqa: F811
    message = Message(topic="t", payload=repr(records).encode(), t_received_s=T0_S)
    store.shelf.put([Arrival(message=message, records=records)])


def brought(store: Store, *records: Record, file: File = FILE, at: Stretch | None = AT) -> Taken:  # noqa: F811
    report = replace(REPORT, file=file.name, sha256=file.sha256)
    return store.uploads.put(file, records, len(records), report, at)


def numbers(store: Store) -> list[int]:  # noqa: F811
    """Everything the live analysis gets to see, read in small bites."""
    seen: list[int] = []
    while found := store.analysis.records(seen[-1] if seen else 0, limit=2):
        seen += [n for n, _ in found]
    return seen


def test_what_files_brought_is_no_part_of_the_stream(store: Store) -> None:  # noqa: F811
    sent(store, fix(0.0), fix(0.5))
    brought(store, *[fix(i + 0.25) for i in range(7)])
    brought(store, fix(20.25), file=replace(FILE, sha256="b" * 64))
    sent(store, fix(1.0), frame(1.1), fix(1.5))
    brought(store, frame(3.25), file=replace(FILE, sha256="c" * 64))
    assert len(numbers(store)) == 5
    assert store.analysis.records(0, upto_n=numbers(store)[1])[-1][0] == numbers(store)[1]
    assert list(store.analysis.newest_frames(0)) == ["nj-01"]
    assert store.analysis.newest_frames(0)["nj-01"] == numbers(store)[3]


def test_a_file_is_kept_once_and_its_records_once(store: Store) -> None:  # noqa: F811
    sent(store, fix(0.0))
    first = brought(store, fix(0.0), fix(0.5), fix(1.0, digest=7), fix(1.0))
    assert (first.new, first.redelivered, first.clashing) == (2, 1, 1)
    again = brought(store, fix(9.0))
    assert again.known and again.report == replace(REPORT, already_known=True)
    assert store.reader.status().totals.fixes == 3
    assert store.reader.status().totals.quarantined == 0
    assert store.uploads.newest() == [REPORT]


def test_a_failing_record_takes_the_whole_file_with_it(store: Store) -> None:  # noqa: F811
    def records() -> Iterator[Fix | Frame]:
        for i in range(1500):
            yield fix(float(i))
        raise IngestError

    with pytest.raises(IngestError):
        store.uploads.put(FILE, records(), 2000, REPORT, AT)
    assert store.reader.status().totals.fixes == 0
    assert store.uploads.find(FILE.sha256) is None


def test_a_file_without_a_place_is_taken_anew_when_it_has_one(store: Store) -> None:  # noqa: F811
    assert not brought(store, at=None).known
    assert brought(store, at=None).known
    assert brought(store, fix(0.0)).new == 1
    assert brought(store, at=None).known


def test_flights_are_found_by_time_whoever_told_of_them(store: Store) -> None:  # noqa: F811
    sent(store, *[fix(float(i)) for i in range(5)])
    old = [replace(fix(i - 9e6, device_id="old"), t_received_s=T0_S) for i in range(4)]
    at = Stretch(flight=old[0].key, t_first_s=T0_S - 9e6, t_last_s=T0_S - 9e6 + 3)
    brought(store, *old, at=at)

    def found(t0_s: float, t1_s: float, device_id: str | None = None) -> list[tuple[str, int]]:
        flights = store.uploads.flights(T0_S + t0_s, T0_S + t1_s, device_id)
        return [(flight.device_id, len(flight.track)) for flight in flights]

    assert found(1, 3) == [("nj-01", 3)]
    assert found(-9e6, -9e6 + 1.5) == [("old", 2)]
    assert found(1, 3, "nj-02") == [] and found(-5e6, -4e6) == []


def test_a_file_is_found_by_its_stem(store: Store) -> None:  # noqa: F811
    brought(store, fix(0.0))
    assert [file.name for file in store.uploads.named("dji_0001")] == ["DJI_0001.SRT"]
    assert store.uploads.named("dji_00") == [] == store.uploads.named("DJI%0001")


def test_a_changed_file_is_not_kept_under_the_old_name(tmp_path: Path) -> None:
    blobs, source = Blobs(tmp_path / "blobs"), tmp_path / "file"
    source.write_bytes(b"one")
    name = sha256(b"one").hexdigest()
    blobs.put_file(source, name)
    assert blobs.get(name) == b"one"
    with pytest.raises(MissingBlob, match="changed"):
        blobs.put_file(source, sha256(b"two").hexdigest())
    assert [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == [name]


def test_the_frames_of_a_file_come_with_what_must_be_known_of_them(store: Store) -> None:  # noqa: F811
    """Its own in order of time; the live fixes in its holes; what other files brought beside."""
    sent(store, *[fix(float(i)) for i in range(40)])
    beside = brought(store, fix(30.5), frame(30.5), file=replace(FILE, sha256="b" * 64))
    taken = brought(store, fix(10.5), frame(20.25), frame(10.6))
    stream = store.analysis.upload_records(taken.n, taken.last_n)
    frames = [(n, r.t_capture_s - T0_S) for n, r in stream if isinstance(r, Frame)]
    assert [round(t_s, 2) for _, t_s in frames] == [10.6, 20.25, 30.5]
    assert beside.n < frames[2][0] <= beside.last_n
    fixes = [r.t_device_s - T0_S for _, r in stream if isinstance(r, Fix)]
    assert fixes == sorted(fixes) and {10.5, 20.0, 21.0, 30.5} <= set(fixes)
    assert not {8.0, 9.0, 12.0, 13.0} & set(fixes), "its own fix is nearer"
    assert store.analysis.told_by_uploads([frames[2][0]], T0_S, T0_S + 40) == ({}, [])
