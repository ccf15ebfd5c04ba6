"""Live captures: messages of the wire as somebody wrote them down, one JSON object a line.

Three shapes are known. With a topic and a payload (this project's own ``flight.jsonl``; ``%j`` and
``%J`` of mosquitto_sub, whose time is ``tst``): such messages are handed on as they came, to be
recorded like live ones. Bare payloads (``{"timestamp": ..., "data": {...}}``), and payloads that
Telegraf made flat (``data_drone_list_0_latitude``): they name no device, so of them only the track
is read. One message over many lines is read too.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ingest.errors import BadLog
from ingest.logs.capture_flat import unflattened
from ingest.logs.capture_track import CUT, NO_JSON, Heard, flight_of
from ingest.logs.flight import Flight
from ingest.logs.reader import LogReader
from ingest.logs.stamp import stamp_s
from ingest.logs.tally import Tally
from ingest.recorder import Message

_MS_FROM = 1e11
_TIMES = ("t_s", "t_received_s", "tst", "received", "received_at", "time", "timestamp", "ts")
_MARKS = frozenset({"topic", "payload", "data"})
_ALONE = "unknown"
"""Stands in a topic for the device that a bare payload does not name."""

_Fields = dict[str, msgspec.Raw]


def read(path: Path) -> Flight:
    """A capture as a flight, and its messages where they have topics.

    Raises:
        BadLog: it cannot be opened, or not one line of it is a message.
    """
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    tally = Tally()
    heard = list(_heard(data, tally))
    if not heard:
        first = next(iter(tally.rejections()), None)
        reason = f"not one message can be read: {first.reason}" if first else "no messages"
        raise BadLog(path, reason, where=first.where if first else None)
    return flight_of(heard, tally)


def recognise(head: bytes) -> bool:
    """Whether the first line, or all of it, is a JSON object with a topic or a payload."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    fields = _object(text.partition(b"\n")[0])
    if fields is not None:
        return _is_message(fields)
    # An object over many lines may be cut by the end of the head: its keys tell enough.
    return any(b'"%b"' % mark.encode() in text for mark in ("payload", "data"))


def _is_message(fields: _Fields) -> bool:
    return bool(_MARKS & fields.keys()) or any(key.startswith("data_") for key in fields)


def _object(text: bytes) -> _Fields | None:
    try:
        return msgspec.json.decode(text, type=_Fields)
    except (ValueError, RecursionError):
        return None


def _heard(data: bytes, tally: Tally) -> Iterator[Heard]:
    """The messages of the file in their order; what is none is counted."""
    lines = [data] if _object(data) is not None else data.split(b"\n")
    last_s = math.nan
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"line {number}"
        fields = _object(line)
        if fields is None:
            tally.add(CUT if number == len(lines) else NO_JSON, where)
            continue
        try:
            heard = _message(fields, line, last_s, where)
        except ValueError as exc:
            tally.add(str(exc), where)
            continue
        last_s = heard.message.t_received_s
        yield heard


def _message(fields: _Fields, line: bytes, last_s: float, where: str) -> Heard:
    """One message; where it tells no time, it came with the one before.

    Raises:
        ValueError: it has no payload, no time, or a picture in another file.
    """
    bare = "topic" not in fields
    topic = f"thing/product/{_ALONE}/osd" if bare else _text(fields["topic"])
    payload = _bare(fields, line) if bare else _payload(fields)
    t_s = _time_s(fields)
    if math.isnan(t_s):
        t_s = _time_s(_object(payload) or {})
    t_s = last_s if math.isnan(t_s) else t_s
    if topic is None or math.isnan(t_s):
        msg = (
            "the topic is no text" if topic is None else "a message before any that tells its time"
        )
        raise ValueError(msg)
    return Heard(
        message=Message(topic=topic, payload=payload, t_received_s=t_s),
        where=where,
        named=not bare,
        by_device=bare and ("tid" in fields or _number(fields.get("timestamp")) >= _MS_FROM),
    )


def _bare(fields: _Fields, line: bytes) -> bytes:
    """A payload alone, of the properties of a DJI or Autel aircraft.

    Raises:
        ValueError: it is none.
    """
    if "data" in fields:
        return line.strip()
    if any(key.startswith("data_") for key in fields):
        return unflattened(line)
    msg = "an object without a topic and without data"
    raise ValueError(msg)


def _payload(fields: _Fields) -> bytes:
    """The bytes that were published.

    Raises:
        ValueError: there are none, or not in this file.
    """
    if "raw_base64" in fields or "payload_base64" in fields:
        text = _text(fields.get("raw_base64", fields.get("payload_base64", msgspec.Raw(b"null"))))
        try:
            return base64.b64decode(text or "", validate=True)
        except binascii.Error as exc:
            msg = "a payload that is not base64"
            raise ValueError(msg) from exc
    if "payload" in fields:
        text = _text(fields["payload"])
        return bytes(fields["payload"]) if text is None else text.encode("utf-8", "replace")
    msg = "a picture that lies in another file" if "jpeg" in fields else "a message with no payload"
    raise ValueError(msg)


def _time_s(fields: _Fields) -> float:
    """When the message was written down, seconds since 1970; NaN where it does not say."""
    for name in _TIMES:
        raw = fields.get(name)
        if raw is None:
            continue
        found = _number(raw)
        if math.isnan(found):
            found = _stamp_s(_text(raw) or "")
        if found >= _MS_FROM:
            found /= 1000.0
        if 0.0 < found < _MS_FROM:
            return found
    return math.nan


def _stamp_s(text: str) -> float:
    """Text with a zone only: a wall clock without one dates no message."""
    try:
        found, zoned = stamp_s(text)
    except ValueError:
        return math.nan
    return found if zoned else math.nan


def _number(raw: msgspec.Raw | None) -> float:
    try:
        return math.nan if raw is None else msgspec.json.decode(raw, type=float)
    except ValueError:
        return math.nan


def _text(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=str)
    except ValueError:
        return None


READER = LogReader(
    name="capture", title="Live capture (JSON lines)", recognise=recognise, read=read
)
