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

from ingest.logs import capture, csv_log, dji_srt, gpx, photo, tlog, ulog
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


def bare_lines(path: Path) -> int:
    """Every line as text."""
    return len(path.read_text("utf-8", "replace").splitlines())


def bare_ulog(path: Path) -> object:
    """pyulog, the topics that a track needs."""
    from pyulog import ULog

    return ULog(str(path), ULOG_TOPICS)


def bare_mavlink(path: Path) -> int:
    """pymavlink, the messages that a track needs."""
    from pymavlink import mavutil

    log = mavutil.mavlink_connection(str(path))
    count = 0
    while log.recv_match(type=MAVLINK_TYPES) is not None:
        count += 1
    return count


def bare_gpx(path: Path) -> object:
    """gpxpy, as text into objects."""
    import gpxpy

    return gpxpy.parse(path.read_text("utf-8"))


ULOG_TOPICS = [
    "vehicle_gps_position",
    "vehicle_global_position",
    "vehicle_local_position",
    "vehicle_attitude",
    "home_position",
]
MAVLINK_TYPES = ["GLOBAL_POSITION_INT", "ATTITUDE", "GPS_RAW_INT", "HOME_POSITION", "SYSTEM_TIME"]

PEERS = [
    Peer(
        file=SHARED / "dji-srt" / "MAVIC3.srt",
        read=dji_srt.READER.read,
        bare=bare_lines,
        bare_name="str.splitlines",
    ),
    Peer(
        file=SHARED / "dji-srt" / "m2zoom.SRT",
        read=dji_srt.READER.read,
        bare=bare_lines,
        bare_name="str.splitlines",
    ),
    Peer(
        file=SHARED / "ulog" / "sample_px4_events.ulg",
        read=ulog.READER.read,
        bare=bare_ulog,
        bare_name="pyulog",
    ),
    Peer(
        file=SHARED / "ulog" / "sample.ulg",
        read=ulog.READER.read,
        bare=bare_ulog,
        bare_name="pyulog",
    ),
    Peer(
        file=SHARED / "ardupilot" / "vtol.tlog",
        read=tlog.READER.read,
        bare=bare_mavlink,
        bare_name="pymavlink",
    ),
    Peer(
        file=SHARED / "ardupilot" / "small.tlog",
        read=tlog.READER.read,
        bare=bare_mavlink,
        bare_name="pymavlink",
    ),
    Peer(
        file=SHARED / "gpx-kml" / "airdata_air2s.gpx",
        read=gpx.READER.read,
        bare=bare_gpx,
        bare_name="gpxpy",
    ),
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
