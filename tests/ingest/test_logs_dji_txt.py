"""DJI's own flight records: refused, with what the header says and what to do."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ingest.errors import BadLog
from ingest.logs import dji_txt
from ingest.logs.dji_txt import header_of
from tools.log_writers.patrol import HOME, T_START_S, patrol
from tools.log_writers.tables import dji_v14


def old(version: int) -> bytes:
    """A record of an old version: prefix, three records, and the details at the end."""
    records = b"".join(bytes([kind, 2, 7, 7, 0xFF]) for kind in (1, 2, 3))
    first = 12 if version < 6 else 100
    details = bytearray(436)
    details[83:127] = struct.pack(
        "<iiqddfif", 3, 0, round(T_START_S * 1000), HOME[1], HOME[0], 0.1, 9000, 30.0
    )
    if version == 12:
        return struct.pack("<QHBBQ80x", 0, 436, 12, 0, 0) + bytes(details) + records
    prefix = struct.pack("<QHB", first + len(records), 436, version).ljust(first, b"\0")
    return prefix + records + bytes(details)


def test_the_header_is_read_as_pydjirecord_reads_it() -> None:
    pydjirecord = pytest.importorskip("pydjirecord", reason="needs pydjirecord, from the extra dev")
    data = dji_v14(patrol())
    theirs, ours = pydjirecord.DJILog.from_bytes(data).details, header_of(data)
    assert ours.version == 14
    assert ours.lines == theirs.record_line_count == len(patrol())
    assert ours.start == theirs.start_time
    assert (ours.lat_deg, ours.lon_deg) == (theirs.latitude, theirs.longitude) == HOME
    assert (ours.seconds, ours.max_height_m) == (theirs.total_time, theirs.max_height)


def test_an_encrypted_record_says_what_it_is_and_which_export_to_make(tmp_path: Path) -> None:
    path = tmp_path / "DJIFlightRecord.txt"
    path.write_bytes(dji_v14(patrol()))
    assert dji_txt.READER.recognise(path.read_bytes())
    with pytest.raises(BadLog) as caught:
        dji_txt.READER.read(path)
    said = str(caught.value)
    assert "encrypted by DJI (version 14)" in said
    assert "2026-03-01 08:00:00 UTC at 32.04000, 118.78000" in said
    assert "airdata.com" in said
    assert "CSV" in said
    assert "Jane" not in said, "the header holds names"
    assert "Secret" not in said


@pytest.mark.parametrize("version", [4, 8, 12])
def test_an_old_record_is_refused_with_its_header_too(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(old(version))
    assert dji_txt.READER.recognise(path.read_bytes())
    with pytest.raises(BadLog, match=rf"version {version}.*2026-03-01 08:00:00 UTC at 32\.04000"):
        dji_txt.READER.read(path)


def test_a_damaged_header_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_bytes(dji_v14(patrol())[:180])
    with pytest.raises(BadLog, match=r"header is damaged.*airdata\.com"):
        dji_txt.READER.read(path)


@pytest.mark.parametrize("head", [b"", b"a,b\n" * 60, bytes(200), b"ULog\x01\x12\x35" + bytes(200)])
def test_other_files_are_left_alone(head: bytes) -> None:
    assert not dji_txt.READER.recognise(head)
