"""Store, then answer: receipts only for what is safe, quarantine for what is not understood."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from ingest.errors import ShelfRefused, ShelfUnavailable
from ingest.recorder import Arrival, Message, Recorder, Stored, ranges
from ingest.wire import native
from ingest.wire.table import Decoders
from tests.records import T0_S, fix, key


class MemoryShelf:
    """Keeps batches; refuses what it is told to refuse."""

    def __init__(self, *, full: bool = False, poison: bytes = b"") -> None:
        self.full = full
        self.poison = poison
        self.kept: list[Arrival] = []

    def put(self, batch: Sequence[Arrival]) -> Stored:
        if self.full:
            reason = "No space left on device"
            raise ShelfUnavailable(reason)
        if self.poison and any(a.message.payload == self.poison and a.records for a in batch):
            reason = "value out of range"
            raise ShelfRefused(reason)
        self.kept += batch
        keys = tuple((type(r), r.key) for a in batch for r in a.records)
        faults = sum(a.fault is not None for a in batch)
        return Stored(last_n=1, keys=keys, new=len(keys), redelivered=0, quarantined=faults)


def said(seq: int, device_id: str = "nj-01") -> Message:
    payload = native.encode_fix(fix(seq / 10, key=key(seq, device_id=device_id)))
    return Message(topic=f"uav/{device_id}/fix", payload=payload, t_received_s=T0_S)


def test_receipts_name_what_is_stored_as_ranges() -> None:
    recorder = Recorder(MemoryShelf(), Decoders())
    _, replies = recorder.take([said(1), said(2), said(3), said(7), said(5, "nj-02")])
    told = {reply.topic: msgspec.json.decode(reply.payload) for reply in replies}
    assert told == {
        "uav/nj-01/rcpt": {"boot_id": "b1", "fix": [[1, 3], [7, 7]]},
        "uav/nj-02/rcpt": {"boot_id": "b1", "fix": [[5, 5]]},
    }


def test_without_room_nothing_is_answered() -> None:
    with pytest.raises(ShelfUnavailable):
        Recorder(MemoryShelf(full=True), Decoders()).take([said(1)])


def test_one_bad_message_does_not_hold_up_the_good_ones() -> None:
    shelf = MemoryShelf()
    bad = Message(topic="uav/nj-01/fix", payload=b"{broken", t_received_s=T0_S)
    stored, replies = Recorder(shelf, Decoders()).take([said(1), bad, said(2)])
    assert (stored.new, stored.quarantined, len(replies)) == (2, 1, 1)
    assert shelf.kept[1].fault


def test_a_message_the_store_refuses_is_quarantined_alone() -> None:
    poison = said(2)
    shelf = MemoryShelf(poison=poison.payload)
    stored, replies = Recorder(shelf, Decoders()).take([said(1), poison, said(3)])
    assert (stored.new, stored.quarantined) == (2, 1)
    assert msgspec.json.decode(replies[0].payload)["fix"] == [[1, 1], [3, 3]]
    assert shelf.kept[1].fault == "the store refused it: value out of range"


def test_unknown_devices_are_quarantined_where_only_listed_ones_may_speak() -> None:
    shelf = MemoryShelf()
    recorder = Recorder(shelf, Decoders(), known_devices=frozenset({"nj-01"}))
    stored, replies = recorder.take([said(1), said(1, "stranger")])
    assert stored.quarantined == 1
    assert shelf.kept[1].fault == "unknown device stranger"
    assert [reply.topic for reply in replies] == ["uav/nj-01/rcpt"]


def test_dji_status_is_answered_once_it_is_stored() -> None:
    body = {"tid": "t", "bid": "b", "timestamp": 1, "method": "update_topo", "data": {}}
    message = Message(
        topic="sys/product/GATEWAY1/status",
        payload=msgspec.json.encode(body),
        t_received_s=T0_S,
    )
    _, replies = Recorder(MemoryShelf(), Decoders()).take([message])
    assert [reply.topic for reply in replies] == ["sys/product/GATEWAY1/status_reply"]
    assert msgspec.json.decode(replies[0].payload)["data"] == {"result": 0}


@pytest.mark.parametrize(
    ("numbers", "closed"),
    [([], []), ([3], [(3, 3)]), ([2, 1, 3, 3], [(1, 3)]), ([9, 1], [(1, 1), (9, 9)])],
)
def test_ranges(numbers: list[int], closed: list[tuple[int, int]]) -> None:
    assert ranges(numbers) == closed
