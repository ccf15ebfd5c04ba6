"""Killed in the middle of pictures: a frame in the record, or receipted, has its whole file."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import asdict
from pathlib import Path
from threading import Thread

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import Devices, devices, jpeg
from tests.delivery.kept import Verdict, count, judge
from tests.delivery.recorders import Site, stable
from tests.delivery.teeth import found_out

FRAMES, RATE_HZ, BYTES = 240, 80.0, 60_000


def test_every_picture_that_was_receipted_lies_there_whole(
    embedded: Running, tmp_path: Path, tell: Tell
) -> None:
    """The last one starts from nothing, as a supervisor does it."""
    verdict = killed_among_frames(embedded, tmp_path, "slow_ack")
    tell("A1 frames", verdict.sound, **asdict(verdict))
    assert verdict.sound, verdict
    assert verdict.receipted == FRAMES


def test_pictures_written_after_the_commit_are_found_out(
    embedded: Running, tmp_path: Path, tell: Tell
) -> None:
    def attempt(folder: Path, seed: int) -> bool:
        verdict = killed_among_frames(embedded, folder, "late_pictures", seed)
        tell("A1 frames teeth", verdict.pictures_missing > 0, **asdict(verdict))
        return verdict.pictures_missing > 0

    assert found_out(attempt, tmp_path)


def killed_among_frames(broker: Running, folder: Path, change: str, seed: int = 2) -> Verdict:
    site = Site(folder / "site", broker.port, broker.protocol)
    rng = random.Random(seed)
    with stable(site, change) as recorder, devices(broker.port) as drones:
        recorder.start()
        drones.until_recorder_answers()
        offering = Thread(target=_offer, args=(drones,))
        offering.start()
        for _ in range(6):
            time.sleep(rng.uniform(0.2, 0.5))
            recorder.end()
            recorder.start()
        offering.join()
        recorder.end()
        with site.fresh() as last:
            drones.until(lambda: count(site.record, "frame") == FRAMES, limit_s=10)
            drones.resend()
            drones.until(lambda: not drones.unreceipted(), limit_s=10)
            last.send_signal(signal.SIGTERM)
            assert last.wait(10) == 0, site.log.read_text()
        return judge(drones.journal, site.record)


def _offer(drones: Devices) -> None:
    started_s = time.monotonic()
    for number in range(FRAMES):
        time.sleep(max(0.0, started_s + number / RATE_HZ - time.monotonic()))
        drones.offer_frame(f"uav-{number % 10:03d}", number // 10, jpeg(BYTES, number))
