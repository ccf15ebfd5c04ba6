"""The messages of a case as they came, as MCAP (https://mcap.dev/spec): opens in Foxglove.

One channel for each topic and encoding, without schemas. Encodings: ``json``; ``plf1``, a picture
in the envelope of docs/wire.md; ``plf1-header``, such an envelope without its picture; ``octets``,
anything else. Log time and publish time are both when the message was received, in nanoseconds
since 1970 UTC: MQTT carries no other time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any

from ingest.errors import BadMessage
from ingest.records import Frame, Record
from ingest.wire import envelope
from ingest.wire.table import Decoders
from plumeline.bundle_errors import MissingEvidenceExtra
from store.errors import MissingBlob
from store.evidence import Case

HEADER = "plf1-header"
HEAD_BYTES = len(envelope.MAGIC) + 4


def write_messages(
    out: IO[bytes],
    case: Case,
    messages: Iterable[tuple[str, float, bytes]],
    *,
    picture: Callable[[str], bytes],
    decoders: Decoders,
    with_pictures: bool,
) -> int:
    """Those of the messages that records of the case came from; returns how many.

    ``picture`` gives the bytes of a blob or raises MissingBlob; without ``with_pictures``, or
    where the blob is gone, a frame is its header alone.

    Raises:
        MissingEvidenceExtra: the package mcap is not installed.
    """
    writer = _writer(out)
    writer.start(profile="", library="plumeline")
    wanted = _Wanted(case, decoders)
    channels: dict[tuple[str, str], int] = {}
    count = 0
    for topic, t_received_s, stored in messages:
        sha256 = _picture_left_out(stored)
        if not wanted.has(topic, stored, t_received_s, sha256):
            continue
        data = stored
        if sha256 is not None and with_pictures:
            with suppress(MissingBlob):
                data = stored + picture(sha256)
        name = topic, _encoding(data)
        if name not in channels:
            channels[name] = writer.register_channel(topic, name[1], schema_id=0)
        t_ns = round(t_received_s * 1e6) * 1000
        writer.add_message(channels[name], log_time=t_ns, data=data, publish_time=t_ns)
        count += 1
    writer.finish()
    return count


class _Wanted:
    """Which messages brought records of a case."""

    def __init__(self, case: Case, decoders: Decoders) -> None:
        self._case = case
        self._decoders = decoders
        self._pictures = {frame.sha256 for frame in case.frames}

    def has(self, topic: str, payload: bytes, t_received_s: float, sha256: str | None) -> bool:
        if sha256 is not None:
            return sha256 in self._pictures
        try:
            records = self._decoders.decode(topic, payload, t_received_s).records
        except BadMessage:
            return False
        return any(self._of_case(record) for record in records)

    def _of_case(self, record: Record) -> bool:
        if isinstance(record, Frame):
            return record.sha256 in self._pictures
        case = self._case
        within = case.t0_s <= record.t_device_s <= case.t1_s
        return within and record.key.flight_id in case.flight_ids


def _writer(out: IO[bytes]) -> Any:
    try:
        from mcap.writer import Writer  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as exc:
        package = "mcap"
        raise MissingEvidenceExtra(package) from exc
    return Writer(out)


def _picture_left_out(stored: bytes) -> str | None:
    """The sha256 of the picture that a frame's message had, None of any other message."""
    if _encoding(stored) != HEADER:
        return None
    try:
        return str(json.loads(stored[HEAD_BYTES:])["sha256"]).lower()
    except (ValueError, KeyError, TypeError):
        return None


def _encoding(data: bytes) -> str:
    if data.startswith(envelope.MAGIC):
        head_bytes = int.from_bytes(data[len(envelope.MAGIC) : HEAD_BYTES])
        return "plf1" if len(data) > HEAD_BYTES + head_bytes else HEADER
    try:
        json.loads(data)
    except ValueError:
        return "octets"
    return "json"
