"""A4: with an outbox that waits for receipts, a device loses nothing whatever the broker loses."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import asdict
from pathlib import Path
from threading import Thread

from plumeline.broker import EmbeddedBroker
from tests.delivery.conftest import Tell
from tests.delivery.journal import devices
from tests.delivery.kept import count, judge
from tests.delivery.recorders import Site, stable


def test_a_broker_killed_with_all_it_holds_costs_nothing_but_a_second_sending(
    tmp_path: Path, tell: Tell
) -> None:
    """The recorder is killed too: each time the broker holds what no one has recorded."""
    rng, messages = random.Random(4), 8_000
    with EmbeddedBroker(port=0) as broker:
        site = Site(tmp_path / "site", broker.port, 4)
        with stable(site, "slow_ack") as recorder, devices(broker.port) as drones:
            recorder.start()
            drones.until_recorder_answers()
            offering = Thread(target=drones.offer_fixes, args=(messages, 2_000.0))
            offering.start()
            for _ in range(3):
                time.sleep(rng.uniform(0.3, 0.8))
                recorder.end()
                time.sleep(0.2)
                broker.stop()
                broker.start()
                recorder.start()
            offering.join()
            drones.until(lambda: not drones.unreceipted(), limit_s=1)
            without_outbox = messages - count(site.record, "fix")
            for _ in range(20):
                drones.resend()
                if drones.until(lambda: not drones.unreceipted(), limit_s=2):
                    break
            recorder.end(signal.SIGTERM)
            verdict = judge(drones.journal, site.record)
    passed = verdict.sound and without_outbox > 0
    tell("A4", passed, lost_without_outbox=without_outbox, **asdict(verdict))
    assert verdict.sound, verdict
    assert verdict.receipted == messages
    assert without_outbox > 0, "the broker lost nothing: the outbox was not put to the test"
