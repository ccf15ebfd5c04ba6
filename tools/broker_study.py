"""Measure MQTT brokers by the promises Plumeline needs; prints one JSON line per measurement.

    python tools/broker_study.py [iotcore] [amqtt] [mosquitto] [--only NAME ...] [--messages 50000]

`pip install iotcore amqtt` first (a separate venv is best); mosquitto is measured if on PATH.
Everything runs on 127.0.0.1 and free ports, in a temporary directory. Each broker runs in its best
configuration for us. "Lost" is always a set difference: published and PUBACKed, minus what the
consumer's journal holds; the consumer writes the journal first and acknowledges second.
"""

import argparse
import contextlib
import hashlib
import json
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
from broker_rig import SESSION, Server, client, join, numbered, publish, ready


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
        made.loop_stop()
        made.reconnect()
        made.loop_start()
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "brokers",
        nargs="*",
        default=["iotcore", "amqtt", *(["mosquitto"] if shutil.which("mosquitto") else [])],
    )
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--messages", type=int, default=50_000)
    chosen = parser.parse_args()
    for kind in chosen.brokers:
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
