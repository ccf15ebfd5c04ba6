"""Which premises a flight has looked at: the record's pictures and telemetry against the register.

A picture counts that was whole, new and judged, or that no analysis has come to yet and that is
whole and new; its pose comes from the fixes around it.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alerts.look import Look, LookStatus
from alerts.placing import Placer
from detect.errors import UnreadablePicture
from detect.picture import decode_jpeg
from geo.coverage import Coverage, cover
from geo.looking import Limits, Reason, Shot
from geo.terrain import Terrain
from ingest.mqtt import BATCH_MESSAGES
from ingest.pairing import Moment, between
from ingest.recorder import Recorder
from ingest.records import Fix, Frame
from ingest.wire.table import Decoders
from plumeline.config import Config, ConfigError
from plumeline.flights import RecordedFlight
from plumeline.pipeline import make_placer
from store.errors import MissingBlob
from store.patrols import Patrol, flight_ids, read_patrol
from store.store import Store, open_store

_FAULTS = {
    LookStatus.SKIPPED: Reason.NOT_JUDGED,
    LookStatus.FROZEN: Reason.FROZEN,
    LookStatus.UNREADABLE: Reason.UNREADABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """One flight's proof of looking."""

    device_id: str
    flight_id: str
    t0_s: float
    """Of the first picture, on the device's clock."""
    pictures: int
    usable: int
    unusable: dict[Reason, int]
    """Pictures that prove nothing, by what is wrong with them."""
    limits: Limits
    premises: tuple[Coverage, ...]


def coverage_of_flight(flight: RecordedFlight, config: Config) -> CoverageReport:
    """Record a flight's messages in a store of their own and report on the newest flight in it.

    Raises:
        BadFlight: a frame's file is missing.
        NoSuchPatrol: no message could be understood.
        ConfigError, BadPremises: there is no register.
    """
    with tempfile.TemporaryDirectory(prefix="plumeline-") as folder:
        store = open_store(Path(folder))
        try:
            recorder = Recorder(store.shelf, Decoders())
            messages = list(flight.messages())
            for start in range(0, len(messages), BATCH_MESSAGES):
                recorder.take(messages[start : start + BATCH_MESSAGES])
            names = flight_ids(store.engine)
            if not names:
                raise NoSuchPatrol(flight.name, names)
            return _report(store, names[-1], config)
        finally:
            store.close()


def coverage_of_record(name: str, config: Config) -> CoverageReport:
    """Report on a flight of the station's record, or on the newest flight of a device.

    Raises:
        NoSuchPatrol: the record has neither.
        ConfigError, BadPremises: there is no register.
        StoreError: the record cannot be opened.
    """
    store = open_store(Path(config.data.folder), config.data.database)
    try:
        return _report(store, name, config)
    finally:
        store.close()


class NoSuchPatrol(ConfigError):
    """Nothing in the record goes by that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        flights = ", ".join(known[-5:]) or "none"
        super().__init__(None, f"no flight or device {name!r} in the record; its last: {flights}")
        self.name = name


def _report(store: Store, name: str, config: Config) -> CoverageReport:
    placer = make_placer(config)
    if placer.premises is None:
        raise ConfigError(None, "[station] premises is not set: there is nothing to cover")
    patrol = read_patrol(store.engine, name)
    if patrol is None:
        raise NoSuchPatrol(name, flight_ids(store.engine))
    limits = Limits()
    shots = list(_shots(patrol, store, placer, limits))
    faults = Counter(shot.fault for shot in shots if shot.fault is not None)
    return CoverageReport(
        device_id=patrol.device_id,
        flight_id=patrol.flight_id,
        t0_s=min((shot.t_s for shot in shots), default=0.0),
        pictures=len(shots),
        usable=len(shots) - faults.total(),
        unusable=dict(sorted(faults.items())),
        limits=limits,
        premises=tuple(cover(list(placer.premises), shots, _terrain(shots, placer), limits)),
    )


def _shots(patrol: Patrol, store: Store, placer: Placer, limits: Limits) -> Iterator[Shot]:
    fixes = sorted((fix for fix in patrol.fixes if fix.mappable), key=_time)
    last_sha256 = ""
    for n, frame in patrol.frames:
        fault = _fault(frame, patrol.looks.get(n), last_sha256, store)
        last_sha256 = frame.sha256
        shot = Shot(t_s=frame.t_capture_s, seq=frame.key.seq, sha256=frame.sha256, fault=fault)
        moment = _moment(fixes, frame.t_capture_s, limits.max_gap_s)
        if moment is None:
            yield replace(shot, fault=Reason.NO_TELEMETRY)
            continue
        pose, camera = placer.pose(frame, moment), placer.camera(frame, moment)
        if isinstance(pose, str) or isinstance(camera, str):
            yield replace(shot, fault=Reason.NO_POSE)
            continue
        yield replace(shot, pose=pose, camera=camera)


def _fault(frame: Frame, look: Look | None, last_sha256: str, store: Store) -> Reason | None:
    """What is wrong with the picture itself: as the analysis found it, else by trying."""
    if look is not None:
        return _FAULTS.get(look.status)
    if frame.sha256 == last_sha256:
        return Reason.FROZEN
    try:
        decode_jpeg(store.analysis.jpeg(frame.sha256))
    except (UnreadablePicture, MissingBlob):
        return Reason.UNREADABLE
    return None


def _moment(fixes: Sequence[Fix], t_s: float, max_gap_s: float) -> Moment | None:
    """The device at a time, from the fixes around it if they are close enough."""
    after = bisect_left(fixes, t_s, key=_time)
    before = bisect_right(fixes, t_s, key=_time) - 1
    if before < 0 or after == len(fixes):
        return None
    a, b = fixes[before], fixes[after]
    return between(a, b, t_s) if b.t_device_s - a.t_device_s <= max_gap_s else None


def _time(fix: Fix) -> float:
    return fix.t_device_s


def _terrain(shots: Sequence[Shot], placer: Placer) -> Terrain:
    """The ground whose datum most poses have."""
    datums = Counter(shot.pose.datum for shot in shots if shot.pose is not None)
    most = datums.most_common(1)
    return next((t for t in placer.terrains if most and t.datum is most[0][0]), placer.terrains[0])
