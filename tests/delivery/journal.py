"""What was offered and what was receipted, from the devices' side: the truth of these tests."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

T0_S = 1_790_000_000.0
DEVICES = tuple(f"uav-{number:03d}" for number in range(100))
FIX = (
    '{"boot_id":"b1","seq":%d,"t_device_s":%.3f,"lat_deg":%.6f,"lon_deg":118.7969,'
    '"height_takeoff_m":80.5,"yaw_deg":-91.4,"gimbal_yaw_deg":88.2,"gimbal_pitch_deg":-45.0,'
    '"camera":"M30T","zoom":2.0}'
)

Name = tuple[str, str, str, int]
"""Device, boot, kind (fix or frame), sequence number."""


def fix_payload(seq: int) -> bytes:
    return (FIX % (seq, T0_S + seq / 10, 31.9 + seq % 1000 / 10_000)).encode()


def jpeg(size_bytes: int, seed: int, width_px: int = 1280, height_px: int = 720) -> bytes:
    """The segments of a picture (ITU-T T.81, annex B) around noise that no decoder would like."""
    frame_header = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height_px, width_px)
    components = b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    scan_header = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"
    noise = random.Random(seed).randbytes(size_bytes - 46).replace(b"\xff", b"\x00")
    return b"\xff\xd8" + frame_header + components + scan_header + noise + b"\xff\xd9"


def envelope(head: dict[str, object], picture: bytes) -> bytes:
    """A picture behind its header, as docs/wire.md tells a bridge to make it."""
    said = json.dumps(head).encode()
    return b"PLF1" + len(said).to_bytes(4, "big") + said + picture


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Journal:
    """Names of everything offered, with the sha256 of what was sent, and of all receipted."""

    offered: dict[Name, str] = field(default_factory=dict)
    receipted: set[Name] = field(default_factory=set)


class Devices:
    """A hundred drones over a few connections, QoS 1, that write down what they do."""

    def __init__(self, port: int, clients: int = 4) -> None:
        self.journal = Journal()
        self._outbox: dict[Name, tuple[str, bytes]] = {}
        self._sent = self._acked = 0
        self._changed = threading.Condition()
        self._listener = _client("journal")
        self._listener.on_connect = lambda *_: self._listener.subscribe("uav/+/rcpt", qos=0)
        self._listener.on_message = self._receipt
        self._clients = [_client(f"devices-{number}") for number in range(clients)]
        for client in self._clients:
            client.max_inflight_messages_set(100)
            client.on_publish = self._puback
        for client in (self._listener, *self._clients):
            client.connect("127.0.0.1", port)
            client.loop_start()

    def offer_fix(self, device: str, seq: int) -> None:
        """One sample."""
        payload = fix_payload(seq)
        self._offer((device, "b1", "fix", seq), payload, sha256(payload))

    def offer_frame(self, device: str, seq: int, picture: bytes) -> None:
        """One picture in its envelope."""
        name = sha256(picture)
        head = {"device_id": device, "boot_id": "b1", "seq": seq, "t_capture_s": T0_S + seq}
        payload = envelope(head | {"sha256": name}, picture)
        self._offer((device, "b1", "frame", seq), payload, name)

    def resend(self) -> None:
        """What a device with an outbox does: send again whatever no receipt has come for."""
        for name in self.unreceipted():
            self.publish(*self._outbox[name])

    def publish(self, topic: str, payload: bytes) -> None:
        """Anything at all; one topic keeps to one connection, so that its order is kept."""
        client = self._clients[hash(topic) % len(self._clients)]
        with self._changed:
            self._sent += 1
        client.publish(topic, payload, qos=1)

    def offer_fixes(self, count: int, rate_hz: float = 0.0, first_seq: int = 0) -> None:
        """``count`` samples of all devices in turn; as fast as it goes without a rate."""
        started_s = time.monotonic()
        for number in range(count):
            if rate_hz and number % 25 == 0:
                time.sleep(max(0.0, started_s + number / rate_hz - time.monotonic()))
            device = DEVICES[number % len(DEVICES)]
            self.offer_fix(device, first_seq + number // len(DEVICES))

    def until_broker_has_all(self, limit_s: float = 60) -> bool:
        """Every publication so far acknowledged by the broker."""
        with self._changed:
            return self._changed.wait_for(lambda: self._acked == self._sent, limit_s)

    def until_recorder_answers(self, limit_s: float = 30) -> None:
        """A first sample receipted: the recorder's session stands, nothing can be missed."""
        until_s = time.monotonic() + limit_s
        seq = 0
        while not any(name[0] == "probe-1" for name in self.journal.receipted):
            assert time.monotonic() < until_s, "no receipt: the recorder does not answer"
            self.publish("uav/probe-1/fix", fix_payload(seq))
            seq += 1
            time.sleep(0.05)

    def until(self, check: Callable[[], bool], limit_s: float = 30) -> bool:
        """Wait for something to come true; whether it did."""
        until_s = time.monotonic() + limit_s
        while not check():
            if time.monotonic() > until_s:
                return False
            time.sleep(0.05)
        return True

    def unreceipted(self) -> set[Name]:
        return self.journal.offered.keys() - self.journal.receipted

    def close(self) -> None:
        for client in (*self._clients, self._listener):
            client.disconnect()
            client.loop_stop()

    def _offer(self, name: Name, payload: bytes, digest: str) -> None:
        """Noted first, sent second."""
        self.journal.offered[name] = digest
        self._outbox[name] = f"uav/{name[0]}/{name[2]}", payload
        self.publish(*self._outbox[name])

    def _puback(self, *_: object) -> None:
        with self._changed:
            self._acked += 1
            self._changed.notify_all()

    def _receipt(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        device = message.topic.split("/")[1]
        said = json.loads(message.payload)
        for kind in ("fix", "frame"):
            for first, last in said.get(kind, ()):
                self.journal.receipted.update(
                    (device, said["boot_id"], kind, seq) for seq in range(first, last + 1)
                )


@contextmanager
def devices(port: int, clients: int = 4) -> Iterator[Devices]:
    made = Devices(port, clients)
    try:
        yield made
    finally:
        made.close()


def _client(name: str) -> mqtt.Client:
    return mqtt.Client(CallbackAPIVersion.VERSION2, name)
