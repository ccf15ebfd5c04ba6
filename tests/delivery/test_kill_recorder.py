"""A1: a recorder killed at random instants loses nothing, doubles nothing, changes nothing."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import asdict
from pathlib import Path
from threading import Thread

import pytest

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import Devices, devices
from tests.delivery.kept import Verdict, count, judge
from tests.delivery.recorders import Site, Stable, stable
from tests.delivery.teeth import found_out

RATE_HZ = 2_500.0
TEETH_RATE_HZ = 1_000.0
"""Kills far enough apart that a recorder on a busy machine is at work when one falls."""


def test_twenty_kills_lose_nothing_and_double_nothing(
    broker: Running, tmp_path: Path, tell: Tell
) -> None:
    verdict, recovery_s = killed_while_recording(
        broker, tmp_path, "slow_ack", messages=50_000, kills=20
    )
    tell("A1", verdict.sound, kills=20, recovery_s=recovery_s, **asdict(verdict))
    assert verdict.sound, verdict
    assert verdict.redelivered > 0, "no kill hit an unacknowledged batch: the test is blunt"


@pytest.mark.parametrize(
    ("mutant", "fault"),
    [("auto_ack", "lost"), ("ack_before_commit", "lost"), ("no_natural_key", "duplicates")],
)
def test_the_kills_find_out_a_recorder_with_a_mistake(
    embedded: Running, tmp_path: Path, tell: Tell, mutant: str, fault: str
) -> None:
    def attempt(folder: Path, seed: int) -> bool:
        verdict, _ = killed_while_recording(
            embedded,
            folder,
            mutant,
            "late_ack",
            messages=6_000,
            kills=8,
            seed=seed,
            rate_hz=TEETH_RATE_HZ,
        )
        found = getattr(verdict, fault) > 0
        tell("A1 teeth", found, mutant=mutant, **asdict(verdict))
        return bool(found)

    assert found_out(attempt, tmp_path)


def killed_while_recording(
    broker: Running,
    folder: Path,
    *changes: str,
    messages: int,
    kills: int,
    seed: int = 1,
    rate_hz: float = RATE_HZ,
) -> tuple[Verdict, float]:
    """Offer messages at a steady rate and kill the recorder all the while; then let it catch up.

    Returns the verdict, and how long the last start took to catch up with everything.
    """
    site = Site(folder / "site", broker.port, broker.protocol)
    with stable(site, *changes) as recorder, devices(broker.port) as drones:
        recorder.start()
        drones.until_recorder_answers()
        offering = Thread(target=drones.offer_fixes, args=(messages, rate_hz))
        offering.start()
        _kill(recorder, random.Random(seed), kills, messages / rate_hz)
        offering.join()
        assert drones.until_broker_has_all()
        started_s = time.monotonic()
        _until_stable(drones, site)
        recovery_s = round(time.monotonic() - started_s, 1)
        recorder.end(signal.SIGTERM)
        return judge(drones.journal, site.record), recovery_s


def _kill(recorder: Stable, rng: random.Random, kills: int, span_s: float) -> None:
    """At uniformly random instants, each followed by a pause of up to 0.4 s."""
    instants = sorted(rng.uniform(0.0, span_s) for _ in range(kills))
    started_s = time.monotonic()
    for instant_s in instants:
        time.sleep(max(0.0, started_s + instant_s - time.monotonic()))
        recorder.end()
        time.sleep(rng.uniform(0.0, 0.4))
        recorder.start()


def _until_stable(drones: Devices, site: Site, quiet_s: float = 3.0) -> None:
    """Until everything offered is there, or nothing more has come for a while."""
    offered, last = len(drones.journal.offered), -1
    changed_s = time.monotonic()
    while last < offered and time.monotonic() - changed_s < quiet_s:
        time.sleep(0.2)
        if (now := count(site.record, "fix")) != last:
            last, changed_s = now, time.monotonic()
