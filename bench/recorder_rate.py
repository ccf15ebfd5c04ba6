"""Telemetry a second that the recorder keeps up with, nothing lost; prints JSON lines.

Three measurements in one run, so that they share the machine's mood:

  sqlite3   bare ``executemany`` of the same rows, WAL, synchronous=FULL, batches of 500
  store     ``SqlShelf.put`` of decoded messages, batches of 500
  recorder  publisher process -> embedded broker -> recorder process -> SQLite, as fast as the
            publisher can; the rate is that of the rows that arrive in the database

``ratio`` compares with sqlite3 in the same run. ``lost`` is a difference of sets of keys.

With the embedded broker the rate is bound by its window of 100 messages: as many at most are in
one commit. Over MQTT 5 our window is 1,000.

Run: python -m bench.recorder_rate [--messages 60000] [--only recorder] [--port 1883]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.recorder import Arrival, Message
from ingest.wire.table import Decoders
from plumeline.broker import EmbeddedBroker
from store.store import open_store

BATCH = 500
DEVICES = 100
FIX = (
    '{"boot_id":"b1","seq":%d,"t_device_s":%.3f,"lat_deg":32.0603,"lon_deg":118.7969,'
    '"height_takeoff_m":80.5,"yaw_deg":-91.4,"gimbal_yaw_deg":88.2,"gimbal_pitch_deg":-45.0,'
    '"gimbal_roll_deg":0.0,"camera":"M30T","zoom":2.0}'
)
T0_S = 1_790_000_000.0
CONFIG = """
[data]
folder = "record"
[mqtt]
broker = "external"
port = {port}
protocol = {protocol}
"""


def messages(count: int) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads: a hundred devices in turn."""
    for number in range(count):
        seq = number // DEVICES
        yield f"uav/uav-{number % DEVICES:03d}/fix", (FIX % (seq, T0_S + seq / 10)).encode()


def bare_rate(count: int, folder: Path) -> float:
    """Rows a second of sqlite3 itself, with the columns, keys and settings of the fix table."""
    with closing(open_store(folder / "shape")) as store:
        store.shelf.put([])
    with closing(sqlite3.connect(folder / "shape" / "plumeline.db")) as shape:
        (table,) = shape.execute("SELECT sql FROM sqlite_master WHERE name = 'fix'").fetchone()
        (index,) = shape.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_fix_n'").fetchone()
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(table)
        database.execute(index)
        columns = [row[1] for row in database.execute("PRAGMA table_info(fix)")]
        query = f"INSERT INTO fix VALUES ({','.join('?' * len(columns))})"
        rows = [_bare_row(columns, number) for number in range(count)]
        began_s = time.perf_counter()
        for first in range(0, count, BATCH):
            database.execute("BEGIN IMMEDIATE")
            database.executemany(query, rows[first : first + BATCH])
            database.execute("COMMIT")
        return count / (time.perf_counter() - began_s)


