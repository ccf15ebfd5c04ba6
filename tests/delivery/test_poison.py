"""A7: a message nobody can understand is kept with its reason, once, and holds nothing up."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path

from tests.delivery.brokers import Running
from tests.delivery.conftest import Tell
from tests.delivery.journal import DEVICES, T0_S, Devices, devices, envelope, jpeg, sha256
from tests.delivery.kept import handled, judge, quarantine
from tests.delivery.recorders import Site, stable

FIX, FRAME = "uav/uav-000/fix", "uav/uav-000/frame"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def said(**changed: object) -> str:
    """A fix's JSON with one thing changed; the values are written as they are."""
    body = {"boot_id": '"bad"', "seq": 1, "t_device_s": T0_S, "lat_deg": 31.9, "lon_deg": 118.8}
    return "{" + ",".join(f'"{name}":{value}' for name, value in (body | changed).items()) + "}"


def picture(data: bytes, name: str | None = None) -> bytes:
    """An envelope around any bytes, whose hash is right unless another is given."""
    head = {"device_id": "uav-000", "boot_id": "bad", "seq": 1, "t_capture_s": T0_S}
    return envelope(head | {"sha256": name or sha256(data)}, data)


WHOLE = jpeg(20_000, seed=1)
POISON: dict[str, tuple[str, bytes]] = {
    "empty": (FIX, b""),
    "not JSON": (FIX, b"{broken"),
    "not an object": (FIX, b"[1, 2, 3]"),
    "not UTF-8": (FIX, said(camera='"\xff"').encode("latin-1")),
    "NaN": (FIX, said(lat_deg="NaN").encode()),
    "infinite": (FIX, said(t_device_s="1e999").encode()),
    "sequence as text": (FIX, said(seq='"twelve"').encode()),
    "sequence below 0": (FIX, said(seq=-1).encode()),
    "sequence of 2^63": (FIX, said(seq=2**63).encode()),
    "number of 5,000 digits": (FIX, said(t_device_s="9" * 5_000).encode()),
    "no time": (FIX, b'{"boot_id":"bad","seq":1}'),
    "clock of 1960": (FIX, said(t_device_s=-315_600_000).encode()),
    "boot with spaces": (FIX, said(boot_id='"a b"').encode()),
    "another device's name": (FIX, said(device_id='"uav-001"').encode()),
    "100,000 levels deep": (FIX, said(deep="[" * 100_000 + "]" * 100_000).encode()),
    "device id too short": ("uav/x/fix", said().encode()),
    "device id with a space": ("uav/a b c/fix", said().encode()),
    "device id in Chinese": ("uav/无人机/fix", said().encode()),
    "home nowhere": ("uav/uav-000/home", b'{"t_device_s":1.0,"lat_deg":0,"lon_deg":0}'),
    "DJI without data": ("thing/product/1581F5BKD225D00BP891/osd", b'{"timestamp": 1}'),
    "frame without envelope": (FRAME, WHOLE),
    "header longer than the message": (FRAME, b"PLF1\x00\x00\xff\xff{}"),
    "JPEG cut short": (FRAME, picture(WHOLE[:-500])),
    "JPEG with one bit turned": (FRAME, picture(WHOLE.replace(b"\x00", b"\x01", 1), sha256(WHOLE))),
    "PNG": (FRAME, picture(PNG + bytes(1_000))),
    "65,000 pixels square": (FRAME, picture(jpeg(1_000, 2, width_px=65_000, height_px=65_000))),
    "more than 8 MB": (FRAME, picture(jpeg(8_000_500, seed=3))),
}


def test_poison_is_kept_with_its_reason_once_and_good_messages_pass(
    broker: Running, tmp_path: Path, tell: Tell
) -> None:
    site = Site(tmp_path / "site", broker.port, broker.protocol)
    with stable(site) as recorder, devices(broker.port) as drones:
        recorder.start()
        drones.until_recorder_answers()
        mix(drones, good_for_each=700)
        assert drones.until(lambda: not drones.unreceipted()), "good messages were held up"
        drones.until(lambda: len(quarantine(site.record)) >= len(POISON))
        recorder.end(signal.SIGTERM)
        before = handled(site.record)
        recorder.start()
        drones.offer_fix(DEVICES[0], 10**6)
        assert drones.until(lambda: not drones.unreceipted())
        recorder.end(signal.SIGTERM)
        verdict = judge(drones.journal, site.record)
        moved = handled(site.record) - before
    kept = quarantine(site.record)
    whole = sorted((topic, payload) for topic, _, payload in kept) == sorted(POISON.values())
    told = all(reason for _, reason, _ in kept)
    passed = verdict.sound and whole and told and moved == 4
    tell("A7", passed, kinds=len(POISON), quarantined=len(kept), **asdict(verdict))
    assert verdict.sound, verdict
    assert whole, "each once, byte for byte"
    assert told
    assert moved == 4, "after a reconnection only the new message was handled: one and three for it"


def test_poison_that_is_dropped_is_found_out(embedded: Running, tmp_path: Path, tell: Tell) -> None:
    site = Site(tmp_path / "site", embedded.port, embedded.protocol)
    with stable(site, "forget_poison") as recorder, devices(embedded.port) as drones:
        recorder.start()
        drones.until_recorder_answers()
        mix(drones, good_for_each=10)
        assert drones.until(lambda: not drones.unreceipted())
    kept = quarantine(site.record)
    tell("A7 teeth", not kept, mutant="forget_poison", quarantined=len(kept))
    assert not kept


def mix(drones: Devices, *, good_for_each: int) -> None:
    """One of each kind, every time after so many good ones; the first kind twice."""
    drones.publish(*POISON["empty"])
    for number, (topic, payload) in enumerate(POISON.values()):
        drones.offer_fixes(good_for_each, first_seq=number * good_for_each)
        drones.publish(topic, payload)
    assert drones.until_broker_has_all()
