"""The rig of broker_study.py: brokers in child processes, a publisher, and a consumer to kill."""

import contextlib
import getpass
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MAX_PAYLOAD_BYTES = 9_000_000
SESSION = "study-recorder"

IOTCORE_TOML = """id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 16000000
max_segment_count = 32
"""
IOTCORE_LISTENER = """[{kind}.1]
name = "{kind}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[{kind}.1.connections]
connection_timeout_ms = 60000
max_payload_size = {max_payload}
max_inflight_count = 100
dynamic_filters = true
"""
IOTCORE_MAIN = """
import logging, sys
from iotcore import IotCoreBroker
logging.getLogger("rumqttd").setLevel(logging.CRITICAL)  # otherwise a record per message
IotCoreBroker(config_path=sys.argv[1]).run_forever()
"""
AMQTT_MAIN = """
import asyncio, logging, sys
from amqtt.broker import Broker
logging.disable(logging.CRITICAL)
async def main():
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}},
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}}})
    await broker.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""
MOSQUITTO_CONF = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 1000000
max_inflight_messages 100
message_size_limit {max_payload}
set_tcp_nodelay true
persistence true
user {user}
persistence_location {folder}/
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One broker in a child process; `port` speaks 3.1.1 and `port5` MQTT 5 (None: not offered)."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.port = kind, folder, free_port()
        self.port5 = {"iotcore": free_port(), "amqtt": None, "mosquitto": self.port}[kind]
        self.start()

    def start(self) -> None:
        began = time.monotonic()
        self.process = subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=(self.folder / "err").open("w")
        )
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                break
            if time.monotonic() - began > 20:
                raise RuntimeError(f"{self.kind}: {(self.folder / 'err').read_text()}")
            time.sleep(0.01)
        self.start_s = time.monotonic() - began

    def _command(self) -> list[str]:
        if self.kind == "amqtt":
            return [sys.executable, "-c", AMQTT_MAIN, str(self.port)]
        conf = self.folder / "broker.toml"
        if self.kind == "mosquitto":
            conf.write_text(
                MOSQUITTO_CONF.format(
                    port=self.port,
                    max_payload=MAX_PAYLOAD_BYTES,
                    folder=self.folder,
                    user=getpass.getuser(),
                )
            )
            return [shutil.which("mosquitto") or "mosquitto", "-c", str(conf)]
        conf.write_text(
            IOTCORE_TOML
            + "".join(
                IOTCORE_LISTENER.format(kind=kind, port=port, max_payload=MAX_PAYLOAD_BYTES)
                for kind, port in (("v4", self.port), ("v5", self.port5))
            )
        )
        return [sys.executable, "-c", IOTCORE_MAIN, str(conf)]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def port_for(self, v5: bool) -> int:
        return self.port5 if v5 and self.port5 else self.port


def client(
    name: str, v5: bool = False, keep_session: bool = False, **options: object
) -> mqtt.Client:
    if not v5:
        options["clean_session"] = not keep_session
    protocol = mqtt.MQTTv5 if v5 else mqtt.MQTTv311
    made = mqtt.Client(CallbackAPIVersion.VERSION2, name, protocol=protocol, **options)
    made.username_pw_set("study", "study")
    made.on_socket_open = lambda _c, _u, sock: sock.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )
    made.max_inflight_messages_set(100)
    return made


def join(made: mqtt.Client, port: int, v5: bool = False, keep_session: bool = False) -> None:
    options: dict[str, object] = {}
    if v5:
        options["clean_start"] = not keep_session
        options["properties"] = Properties(PacketTypes.CONNECT)
        if keep_session:
            options["properties"].SessionExpiryInterval = 3600
    made.connect("127.0.0.1", port, 60, **options)


def publish(
    server: Server, payloads: Iterator[bytes], rate_hz: float = 0, wait_s: float = 120
) -> dict:
    """Publish with QoS 1; which indices were PUBACKed and how long it took."""
    acked: set[int] = set()
    pending: dict[int, int] = {}
    made = client("study-publisher")
    made.on_publish = lambda _c, _u, mid, *_: acked.add(pending.get(mid, -1))
    join(made, server.port)
    made.loop_start()
    while not made.is_connected():
        time.sleep(0.005)
    began, total = time.monotonic(), 0
    for index, payload in enumerate(payloads):
        while index - len(acked) > 2000 and time.monotonic() - began < wait_s:
            time.sleep(0.001)
        if rate_hz:
            time.sleep(max(0.0, began + index / rate_hz - time.monotonic()))
        pending[made.publish("study/x", payload, qos=1).mid] = index
        total += 1
    while len(acked) < total and time.monotonic() - began < wait_s:
        time.sleep(0.005)
    elapsed_s = time.monotonic() - began
    made.disconnect()
    made.loop_stop()
    return {"acked": acked, "s": elapsed_s}


def numbered(count: int, size: int) -> Iterator[bytes]:
    return (f"{i:08d}".encode().ljust(size, b".") for i in range(count))


def consume(port: int, v5: bool, journal: Path, ack_limit: int, commit_s: float) -> None:
    """Child process: journal each batch, spend `commit_s`, then acknowledge; until killed."""
    made = client(SESSION, v5, keep_session=True, manual_ack=True)
    batch: list[mqtt.MQTTMessage] = []
    acked = 0
    made.on_message = lambda _c, _u, message: batch.append(message)
    made.on_connect = lambda *_: made.subscribe("study/#", qos=1)
    join(made, port, v5, keep_session=True)
    log = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        size, wait_s = -1, 0.05
        while len(batch) > size and len(batch) < 100:
            size = len(batch)
            if made.loop(wait_s) != mqtt.MQTT_ERR_SUCCESS:
                time.sleep(0.1)
                with contextlib.suppress(OSError):
                    made.reconnect()
            wait_s = 0.002
        if not batch:
            continue
        os.write(
            log,
            b"".join(
                b"%s %d %s\n" % (m.payload[:8], m.dup, hashlib.sha1(m.payload).hexdigest().encode())
                for m in batch
            ),
        )
        time.sleep(commit_s)
        for message in batch:
            if ack_limit < 0 or acked < ack_limit:
                made.ack(message.mid, message.qos)
                acked += 1
        batch.clear()


class Consumer:
    """The child above; `kill` is SIGKILL."""

    def __init__(
        self, server: Server, v5: bool = False, ack_limit: int = -1, commit_s: float = 0
    ) -> None:
        self.server, self.v5, self.ack_limit, self.commit_s = server, v5, ack_limit, commit_s
        self.journal = Path(tempfile.mkstemp(dir=server.folder)[1])
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                __file__,
                str(self.server.port_for(self.v5)),
                str(self.journal),
                str(self.ack_limit),
                str(self.commit_s),
                "5" if self.v5 else "4",
            ]
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def lines(self) -> list[list[bytes]]:
        return [line.split() for line in self.journal.read_bytes().splitlines()]

    def keys(self) -> set[int]:
        return {int(line[0]) for line in self.lines()}

    def settle(self, quiet_s: float = 3, limit_s: float = 120) -> float:
        """Wait until the journal has not grown for `quiet_s`; the seconds until it last grew."""
        began = last = time.monotonic()
        size = 0
        while time.monotonic() - last < quiet_s and time.monotonic() - began < limit_s:
            time.sleep(0.1)
            if (now := self.journal.stat().st_size) > size:
                size, last = now, time.monotonic()
        return round(last - began, 2)


def ready(server: Server, *args: float, **options: float) -> Consumer:
    consumer = Consumer(server, *args, **options)
    time.sleep(1.5)
    return consumer


if __name__ == "__main__":
    port, journal, limit, commit_s, version = sys.argv[1:]
    consume(int(port), version == "5", Path(journal), int(limit), float(commit_s))
