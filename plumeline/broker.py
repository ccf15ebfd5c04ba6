"""The MQTT broker that comes with Plumeline, for one machine: rumqttd, out of the wheel `iotcore`.

It speaks MQTT 3.1.1 and keeps everything in memory: see docs/brokers.md and docs/decisions/0002.
This file is also the child's program, so it imports nothing of ours.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

SEGMENTS = 16

CONFIG = """id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = {segment_bytes}
max_segment_count = {segments}
[v4.1]
name = "v4"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = {max_payload_bytes}
max_inflight_count = 100
dynamic_filters = true
"""


class BrokerError(Exception):
    """Base of what can go wrong with the embedded broker."""


class BrokerMissing(BrokerError):
    """There is no `iotcore` on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "the embedded broker needs the package iotcore, which has no wheel for this machine "
            "or is not installed: run `pip install iotcore`, or install mosquitto and set "
            'broker = "external" under [mqtt] (docs/brokers.md)'
        )


class PortTaken(BrokerError):
    """Something else listens there, or the address is not ours to listen on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port} ({reason}): set another `port` under [mqtt] (0 takes "
            "any free one), stop the program that listens there, or, if it is an MQTT broker, "
            'use it with broker = "external" (docs/brokers.md)'
        )
        self.host = host
        self.port = port


class BrokerDied(BrokerError):
    """The child process ended, or its port did not accept, while it was starting."""

    def __init__(self, exit_code: int | None) -> None:
        what = "its port does not accept" if exit_code is None else f"it exited with {exit_code}"
        super().__init__(f"the embedded broker did not start: {what}; its own words are above")


class BrokerGone(BrokerError):
    """The child process ended while it should have been running."""

    def __init__(self) -> None:
        super().__init__("the embedded broker has ended by itself; its own words are above")


class EmbeddedBroker:
    """An MQTT 3.1.1 broker in a child process that ends with this one, even by SIGKILL.

    `queue_bytes` bounds what is kept for each distinct topic filter ever subscribed to, consumed
    or not; beyond it the oldest messages go without a word. Memory grows to as much as twice that
    per filter and stays. Consumers must acknowledge in the order of arrival (MQTT-4.6.0-2): after
    an acknowledgement out of order the broker forgets the oldest message in flight.

    Raises (from `start`): `BrokerMissing`, `PortTaken`, `BrokerDied`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 1883,
        *,
        max_payload_bytes: int = 9_000_000,
        queue_bytes: int = 200_000_000,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._max_payload_bytes = max_payload_bytes
        self._queue_bytes = queue_bytes
        self._users = users or {}
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, timeout_s: float = 10.0) -> Self:
        """Return when the port accepts; a `port` of 0 becomes the one that was found free."""
        self.stop()
        if importlib.util.find_spec("iotcore") is None:
            raise BrokerMissing
        self.port = _usable_port(self.host, self.port)
        self._child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", __file__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is for us: the recorder finishes, then we stop it
        )
        try:
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(self._config()).encode() + b"\n")
            self._child.stdin.flush()
            self._wait_until_it_accepts(self._child, timeout_s)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the child; its queues and sessions are gone. Safe to call at any time."""
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.kill()  # it has nothing to save
            child.wait()
            child.stdin.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _config(self) -> str:
        users = "".join(f"{json.dumps(u)} = {json.dumps(p)}\n" for u, p in self._users.items())
        return CONFIG.format(
            host=self.host,
            port=self.port,
            segment_bytes=self._queue_bytes // SEGMENTS,
            segments=SEGMENTS,
            max_payload_bytes=self._max_payload_bytes,
        ) + (f"[v4.1.connections.auth]\n{users}" if users else "")

    def _wait_until_it_accepts(self, child: subprocess.Popen[bytes], timeout_s: float) -> None:
        until_s = time.monotonic() + timeout_s
        while child.poll() is None and time.monotonic() < until_s:
            with suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
                return
            time.sleep(0.02)
        raise BrokerDied(child.poll())


def _usable_port(host: str, port: int) -> int:
    """`port`, or a free one for 0. Raises `PortTaken`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise PortTaken(host, port, exc.strerror or str(exc)) from exc
        return int(probe.getsockname()[1])


def _exit_with(parent_pid: int) -> None:
    """Wait until our stdin closes, or, where a fork of a dead parent holds it, we are orphaned."""
    while os.getppid() == parent_pid and not select.select([0], [], [], 0.5)[0]:
        pass
    os._exit(0)


def _serve(parent_pid: int) -> None:
    from iotcore import IotCoreBroker  # noqa: PLC0415  # only the child loads 14 MB of Rust

    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)  # it logs a record per message
    config = json.loads(sys.stdin.readline())
    threading.Thread(target=_exit_with, args=(parent_pid,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:  # iotcore takes its settings from a file only
        path = Path(folder) / "broker.toml"
        path.write_text(config)
        broker = IotCoreBroker(config_path=str(path))
    broker.run_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
