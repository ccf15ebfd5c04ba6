"""Recorder processes to start, kill and start again."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = """
[data]
folder = "record"
[mqtt]
broker = "external"
port = {port}
protocol = {protocol}
client_id = "{client_id}"
"""


class Site:
    """A folder with a configuration, a record and a log."""

    def __init__(
        self, folder: Path, port: int, protocol: int, *, client_id: str = "recorder-under-test"
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.config = folder / "plumeline.toml"
        self.config.write_text(CONFIG.format(port=port, protocol=protocol, client_id=client_id))
        self.record = folder / "record"
        self.log = folder / "recorder.log"

    @property
    def arguments(self) -> list[str]:
        return ["run", "--only", "recorder", "--config", str(self.config)]

    def fresh(self) -> subprocess.Popen[bytes]:
        """A process of its own, from nothing, as a supervisor starts it."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "plumeline.cli", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )


class Stable:
    """Recorders by fork, from a process that has everything imported (see stable.py)."""

    def __init__(self, site: Site, *changes: str) -> None:
        self._site = site
        self._pidfd: int | None = None
        self._pid = 0
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.delivery.stable", *changes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._answer() == "ready"

    def start(self) -> None:
        assert self._forker.stdin is not None
        command = " ".join(self._site.arguments)
        self._forker.stdin.write(f"{self._site.log}\t{command}\n")
        self._forker.stdin.flush()
        self._pid = int(self._answer())
        self._pidfd = os.pidfd_open(self._pid)

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and return when the process is gone."""
        if self._pidfd is None:
            return
        signal.pidfd_send_signal(self._pidfd, number)
        gone, _, _ = select.select([self._pidfd], [], [], 30)
        os.close(self._pidfd)
        self._pidfd = None
        assert gone, f"signal {number} did not end the recorder"

    def close(self) -> None:
        self.end()
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.close()
        self._forker.wait(10)
        self._forker.stdout.close()

    def _answer(self) -> str:
        assert self._forker.stdout is not None
        return self._forker.stdout.readline().strip()


@contextmanager
def stable(site: Site, *changes: str) -> Iterator[Stable]:
    made = Stable(site, *changes)
    try:
        yield made
    finally:
        made.close()
