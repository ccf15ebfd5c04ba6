"""Recorders with one mistake each, which the tests must notice; the product has no such switch."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import ingest.mqtt
import store.shelf
from ingest.mqtt import Consumer

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
        time.sleep(PAUSE_S)
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


def slow_ack() -> None:
    """No mistake: a pause between commit and acknowledgement, so that kills fall into it."""
    acknowledge = Consumer._acknowledge

    def slow(self: Consumer, batch: Any) -> None:
        time.sleep(PAUSE_S)
        acknowledge(self, batch)

    Consumer._acknowledge = slow


def quick_reconnect() -> None:
    """No mistake: reconnects within 50 ms, so that a test can afford many resets."""
    make = ingest.mqtt.make_client

    def quick(*args: Any, **options: Any) -> Any:
        client = make(*args, **options)
        client.reconnect_delay_set(min_delay=0.05, max_delay=0.2)
        return client

    ingest.mqtt.make_client = quick


CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        auto_ack,
        ack_before_commit,
        no_natural_key,
        stale_acks,
        slow_ack,
        quick_reconnect,
    )
}