def _bare_row(columns: list[str], number: int) -> tuple[object, ...]:
    known = {"flight_n": number % DEVICES, "seq": number // DEVICES, "tie": 0, "n": number}
    known |= {"digest": hash(number), "raw_n": number // BATCH, "quality": "ok", "camera": "M30T"}
    return tuple(known.get(name, 32.0603 + number / 1e6) for name in columns)


def store_rate(count: int, folder: Path) -> float:
    """Rows a second of the store: raw payloads, rows, keys and numbers in one transaction."""
    decoders = Decoders()
    arrivals = []
    for topic, payload in messages(count):
        message = Message(topic=topic, payload=payload, t_received_s=T0_S)
        records = decoders.decode(topic, payload, T0_S).records
        arrivals.append(Arrival(message=message, records=records))
    with closing(open_store(folder / "store")) as store:
        began_s = time.perf_counter()
        for first in range(0, count, BATCH):
            store.shelf.put(arrivals[first : first + BATCH])
        return count / (time.perf_counter() - began_s)


def publish(port: int, count: int) -> None:
    """The publisher process: QoS 1, at most 2,000 messages ahead of the broker."""
    acked = threading.Semaphore(2_000)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench-publisher")
    client.max_inflight_messages_set(100)
    client.on_publish = lambda *_: acked.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in messages(count):
        acked.acquire()
        client.publish(topic, payload, qos=1)
    for _ in range(2_000):
        acked.acquire()
    client.disconnect()
    client.loop_stop()


def recorder_rate(count: int, folder: Path, port: int, protocol: int) -> dict[str, object]:
    """The whole way over a running broker, and what is missing at its end."""
    config = folder / "plumeline.toml"
    config.write_text(CONFIG.format(port=port, protocol=protocol))
    recorder = _python("-m", "plumeline.cli", "run", "--only", "recorder", "--config", str(config))
    try:
        _until_recorder_listens(port)
        with _python(
            "-m", "bench.recorder_rate", "--publish-to", str(port), "--messages", str(count)
        ):
            found = _watch(folder / "record" / "plumeline.db", count)
    finally:
        recorder.terminate()
        usage = os.wait4(recorder.pid, 0)[2]
    cpu_us = (usage.ru_utime + usage.ru_stime) / count * 1e6
    return {**found, "recorder_cpu_us_per_message": round(cpu_us)}


def _python(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], stderr=subprocess.DEVNULL)


def _until_recorder_listens(port: int) -> None:
    """Publish a sample of another device until it is receipted."""
    answered = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench-probe")
    client.on_message = lambda *_: answered.set()
    client.connect("127.0.0.1", port)
    client.subscribe("uav/probe-1/rcpt")
    client.loop_start()
    while not answered.wait(0.1):
        client.publish("uav/probe-1/fix", FIX % (0, T0_S), qos=1)
    client.disconnect()
    client.loop_stop()


def _watch(file: Path, count: int) -> dict[str, object]:
    """Rows a second from the first tenth to the last row, and the keys that never came."""
    began_s = changed_s = time.perf_counter()
    began_rows = rows = 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        while rows < count and time.perf_counter() - changed_s < 5:
            time.sleep(0.2)
            now_rows = database.execute("SELECT count(*) FROM fix").fetchone()[0] - 1
            if now_rows != rows:
                rows, changed_s = now_rows, time.perf_counter()
            if began_rows == 0 and rows >= count / 10:
                began_rows, began_s = rows, changed_s
        kept = set(
            database.execute(
                "SELECT device_id, seq FROM fix JOIN flight USING (flight_n) "
                "WHERE device_id != 'probe-1'"
            )
        )
    offered = {(f"uav-{n % DEVICES:03d}", n // DEVICES) for n in range(count)}
    return {
        "rows_per_s": round((rows - began_rows) / (changed_s - began_s)),
        "offered": count,
        "lost": len(offered - kept),
    }


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=60_000, help="of each measurement")
    parser.add_argument("--only", choices=["sqlite3", "store", "recorder"], nargs="*")
    parser.add_argument(
        "--port", type=int, help="of a broker on this machine (MQTT 5), not the embedded one"
    )
    parser.add_argument("--publish-to", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.publish_to:
        publish(asked.publish_to, asked.messages)
        return
    wanted = asked.only or ["sqlite3", "store", "recorder"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = bare_rate(asked.messages, folder)
        found: dict[str, dict[str, object]] = {"sqlite3": {"rows_per_s": round(bare)}}
        if "store" in wanted:
            found["store"] = {"rows_per_s": round(store_rate(asked.messages, folder))}
        if "recorder" in wanted:
            if asked.port:
                found["recorder"] = recorder_rate(asked.messages, folder, asked.port, 5)
            else:
                with EmbeddedBroker(port=0) as broker:
                    found["recorder"] = recorder_rate(asked.messages, folder, broker.port, 4)
        for measured, numbers in found.items():
            ratio = round(float(str(numbers["rows_per_s"])) / bare, 3)
            print(json.dumps({"bench": "recorder_rate", "of": measured, **numbers, "ratio": ratio}))


if __name__ == "__main__":
    main()
