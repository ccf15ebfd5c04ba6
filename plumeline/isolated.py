"""A flight log read with limits: what somebody else's code parses is parsed in its own process.

So is what is large, whoever parses it. Should a damaged file make a reader crash, hang or swell,
only that process dies. The child (this module, run with -m) answers with one letter, F for a flight
or X for a refusal, and its msgpack; the columns of the track travel as raw bytes. What a library
prints goes nowhere.
"""

from __future__ import annotations

import importlib
import math
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ingest.errors import BadLog
from ingest.logs.flight import BoolArray, Flight
from ingest.logs.reader import LogReader
from ingest.logs.table import recognise

MEMORY_BYTES = 1 << 30
SECONDS = 60.0
LARGE_BYTES = 32 << 20
"""A text of this size takes a fifth of a gigabyte to read."""
_PATIENCE = 3
"""Times the processor's seconds a child may take by the wall clock: the machine may be busy."""
_FLIGHT, _REFUSED = b"F", b"X"
_ADVICE = "the file is damaged or not what it seems: copy it again, or send it to the maintainers"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    module: str
    """Of the reader."""
    memory_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    reason: str
    where: str | None = None
    advice: str | None = _ADVICE
    code: str = ""


def read(path: Path, *, memory_bytes: int = MEMORY_BYTES, seconds: float = SECONDS) -> Flight:
    """What a log file holds, read by whoever recognises it.

    Args:
        memory_bytes: address space of a child process, besides the file itself, which is mapped.
        seconds: of processor time; by the wall clock it may take three times as long.

    Raises:
        BadLog: nobody knows the file, it cannot be read, or a limit was reached, which the message
            names.
    """
    reader = recognise(path)
    if not reader.third_party and path.stat().st_size < LARGE_BYTES:
        return reader.read(path)
    module = reader.read.__module__
    return _apart(path, _Job(module=module, memory_bytes=memory_bytes, seconds=seconds))


def _apart(path: Path, job: _Job) -> Flight:
    command = [sys.executable, "-m", "plumeline.isolated", str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this module
            [*command, msgspec.json.encode(job).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # each thread takes address space
            timeout=_PATIENCE * job.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = f"reading took more than {_PATIENCE * job.seconds:g} s"
        raise BadLog(path, reason, advice=_ADVICE) from None
    if done.returncode:
        raise BadLog(path, _died(done.returncode, job), advice=_ADVICE)
    if done.stdout[:1] == _FLIGHT:
        return msgspec.msgpack.decode(done.stdout[1:], type=Flight, dec_hook=_column)
    refusal = msgspec.msgpack.decode(done.stdout[1:], type=_Refusal)
    raise BadLog(
        path, refusal.reason, where=refusal.where, advice=refusal.advice, code=refusal.code
    )


def _died(status: int, job: _Job) -> str:
    if status == -signal.SIGXCPU:
        return f"reading took more than {job.seconds:g} s of processor time"
    if status < 0:
        return f"the reader was ended by {signal.Signals(-status).name}"
    return f"the reader ended with status {status}"


def _column(kind: Any, raw: bytes) -> Any:
    return np.frombuffer(raw, np.bool_ if kind == BoolArray else np.float64)


def _raw(column: Any) -> bytes:
    return bytes(column.tobytes())


def _answer(path: Path, job: _Job) -> bytes:
    """What the child says."""
    try:
        reader: LogReader = importlib.import_module(job.module).READER
        return _FLIGHT + msgspec.msgpack.encode(reader.read(path), enc_hook=_raw)
    except BadLog as exc:
        refusal = _Refusal(reason=exc.reason, where=exc.where, advice=exc.advice, code=exc.code)
    except MemoryError:
        refusal = _Refusal(reason=f"reading needs more than {job.memory_bytes >> 20} MB of memory")
    except Exception as exc:  # noqa: BLE001 - a library may raise anything, and the parent waits
        refusal = _Refusal(reason=f"the reader failed: {exc!r}")
    return _REFUSED + msgspec.msgpack.encode(refusal)


def _limit(path: Path, job: _Job) -> None:
    space, cpu_s = job.memory_bytes + path.stat().st_size, math.ceil(job.seconds)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(path: Path, job: _Job) -> None:
    with os.fdopen(os.dup(1), "wb") as out, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        _limit(path, job)
        out.write(_answer(path, job))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    _main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=_Job))
