"""Record first: messages in, rows and blobs out in one transaction, and only then the receipts.

The recorder decides nothing, so it can lose nothing by being wrong. A message that no decoder
understands is stored as it came, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from ingest.errors import BadMessage, ShelfRefused
from ingest.records import Fix, Frame, Key, Record, Reply
from ingest.wire.table import Decoders


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One MQTT publication as it came."""

    topic: str
    payload: bytes
    t_received_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message and what was understood of it: records, or the reason why not."""

    message: Message
    records: tuple[Record, ...] = ()
    reply: Reply | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of one batch."""

    last_n: int
    """The number of the newest thing in the record."""
    keys: tuple[tuple[type[Record], Key], ...]
    """Everything that is safely there now, redeliveries included."""
    new: int
    redelivered: int
    quarantined: int


class Shelf(Protocol):
    """Where a batch is put: all of it or nothing, and durable when this returns."""

    def put(self, batch: Sequence[Arrival]) -> Stored:
        """Store the batch.

        Raises:
            ShelfUnavailable: nothing can be stored now; the same batch may be tried again.
            ShelfRefused: one of the messages can never be stored.
        """
        ...


class Recorder:
    """Turns batches of messages into stored records and the answers devices wait for."""

    def __init__(
        self, shelf: Shelf, decoders: Decoders, *, known_devices: frozenset[str] | None = None
    ) -> None:
        """With ``known_devices``, messages of any other device go to quarantine."""
        self._shelf = shelf
        self._decoders = decoders
        self._known = known_devices

    def take(self, messages: Sequence[Message]) -> tuple[Stored, list[Reply]]:
        """Store one batch and say what to publish now that it is safe: receipts and replies.

        Raises:
            ShelfUnavailable: nothing was stored, nothing may be acknowledged.
        """
        stored, replies = self.store(messages)
        return stored, [*receipts(stored.keys), *replies]

    def store(self, messages: Sequence[Message]) -> tuple[Stored, list[Reply]]:
        """The same without the receipts, for one who gives them for several batches at once.

        Raises:
            ShelfUnavailable: nothing was stored, nothing may be acknowledged.
        """
        arrivals = [self._understand(message) for message in messages]
        try:
            stored = self._shelf.put(arrivals)
        except ShelfRefused:
            stored = self._put_one_by_one(arrivals)
        return stored, [arrival.reply for arrival in arrivals if arrival.reply]

    def _understand(self, message: Message) -> Arrival:
        try:
            decoded = self._decoders.decode(message.topic, message.payload, message.t_received_s)
        except BadMessage as exc:
            return Arrival(message=message, fault=exc.reason)
        strangers = self._strangers(decoded.records)
        if strangers:
            return Arrival(message=message, fault=f"unknown device {', '.join(strangers)}")
        return Arrival(message=message, records=decoded.records, reply=decoded.reply)

    def _strangers(self, records: Iterable[Record]) -> list[str]:
        if self._known is None:
            return []
        return sorted({record.key.device_id for record in records} - self._known)

    def _put_one_by_one(self, arrivals: Sequence[Arrival]) -> Stored:
        parts: list[Stored] = []
        for arrival in arrivals:
            try:
                parts.append(self._shelf.put([arrival]))
            except ShelfRefused as exc:
                faulty = Arrival(message=arrival.message, fault=f"the store refused it: {exc}")
                parts.append(self._shelf.put([faulty]))
        return Stored(
            last_n=max(part.last_n for part in parts),
            keys=tuple(key for part in parts for key in part.keys),
            new=sum(part.new for part in parts),
            redelivered=sum(part.redelivered for part in parts),
            quarantined=sum(part.quarantined for part in parts),
        )


def receipts(keys: Iterable[tuple[type[Record], Key]]) -> list[Reply]:
    """One receipt per device and boot: which sequence numbers are safely stored, as ranges.

    A device that keeps what it sent until its receipt comes loses nothing, whatever the broker
    does. Records of dialects without a sequence get none.
    """
    kinds: dict[type[Record], str] = {Fix: "fix", Frame: "frame"}
    stored: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for record_type, key in keys:
        if key.tie == 0 and record_type in kinds:
            stored[key.device_id, key.boot_id][kinds[record_type]].append(key.seq)
    return [
        Reply(
            topic=f"uav/{device_id}/rcpt",
            payload=msgspec.json.encode(
                {"boot_id": boot_id, **{kind: ranges(seqs) for kind, seqs in kinds_seqs.items()}}
            ),
        )
        for (device_id, boot_id), kinds_seqs in stored.items()
    ]


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The numbers as closed ranges: 1, 2, 3, 7 is (1, 3), (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
