"""A8: an acknowledgement never crosses from one connection to the next."""

from __future__ import annotations

import random
import signal
import threading
import time
from dataclasses import asdict
from pathlib import Path

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import devices
from tests.delivery.kept import Verdict, count, judge
from tests.delivery.recorders import Site, stable
from tests.delivery.resets import Proxy
from tests.delivery.teeth import found_out

RATE_HZ = 1_000.0


def test_connections_reset_with_unacknowledged_batches_lose_nothing(
    broker: Running, tmp_path: Path, tell: Tell
) -> None:
    verdict, resets = reset_while_recording(broker, tmp_path, messages=5_000)
    tell("A8", verdict.sound, resets=resets, **asdict(verdict))
    assert verdict.sound, verdict
    assert verdict.redelivered > 0, "no reset hit an unacknowledged batch: the test is blunt"


def test_acknowledgements_that_cross_connections_are_found_out(
    embedded: Running, tmp_path: Path, tell: Tell
) -> None:
    def attempt(folder: Path, _number: int) -> bool:
        verdict, resets = reset_while_recording(embedded, folder, "stale_acks", messages=3_500)
        tell("A8 teeth", verdict.lost > 0, mutant="stale_acks", resets=resets, **asdict(verdict))
        return verdict.lost > 0

    assert found_out(attempt, tmp_path)


def reset_while_recording(
    broker: Running, folder: Path, *changes: str, messages: int
) -> tuple[Verdict, int]:
    """Cut the recorder's connection again and again; the devices keep theirs."""
    proxy, rng = Proxy(broker.port), random.Random(3)
    site = Site(folder / "site", proxy.port, broker.protocol)
    with (
        stable(site, *changes, "late_ack", "quick_reconnect") as recorder,
        devices(broker.port) as drones,
    ):
        recorder.start()
        drones.until_recorder_answers()
        offering = threading.Thread(target=drones.offer_fixes, args=(messages, RATE_HZ))
        offering.start()
        while offering.is_alive():
            time.sleep(rng.uniform(0.02, 0.1))
            proxy.reset()
        assert drones.until_broker_has_all()
        drones.until(
            lambda: count(site.record, "fix") >= messages, limit_s=10 if not changes else 3
        )
        recorder.end(signal.SIGTERM)
        proxy.close()
        return judge(drones.journal, site.record), proxy.resets
