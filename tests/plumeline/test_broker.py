"""The promises of the embedded broker that the recorder relies on."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from plumeline.broker import BrokerMissing, EmbeddedBroker, PortTaken

TOPIC = "uav/t-1/telemetry"


class Recorder:
    """A persistent QoS 1 session that acknowledges nothing by itself."""

    def __init__(self, port: int) -> None:
        self.got: list[mqtt.MQTTMessage] = []
        self.subscribed = False
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, "recorder", clean_session=False, manual_ack=True
        )
        self.client.on_connect = lambda *_: self.client.subscribe("uav/#", qos=1)
        self.client.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        self.client.on_message = lambda _c, _u, message: self.got.append(message)
        self.client.connect("127.0.0.1", port)
        self.turn_until(lambda: self.subscribed)

    def turn_until(self, done: Callable[[], bool], limit_s: float = 10) -> None:
        until_s = time.monotonic() + limit_s
        while not done() and time.monotonic() < until_s:
            self.client.loop(0.02)

    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.got]

    def vanish(self) -> None:
        """Close the socket without a DISCONNECT, as a killed process does."""
        sock = self.client.socket()
        assert isinstance(sock, socket.socket)
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()


@contextmanager
def publisher(port: int) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "t-1")
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def publish(port: int, payloads: list[bytes]) -> None:
    with publisher(port) as client:
        for payload in payloads:
            client.publish(TOPIC, payload, qos=1).wait_for_publish(10)


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(port=0) as running:
        yield running


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def comes_true(check: Callable[[], bool], limit_s: float = 10) -> bool:
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        if check():
            return True
        time.sleep(0.02)
    return False


def test_a_free_port_is_taken_on_the_loopback_address_only(broker: EmbeddedBroker) -> None:
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()
        if line.split()[1].endswith(f":{broker.port:04X}") and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{broker.port:04X}"]


def test_what_a_vanished_consumer_did_not_acknowledge_is_delivered_again(
    broker: EmbeddedBroker,
) -> None:
    sent = [b"%d" % number for number in range(50)]
    first = Recorder(broker.port)
    publish(broker.port, sent)
    first.turn_until(lambda: len(first.got) == 50)
    for message in first.got[:20]:
        first.client.ack(message.mid, message.qos)
    first.turn_until(lambda: False, limit_s=0.2)
    first.vanish()
    publish(broker.port, [b"while away"])

    second = Recorder(broker.port)
    second.turn_until(lambda: len(second.got) == 31)
    assert second.payloads() == [*sent[20:], b"while away"]


def test_a_frame_of_seven_megabytes_arrives_whole() -> None:
    frame = random.Random(7).randbytes(7_000_000)
    with EmbeddedBroker(port=0) as broker:
        recorder = Recorder(broker.port)
        with publisher(broker.port) as client:
            client.publish(TOPIC, frame, qos=1)
            recorder.turn_until(lambda: len(recorder.got) == 1)
        received = [hashlib.sha256(payload).digest() for payload in recorder.payloads()]
    assert received == [hashlib.sha256(frame).digest()]


def test_a_full_queue_lets_the_oldest_go_and_keeps_the_newest() -> None:
    with EmbeddedBroker(port=0, max_payload_bytes=100_000, queue_bytes=1_600_000) as broker:
        Recorder(broker.port).vanish()
        publish(broker.port, [b"%03d" % number + bytes(50_000) for number in range(64)])
        recorder = Recorder(broker.port)
        recorder.turn_until(lambda: bool(recorder.got) and recorder.payloads()[-1][:3] == b"063")
    numbers = [int(payload[:3]) for payload in recorder.payloads()]
    assert numbers == list(range(numbers[0], 64))
    assert 24 <= len(numbers) <= 34


@pytest.mark.parametrize(("password", "welcome"), [('s3"cret', True), ("wrong", False)])
def test_only_the_right_password_is_welcome(password: str, welcome: bool) -> None:
    answers: list[bool] = []
    with EmbeddedBroker(port=0, users={"Drone-1": 's3"cret'}) as broker:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "d")
        client.username_pw_set("Drone-1", password)
        client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(not reason.is_failure)
        client.on_disconnect = lambda *_: answers.append(False)
        client.connect("127.0.0.1", broker.port)
        while not answers:
            client.loop(0.05)
        client.disconnect()
    assert answers[0] is welcome


def test_a_taken_port_is_named_with_the_option_to_change() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{port} .* another `port` under"):
            EmbeddedBroker(port=port).start()


def test_a_machine_without_the_wheel_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "iotcore", None)
    with pytest.raises(BrokerMissing, match=r"pip install iotcore.*docs/brokers\.md"):
        EmbeddedBroker(port=0).start()


def test_stopping_frees_the_port_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with EmbeddedBroker(port=0) as broker:
        port = broker.port
        assert list(tmp_path.iterdir()) == []
    assert refuses(port)
    with EmbeddedBroker(port=port) as again:
        assert again.is_running
    assert list(tmp_path.iterdir()) == []


PARENT = """
import os, sys, time
from plumeline.broker import EmbeddedBroker
broker = EmbeddedBroker(port=0).start()
if (fork := os.fork()) == 0:
    time.sleep(60)
    os._exit(0)
print(broker.port, fork, flush=True)
time.sleep(60)
"""


def test_the_broker_ends_with_a_killed_parent_even_if_a_fork_of_it_lives_on() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    port, fork = map(int, parent.stdout.readline().split())
    try:
        assert not refuses(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert comes_true(lambda: refuses(port))
    finally:
        os.kill(fork, signal.SIGKILL)
        parent.stdout.close()
