"""A recorder whose network thread has died does not sit there looking well."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from ingest.mqtt import Address, Consumer
from ingest.recorder import Arrival, Recorder, Stored
from ingest.wire.table import Decoders
from tests.delivery.brokers import Running
from tests.delivery.journal import devices, fix_payload


class NoShelf:
    def put(self, batch: Sequence[Arrival]) -> Stored:
        return Stored(last_n=0, keys=(), new=0, redelivered=0, quarantined=0)


def clock_of_a_dying_thread() -> float:
    if threading.current_thread().name.startswith("paho"):
        reason = "the network thread's end"
        raise OSError(reason)
    return time.time()


def test_the_death_of_the_network_thread_ends_the_recorder(embedded: Running) -> None:
    decoders = Decoders()
    consumer = Consumer(
        Address(port=embedded.port, protocol=embedded.protocol, client_id="dying"),
        decoders.subscriptions(),
        Recorder(NoShelf(), decoders),
        now_s=clock_of_a_dying_thread,
    )
    with devices(embedded.port) as drones:
        publishing = threading.Thread(
            target=lambda: [
                consumer.subscribed.wait(10),
                drones.publish("uav/uav-001/fix", fix_payload(1)),
            ]
        )
        publishing.start()
        with pytest.raises(OSError, match="the network thread's end"):
            consumer.run(threading.Event())
        publishing.join()
