"""Work orders at a city's pace: so many a day for some days, each through its whole life.

    python -m bench.orders --orders 10000 --days 5

Every order is reported, accepted, dispatched, signed for, worked on, reported done, verified and
closed; one in ten is returned or extended on the way, one in fifty sent back by the verifier. All
in a new SQLite record in a temporary folder, with the ledger. Afterwards: nothing without an owner
or a due day, every closed order with a picture and a verifier who did not do the work, the counts
those of the rows, and the standings those that the ledger's steps left. One JSON line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from casework.days import start_s
from casework.errors import CaseworkError
from casework.life import Part, Step, Verb
from casework.words import Place
from plumeline.casework import CaseworkSection, PartnerSection
from plumeline.work import Work
from store import tally
from store.casework_check import wrong_standings
from store.order_lists import Filter
from store.store import open_store

FIRST = date(2026, 6, 1)
PICTURE = b"\xff\xd8\xff done"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
PLACES = 5_000
BATCH = 500
KINDS = ("blocked_exit", "overload", "ebike", "gas")


class Clock:
    """The station's, moved by hand."""

    t_s = 0.0

    def __call__(self) -> float:
        """Seconds since 1970 UTC."""
        return self.t_s


def life(chance: random.Random, keys: list[str], clock: Clock) -> Iterator[list[tuple[str, Step]]]:
    """Waves of steps: each order's next, all of a day's orders at a time."""

    def wave(verb: Verb, some: list[str], actor: str, **said: object) -> list[tuple[str, Step]]:
        t_s = clock()
        return [(key, Step(verb=verb, actor=actor, t_s=t_s, **said)) for key in some]  # type: ignore[arg-type]

    def work(some: list[str]) -> Iterator[list[tuple[str, Step]]]:
        yield wave(Verb.DISPATCH, some, "dispatcher", to="owner", days=10)
        yield wave(Verb.SIGN, some, "owner")
        yield wave(Verb.START, some, "owner")

    yield wave(Verb.ACCEPT, keys, "dispatcher")
    yield from work(keys)
    odd = [key for key in keys if chance.random() < 0.1]
    yield wave(Verb.ASK_EXTENSION, odd[::2], "owner", days=5, reason="parts")
    yield wave(Verb.GRANT_EXTENSION, odd[::2], "dispatcher")
    yield wave(Verb.RETURN, odd[1::2], "owner", reason="not ours")
    yield from work(odd[1::2])
    yield wave(Verb.REPORT, keys, "owner", evidence=(SHA256,))
    again = [key for key in keys if chance.random() < 0.02]
    yield wave(Verb.SEND_BACK, again, "verifier", reason="not gone")
    yield wave(Verb.REPORT, again, "owner", evidence=(SHA256,))
    yield wave(Verb.VERIFY, keys, "verifier")
    yield wave(Verb.CLOSE, keys, "verifier")


def main() -> None:
    """Replay the days, look at what is left, say it in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000, help="A day.")
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--open", type=float, default=0.02, help="Share that stays open.")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plumeline-orders-") as folder:
        print(json.dumps(replay(Path(folder), wanted.orders, wanted.days, wanted.open)))


def replay(folder: Path, per_day: int, days: int, left_open: float) -> dict[str, object]:
    """What happened, and whether all is as it must be."""
    store, clock, chance = open_store(folder), Clock(), random.Random(10_000)
    store.blobs.put([(SHA256, PICTURE)])
    section = CaseworkSection(station="s-1", partners={"grid": PartnerSection(own=True)})
    work = Work(store, section, now_s=clock)
    clock.t_s = start_s(FIRST)
    places = [Place(place_id=f"p-{i}", name=f"{i}", org_id="s-1") for i in range(PLACES)]
    store.casework.put_places(places, t_s=clock(), actor="bench")
    started_s, busy_s = time.perf_counter(), time.process_time()
    steps = refused = 0
    for day in range(days):
        clock.t_s = start_s(FIRST + timedelta(days=day)) + 8 * 3600
        keys: list[str] = []
        for start in range(0, per_day, BATCH):
            rows = [_row(day, i, chance) for i in range(start, min(start + BATCH, per_day))]
            keys += work.receive(rows, "grid", actor="grid").orders
        keys = keys[: round(len(keys) * (1 - left_open))]
        for wave in life(chance, keys, clock):
            clock.t_s += 600
            for start in range(0, len(wave), BATCH):
                results = store.orders.steps(wave[start : start + BATCH], work.orders.take)
                steps += len(results)
                refused += sum(isinstance(one, CaseworkError) for one in results)
    took_s, cpu_s = time.perf_counter() - started_s, time.process_time() - busy_s
    closed = store.order_lists.list(Filter(state="closed"), FIRST, skip=0, limit=per_day * days)
    fair = all(
        one.order.standing.evidence and "verifier" not in one.order.standing.played(Part.FIXER)
        for one in closed.orders
    )
    with store.engine.begin() as connection:
        reconciled = tally.kept(connection) == tally.recount(connection)
        wrong = list(wrong_standings(connection))
    said = {
        "orders": per_day * days,
        "closed": closed.total,
        "open": store.order_lists.list(Filter(), FIRST, skip=0, limit=1).total,
        "steps": steps,
        "refused": refused,
        "took_s": round(took_s, 1),
        "cpu_s": round(cpu_s, 1),
        "stuck": len(store.order_lists.stuck()),
        "fair": fair,
        "reconciled": reconciled,
        "wrong_standings": len(wrong),
    }
    store.close()
    return said


def _row(day: int, i: int, chance: random.Random) -> dict[str, str]:
    return {
        "number": f"{day}-{i}",
        "kind": KINDS[chance.randrange(len(KINDS))],
        "found": (FIRST + timedelta(days=day)).isoformat() + "T07:30",
        "place_id": f"p-{chance.randrange(PLACES)}",
    }


if __name__ == "__main__":
    main()
