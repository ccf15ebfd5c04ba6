"""A recorder whose network thread has died does not sit there looking well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from ingest.mqtt import Address, Consumer, SessionTaken
from ingest.recorder import Arrival, Recorder, Stored
from ingest.wire.table import Decoders
from tests.delivery.brokers import Running


class NoShelf:
    def put(self, batch: Sequence[Arrival]) -> Stored:
        return Stored(last_n=0, keys=(), new=0, redelivered=0, quarantined=0)


def clock_of_a_dying_thread() -> float:
    if threading.current_thread().name.startswith("paho"):
        reason = "the network thread's end"
        raise OSError(reason)
    return time.time()


def consumer(port: int, now_s: Callable[[], float], protocol: int = 4) -> Consumer:
    decoders = Decoders()
    address = Address(port=port, protocol=protocol, client_id="twin")
    recorder = Recorder(NoShelf(), decoders)
    return Consumer(address, decoders.subscriptions(), recorder, now_s=now_s)


def test_the_death_of_the_network_thread_ends_the_recorder(embedded: Running) -> None:
    dying = consumer(embedded.port, clock_of_a_dying_thread)
    with pytest.raises(OSError, match="the network thread's end"):
        dying.run(threading.Event())


def test_a_session_taken_over_by_another_ends_the_recorder_and_says_why() -> None:
    """MQTT 5, 3.14.2.1: a broker ends a connection with 0x8E when its session is taken over."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=take_over, args=(listening,))
        accepting.start()
        first = consumer(listening.getsockname()[1], time.time, protocol=5)
        with pytest.raises(SessionTaken, match="another client uses the MQTT client id 'twin'"):
            first.run(threading.Event())
        accepting.join()


def take_over(listening: socket.socket) -> None:
    """A broker's side of it: CONNACK, and DISCONNECT with the reason."""
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"\x20\x03\x00\x00\x00" + b"\xe0\x01\x8e")
        connection.recv(4096)
