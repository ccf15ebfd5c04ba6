"""The envelope every DJI Cloud API message comes in: time, key, notes, replies."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from ingest.errors import BadMessage
from ingest.records import Key, Note, Reply
from ingest.wire import fields
from ingest.wire.fields import JsonObject
from ingest.wire.keys import device_time_s, digest, make_key

_METHOD = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_MS_FROM = 1e11
"""From here on a timestamp counts milliseconds: 1e11 ms is 1973, 1e11 s is the year 5138."""


class _Envelope(msgspec.Struct):
    """Fields beside ``data``, of any type: the document's own examples get several wrong."""

    data: msgspec.Raw
    timestamp: object = None
    timestamp_misspelt: object = msgspec.field(default=None, name="timestamp:")
    tid: object = None
    bid: object = None
    method: object = None
    need_reply: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: its data, and what its records share."""

    topic: str
    device_id: str
    envelope: _Envelope
    data: JsonObject
    digest: int
    t_device_s: float
    t_received_s: float

    def key(self, device_id: str) -> Key:
        """The key of a record: the dialect counts nothing, so day, time and digest."""
        return make_key(
            self.topic,
            device_id,
            boot_id=None,
            seq=None,
            t_device_s=self.t_device_s,
            tie=self.digest,
        )

    def method(self, default: str) -> str:
        """The message's method, or the default where it has none or one that is no name."""
        said = self.envelope.method
        return said if isinstance(said, str) and _METHOD.fullmatch(said) else default

    def note(self, kind: str, body: JsonObject | None = None) -> Note:
        """A note holding the data word for word, or another body.

        Raises:
            BadMessage: a body that cannot be written down again.
        """
        return Note(
            key=self.key(self.device_id),
            t_device_s=self.t_device_s,
            t_received_s=self.t_received_s,
            digest=self.digest,
            kind=kind,
            body_json=bytes(self.envelope.data).decode() if body is None else self._write(body),
        )

    def reply(self, method: str) -> Reply | None:
        """The answer with the same tid and bid; None without them: nobody could tell whose."""
        tid, bid = fields.text(self.envelope.tid), fields.text(self.envelope.bid)
        if tid is None or bid is None:
            return None
        answer = {
            "tid": tid,
            "bid": bid,
            "timestamp": round(self.t_received_s * 1000),
            "method": method,
            "data": {"result": 0},
        }
        return Reply(topic=f"{self.topic}_reply", payload=msgspec.json.encode(answer))

    def _write(self, body: JsonObject) -> str:
        try:
            return msgspec.json.encode(body).decode()
        except RecursionError as exc:
            raise BadMessage(self.topic, str(exc)) from exc


def open_message(
    topic: str, device_id: str, payload: bytes, t_received_s: float, *, any_data: bool = False
) -> Message:
    """Take a message apart; with ``any_data`` what is not an object reads as an empty one.

    Raises:
        BadMessage: not JSON, no ``data``, or not an object there; an impossible time.
    """
    envelope = fields.parse(topic, payload, _Envelope)
    data = fields.parse(topic, bytes(envelope.data), object if any_data else JsonObject)
    said = envelope.timestamp if envelope.timestamp is not None else envelope.timestamp_misspelt
    return Message(
        topic=topic,
        device_id=device_id,
        envelope=envelope,
        data=data if isinstance(data, dict) else {},
        digest=digest(payload),
        t_device_s=device_time_s(topic, _timestamp_s(topic, said, t_received_s)),
        t_received_s=t_received_s,
    )


def _timestamp_s(topic: str, said: object, t_received_s: float) -> float:
    """The sender's time in seconds; the time of arrival where the message has none."""
    if said is None:
        return t_received_s
    value = fields.number(said)
    if value is None:
        raise BadMessage(topic, "timestamp is not a number")
    return value / 1000.0 if value >= _MS_FROM else value
