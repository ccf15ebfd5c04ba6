"""Readers of other people's code run apart: their flight comes over whole, their death is told."""

from __future__ import annotations

import importlib
import os
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import table
from ingest.logs.flight import Clock, Track
from plumeline import isolated
from tools.log_writers.patrol import patrol

HEAD = """
import os, signal
from ingest.errors import BadLog
from ingest.logs.flight import *
from ingest.logs.reader import LogReader
def read(path):
"""
TAIL = """
READER = LogReader(name="made", title="Made", recognise=lambda head: True, read=read,
                   third_party=True)
"""
FLIGHT = """
    print("noise" * 100_000)
    os.write(1, b"more noise")
    track = Track.of(3, lat_deg=[1.5, float("nan"), -0.0], no_fix=[True, False, True])
    return Flight(format="made", clock=Clock.GPS, track=track, home=(1.0, 2.0), notes=("note",),
                  rejected=(Rejection(reason="r", count=2, where="byte 7"),))
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log, and a reader for it whose body the test writes with `body`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    log = tmp_path / "patrol.log"
    log.write_bytes(b"log")
    return log


def body(log: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"made_reader_{abs(hash(text))}"
    (log.parent / f"{name}.py").write_text(HEAD + text + TAIL, encoding="utf-8")
    importlib.invalidate_caches()
    monkeypatch.setattr(table, "READERS", (importlib.import_module(name).READER,))


def test_a_flight_comes_over_whole_whatever_the_library_prints(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body(made, FLIGHT, monkeypatch)
    flight = isolated.read(made)
    assert (flight.format, flight.clock, flight.home) == ("made", Clock.GPS, (1.0, 2.0))
    assert flight.notes == ("note",)
    assert flight.rejected[0].where == "byte 7"
    expected = Track.of(3, lat_deg=[1.5, float("nan"), -0.0], no_fix=[True, False, True])
    for column in fields(Track):
        ours, theirs = getattr(flight.track, column.name), getattr(expected, column.name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_a_refusal_keeps_its_reason_its_place_and_its_advice(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body(made, '    raise BadLog(path, "no sense", where="byte 9", advice="try"\n)', monkeypatch)
    with pytest.raises(BadLog) as caught:
        isolated.read(made)
    assert str(caught.value) == "patrol.log at byte 9: no sense (try)"


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("    hoard = bytearray(1 << 34)", 60.0, "needs more than 512 MB of memory"),
        ("    while True: pass", 1.0, "more than (1 s of processor time|3 s)"),
        ("    signal.pause()", 2.0, "took more than 2 s"),
        ("    os.kill(os.getpid(), signal.SIGSEGV)", 60.0, "ended by SIGSEGV"),
        ("    os._exit(3)", 60.0, "ended with status 3"),
        ("    raise ZeroDivisionError", 60.0, "failed: ZeroDivisionError"),
    ],
    ids=["memory", "processor", "wall clock", "crash", "exit", "exception"],
)
def test_the_death_of_a_reader_is_a_refusal_that_names_its_cause(
    made: Path, monkeypatch: pytest.MonkeyPatch, text: str, seconds: float, said: str
) -> None:
    if "pause" in text:
        monkeypatch.setattr(isolated, "_PATIENCE", 1)
    body(made, text, monkeypatch)
    with pytest.raises(BadLog, match=said):
        isolated.read(made, memory_bytes=512 << 20, seconds=seconds)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("ulog", "px4_degrees.ulg"),
        ("dataflash", "ardupilot.bin"),
        ("tlog", "mavlink2.tlog"),
        ("klv", "st0601.ts"),
    ],
)
def test_every_library_fits_into_the_limits_and_reads_apart_what_it_reads_here(
    module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = pytest.importorskip(
        "tools.log_writers.binary", reason="needs the extras `logs`, `dev`"
    )
    path = tmp_path / name
    path.write_bytes(binary.WRITERS[name](patrol(seconds=3)))
    reader = importlib.import_module(f"ingest.logs.{module}").READER
    monkeypatch.setattr(table, "READERS", (reader,))
    here, apart = reader.read(path), isolated.read(path)
    assert (apart.format, apart.dialect, apart.clock) == (here.format, here.dialect, here.clock)
    for column in fields(Track):
        np.testing.assert_array_equal(
            getattr(apart.track, column.name), getattr(here.track, column.name)
        )


@pytest.mark.parametrize("large", [False, True])
def test_our_own_readers_run_in_this_process_unless_the_file_is_large(
    made: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    body(made, "    raise BadLog(path, f'process {os.getpid()}.')", monkeypatch)
    monkeypatch.setattr(table, "READERS", (replace(table.READERS[0], third_party=False),))
    monkeypatch.setattr(isolated, "LARGE_BYTES", made.stat().st_size + (not large))
    with pytest.raises(BadLog, match=r"process \d+\.") as caught:
        isolated.read(made)
    assert (f"process {os.getpid()}." in str(caught.value)) != large


def test_a_file_that_nobody_knows_is_refused(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "READERS", ())
    with pytest.raises(BadLog, match="not a flight log"):
        isolated.read(made)
