"""Measure MQTT brokers by the promises Plumeline needs; prints one JSON line per measurement.

    python tools/broker_study.py [iotcore] [amqtt] [mosquitto] [--only NAME ...] [--messages 50000]

`pip install iotcore amqtt` first (a separate venv is best); mosquitto is measured when it is on PATH.
Everything runs on 127.0.0.1 and free ports, in a temporary directory. Each broker runs in its best
configuration for us. "Lost" is always a set difference: published and PUBACKed, minus what the
consumer's journal holds; the consumer writes the journal first and acknowledges second.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
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
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}}})
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
                    port=self.port, max_payload=MAX_PAYLOAD_BYTES, folder=self.folder
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
                "--consume",
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


def redelivery(server: Server, v5: bool) -> dict:
    consumer = ready(server, v5, ack_limit=20)
    publish(server, numbered(50, 300))
    consumer.settle(1)
    consumer.kill()
    first = len(consumer.lines())
    consumer.ack_limit = -1
    consumer.start()
    consumer.settle(7)
    again = consumer.lines()[first:]
    consumer.kill()
    return {
        "v5": v5,
        "taken": first,
        "acked": 20,
        "redelivered": len(again),
        "from": min((int(line[0]) for line in again), default=None),
        "dup_flag": sum(int(line[1]) for line in again),
    }


def away(server: Server, v5: bool, count: int) -> dict:
    consumer = ready(server, v5)
    consumer.kill()
    sent = publish(server, numbered(count, 300))
    rss = server.rss_mb()
    consumer.start()
    drain_s = consumer.settle(7)
    consumer.kill()
    return {
        "v5": v5,
        "puback": len(sent["acked"]),
        "publish_s": round(sent["s"], 2),
        "rss_mb": rss,
        "lost": len(sent["acked"] - consumer.keys()),
        "drain_s": drain_s,
    }


def sizes(server: Server) -> dict:
    consumer, result = ready(server), {}
    for size in (150_000, 7_000_000, 8_000_000):
        body = random.Random(size).randbytes(size)
        publish(server, iter([b"%08d" % size + body[8:]]), wait_s=15)
        consumer.settle(1, 15)
        digest = hashlib.sha1(b"%08d" % size + body[8:]).hexdigest().encode()
        result[f"{size}_bytes"] = digest in {line[2] for line in consumer.lines()}
    result["10000000_bytes_refused"] = not publish(server, iter([bytes(10_000_000)]), wait_s=5)[
        "acked"
    ]
    consumer.kill()
    return result


def kills(server: Server, count: int, times: int = 20, rate_hz: float = 2500) -> dict:
    consumer, chance = ready(server, commit_s=0.01), random.Random(1)
    instants = sorted(chance.uniform(0, count / rate_hz) for _ in range(times))
    began, done = time.monotonic(), threading.Event()

    def killer() -> None:
        for instant in instants:
            time.sleep(max(0.0, began + instant - time.monotonic()))
            consumer.kill()
            time.sleep(chance.uniform(0, 0.4))
            consumer.start()
        done.set()

    threading.Thread(target=killer).start()
    sent = publish(server, numbered(count, 300), rate_hz)
    done.wait()
    consumer.settle(7)
    consumer.kill()
    lines = consumer.lines()
    return {
        "offered": count,
        "puback": len(sent["acked"]),
        "kills": times,
        "lost": len(sent["acked"] - consumer.keys()),
        "redelivered": len(lines) - len(consumer.keys()),
    }


def restart(server: Server) -> dict:
    consumer = ready(server)
    consumer.kill()
    sent = publish(server, numbered(1000, 300))
    server.stop()
    server.start()
    consumer.start()
    consumer.settle(3)
    consumer.kill()
    return {"waiting": len(sent["acked"]), "kept_over_clean_restart": len(consumer.keys())}


def memory(server: Server) -> dict:
    idle = server.rss_mb()
    consumer = ready(server)
    consumer.kill()
    sent = publish(server, numbered(1000, 200_000))
    queued = server.rss_mb()
    consumer.start()
    consumer.settle(7)
    lost = len(sent["acked"] - consumer.keys())
    drained = server.rss_mb()
    publish(server, numbered(1000, 200_000))
    consumer.settle(7)
    consumer.kill()
    return {
        "idle_mb": idle,
        "queued_200_mb": queued,
        "drained_mb": drained,
        "lost": lost,
        "after_200_mb_more_mb": server.rss_mb(),
    }


def overflow(server: Server) -> dict:
    consumer = ready(server)
    consumer.kill()
    sent = publish(server, numbered(3500, 200_000), wait_s=60)
    rss = server.rss_mb()
    consumer.start()
    consumer.settle(7)
    consumer.kill()
    kept = consumer.keys()
    return {
        "queued_mb": 700,
        "rss_mb": rss,
        "puback": len(sent["acked"]),
        "kept": len(kept),
        "oldest_kept": min(kept, default=None),
    }


def rate(server: Server, count: int) -> dict:
    consumer = ready(server)
    cpu, sent = server.cpu_s(), publish(server, numbered(count, 300))
    drain_s = consumer.settle(2)
    consumer.kill()
    return {
        "publish_hz": round(count / sent["s"]),
        "after_publish_s": drain_s,
        "broker_cpu_us_per_message": round((server.cpu_s() - cpu) / count * 1e6, 1),
        "received": len(consumer.keys()),
    }


def order(server: Server) -> dict:
    """Ten delivered, only index 4 acknowledged (MQTT-4.6.0-2 forbids it): what comes again?"""
    got: list[mqtt.MQTTMessage] = []
    made = client(SESSION, keep_session=True, manual_ack=True)
    made.on_message = lambda _c, _u, message: got.append(message)
    made.on_connect = lambda *_: made.subscribe("study/#", qos=1)
    join(made, server.port, keep_session=True)
    made.loop_start()
    time.sleep(0.5)
    publish(server, numbered(10, 300))
    time.sleep(0.5)
    made.ack(got[4].mid, 1)
    time.sleep(2.5)
    if len(got) == 10:
        made.disconnect()
        time.sleep(0.2)
        made.reconnect()
        time.sleep(6)
    made.loop_stop()
    return {"redelivered": [int(message.payload[:8]) for message in got[10:]]}


def shared(server: Server) -> dict:
    """Two consumers of `$share/g/...`: how many of 1,000 each got."""
    got, made = [0, 0], []
    for number in range(2):
        made.append(client(f"study-{number}", keep_session=True))
        made[number].on_message = lambda *_, n=number: got.__setitem__(n, got[n] + 1)
        made[number].on_connect = lambda c, *_: c.subscribe("$share/g/study/#", qos=1)
        join(made[number], server.port, keep_session=True)
        made[number].loop_start()
    time.sleep(0.5)
    publish(server, numbered(1000, 300), wait_s=10)
    time.sleep(1)
    for each in made:
        each.disconnect()
        each.loop_stop()
    return {"received": got}


def unheard(server: Server) -> dict:
    """Published before anyone ever subscribed: must be harmless to the publisher."""
    return {"puback": len(publish(server, numbered(10, 300), wait_s=5)["acked"])}


def hostile(server: Server) -> dict:
    chance, consumer = random.Random(7), ready(server)
    connect = bytes.fromhex("10120004 4d515454 04c2003c 0001 61 0001 75 0001 70".replace(" ", ""))
    for number in range(200):
        packet = bytearray(chance.randbytes(chance.randint(1, 400)))
        if number % 2:  # a valid CONNECT first, then rubbish with a plausible type
            packet = bytearray(connect) + bytes([chance.randrange(16) << 4 | 2]) + packet
        for port in {server.port, server.port_for(True)}:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port)) as sock,
            ):
                sock.sendall(packet)
                sock.settimeout(0.02)
                sock.recv(100)
    sent = publish(server, numbered(100, 300), wait_s=10)
    consumer.settle(2)
    consumer.kill()
    return {
        "packets": 200,
        "alive": server.process.poll() is None,
        "then_puback": len(sent["acked"]),
        "then_received": len(consumer.keys() & sent["acked"]),
        "rss_mb": server.rss_mb(),
    }


def listens(server: Server) -> dict:
    found = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=False).stdout
    mine = [line.split()[3] for line in found.splitlines() if f"pid={server.process.pid}," in line]
    return {"start_s": round(server.start_s, 2), "idle_mb": server.rss_mb(), "bound": mine}


def measurements(count: int) -> dict[str, Callable[[Server], dict]]:
    return {
        "listens": listens,
        "unheard": unheard,
        "sizes": sizes,
        "order": order,
        "shared": shared,
        "redelivery_311": lambda s: redelivery(s, v5=False),
        "redelivery_5": lambda s: redelivery(s, v5=True),
        "away_311": lambda s: away(s, False, count),
        "away_5": lambda s: away(s, True, count),
        "kills": lambda s: kills(s, count),
        "rate": lambda s: rate(s, count),
        "restart": restart,
        "memory": memory,
        "overflow": overflow,
        "hostile": hostile,
    }


def main() -> None:
    if sys.argv[1:2] == ["--consume"]:
        port, journal, limit, commit_s, version = sys.argv[2:]
        consume(int(port), version == "5", Path(journal), int(limit), float(commit_s))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("brokers", nargs="*", default=["iotcore", "amqtt"])
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--messages", type=int, default=50_000)
    chosen = parser.parse_args()
    for kind in chosen.brokers or ["iotcore", "amqtt"]:
        for name, measure in measurements(chosen.messages).items():
            if chosen.only and name not in chosen.only:
                continue
            with tempfile.TemporaryDirectory() as folder:
                server = Server(kind, Path(folder))
                try:
                    result = {} if name.endswith("_5") and not server.port5 else measure(server)
                finally:
                    server.stop()
            print(json.dumps({"broker": kind, "measured": name, **result}), flush=True)


if __name__ == "__main__":
    main()
