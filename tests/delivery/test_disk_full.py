"""B1: a full disk stops the acknowledgements, says so, and costs nothing once there is room."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from ingest.mqtt import Address, Consumer
from ingest.recorder import Recorder
from ingest.wire.table import Decoders
from store.store import open_store
from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import DEVICES, Devices, devices, jpeg
from tests.delivery.kept import judge


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """24 MB, 16 of them taken by a file that can be removed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "plumeline-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted only by root, outside of most containers")
    (folder / "ballast").write_bytes(bytes(16_000_000))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_and_nothing_is_acknowledged_that_is_not_stored(
    embedded: Running, small_disk: Path, tell: Tell
) -> None:
    record = small_disk / "record"
    store = open_store(record)
    address = Address(port=embedded.port, protocol=embedded.protocol, client_id="full-disk")
    decoders = Decoders()
    recorder = Recorder(store.shelf, decoders)
    consumer = Consumer(address, decoders.subscriptions(), recorder, now_s=time.time)
    stop = threading.Event()
    thread = threading.Thread(target=consumer.run, args=(stop,))
    thread.start()
    with devices(embedded.port) as drones:
        drones.until_recorder_answers()
        fill(drones, consumer)
        trouble = consumer.trouble and str(consumer.trouble)
        time.sleep(1.5)
        during = judge(drones.journal, record)
        (small_disk / "ballast").unlink()
        recovered = drones.until(lambda: not drones.unreceipted())
        after, cured = judge(drones.journal, record), consumer.trouble is None
        stop.set()
        thread.join()
    store.close()
    honest = during.receipted_not_kept == during.pictures_missing == 0 and during.lost > 0
    passed = bool(trouble) and honest and recovered and after.sound and cured
    tell("B1", passed, trouble=trouble, waiting_while_full=during.lost, **asdict(after))
    assert trouble is not None
    assert "nothing can be stored" in trouble
    assert honest, during
    assert recovered, "it did not recover unaided"
    assert after.sound, after
    assert cured, consumer.trouble


def fill(drones: Devices, consumer: Consumer) -> None:
    """Pictures and fixes until the trouble shows, and some more."""
    after = 30
    for number in range(400):
        drones.offer_frame(DEVICES[number % 10], number, jpeg(100_000, number))
        drones.offer_fix(DEVICES[number % 10], number)
        time.sleep(0.01)
        after -= consumer.trouble is not None
        if not after:
            return
    pytest.fail("the disk never filled up")
