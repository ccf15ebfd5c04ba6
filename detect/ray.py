"""Ray: ONNX Runtime in several processes, here or on the machines of a Ray cluster."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from detect.detection import Detection, Image
from detect.errors import EngineFailed, EngineMissing
from detect.manifest import Model, Thresholds, load_model
from detect.onnx import OnnxDetector

KNOCK_TIMEOUT_S = 5.0
START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 30.0


class RayDetector:
    """A model in as many workers as wanted; the pictures of a call are spread over them."""

    def __init__(
        self, model: Model, *, workers: int = 2, threads: int = 1, address: str | None = None
    ) -> None:
        """Start the workers, each with ``threads`` cores.

        Args:
            model: its folder must lie at the same path on every machine of the cluster.
            address: host:port of a running cluster that this machine is part of; None starts Ray
                on this machine, until ``close``.

        Raises:
            EngineMissing: the extra ``ray`` is not installed.
            EngineFailed: no cluster there, no room in it, or workers that differ from each other.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with _own_sigterm():
            try:
                import ray  # noqa: PLC0415  # an extra
            except ImportError as exc:
                raise EngineMissing(engine="ray", extra="ray") from exc
            self._ray: Any = ray
            self._start(address, cores=workers * threads)
        # A worker that dies is started again, and its picture is judged once more.
        kind: Any = ray.remote(num_cpus=threads, max_restarts=-1, max_task_retries=1)(_Worker)
        least = model.manifest.threshold
        folder = model.weights.parent
        self._workers = [kind.remote(folder, least, threads) for _ in range(workers)]
        self._turns = itertools.cycle(self._workers)
        try:
            self._identity = f"{self._common_identity()} ray-{ray.__version__}"
        except EngineFailed:
            self.close()
            raise

    def __enter__(self) -> RayDetector:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """Model and engines: the same in every worker."""
        return self._identity

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The detections of each picture, best first; pictures in their order.

        Raises:
            EngineFailed: no answer in 30 s, or a worker that failed twice.
        """
        answers = [next(self._turns).detect.remote(image) for image in images]
        found: list[list[Detection]] = self._get(answers, ANSWER_TIMEOUT_S)
        return found

    def close(self) -> None:
        """Stop the workers, and Ray where this process started it. Also done at exit."""
        self._ray.shutdown()

    def _start(self, address: str | None, cores: int) -> None:
        options: dict[str, Any] = {"address": address}
        if address is None:
            options = {"address": "local", "num_cpus": cores, "include_dashboard": False}
        try:
            if address is not None:
                _knock(address)
            self._ray.init(**options, logging_level="ERROR", log_to_driver=False)
        except (OSError, RuntimeError, ValueError) as exc:
            reason = f"{address or 'on this machine'}: {exc}"
            raise EngineFailed(engine="ray", reason=reason) from exc

    def _common_identity(self) -> str:
        answers = [worker.identity.remote() for worker in self._workers]
        identities = sorted(set(self._get(answers, START_TIMEOUT_S)))
        if len(identities) > 1:
            reason = f"the workers differ: {', '.join(identities)}"
            raise EngineFailed(engine="ray", reason=reason)
        return str(identities[0])

    def _get(self, answers: list[Any], timeout_s: float) -> Any:
        try:
            return self._ray.get(answers, timeout=timeout_s)
        except self._ray.exceptions.GetTimeoutError as exc:
            reason = f"no answer in {timeout_s:.0f} s: is there a free core for each thread?"
            raise EngineFailed(engine="ray", reason=reason) from exc
        except self._ray.exceptions.RayError as exc:
            raise EngineFailed(engine="ray", reason=str(exc)) from exc


class _Worker:
    """What runs in a worker's process: it checks the weights it finds there."""

    def __init__(self, folder: Path, least: Thresholds, threads: int) -> None:
        model = load_model(folder)
        asked = replace(model, manifest=replace(model.manifest, threshold=least))
        self._detector = OnnxDetector(asked, threads=threads)

    def identity(self) -> str:
        return self._detector.identity

    def detect(self, image: Image) -> list[Detection]:
        return self._detector.detect([image])[0]


def _knock(address: str) -> None:
    """Ray itself tries for minutes before it says that nobody is there."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), timeout=KNOCK_TIMEOUT_S).close()


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray takes SIGTERM for itself when it is imported: give it back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
