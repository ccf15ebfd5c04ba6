"""A9: two recorders under one client id: nothing lost, nothing twice, and somebody says so."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from threading import Thread

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import devices
from tests.delivery.kept import judge
from tests.delivery.recorders import Site, stable

MESSAGES, RATE_HZ = 4_000, 800.0


def test_two_that_were_started_by_mistake_take_turns_lose_nothing_and_say_so(
    broker: Running, tmp_path: Path, tell: Tell
) -> None:
    """Neither MQTT 3.1.1 nor mosquitto 2.0.11 tells the first one why its connection ended."""
    site = Site(tmp_path / "site", broker.port, broker.protocol)
    with stable(site) as first, stable(site) as second, devices(broker.port) as drones:
        first.start()
        drones.until_recorder_answers()
        offering = Thread(target=drones.offer_fixes, args=(MESSAGES, RATE_HZ))
        offering.start()
        second.start()
        offering.join()
        first.end(signal.SIGTERM)
        drones.until(lambda: not drones.unreceipted(), limit_s=1)
        drones.resend()
        drones.until(lambda: not drones.unreceipted())
        second.end(signal.SIGTERM)
        verdict = judge(drones.journal, site.record)
    said = "does another client use the MQTT client id 'recorder-under-test'?"
    told = said in site.log.read_text()
    tell("A9", verdict.sound and told, **asdict(verdict))
    assert verdict.sound, verdict
    assert told
