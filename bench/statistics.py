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
from datetime import date
from pathlib import Path

import msgspec

from casework.figures import Figure
from casework.statistics import By
from plumeline.statistics import Wanted, statistics
from store import tally
from store.statistics import Scope, SqlStatistics
from store.store import open_store

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
        said[f"{by}_ms"] = _times(lambda w=wanted: msgspec.json.encode(statistics(source, w, 0.0)))
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
        rows, took_ms = _timed(lambda f=figure: source.rows(f, scope, after_n=0, limit=100))
        said[f"rows_{figure}_ms"] = round(took_ms, 1)
        exact &= rows.total == total[figure]
    with store.engine.begin() as connection:
        exact &= tally.kept(connection) == tally.recount(connection)
    store.close()
    size_mb = (folder / "plumeline.db").stat().st_size / 1e6
    print(json.dumps({"exact": exact, "counts": total, "size_mb": round(size_mb), **said}))


def _times(work: object) -> dict[str, float]:
    cold = _timed(work)[1]
    warm = stats.median(_timed(work)[1] for _ in range(20))
    return {"cold": round(cold, 1), "warm": round(warm, 1)}


def _timed(work: object) -> tuple[object, float]:
    started_s = time.perf_counter()
    found = work()  # type: ignore[operator]
    return found, 1000 * (time.perf_counter() - started_s)


def _forget(folder: Path) -> None:
    """Drop the file from the page cache."""
    file = os.open(folder / "plumeline.db", os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


if __name__ == "__main__":
    main()
