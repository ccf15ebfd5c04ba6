"""Plays a recorded flight to a broker as the drone did, at its own pace or faster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from paho.mqtt.client import Client, MQTTMessageInfo

from ingest.mqtt import Address, connect_options, make_client
from ingest.recorder import Message
from plumeline.flights import RecordedFlight

ACK_TIMEOUT_S = 30.0
IN_FLIGHT = 100
"""Messages sent and not yet acknowledged: what the broker's window allows, and no queue here."""


class PublishError(Exception):
    """The broker could not be reached, or did not take every message."""


def publish(
    flight: RecordedFlight,
    address: Address,
    *,
    speed: float = 1.0,
    retime: bool = True,
    on_sent: Callable[[int], None] = lambda sent: None,
    stop: threading.Event | None = None,
) -> int:
    """Send every message with QoS 1 and wait until the broker has them; returns how many.

    With ``retime`` the flight happens now: all its times are moved by whole seconds.

    Raises:
        PublishError: no connection, or messages left without acknowledgement.
    """
    shift_s = round(time.time() - flight.t_first_s) if retime else 0
    client = _connected(address)
    sent: list[MQTTMessageInfo] = []
    try:
        for message in _paced(flight, shift_s, speed, stop or threading.Event()):
            sent.append(client.publish(message.topic, message.payload, qos=1))
            on_sent(len(sent))
        _wait_for(sent)
    finally:
        client.disconnect()
        client.loop_stop()
    return len(sent)


def _connected(address: Address) -> Client:
    client = make_client(address, client_id=f"publish-{time.time_ns():x}")
    client.max_inflight_messages_set(IN_FLIGHT)
    try:
        client.connect(**connect_options(address))
    except OSError as exc:
        reason = f"cannot reach the broker at {address.host}:{address.port}: {exc}"
        raise PublishError(reason) from exc
    client.loop_start()
    return client


def _paced(
    flight: RecordedFlight, shift_s: int, speed: float, stop: threading.Event
) -> Iterator[Message]:
    """The messages, each when its turn has come, until told to stop."""
    started_s = time.monotonic()
    for message in flight.messages(shift_s=shift_s):
        due_s = (message.t_received_s - shift_s - flight.t_first_s) / speed
        if stop.wait(max(0.0, started_s + due_s - time.monotonic())):
            return
        yield message


def _wait_for(sent: list[MQTTMessageInfo]) -> None:
    deadline_s = time.monotonic() + ACK_TIMEOUT_S
    for info in sent:
        info.wait_for_publish(max(0.001, deadline_s - time.monotonic()))
    missing = sum(not info.is_published() for info in sent)
    if missing:
        reason = f"the broker did not acknowledge {missing} of {len(sent)} messages"
        raise PublishError(reason)
