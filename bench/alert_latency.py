"""From a frame's publication to its event on the page's stream, with the real detector.

The station (`plumeline run`: embedded broker, recorder, analyst, web) is a process of its own; this
one plays the sample flight chemical_store for every drone, each shifted to a place of its own, 1
frame and 10 fixes a second, and listens to /api/stream. What is timed is the frame that raises the
incident and every later one that shows smoke: from the moment it is handed to the MQTT client until
its event arrives over HTTP. (Earlier ones are told with the alarm, which waits for 4 pictures of 6:
how long is what `plumeline score --flight` says.) Prints JSON lines.

Run: python -m bench.alert_latency [--drones 1 10]
"""

from __future__ import annotations

import argparse
import json
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from plumeline.flights import load_flight
from plumeline.passwords import hashed
from plumeline.web.door import StationDoor
from plumeline.web.may import COOKIE
from store.people import COMMAND_LINE, Account, Role
from store.store import open_store

FLIGHT = load_flight("chemical_store")
APART_DEG = 0.02
Frame = tuple[str, int]
"""Device and sequence number."""
Due = tuple[float, str, bytes, Frame | None]


def messages(drone: int, rounds: int, t0_s: float) -> Iterator[Due]:
    """(due, topic, payload, frame key) of one drone, round after round, times moved to now."""
    device = f"bench-{drone:02d}"
    stagger_s = drone / 10
    for number in range(rounds):
        moved_s = t0_s + number * (FLIGHT.duration_s + 1) + stagger_s - FLIGHT.t_first_s
        for line in FLIGHT.lines:
            body: dict[str, Any] = dict(line.header or json.loads(bytes(line.payload)))
            body["seq"] += number * 100_000
            for key in ("t_device_s", "t_capture_s", "t_sent_s"):
                if key in body:
                    body[key] += moved_s
            if "lat_deg" in body:
                body["lat_deg"] += drone * APART_DEG
            topic = f"uav/{device}/{line.topic.rsplit('/', 1)[1]}"
            due_s = line.t_s + moved_s
            if line.jpeg is None:
                yield due_s, topic, json.dumps(body).encode(), None
            else:
                head = json.dumps(body | {"device_id": device}).encode()
                jpeg = (FLIGHT.folder / line.jpeg).read_bytes()
                payload = b"PLF1" + len(head).to_bytes(4, "big") + head + jpeg
                yield due_s, topic, payload, (device, body["seq"])


class Listener(threading.Thread):
    """Follows the event stream and notes when each frame's event arrives."""

    def __init__(self, port: int, session: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self._session = session
        self.arrived_s: dict[Frame, float] = {}
        self.ready = threading.Event()
        self._port = port

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port)
        connection.request("GET", "/api/stream", headers=self._session)
        response = connection.getresponse()
        while line := response.readline():
            self.ready.set()
            if line.startswith(b"data:") and b'"evidence"' in line:
                body = json.loads(line[5:])
                evidence = body.get("event", body)["evidence"]
                if evidence is None:  # an escalation: nobody answers a bench
                    continue
                key = evidence["key"]
                self.arrived_s.setdefault((key["device_id"], key["seq"]), time.time())


def measure(drones: int, rounds: int) -> dict[str, object]:
    """One station, so many drones."""
    mqtt_port, web_port = _free_port(), _free_port()
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "plumeline.toml"
        data = Path(name) / "record"
        config.write_text(
            f'[mqtt]\nport = {mqtt_port}\n[web]\nport = {web_port}\n[data]\nfolder = "{data}"\n'
        )
        session = _let_in(data)
        command = [sys.executable, "-m", "plumeline.cli", "run", "--config", str(config)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as station:
            try:
                listener = _listen(web_port, session)
                sent_s = _fly(mqtt_port, drones, rounds)
                time.sleep(5)
                status = _get(web_port, "/api/status", session)["totals"]
            finally:
                station.terminate()
    delays = sorted(
        1000 * (listener.arrived_s[key] - sent_s[key]) for key in _timed(sent_s, listener.arrived_s)
    )
    frames = len(sent_s)
    return {
        "drones": drones,
        "frames": frames,
        "stored": status["frames"],
        "judged": status["frames_judged"],
        "skipped": status["frames_skipped"],
        "events": len(delays),
        "p50_ms": round(_percentile(delays, 0.5)),
        "p95_ms": round(_percentile(delays, 0.95)),
        "max_ms": round(delays[-1]),
    }


def _timed(sent_s: dict[Frame, float], arrived_s: dict[Frame, float]) -> list[Frame]:
    """Of each device: the last frame sent before its first event arrived, and all after it."""
    found: list[Frame] = []
    for device in {device for device, _ in arrived_s}:
        told = sorted((sent_s[key], key) for key in arrived_s if key[0] == device)
        alarm_s = min(arrived_s[key] for _, key in told)
        waited = sum(at_s < alarm_s for at_s, _ in told)
        found += [key for _, key in told[max(0, waited - 1) :]]
    return found


def _fly(port: int, drones: int, rounds: int) -> dict[Frame, float]:
    """Publish everything when it is due; when each frame was handed over."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench")
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", port)
    client.loop_start()
    t0_s = time.time() + 1
    due = sorted(
        (m for drone in range(drones) for m in messages(drone, rounds, t0_s)), key=lambda m: m[0]
    )
    sent_s: dict[Frame, float] = {}
    for due_s, topic, payload, key in due:
        time.sleep(max(0.0, due_s - time.time()))
        if key is not None:
            sent_s[key] = time.time()
        client.publish(topic, payload, qos=1)
    client.disconnect()
    client.loop_stop()
    return sent_s


def _let_in(folder: Path) -> dict[str, str]:
    """The header of somebody who may listen."""
    store = open_store(folder)
    bench = Account(login="bench", name="bench", role=Role.COMMAND)
    store.people.add(bench, hashed(secrets.token_hex()), by=COMMAND_LINE, t_s=time.time())
    token = StationDoor(store.people, store.ledger, now_s=time.time).let_in(bench)
    store.close()
    return {"Cookie": f"{COOKIE}={token}"}


def _listen(port: int, session: dict[str, str]) -> Listener:
    for _ in range(300):
        try:
            _get(port, "/api/station", session)
            break
        except OSError:
            time.sleep(0.1)
    listener = Listener(port, session)
    listener.start()
    listener.ready.wait(10)
    time.sleep(1)
    return listener


def _get(port: int, path: str, session: dict[str, str]) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=session)
    return json.loads(connection.getresponse().read())


def _percentile(sorted_values: list[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Measure each number of drones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drones", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--rounds", type=int, default=1, help="how often each flies, 44 s each")
    asked = parser.parse_args()
    for drones in asked.drones:
        print(json.dumps({"bench": "alert_latency", **measure(drones, asked.rounds)}), flush=True)


if __name__ == "__main__":
    main()
