"""Incidents as state on MQTT: who comes late finds them, and whether the station is there."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mqtt import Address
from plumeline.broker import EmbeddedBroker
from plumeline.out.post import SendFailed
from plumeline.out.state_topic import StateTopic
from tests.plumeline.test_out_ways import POST

WAIT_S = 20.0


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(port=0) as running:
        yield running


def way(broker: EmbeddedBroker, prefix: str) -> StateTopic:
    address = Address(host="127.0.0.1", port=broker.port, client_id=f"out-{prefix}", protocol=4)
    return StateTopic(address, prefix=prefix)


class Listener:
    """A partner, who may come at any time."""

    def __init__(self, broker: EmbeddedBroker, topic: str) -> None:
        self._got: queue.Queue[MQTTMessage] = queue.Queue()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, message: self._got.put(message)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def next(self) -> tuple[str, bytes]:
        message = self._got.get(timeout=WAIT_S)
        return message.topic, message.payload

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_who_comes_late_finds_the_newest_message_of_each_incident(broker: EmbeddedBroker) -> None:
    station = way(broker, "late")
    for incident_id, body in (("inc-1", b"1"), ("inc-2", b"2"), ("inc-1", b"3")):
        station.send(replace(POST, incident_id=incident_id, body=body))
    listener = Listener(broker, "late/incidents/#")
    found = dict(listener.next() for _ in range(2))
    assert found == {"late/incidents/inc-1": b"3", "late/incidents/inc-2": b"2"}
    listener.close()
    station.close()


def test_the_station_is_online_before_it_has_anything_to_say(broker: EmbeddedBroker) -> None:
    listener = Listener(broker, "here/availability")
    station = way(broker, "here")
    station.open()
    assert listener.next() == ("here/availability", b"online")
    station.close()
    assert listener.next() == ("here/availability", b"offline")
    listener.close()


def test_the_broker_says_so_when_the_station_is_gone(broker: EmbeddedBroker) -> None:
    listener = Listener(broker, "gone/availability")
    station = way(broker, "gone")
    station.open()
    assert listener.next()[1] == b"online"
    station._client.loop_stop()
    line = station._client.socket()
    assert line is not None
    line.close()  # no goodbye
    assert listener.next() == ("gone/availability", b"offline")
    listener.close()


def test_a_broker_that_is_not_there_is_told_as_such(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plumeline.out.state_topic.TIMEOUT_S", 0.2)
    station = StateTopic(Address(host="127.0.0.1", port=9, client_id="x"), prefix="x")
    with pytest.raises(SendFailed, match="no connection to 127"):
        station.send(POST)
    station.close()
