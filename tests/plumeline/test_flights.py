"""Recorded flights: read as they arrived, moved by whole seconds, refused by line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ingest.records import Fix, Frame
from ingest.wire.table import Decoders
from plumeline.flights import BadFlight, RecordedFlight, load_flight

YEARS_S = 7 * 365 * 86_400


def device_times(flight: RecordedFlight, shift_s: int) -> list[float]:
    decoders, times = Decoders(), []
    for message in flight.messages(shift_s=shift_s):
        decoded = decoders.decode(message.topic, message.payload, message.t_received_s)
        for record in decoded.records:
            if isinstance(record, Fix):
                times.append(record.t_device_s)
            elif isinstance(record, Frame):
                times.append(record.t_capture_s)
    return times


@pytest.mark.parametrize("name", ["chemical_store", "roof_fire"])
def test_moving_a_flight_keeps_every_difference_to_the_last_bit(name: str) -> None:
    flight = load_flight(name)
    there, moved = device_times(flight, 0), device_times(flight, -YEARS_S)
    assert len(there) > 100
    assert [a - b for a, b in zip(there, moved, strict=True)] == [YEARS_S] * len(there)


def test_an_unknown_flight_names_the_samples() -> None:
    with pytest.raises(BadFlight, match="chemical_store"):
        load_flight("no_such_flight")


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "flight.jsonl").write_text('{"t_s": 1, "topic": "a"}\n{"t_s": }\n', "utf-8")
    with pytest.raises(BadFlight, match=r"flight\.jsonl, line 2"):
        load_flight(str(tmp_path))


def test_a_missing_picture_is_named_with_its_line(tmp_path: Path) -> None:
    line = {"t_s": 1.0, "topic": "uav/a/frame", "header": {}, "jpeg": "frames/gone.jpg"}
    (tmp_path / "flight.jsonl").write_bytes(msgspec.json.encode(line))
    with pytest.raises(BadFlight, match=r"line 1: .*gone\.jpg"):
        list(load_flight(str(tmp_path)).messages())
