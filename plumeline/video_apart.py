"""A video decoded in a process of its own, with limits on memory and processor time.

FFmpeg parses what a camera card brings; should a damaged file make it crash, hang or swell, only
that process dies. The child runs ``ingest.video`` and writes messages to its standard output: a
letter for the kind, the length in four bytes (big endian), the body in msgpack. After each picture
it waits for one byte, whether the picture stirs, if it was told to ask.
"""

from __future__ import annotations

import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import cv2
import msgspec
import numpy as np

from ingest import video
from ingest.errors import BadLog
from ingest.video_text import subtitles as read_subtitles

MEMORY_BYTES = 4 << 30
"""Of address space: pictures of 50 million pixels take 75 MB each, and decoders hold many."""
CPU_S = 4 * 3600
SILENCE_S = 120.0
"""Without a word from the child it is taken for hung."""

_FRAME, _PROGRESS, _END, _RESULT, _ERROR = b"F", b"P", b"E", b"R", b"X"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child may use."""

    memory_bytes: int = MEMORY_BYTES
    cpu_s: int = CPU_S
    silence_s: float = SILENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    limits: Limits
    what: str
    per_s: float = video.PER_S
    dense_per_s: float = video.DENSE_PER_S
    asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    reason: str
    where: str | None
    advice: str | None
    code: str = ""


def probe(path: Path, *, limits: Limits = Limits()) -> video.VideoFacts:
    """As `ingest.video.probe`, apart; raises BadLog for a limit that was reached, too."""
    return _result(path, _Job(limits=limits, what="probe"), video.VideoFacts)


def subtitles(path: Path, *, limits: Limits = Limits()) -> bytes:
    """As `ingest.video_text.subtitles`, apart; raises BadLog for a limit, too."""
    return _result(path, _Job(limits=limits, what="subtitles"), bytes)


def sample(
    path: Path,
    *,
    per_s: float = video.PER_S,
    stirs: Callable[[video.Image], bool] | None = None,
    dense_per_s: float = video.DENSE_PER_S,
    on_progress: Callable[[float], None] | None = None,
    on_end: Callable[[video.Decoded], None] | None = None,
    limits: Limits = Limits(),
) -> Iterator[video.VideoFrame]:
    """As `ingest.video.sample`, apart: ``stirs`` sees the picture as its JPEG gives it.

    Raises:
        BadLog: as there, or a limit was reached, which the message names.
    """
    job = _Job(
        limits=limits,
        what="sample",
        per_s=per_s,
        dense_per_s=dense_per_s,
        asks=stirs is not None,
    )
    with closing(_Child(path, job)) as child:
        for kind, body in child.messages():
            if kind == _FRAME:
                frame = msgspec.msgpack.decode(body, type=video.VideoFrame)
                yield frame
                if stirs is not None:
                    child.answer(yes=stirs(_image(frame.jpeg)))
            elif kind == _PROGRESS and on_progress is not None:
                on_progress(msgspec.msgpack.decode(body, type=float))
            elif kind == _END and on_end is not None:
                on_end(msgspec.msgpack.decode(body, type=video.Decoded))


def _result(path: Path, job: _Job, kind: type[_T]) -> _T:
    with closing(_Child(path, job)) as child:
        for _, body in child.messages():
            return msgspec.msgpack.decode(body, type=kind)
    raise BadLog(path, "the decoder ended without an answer")


def _image(jpeg: bytes) -> video.Image:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


class _Child:
    """The process, as its parent sees it."""

    def __init__(self, path: Path, job: _Job) -> None:
        self._path = path
        self._limits = job.limits
        command = [sys.executable, "-m", "plumeline.video_apart", str(path)]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this module
            [*command, msgspec.json.encode(job).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """What the child says until it ends well; raises BadLog if it does not."""
        while head := self._read(5):
            body = self._read(int.from_bytes(head[1:], "big"))
            if head[:1] == _ERROR:
                refusal = msgspec.msgpack.decode(body, type=_Refusal)
                raise BadLog(
                    self._path,
                    refusal.reason,
                    where=refusal.where,
                    advice=refusal.advice,
                    code=refusal.code,
                )
            yield head[:1], body
        if status := self._process.wait():
            raise self._died(status)

    def answer(self, *, yes: bool) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the next read says why it is gone
            self._process.stdin.write(b"1" if yes else b"0")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self, size: int) -> bytes:
        """Exactly ``size`` bytes, or none at the end of all."""
        assert self._process.stdout is not None
        parts: list[bytes] = []
        left = size
        while left:
            if not select.select([self._process.stdout], [], [], self._limits.silence_s)[0]:
                reason = f"the decoder was silent for {self._limits.silence_s:g} s"
                raise BadLog(self._path, reason, advice=_ADVICE)
            part = self._process.stdout.read(min(left, 1 << 20))
            if not part and not parts and size == 5:
                return b""
            if not part:
                raise self._died(self._process.wait())
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _died(self, status: int) -> BadLog:
        reason = f"the decoder ended with status {status}"
        if status == -signal.SIGXCPU:
            reason = f"decoding took more than {self._limits.cpu_s} s of processor time"
        elif status < 0:
            reason = f"the decoder was ended by {signal.Signals(-status).name}"
        return BadLog(self._path, reason, advice=_ADVICE)


_ADVICE = "the file is damaged or not what it seems: convert it with a video program"


def _limit(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(path: Path, job: _Job, answers: BinaryIO, out: BinaryIO) -> None:
    def say(kind: bytes, value: object) -> None:
        body = msgspec.msgpack.encode(value)
        out.write(kind + len(body).to_bytes(4, "big") + body)
        out.flush()

    try:
        if job.what == "probe":
            say(_RESULT, video.probe(path))
        elif job.what == "subtitles":
            say(_RESULT, read_subtitles(path))
        else:
            for frame in video.sample(
                path,
                per_s=job.per_s,
                dense_per_s=job.dense_per_s,
                stirs=(lambda _: answers.read(1) == b"1") if job.asks else None,
                on_progress=lambda share: say(_PROGRESS, share),
                on_end=lambda decoded: say(_END, decoded),
            ):
                say(_FRAME, frame)
    except BadLog as exc:
        say(_ERROR, _Refusal(reason=exc.reason, where=exc.where, advice=exc.advice, code=exc.code))
    except (MemoryError, ImportError):  # a library that cannot be mapped is an ImportError
        reason = f"decoding needs more than {job.limits.memory_bytes >> 20} MB of memory"
        say(_ERROR, _Refusal(reason=reason, where=None, advice=_ADVICE))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # unless it is gone
    _job = msgspec.json.decode(sys.argv[2], type=_Job)
    _limit(_job.limits)
    _work(Path(sys.argv[1]), _job, sys.stdin.buffer, sys.stdout.buffer)
