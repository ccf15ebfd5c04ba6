"""Speed of the log readers, each beside the bare library on the same file in the same run.

Run: python -m bench.logs
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from ingest.logs import capture, csv_log, photo
from ingest.logs.flight import Flight

SHARED = Path(__file__).parents[2] / "shared" / "data" / "flights"
ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One file, our reader, and what is nearest to it elsewhere."""

    file: Path
    read: Callable[[Path], Flight]
    bare: Callable[[Path], object]
    bare_name: str


def bare_csv(path: Path) -> int:
    """Cells as text, no number made of any."""
    with path.open(encoding="latin-1", newline="") as file:
        return sum(1 for _ in csv.reader(file))


def bare_json(path: Path) -> int:
    """Every line as Python objects."""
    return sum(1 for line in path.read_bytes().splitlines() if json.loads(line))


def bare_exif(path: Path) -> object:
    """EXIF by ExifRead, no XMP; the file's size where it is not installed."""
    try:
        import exifread
    except ImportError:
        return len(path.read_bytes())
    with path.open("rb") as file:
        return exifread.process_file(file, details=False)


PEERS = [
    Peer(
        file=SHARED / "dji-csv" / "airdata_air2s.csv",
        read=csv_log.READER.read,
        bare=bare_csv,
        bare_name="csv.reader",
    ),
    Peer(
        file=SHARED / "dji-csv" / "txtlogtocsv_p4pro_verbose.csv",
        read=csv_log.READER.read,
        bare=bare_csv,
        bare_name="csv.reader",
    ),
    Peer(
        file=SHARED / "live-mqtt" / "dji_osd_capture_0.jsonl",
        read=capture.READER.read,
        bare=bare_json,
        bare_name="json.loads",
    ),
    Peer(
        file=SHARED / "photos-xmp" / "H20N_DJI_0006_R.JPG",
        read=photo.READER.read,
        bare=bare_exif,
        bare_name="ExifRead",
    ),
]


def best_s(work: Callable[[Path], object], path: Path) -> float:
    """Seconds of the best of several rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work(path)
        taken.append(perf_counter() - start)
    return min(taken)


def main() -> None:
    """One line a file: samples, samples and MB a second, and the bare library's time over ours."""
    for peer in PEERS:
        if not peer.file.is_file():
            print(f"{peer.file.name:34} is not on this machine")
            continue
        size_mb, samples = peer.file.stat().st_size / 1e6, len(peer.read(peer.file).track)
        ours_s, bare_s = best_s(peer.read, peer.file), best_s(peer.bare, peer.file)
        print(
            f"{peer.file.name:34} {samples:6} samples  {samples / ours_s:9,.0f}/s"
            f"  {size_mb / ours_s:7.1f} MB/s  {peer.bare_name} {size_mb / bare_s:7.1f} MB/s"
            f"  {bare_s / ours_s:5.2f} x"
        )


if __name__ == "__main__":
    main()
