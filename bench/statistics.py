"""How fast the statistics of a whole city are, from a record that `tools.make_city` has filled.

    python -m tools.make_city /tmp/city
    python -m bench.statistics /tmp/city

Cold is a new process with the file's pages dropped from the page cache where the system lets us,
warm the median of twenty. Each time includes JSON. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics as stats
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from casework.figures import Figure
from casework.statistics import By
from plumeline.statistics import Wanted, statistics
from store import tally
from store.statistics import Scope, SqlStatistics
from store.store import open_store

Found = TypeVar("Found")
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 15)
EXACT = {
    "stations": 101,
    "staff": 2_093,
    "visits": 1_069_000,
    "inspections": 27_000,
    "found": 509_000,
    "listed": 8_900,
    "cases": 3_600,
}


def main() -> None:
    """Measure and check, and say both in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    _forget(folder)
    store = open_store(folder)
    source = SqlStatistics(store.engine)
    said: dict[str, object] = {}
    for by in (By.DISTRICT, By.STATION, By.CLASS, By.PERSON):
        org_id = "320116-01" if by is By.PERSON else None
        wanted = Wanted(by=by, first=FIRST, last=LAST, org_id=org_id)
        _forget(folder)
        said[f"{by}_ms"] = _times(partial(_told, source, wanted))
    told = {by: statistics(source, Wanted(by=by, first=FIRST, last=LAST), 0.0) for by in By
            if by is not By.PERSON}  # fmt: skip
    total = told[By.CITY].total.counts
    for by, table in told.items():
        for figure in EXACT:
            lines = [one.counts[figure] for one in table.groups]
            if None not in lines:
                assert sum(lines) == total[figure], (by, figure)  # type: ignore[arg-type]
    liuhe = next(one for one in told[By.DISTRICT].groups if one.key == "320116").counts
    exact = all(total[figure] == count for figure, count in EXACT.items())
    exact &= (liuhe["stations"], liuhe["staff"], liuhe["members"]) == (9, 158, 51)
    scope = Scope(first=FIRST, last=LAST)
    for figure in (Figure.VISITS, Figure.FOUND, Figure.LISTED, Figure.CASES):
        rows, wall_ms, cpu_ms = _timed(partial(source.rows, figure, scope, after_n=0, limit=100))
        said[f"rows_{figure}_ms"] = {"wall": round(wall_ms, 1), "cpu": round(cpu_ms, 1)}
        exact &= rows.total == total[figure]
    with store.engine.begin() as connection:
        exact &= tally.kept(connection) == tally.recount(connection)
    store.close()
    size_mb = (folder / "plumeline.db").stat().st_size / 1e6
    print(json.dumps({"exact": exact, "counts": total, "size_mb": round(size_mb), **said}))


def _told(source: SqlStatistics, wanted: Wanted) -> bytes:
    return msgspec.json.encode(statistics(source, wanted, 0.0))


def _times(work: Callable[[], object]) -> dict[str, float]:
    """Wall clock, and beside it processor time, which other work on the machine does not change."""
    _, cold_ms, _ = _timed(work)
    warm = [_timed(work) for _ in range(20)]
    return {
        "cold": round(cold_ms, 1),
        "warm": round(stats.median(wall_ms for _, wall_ms, _ in warm), 1),
        "warm_cpu": round(stats.median(cpu_ms for *_, cpu_ms in warm), 1),
    }


def _timed(work: Callable[[], Found]) -> tuple[Found, float, float]:
    started_s, busy_s = time.perf_counter(), time.process_time()
    found = work()
    return found, 1000 * (time.perf_counter() - started_s), 1000 * (time.process_time() - busy_s)


def _forget(folder: Path) -> None:
    """Drop the file from the page cache."""
    file = os.open(folder / "plumeline.db", os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


if __name__ == "__main__":
    main()
