"""A7: what cannot be understood is set aside once, with its reason, and holds up nothing."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Thread

import cv2
import numpy as np

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import Devices, devices, fix_payload
from tests.delivery.kept import count, judge, quarantine
from tests.delivery.recorders import Site, stable

GOOD = 20_000
JPEG = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
FIX, FRAME = "uav/uav-000/fix", "uav/uav-000/frame"


def envelope(jpeg: bytes, **changed: object) -> bytes:
    header = {
        "device_id": "uav-000",
        "boot_id": "b1",
        "seq": 1,
        "t_capture_s": 1_790_000_000.0,
        "sha256": sha256(jpeg).hexdigest(),
    }
    head = json.dumps(header | changed).encode()
    return b"PLF1" + len(head).to_bytes(4, "big") + head + jpeg


def sized(width: int, height: int) -> bytes:
    """The JPEG with another size in its start of frame."""
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + JPEG[at + 4 :]


POISON: list[tuple[str, bytes]] = [
    (FIX, b"{broken"),
    (FIX, b""),
    (FIX, b"\x00\xff" * 50),
    (FIX, b"[1, 2, 3]"),
    (FIX, b'{"boot_id": "b1", "seq": "one", "t_device_s": 1}'),
    (FIX, b'{"boot_id": "b1", "seq": -1, "t_device_s": 1}'),
    (FIX, b'{"boot_id": "b1", "seq": 99999999999999999999, "t_device_s": 1}'),
    (FIX, b'{"boot_id": "b1", "seq": 1, "t_device_s": NaN}'),
    (FIX, b'{"boot_id": "b1", "seq": 1, "t_device_s": -300000000}'),
    (FIX, b'{"boot_id": "b 1/../x", "seq": 1, "t_device_s": 1}'),
    (FIX, b'{"device_id": "uav-099", "boot_id": "b1", "seq": 1, "t_device_s": 1}'),
    (FIX, b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ("uav/../fix", fix_payload(1)),
    ("uav/a/fix", fix_payload(1)),
    ("thing/product/1581F5BKD223Q00A5RT7/osd", b'{"timestamp": "soon", "data": 7}'),
    (FRAME, b"PLF1" + b"\xff" * 8),
    (FRAME, JPEG),
    (FRAME, envelope(JPEG, sha256="0" * 64)),
    (FRAME, envelope(JPEG[: len(JPEG) // 2])),
    (FRAME, envelope(sized(60_000, 60_000))),
    (FRAME, envelope(JPEG[:-2] + b"\0" * 8_000_000 + b"\xff\xd9")),
]


def test_poison_is_set_aside_once_and_delays_nobody(
    broker: Running, tmp_path: Path, tell: Tell
) -> None:
    site = Site(tmp_path / "site", broker.port, broker.protocol)
    with stable(site) as recorder, devices(broker.port) as drones:
        recorder.start()
        drones.until_recorder_answers()
        offering = Thread(target=offer_with_poison, args=(drones,))
        offering.start()
        offering.join()
        assert drones.until_broker_has_all()
        assert drones.until(lambda: count(site.record, "fix") == GOOD, 60)
        assert drones.until(lambda: count(site.record, "quarantine") == len(POISON), 30)
        recorder.end(signal.SIGKILL)
        recorder.start()
        drones.offer_fix("uav-001", GOOD)
        assert drones.until(lambda: count(site.record, "fix") == GOOD + 1, 30)
        recorder.end(signal.SIGTERM)
        verdict, kept = judge(drones.journal, site.record), quarantine(site.record)
    tell("A7", verdict.sound, kinds=len(POISON), quarantined=len(kept), **asdict(verdict))
    assert verdict.sound, verdict
    assert sorted((topic, payload) for topic, _, payload in kept) == sorted(POISON)
    assert all(reason for _, reason, _ in kept)


def offer_with_poison(drones: Devices) -> None:
    """One in about a thousand messages is poison."""
    share = GOOD // len(POISON)
    for i, (topic, payload) in enumerate(POISON):
        drones.offer_fixes(share, first_seq=i * share)
        drones.publish(topic, payload)
    rest = GOOD - share * len(POISON)
    drones.offer_fixes(rest, first_seq=len(POISON) * share)
