"""Made yearly plans of four departments, one visit each to every unit, for tests and figures.

    python tools/make_plans.py --units 10000 --seed 1 > plans.csv

Windows are a whole year, a half, a quarter or a month, as departments write them; a unit of the
highest class gets two visits a year from the emergency office. Nothing in it is real.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta

DEPARTMENTS = {
    "emergency": ("hot work", "special equipment", "training record"),
    "fire": ("exits", "extinguishers", "fire water"),
    "market": ("boilers", "lifts"),
    "police": ("hazardous goods register", "access"),
}
PARTS = ((1, 0.25), (2, 0.30), (4, 0.30), (12, 0.15))
"""Parts a year is cut into, and how often a window is one of them."""


def window(rng: random.Random, year: int) -> tuple[date, date]:
    """The first and the last day of a year, half, quarter or month."""
    parts = rng.choices([n for n, _ in PARTS], [weight for _, weight in PARTS])[0]
    months = 12 // parts
    start = rng.randrange(parts) * months
    ends = date(year + (start + months) // 12, (start + months) % 12 + 1, 1)
    return date(year, start + 1, 1), ends - timedelta(days=1)


def rows(units: int, seed: int, year: int = 2026, alone: float = 0.0) -> Iterator[dict[str, str]]:
    """The lines of the table; a share of them is alone, and as many units want no joint visits."""
    rng, apart = random.Random(seed), random.Random(f"{seed} alone")
    for unit in range(units):
        out = apart.random() < alone
        for department, items in DEPARTMENTS.items():
            twice = department == "emergency" and unit % 20 == 0
            windows = [window(rng, year)]
            if twice:
                halves = (
                    (date(year, 1, 1), date(year, 6, 30)),
                    (date(year, 7, 1), date(year, 12, 31)),
                )
                windows = list(halves)
            for first, last in windows:
                yield {
                    "unit": f"U{unit:05d}",
                    "department": department,
                    "items": ";".join(items[: rng.randint(1, len(items))]),
                    "first": first.isoformat(),
                    "last": last.isoformat(),
                    "lead": "yes" if department == "emergency" else "",
                    "basis": "",
                    "alone": "unit" if out else "yes" if apart.random() < alone else "",
                }


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", type=float, default=0.0, help="a share, 0 to 1")
    chosen = parser.parse_args()
    made = list(rows(chosen.units, chosen.seed, alone=chosen.alone))
    writer = csv.DictWriter(sys.stdout, made[0])
    writer.writeheader()
    writer.writerows(made)


if __name__ == "__main__":
    main()
