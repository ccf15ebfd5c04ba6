"""Every flight log of a folder in one table: what was understood, and how fast it was read.

    python -m bench.log_table [FOLDER]

Reading is timed in this process, best of three; readers of other people's code run apart in use,
which adds half a second a file.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from ingest.errors import BadLog
from ingest.logs.report import Report
from ingest.logs.table import recognise
from plumeline.brought import Options, look

FLIGHTS = Path(__file__).parents[2] / "shared" / "data" / "flights"
ZONE = ZoneInfo("Asia/Shanghai")
ROUNDS = 3
HEADS = ("file", "what it is", "fixes", "placed", "from", "to", "clock", "heights", "axis", "MB/s")


def main(folder: Path = FLIGHTS) -> None:
    """One row a file, in Markdown; a refused one with its reason."""
    print("|", " | ".join(HEADS), "|")
    print("|---" * len(HEADS) + "|")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        told = look(path, Options(), ZONE)
        name = path.relative_to(folder).as_posix()
        print("|", " | ".join(one.replace("|", "/") for one in (name, *_cells(told, path))), "|")


def _cells(told: Report, path: Path) -> tuple[str, ...]:
    if told.status == "refused":
        return (f"refused: {told.reason}", *("",) * (len(HEADS) - 2))
    status = "" if told.status == "complete" else f"{told.status}: "
    fixes = f"{told.waypoints} planned" if told.waypoints else str(told.fixes)
    return (
        status + " ".join(filter(None, (told.format, told.dialect))),
        fixes,
        str(told.fixes_with_position),
        (told.t_first or "")[:19],
        (told.t_last or "")[:19],
        told.time_source or "",
        told.height_datum or "",
        told.gimbal or "",
        f"{_mb_a_second(path):.1f}",
    )


def _mb_a_second(path: Path) -> float:
    taken_s = []
    for _ in range(ROUNDS):
        start_s = perf_counter()
        with suppress(BadLog):
            recognise(path).read(path)
        taken_s.append(perf_counter() - start_s)
    return path.stat().st_size / 1e6 / min(taken_s)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
