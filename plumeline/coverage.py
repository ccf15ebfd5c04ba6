"""Which premises a flight has looked at: the record's pictures and telemetry against the register.

A picture counts that was whole, new and judged, or that no analysis has come to yet and that is
whole and new; its pose comes from the fixes around it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alerts.events import Place
from alerts.look import Look, LookStatus
from alerts.placing import Placer
from detect.errors import UnreadablePicture
from detect.picture import decode_jpeg
from geo.coverage import Coverage, cover
from geo.looking import Limits, Reason, Shot
from geo.planned import Adherence, Flown, RouteLimits, Waypoint, adherence
from geo.premises import Premises
from geo.terrain import Terrain
from ingest.pairing import Moment, between
from ingest.records import Fix, Frame, Home
from plumeline.config import Config, ConfigError
from plumeline.flights import RecordedFlight
from plumeline.judges import make_placer
from plumeline.replay import recorded
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
    plan: Adherence | None = None
    """How the flight kept to its route, where one was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a flight was to fly, and what counts as flown."""

    route: tuple[Waypoint, ...]
    limits: RouteLimits


def coverage_of_flight(
    flight: RecordedFlight,
    config: Config,
    *,
    limits: Limits | None = None,
    plan: Plan | None = None,
) -> CoverageReport:
    """Record a flight's messages in a store of their own and report on the newest flight in it.

    Raises:
        BadFlight: a frame's file is missing.
        NoSuchPatrol: no message could be understood.
        ConfigError, BadPremises: there is no register.
    """
    with recorded(flight) as store:
        names = flight_ids(store.engine)
        if not names:
            raise NoSuchPatrol(flight.name, names)
        return coverage_in(store, names[-1], make_placer(config), limits=limits, plan=plan)


def coverage_of_record(
    name: str, config: Config, *, limits: Limits | None = None, plan: Plan | None = None
) -> CoverageReport:
    """Report on a flight of the station's record, or on the newest flight of a device.

    Raises:
        NoSuchPatrol: the record has neither.
        ConfigError, BadPremises: there is no register.
        StoreError: the record cannot be opened.
    """
    store = open_store(Path(config.data.folder), config.data.database)
    try:
        return coverage_in(store, name, make_placer(config), limits=limits, plan=plan)
    finally:
        store.close()


class NoSuchPatrol(ConfigError):
    """Nothing in the record goes by that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        flights = ", ".join(known[-5:]) or "none"
        super().__init__(None, f"no flight or device {name!r} in the record; its last: {flights}")
        self.name = name


def coverage_in(
    store: Store,
    name: str,
    placer: Placer,
    *,
    limits: Limits | None = None,
    plan: Plan | None = None,
    premises: Sequence[Premises] | None = None,
    judged_only: bool = False,
) -> CoverageReport:
    """The same in a record that is open.

    ``premises`` are those to report on, and the buildings that may hide them; all of the register
    without. ``judged_only`` leaves out the pictures that no analysis has come to yet.

    Raises:
        NoSuchPatrol: the record has neither.
        ConfigError: there is no register.
    """
    if placer.premises is None:
        raise ConfigError(None, "[station] premises is not set: there is nothing to cover")
    patrol = read_patrol(store.engine, name)
    if patrol is None:
        raise NoSuchPatrol(name, flight_ids(store.engine))
    limits = limits or Limits()
    placed = list(_shots(patrol, store, placer, limits, judged_only=judged_only))
    shots = [shot for shot, _ in placed]
    asked = list(placer.premises) if premises is None else list(premises)
    faults = Counter(shot.fault for shot in shots if shot.fault is not None)
    return CoverageReport(
        device_id=patrol.device_id,
        flight_id=patrol.flight_id,
        t0_s=min((shot.t_s for shot in shots), default=0.0),
        pictures=len(shots),
        usable=len(shots) - faults.total(),
        unusable=dict(sorted(faults.items())),
        limits=limits,
        premises=tuple(cover(asked, shots, _terrain(placed, placer), limits)),
        plan=None if plan is None else adherence(plan.route, _flown(patrol), plan.limits),
    )


def _flown(patrol: Patrol) -> list[Flown]:
    return [
        Flown(t_s=fix.t_device_s, lat_deg=fix.lat_deg, lon_deg=fix.lon_deg)
        for fix in patrol.fixes
        if fix.mappable and fix.lat_deg is not None and fix.lon_deg is not None
    ]


def _shots(
    patrol: Patrol, store: Store, placer: Placer, limits: Limits, *, judged_only: bool
) -> Iterator[tuple[Shot, Terrain | None]]:
    """Each picture with its pose, and the ground that the pose's height is from."""
    homes = _homes(patrol, store) if placer.relief else []
    fixes = sorted((fix for fix in patrol.fixes if fix.mappable), key=_time)
    last_sha256 = ""
    for n, frame in patrol.frames:
        look = patrol.looks.get(n)
        fault: Reason | None = Reason.NOT_JUDGED
        if look is not None or not judged_only:
            fault = _fault(frame, look, last_sha256, store)
        last_sha256 = frame.sha256
        shot = Shot(t_s=frame.t_capture_s, seq=frame.key.seq, sha256=frame.sha256, fault=fault)
        moment = _moment(fixes, frame.t_capture_s, limits.max_gap_s)
        if moment is None:
            yield replace(shot, fault=Reason.NO_TELEMETRY), None
            continue
        pose, camera = placer.pose(frame, moment), placer.camera(frame, moment)
        if isinstance(pose, str) or isinstance(camera, str):
            yield replace(shot, fault=Reason.NO_POSE), None
            continue
        pose, terrain = next(placer.grounds(pose, moment, _home(homes, frame)))
        yield replace(shot, pose=pose, camera=camera), terrain


def _homes(patrol: Patrol, store: Store) -> list[Home]:
    """The take-off points that the device told during the flight, by time received."""
    times_s = [fix.t_received_s for fix in patrol.fixes]
    times_s += [frame.t_received_s for _, frame in patrol.frames]
    n, upto_n = store.analysis.numbers_between(0.0, max(times_s, default=0.0))
    homes: list[Home] = []
    while arrived := store.analysis.records(n, upto_n=upto_n, device_id=patrol.device_id):
        n = arrived[-1][0]
        homes += [record for _, record in arrived if isinstance(record, Home)]
    return homes


def _home(homes: Sequence[Home], frame: Frame) -> Place | None:
    """The last one told before the picture came."""
    told = [home for home in homes if home.t_received_s <= frame.t_received_s]
    return Place(lat_deg=told[-1].lat_deg, lon_deg=told[-1].lon_deg) if told else None


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


def _terrain(placed: Sequence[tuple[Shot, Terrain | None]], placer: Placer) -> Terrain:
    """The ground that most poses stand over."""
    grounds = Counter(terrain for _, terrain in placed if terrain is not None)
    return grounds.most_common(1)[0][0] if grounds else placer.terrains[0]
