"""Recorders with one mistake each, which the tests must notice; the product has no such switch."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import ingest.mqtt
import store.shelf
from ingest.mqtt import Consumer
from store.blobs import Blobs

PAUSE_S = 0.005


def auto_ack() -> None:
    """Paho acknowledges when a message has been handed over, not when it has been stored."""
    make = ingest.mqtt.make_client

    def hasty(*args: Any, **options: Any) -> Any:
        client = make(*args, **options)
        client.manual_ack_set(False)
        return client

    ingest.mqtt.make_client = hasty


def ack_before_commit() -> None:
    """The batch is acknowledged, then stored."""
    settle, acknowledge = Consumer._settle, Consumer._acknowledge

    def hasty(self: Consumer, batch: Any, stop: Any) -> None:
        acknowledge(self, batch)
        time.sleep(20 * PAUSE_S)
        settle(self, batch, stop)

    Consumer._settle = hasty
    Consumer._acknowledge = lambda self, batch: None


def no_natural_key() -> None:
    """Every row gets a key of its own, so a redelivery is a new row."""
    to_row, numbers = store.shelf.to_row, itertools.count()

    def distinct(*args: Any) -> dict[str, Any]:
        return {**to_row(*args), "tie": hash((next(numbers), object()))}

    store.shelf.to_row = distinct


def stale_acks() -> None:
    """Acknowledgements cross from one connection to the next."""
    acknowledge = Consumer._acknowledge

    def careless(self: Consumer, batch: Any) -> None:
        for delivery in batch:
            self._client.ack(delivery.mid, delivery.qos)
        acknowledge(self, [])

    Consumer._acknowledge = careless


def late_pictures() -> None:
    """Rows are committed and acknowledged while the pictures are still on their way to disk."""
    put = Blobs.put

    def late(self: Blobs, blobs: Any) -> None:
        threading.Timer(0.5, put, (self, list(blobs))).start()

    Blobs.put = late


def forget_poison() -> None:
    """What cannot be decoded is acknowledged and dropped."""
    store.shelf._undecoded = lambda batch: []


def slow_ack(pause_s: float = PAUSE_S) -> None:
    """No mistake: a pause between commit and acknowledgement, so that kills fall into it."""
    acknowledge = Consumer._acknowledge

    def slow(self: Consumer, batch: Any) -> None:
        time.sleep(pause_s)
        acknowledge(self, batch)

    Consumer._acknowledge = slow


def late_ack() -> None:
    """No mistake: the same, long enough for a new connection to stand before it."""
    slow_ack(pause_s=8 * PAUSE_S)


def quick_reconnect() -> None:
    """No mistake: reconnects at once, so that a test can afford many resets."""
    make = ingest.mqtt.make_client

    def quick(*args: Any, **options: Any) -> Any:
        client = make(*args, **options)
        client.reconnect_delay_set(min_delay=0.005, max_delay=0.1)
        return client

    ingest.mqtt.make_client = quick


CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        auto_ack,
        ack_before_commit,
        no_natural_key,
        stale_acks,
        late_pictures,
        forget_poison,
        slow_ack,
        late_ack,
        quick_reconnect,
    )
}
