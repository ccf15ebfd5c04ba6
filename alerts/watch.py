"""Think second: recorded telemetry and judged frames in, looks and events out.

A pure stage: no clock, no store, no randomness. Fed the same records in the same order it says the
same, byte for byte, whether they arrive now or were recorded years ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from alerts.events import Event, Evidence, Place
from alerts.incidents import Incidents
from alerts.look import Judgement, Look, LookStatus
from alerts.placing import Placer
from detect.confirm import Confirmer
from geo.pose import Pose
from ingest.pairing import Paired, Pairer
from ingest.records import Fix, Frame, Home, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What decides; kept with every analysis."""

    max_gap_s: float = 3.0
    """Between two fixes that a pose may be interpolated from."""
    late_s: float = 2.0
    """How long a frame waits for telemetry, on the device's clock."""
    confirm_needed: int = 4
    confirm_window: int = 6
    """A thing is confirmed when it shows in ``needed`` of a device's last ``window`` pictures."""
    confirm_persist_s: float = 2.5
    """And over so long, in one place."""
    repeat_s: float = 60.0
    """A picture that is byte for byte one of those so long before is not looked at: a frozen feed,
    or a loop. Shorter than what the analyst reads again after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one record settled."""

    looks: tuple[Look, ...] = ()
    events: tuple[Event, ...] = ()


class _Waiting(NamedTuple):
    """A frame before its pose is known."""

    n: int
    judgement: Judgement
    status: LookStatus | None
    """Where it needs no pose, with the reason."""
    reason: str | None


@dataclass(slots=True)
class _Device:
    """What is remembered of one device."""

    pairer: Pairer
    confirmer: Confirmer[Evidence]
    home: Place | None = None
    recent: dict[str, float] = field(default_factory=dict)
    """Pictures of the last `Rules.repeat_s`: when each was taken first, or last repeated."""
    judged: dict[Key, _Waiting] = field(default_factory=dict)
    """Frames waiting for their pose."""


class Watch:
    """All devices' streams become looks and incidents."""

    def __init__(
        self,
        placer: Placer,
        rules: Rules,
        told: Iterable[Event] = (),
        *,
        historic: bool = False,
    ) -> None:
        """``told`` are the events of before, in order: what they opened goes on.

        ``historic``: whatever the pictures show is over, however young they are, and rings nobody.
        """
        self._placer = placer
        self._rules = rules
        self._historic = historic
        self._devices: dict[str, _Device] = {}
        self._incidents = Incidents(placer, told)

    @property
    def oldest_waiting_n(self) -> int | None:
        """The number of the oldest frame that still waits for its pose."""
        numbers = [n for device in self._devices.values() for n, *_ in device.judged.values()]
        return min(numbers, default=None)

    def feed(self, n: int, record: Fix | Frame | Home, judgement: Judgement | None) -> Outcome:
        """One record, with the detector's judgement where it is a frame."""
        device = self._device(record.key.device_id)
        match record:
            case Home():
                device.home = Place(lat_deg=record.lat_deg, lon_deg=record.lon_deg)
                return Outcome()
            case Fix():
                return self._settle(device, device.pairer.feed(record))
            case Frame():
                assert judgement is not None, "a frame comes with its judgement"
                return self._admit(device, n, record, judgement)

    def flush(self, device_id: str | None = None) -> Outcome:
        """Settle what waits: this device has fallen silent, or all streams are at their end."""
        looks: list[Look] = []
        events: list[Event] = []
        for name, device in self._devices.items():
            if device_id in (None, name):
                outcome = self._settle(device, device.pairer.flush())
                looks += outcome.looks
                events += outcome.events
        return Outcome(looks=tuple(looks), events=tuple(events))

    def _device(self, device_id: str) -> _Device:
        if device_id not in self._devices:
            rules = self._rules
            self._devices[device_id] = _Device(
                pairer=Pairer(max_gap_s=rules.max_gap_s, late_s=rules.late_s),
                confirmer=Confirmer(
                    needed=rules.confirm_needed,
                    window=rules.confirm_window,
                    persist_s=rules.confirm_persist_s,
                ),
            )
        return self._devices[device_id]

    def _admit(self, device: _Device, n: int, frame: Frame, judgement: Judgement) -> Outcome:
        repeated = self._repeated(device, frame)
        status = None
        if judgement.skipped:
            status = LookStatus.SKIPPED
        elif judgement.fault is not None:
            status = LookStatus.UNREADABLE
        elif repeated is not None:
            status = LookStatus.FROZEN
        reason = judgement.fault or repeated
        if status is None or self._placer.no_image is not None:
            device.judged[frame.key] = _Waiting(n, judgement, status, reason)
            return self._settle(device, device.pairer.feed(frame))
        look = _look(n, frame, status, judgement, reason=reason)
        return Outcome(looks=(look,))

    def _repeated(self, device: _Device, frame: Frame) -> str | None:
        """What it repeats, None for a picture that is new. No camera sees the same bits twice."""
        t_s, before_s = frame.t_capture_s, device.recent.get(frame.sha256)
        since_s = t_s - self._rules.repeat_s
        device.recent = {name: at for name, at in device.recent.items() if at >= since_s}
        device.recent[frame.sha256] = t_s
        if before_s is None or before_s < since_s:
            return None
        return f"the same picture as {t_s - before_s:.1f} s before"

    def _settle(self, device: _Device, settled: Iterable[Paired]) -> Outcome:
        looks: list[Look] = []
        events: list[Event] = []
        for paired in settled:
            n, judgement, status, reason = device.judged.pop(paired.frame.key)
            pose = self._pose(paired)
            no_image = self._placer.forbidden(paired, pose)
            if status is not None:
                look = _look(n, paired.frame, status, judgement, reason=reason)
                looks.append(replace(look, no_image=no_image))
                continue
            seen = [
                self._dated(self._placer.evidence(paired, pose, detection, device.home))
                for detection in judgement.detections
            ]
            look = _judged_look(n, paired.frame, judgement, pose)
            looks.append(replace(look, no_image=no_image))
            for sighting in device.confirmer.feed(seen, paired.frame.t_capture_s):
                events += self._incidents.admit(sighting)
        return Outcome(looks=tuple(looks), events=tuple(events))

    def _dated(self, seen: Evidence) -> Evidence:
        return replace(seen, historic=True) if self._historic else seen

    def _pose(self, paired: Paired) -> Pose | str:
        if paired.moment is None:
            return paired.reason or "no telemetry"
        return self._placer.pose(paired.frame, paired.moment)


def _judged_look(n: int, frame: Frame, judgement: Judgement, pose: Pose | str) -> Look:
    if isinstance(pose, str):
        return _look(n, frame, LookStatus.UNPLACED, judgement, reason=pose)
    status = LookStatus.SEEN if judgement.detections else LookStatus.NOTHING
    return _look(n, frame, status, judgement, pose=pose)


def _look(
    n: int,
    frame: Frame,
    status: LookStatus,
    judgement: Judgement,
    *,
    reason: str | None = None,
    pose: Pose | None = None,
) -> Look:
    return Look(
        frame_n=n,
        key=frame.key,
        t_capture_s=frame.t_capture_s,
        status=status,
        reason=reason,
        detections=judgement.detections,
        pose=pose,
    )
