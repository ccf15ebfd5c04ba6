"""Pictures a second through the sampling of a 1080p video, beside bare PyAV decoding of the same.

The clip is made of a sample flight's frames. Both decode with the same number of threads; sampling
hands out two JPEG pictures for each second of video.

Run: python -m bench.video [--seconds 20]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import av

from ingest import video
from ingest.video_file import opened, picture_stream
from plumeline import video_apart
from tools.log_writers.video import clip, flight_pictures

FPS = 30


def bare(file: Path, _: float) -> int:
    """Decode everything and look at nothing."""
    with av.open(str(file)) as container:
        return sum(1 for _ in container.decode(video=0))


def bare_threaded(file: Path, _: float) -> int:
    """The same with the decoder's threads as sampling sets them."""
    with opened(file) as container:
        return sum(1 for _ in container.decode(picture_stream(file, container)))


def sampled(file: Path, per_s: float) -> int:
    ends: list[video.Decoded] = []
    assert list(video.sample(file, per_s=per_s, on_end=ends.append))
    return ends[0].frames


def sampled_apart(file: Path, per_s: float) -> int:
    ends: list[video.Decoded] = []
    assert list(video_apart.sample(file, per_s=per_s, on_end=ends.append))
    return ends[0].frames


def measure(file: Path, work: Callable[[Path, float], int], rounds: int) -> tuple[float, float]:
    """Best pictures a second by the wall clock, and by this process's processor time."""
    best_s = best_cpu_s = float("inf")
    frames = 0
    for _ in range(rounds):
        start_s, start_cpu_s = perf_counter(), process_time()
        frames = work(file, 2.0)
        best_s = min(best_s, perf_counter() - start_s)
        best_cpu_s = min(best_cpu_s, process_time() - start_cpu_s)
    return frames / best_s, frames / best_cpu_s


def main() -> None:
    """Print a line for each way to read the clip, with its share of bare decoding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    backdrops = flight_pictures("roof_fire", 1920, 1080)[:8]
    times_s = [i / FPS for i in range(round(options.seconds * FPS))]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        file.write_bytes(clip(times_s, backdrops=backdrops))
        print(f"1080p, {len(times_s)} pictures, {file.stat().st_size / 1e6:.0f} MB")
        peer = 0.0
        for name, work in (
            ("bare PyAV", bare),
            ("bare, same threads", bare_threaded),
            ("sampled at 2/s", sampled),
            ("sampled apart", sampled_apart),
        ):
            rate, cpu_rate = measure(file, work, options.rounds)
            peer = peer or rate
            print(f"{name:20} {rate:7.0f}/s  {rate / peer:5.2f} x bare  {cpu_rate:7.0f}/cpu-s")


if __name__ == "__main__":
    main()
