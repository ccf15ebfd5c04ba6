"""Small files made to keep a reader busy for hours, or to fill its memory."""

from __future__ import annotations

import signal
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import BadLog
from ingest.logs import table, zipped
from ingest.logs.reader import HEAD_BYTES

HANG_CPU_S = 10
HEADS = (
    b"", b"<?xml version='1.0'?>", b"<!DOCTYPE gpx [", b"<gpx ",
    b"1\n00:00:00,000 --> 00:00:01,000\n", b"time(millisecond),latitude,longitude,",
    b'{"topic":"', b"QGC WPL 110\n",
)  # fmt: skip
FILLINGS = (
    b"<!---->", b"<?a?>", b"] ", b" ", b"\n", b"1\n", b"[", b"(", b"- ", b"0", b",", b"GPS(",
    b"a" + b" " * 60_000,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """Ends a test that computes for too long: the processor's seconds, not the clock's."""

    def stop(*_: object) -> None:
        pytest.fail(f"still busy after {HANG_CPU_S} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_CPU_S)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("head", HEADS)
def test_no_repetition_keeps_a_reader_busy(head: bytes, tmp_path: Path) -> None:
    """The mutants: a pattern for comments before the root that could take two comments for one,
    which 28 of them kept busy for hours; one for units that tried every split of spaces."""
    path = tmp_path / "log"
    for filling in FILLINGS:
        data = (head + filling * (HEAD_BYTES // len(filling)))[: HEAD_BYTES - 2] + b"x\n"
        for reader in table.READERS:
            if reader.recognise(data) and not reader.third_party:
                path.write_bytes(data)
                try:
                    reader.read(path)
                except BadLog:
                    continue


@pytest.mark.parametrize("far", [False, True])
def test_a_zip_with_a_long_table_of_contents_is_refused_before_it_is_read(
    far: bool, tmp_path: Path
) -> None:
    """The mutant: `zipfile` makes an object of each of these members before it can be asked."""
    members = 50_000
    entry = b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, *(0,) * 7, 1, *(0,) * 6) + b"a"
    first = b"PK\3\4" + struct.pack("<5H3I2H", 20, *(0,) * 7, 1, 0) + b"a"
    size, at = len(entry) * members, len(first)
    ends = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, 10 if far else size, at, 0)
    if far:
        wide = struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, members, members, size, at)
        ends = b"PK\6\6" + wide + b"PK\6\7" + struct.pack("<IQI", 0, at + size, 1) + ends
    path = tmp_path / "log.kmz"
    path.write_bytes(first + entry * members + ends)
    tracemalloc.start()
    with pytest.raises(BadLog, match="more than 1000 members"):
        zipped.READER.read(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000
