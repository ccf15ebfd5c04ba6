"""How long it takes to verify a ledger of 300,000 events, beside hashing alone in the same run.

Run: python -m bench.verify [--events 300000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from alerts.events import Kind
from store.chain import GENESIS, breaks
from store.eventlog import append_events
from store.store import Store, open_store
from store.verify import verify
from tests.records import T0_S
from tests.store.test_ledger import filled, raised

STEP = 5000


def main() -> None:
    """Fill a record, verify it, print seconds and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=300_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        filled(store)
        for _ in _fill(store, events):
            pass
        entries = list(store.ledger.entries())
        start_s = time.perf_counter()
        assert not list(breaks(entries, GENESIS))
        hashing_s = time.perf_counter() - start_s
        del entries
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        verdict = verify(store.engine, store.blobs, [])
        whole_s = time.perf_counter() - start_s
        whole_cpu_s = time.process_time() - start_cpu_s
        store.close()
    assert verdict.ok and verdict.events > events
    print(f"{verdict.events} events, {verdict.entries} entries: verified in {whole_s:.2f} s")
    print(f"of which this process had a core for {whole_cpu_s:.2f} s: the rest went to others")
    print(f"of that hashing the chain alone: {hashing_s:.2f} s, ratio {whole_s / hashing_s:.1f}")


def _fill(store: Store, events: int) -> Iterator[int]:
    first = raised()
    for start in range(0, events, STEP):
        some = [
            replace(first, key=f"inc-1/{i}", kind=Kind.SEEN)
            for i in range(start + 2, start + STEP + 2)
        ]
        with store.engine.begin() as connection:
            append_events(connection, 1, some, T0_S + start, actor="run 1")
        yield start


if __name__ == "__main__":
    main()
