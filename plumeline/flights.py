"""Recorded flights: the messages of a patrol as they arrived, in a folder anybody can read.

``flight.jsonl`` has one message a line: ``t_s``, ``topic``, and either ``payload`` (JSON), or
``header`` and ``jpeg`` (a frame and the file it lies in), or ``raw_base64`` (any bytes).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ingest.recorder import Message
from ingest.wire import envelope

FLIGHT_FILE = "flight.jsonl"
_ROOMS = (
    Path(__file__).parent / "_sample_flights",
    Path(__file__).parent.parent / "sample_flights",
)


class BadFlight(Exception):
    """A recorded flight that cannot be read: says which file, which line, and why."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        place = str(file) if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {reason}")


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``flight.jsonl``."""

    t_s: float
    topic: str
    payload: msgspec.Raw = msgspec.Raw()
    header: dict[str, Any] | None = None
    jpeg: str | None = None
    raw_base64: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFlight:
    """A flight that can be played again."""

    name: str
    folder: Path
    lines: tuple[_Line, ...]

    @property
    def t_first_s(self) -> float:
        """When its first message arrived."""
        return self.lines[0].t_s

    @property
    def duration_s(self) -> float:
        """From its first message to its last."""
        return self.lines[-1].t_s - self.t_first_s

    def messages(self, *, shift_s: int = 0) -> Iterator[Message]:
        """Its messages in order of arrival, every time in them moved by whole seconds.

        Whole seconds keep the differences between times exact, to the last bit.

        Raises:
            BadFlight: a frame's file is missing.
        """
        for number, line in enumerate(self.lines, start=1):
            payload = self._payload(number, line, shift_s)
            yield Message(topic=line.topic, payload=payload, t_received_s=line.t_s + shift_s)

    def _payload(self, number: int, line: _Line, shift_s: int) -> bytes:
        if line.raw_base64 is not None:
            return base64.b64decode(line.raw_base64)
        if bytes(line.payload):
            return _shifted(bytes(line.payload), shift_s)
        assert line.header is not None
        assert line.jpeg is not None
        try:
            jpeg = (self.folder / line.jpeg).read_bytes()
        except OSError as exc:
            raise BadFlight(self.folder / FLIGHT_FILE, number, str(exc)) from exc
        header = {**line.header, **_moved(line.header, shift_s)}
        return envelope.pack(msgspec.json.encode(header), jpeg)


def load_flight(name_or_folder: str) -> RecordedFlight:
    """A flight of this package by name, or one in a folder.

    Raises:
        BadFlight: no such flight, or a line that is not a message.
    """
    folder = _folder(name_or_folder)
    file = folder / FLIGHT_FILE
    lines: list[_Line] = []
    try:
        text = file.read_bytes().splitlines()
    except OSError as exc:
        known = ", ".join(sample_names())
        reason = f"no recorded flight there ({exc.strerror}); the samples are {known}"
        raise BadFlight(file, None, reason) from exc
    for number, line in enumerate(text, start=1):
        try:
            lines.append(msgspec.json.decode(line, type=_Line))
        except msgspec.DecodeError as exc:
            raise BadFlight(file, number, str(exc)) from exc
    if not lines:
        raise BadFlight(file, None, "holds no messages")
    return RecordedFlight(name=folder.name, folder=folder, lines=tuple(lines))


def samples_folder() -> Path:
    """Where the flights that come with the package lie."""
    return next((room for room in _ROOMS if room.is_dir()), _ROOMS[-1])


def sample_names() -> list[str]:
    """The flights that come with the package."""
    return sorted(file.parent.name for file in samples_folder().glob(f"*/{FLIGHT_FILE}"))


def _folder(name_or_folder: str) -> Path:
    if name_or_folder in sample_names():
        return samples_folder() / name_or_folder
    return Path(name_or_folder)


_TIMES_S = ("t_device_s", "t_capture_s", "t_sent_s")


def _moved(body: dict[str, Any], shift_s: int) -> dict[str, float]:
    """The times of a message that are in seconds, moved."""
    return {key: body[key] + shift_s for key in _TIMES_S if isinstance(body.get(key), int | float)}


def _shifted(payload: bytes, shift_s: int) -> bytes:
    """A JSON message with its times moved; DJI's ``timestamp`` counts milliseconds."""
    body = msgspec.json.decode(payload)
    if shift_s == 0 or not isinstance(body, dict):
        return payload
    body |= _moved(body, shift_s)
    if isinstance(body.get("timestamp"), int | float):
        body["timestamp"] += shift_s * 1000
    return msgspec.json.encode(body)
