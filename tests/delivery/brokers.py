"""The brokers under the tests: the embedded one, and mosquitto as docs/brokers.md sets it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from plumeline.broker import EmbeddedBroker

MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 500000
max_queued_bytes 2000000000
max_inflight_messages 100
max_packet_size 9000000
set_tcp_nodelay true
retain_available false
persistent_client_expiration 7d
persistence true
persistence_location {folder}/
autosave_interval 60
user root
"""


@dataclass(frozen=True)
class Running:
    """A broker on the loopback address, and the protocol recorders speak with it."""

    port: int
    protocol: int


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Running]:
    if kind == "embedded":
        with EmbeddedBroker(port=0) as broker:
            yield Running(broker.port, 4)
        return
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    port = _free_port()
    config = folder / "mosquitto.conf"
    config.write_text(MOSQUITTO.format(port=port, folder=folder))
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            _until_accepting(port)
            yield Running(port, 5)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_accepting(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("mosquitto does not accept connections")
