"""Damaged logs: whatever is cut off or overwritten, a reader reads what is left or refuses.

A short patrol is written in every format, cut at many places, and its bytes overwritten by a fixed
seed; each format runs in a process of its own. More of both on demand, by the environment:

    PLUMELINE_MUTANTS=10000 PLUMELINE_CUTS=500 python -m pytest tests/ingest/test_logs_damage.py
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import random
import resource
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.errors import BadLog
from ingest.logs import table
from ingest.logs.flight import Flight, Integrity
from ingest.logs.reader import HEAD_BYTES, LogReader

pytestmark = pytest.mark.timeout(1800)
"""Whichever test comes first waits for all of the damage: 20 s of two idle cores."""

MUTANTS = int(os.environ.get("PLUMELINE_MUTANTS", "2000"))
"""Of a format, shared out among its files."""
CUTS = int(os.environ.get("PLUMELINE_CUTS", "100"))
SEED = 20_261_124
HANG_S = 5
GROWTH_MB = 300
SAMPLES = 20
REFUSED = -1


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one made file."""

    whole: int
    """Records of the undamaged file."""
    cuts: list[tuple[int, int, bool]]
    """Where it was cut, the records read (or `REFUSED`), and whether the reader told."""
    flips: list[int]
    faults: list[str]
    """Exceptions other than BadLog, with the damage that led there."""
    growth_mb: float


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file and the module of its reader."""

    name: str
    module: str
    data: bytes
    mutants: int
    ends: list[int]
    """Where each record ends: as far as files of fewer samples agree with this one."""


def writers() -> dict[str, Callable[[Sequence[Any]], bytes]]:
    found: dict[str, Callable[[Sequence[Any]], bytes]] = {}
    for name in ("binary", "tables", "text"):
        try:
            module = importlib.import_module(f"tools.log_writers.{name}")
        except ModuleNotFoundError:  # an extra, or the checkout is a part
            continue
        found |= module.WRITERS
    return found


def agree(one: bytes, other: bytes) -> int:
    size = min(len(one), len(other))
    same = np.frombuffer(one, "u1", size) == np.frombuffer(other, "u1", size)
    return size if same.all() else int(same.argmin())


def made_files() -> list[Made]:
    """All that a reader recognises."""
    from tools.log_writers.patrol import patrol

    samples = patrol(seconds=SAMPLES / 10, no_fix=2)
    found: list[Made] = []
    for name, write in WRITERS.items():
        data = write(samples)
        reader = next((one for one in table.READERS if one.recognise(data[:HEAD_BYTES])), None)
        if reader is not None:
            ends = [agree(write(samples[:n]), data) for n in range(1, SAMPLES + 1)]
            found.append((name, reader, data, ends))
    files_of = Counter(reader.name for _, reader, _, _ in found)
    return [
        Made(
            name=name,
            module=reader.read.__module__,
            data=data,
            mutants=-(-MUTANTS // files_of[reader.name]),
            ends=ends,
        )
        for name, reader, data, ends in found
    ]


WRITERS = writers()


def run(made: Made, folder: Path) -> Outcome:
    """All damage to one file, in a process of its own."""
    whole, answer = folder / made.name, folder / f"{made.name}.json"
    whole.write_bytes(made.data)
    command = [sys.executable, __file__, made.module, str(whole), str(answer), str(made.mutants)]
    done = subprocess.run(
        [*command, str(CUTS)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]  # a hang dumps its traceback there
    return Outcome(**json.loads(answer.read_text("utf-8")))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Made, Future[Outcome]]]:
    folder, made = tmp_path_factory.mktemp("damage"), made_files()
    with ThreadPoolExecutor(2) as pool:
        return {one.name: (one, pool.submit(run, one, folder)) for one in made}


@pytest.fixture(params=sorted(WRITERS))
def done(request: pytest.FixtureRequest, work: dict[str, Any]) -> tuple[Made, Outcome]:
    if request.param not in work:
        pytest.skip("no reader knows it")
    made, outcome = work[request.param]
    return made, outcome.result()


def test_damage_is_read_around_or_refused_and_nothing_else(done: tuple[Made, Outcome]) -> None:
    made, outcome = done
    assert len(outcome.flips) == made.mutants
    assert outcome.faults == []
    assert outcome.growth_mb < GROWTH_MB


def test_a_longer_piece_never_gives_less_and_none_gives_more_than_the_whole(
    done: tuple[Made, Outcome],
) -> None:
    _, outcome = done
    counts = [count for _, count, _ in outcome.cuts]
    assert counts == sorted(counts)
    assert max(counts) <= outcome.whole


def test_what_lies_before_the_cut_is_recovered(done: tuple[Made, Outcome]) -> None:
    made, outcome = done
    if outcome.whole != SAMPLES or len(set(made.ends)) < SAMPLES:
        pytest.skip("the format is not one record after another")
    for cut, count, told in outcome.cuts:
        before = sum(end <= cut for end in made.ends)
        assert max(count, 0) >= int(0.99 * before), f"cut at byte {cut} of {len(made.data)}"
        assert told or count >= before


def _count(flight: Flight) -> int:
    return len(flight.track) + len(flight.messages) + len(flight.plan)


def _mutants(data: bytes, count: int) -> Iterator[bytes]:
    random_ = random.Random(SEED)
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(random_.randint(1, 4)):
            mutant[random_.randrange(len(data))] = random_.randrange(256)
        yield bytes(mutant)


def _child(module: str, whole: Path, answer: Path, mutants: int, cuts: int) -> None:
    reader: LogReader = importlib.import_module(module).READER
    data, scratch, faults = (
        whole.read_bytes(),
        whole.with_name(f"{whole.name}.scratch"),
        list[str](),
    )

    def tried(variant: bytes, what: str) -> tuple[int, bool]:
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        scratch.write_bytes(variant)
        try:
            reader.recognise(variant[:HEAD_BYTES])
            flight = reader.read(scratch)
        except BadLog:
            return REFUSED, True
        except Exception as exc:  # noqa: BLE001 - that none comes is what is tested
            faults.append(f"{what}: {exc!r}")
            return REFUSED, True
        finally:
            faulthandler.cancel_dump_traceback_later()
        return _count(flight), flight.integrity is not Integrity.COMPLETE

    warnings.simplefilter("error")
    count, _ = tried(data, "the whole")
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    places = sorted({len(data) * i // cuts for i in range(1, cuts)})
    cut = [(place, *tried(data[:place], f"cut at {place}")) for place in places]
    flips = [tried(one, f"mutant {i}")[0] for i, one in enumerate(_mutants(data, mutants))]
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    outcome = Outcome(whole=count, cuts=cut, flips=flips, faults=faults, growth_mb=grown_kb / 1024)
    answer.write_text(json.dumps(vars(outcome)), encoding="utf-8")


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
