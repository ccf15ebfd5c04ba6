"""Is everything in place, and does it work here? Each answer says what to do about a no."""

from __future__ import annotations

import platform
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detect.errors import DetectError
from geo.errors import GeoError
from ingest.mqtt import Address
from plumeline.config import Config, ConfigError
from plumeline.engines import make_detector, why_engine
from plumeline.flights import sample_names
from plumeline.guard import PackageClash, check_packages
from store.errors import StoreError
from store.status import Status
from store.store import open_store

LOW_DISK_BYTES = 2 * 1024**3
CLOCK_LIMIT_S = 2.0
TROUBLES = (ConfigError, DetectError, GeoError, StoreError, PackageClash, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer."""

    name: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All answers, and what the record holds if it could be opened."""

    ok: bool
    checks: tuple[Check, ...]
    status: Status | None


def examine(config: Config) -> Report:
    """Look at everything; changes nothing but an absent record folder, which it makes."""
    checks = [_ask(name, question) for name, question in _questions(config).items()]
    status = None
    try:
        store = open_store(Path(config.data.folder), config.data.database)
        status = store.reader.status()
        store.close()
        says = f"whole: {status.totals.fixes} fixes, {status.totals.frames} frames"
        checks.append(Check(name="record", ok=True, says=says))
        checks += _complaints(status)
    except TROUBLES as exc:
        checks.append(Check(name="record", ok=False, says=str(exc)))
    return Report(ok=all(check.ok for check in checks), checks=tuple(checks), status=status)


def _questions(config: Config) -> dict[str, Callable[[], str]]:
    return {
        "packages": _packages,
        "detector": lambda: _detector(config),
        "premises": lambda: _premises(config),
        "ground": lambda: _ground(config),
        "samples": lambda: ", ".join(sample_names()) or "none",
        "disk": lambda: _disk(Path(config.data.folder)),
        "broker": lambda: _broker(config),
        "web": lambda: _free(config.web.host, config.web.port, "the page"),
    }


def _ask(name: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, says=question())
    except TROUBLES as exc:
        return Check(name=name, ok=False, says=str(exc))


def _packages() -> str:
    check_packages()
    return f"Python {platform.python_version()} on {platform.machine()}, no clashing packages"


def _detector(config: Config) -> str:
    detector = make_detector(config.detector)
    picture = np.full((720, 1280, 3), 127, np.uint8)
    detector.detect([picture])
    started_s = time.perf_counter()
    detector.detect([picture] * 3)
    each_ms = (time.perf_counter() - started_s) / 3 * 1000
    why = why_engine(config.detector)
    return f"{detector.identity} ({why}): {each_ms:.0f} ms for a 1280 x 720 picture"


def _premises(config: Config) -> str:
    index = config.premises()
    return "none set ([station] premises)" if index is None else f"{len(index)} premises"


def _ground(config: Config) -> str:
    ground, relief = config.ground, config.relief()
    flats = ", ".join(flat.datum for flat in ground.flats())
    says = f"flat ground for heights from {flats}"
    if relief is not None:
        model = relief.terrain
        says = (
            f"{model.source}: {model.lowest_m:.0f} to {model.highest_m:.0f} m {model.datum}, "
            f"geoid {relief.geoid.name if relief.geoid else 'none'}; elsewhere {says}"
        )
    return f"{says}; smoke's foot hidden up to {ground.hidden_m:g} m" if ground.hidden_m else says


def _disk(folder: Path) -> str:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < LOW_DISK_BYTES:
        reason = (
            f"{free / 1e9:.1f} GB free at {there}: make room, nothing can be stored on a full disk"
        )
        raise OSError(reason)
    return f"{free / 1e9:.0f} GB free at {there}"


def _broker(config: Config) -> str:
    mqtt = config.mqtt
    if mqtt.broker == "embedded":
        return _free(mqtt.host, mqtt.port, "the embedded broker")
    address: Address = config.address()
    with socket.create_connection((address.host, address.port), timeout=3):
        return f"{address.host}:{address.port} answers"


def _free(host: str, port: int, what: str) -> str:
    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            return f"{host}:{port} is in use: by Plumeline itself, or {what} needs another port"
    return f"{host}:{port} is free for {what}"


def _complaints(status: Status) -> Iterator[Check]:
    if status.totals.quarantined:
        says = f"{status.totals.quarantined} messages were not understood: see /api/quarantine"
        yield Check(name="quarantine", ok=True, says=says)
    for device in status.devices:
        if device.clash:
            says = f"{device.device_id}: two devices seem to use this id"
            yield Check(name="device", ok=False, says=says)
        elif abs(device.clock_offset_s) > CLOCK_LIMIT_S:
            says = f"{device.device_id}: its clock is off by {-device.clock_offset_s:.0f} s"
            yield Check(name="device", ok=True, says=says)
