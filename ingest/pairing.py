"""Which pose belongs to a picture: fixes and frames in, frames with their moment out.

The order of arrival decides, never a clock: fed the same records in the same order, live or years
later, the stage says the same. A frame is settled as soon as two fixes no further apart than
``max_gap_s`` lie around its capture time, or when the device has moved on by ``late_s`` without
them, and then with the reason why its position is unknown. Nothing is extrapolated.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass

from geo.angles import between_deg, turn_deg
from geo.geodesy import distance_m
from ingest.records import Attitude, Fix, Frame

KEPT_FIXES = 1024
"""Of each device: 100 s at 10 Hz."""
KEPT_FRAMES = 32
"""Waiting for telemetry, of each device; the oldest is settled when one more comes."""

ACCELERATION_MPS2 = 2.0
"""One sigma of what a patrol drone does between two fixes unseen."""
TURN_ACCELERATION_DPS2 = 20.0
"""One sigma of what a gimbal does between two fixes unseen."""
CLOCK_SIGMA_S = 0.05
"""Between a device's camera and its telemetry."""
LASER_AGE_S = 0.5
"""A laser's range holds for pictures so close to it: at 10 m/s the drone has moved 5 m by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A device between two fixes. A value is None where either fix lacks it."""

    t_s: float
    lat_deg: float
    lon_deg: float
    height_takeoff_m: float | None
    height_ellipsoid_m: float | None
    height_msl_m: float | None
    aircraft: Attitude | None
    gimbal: Attitude | None
    camera: str | None
    zoom: float | None
    hfov_deg: float | None
    gap_s: float
    """Between the two fixes."""
    position_sigma_m: float
    """Of each axis, from interpolating and from the clock: to be added to the sensor's own."""
    angle_sigma_deg: float
    """Of yaw and pitch, likewise."""
    laser_range_m: float | None = None
    """Measured along the camera's axis by the nearer fix, at most `LASER_AGE_S` away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """A frame, and the moment it was taken at or the reason why that is unknown."""

    frame: Frame
    moment: Moment | None
    reason: str | None = None


class Pairer:
    """The stage for one device."""

    def __init__(self, *, max_gap_s: float = 3.0, late_s: float = 2.0) -> None:
        """``max_gap_s`` bounds the interpolation, ``late_s`` how long a frame waits for fixes."""
        self._max_gap_s = max_gap_s
        self._late_s = late_s
        self._fixes: list[Fix] = []
        self._arrived: deque[Fix] = deque()
        self._waiting: list[Frame] = []

    @property
    def waiting(self) -> tuple[Frame, ...]:
        """Frames not settled yet, in the order they came."""
        return tuple(self._waiting)

    def feed(self, record: Fix | Frame) -> list[Paired]:
        """One record in; the frames it settles out, in the order they came."""
        if isinstance(record, Fix):
            t_s = record.t_device_s
            if record.mappable:
                self._keep(record)
        else:
            t_s = record.t_capture_s
            self._waiting.append(record)
        crowded = len(self._waiting) > KEPT_FRAMES
        settled = [
            paired
            for i, frame in enumerate(self._waiting)
            if (paired := self._settle(frame, (crowded and i == 0) or self._is_past(frame, t_s)))
        ]
        self._forget(settled)
        return settled

    def flush(self) -> list[Paired]:
        """Settle everything that waits: the device has fallen silent."""
        settled = [paired for frame in self._waiting if (paired := self._settle(frame, True))]
        self._waiting.clear()
        return settled

    def _is_past(self, frame: Frame, t_s: float) -> bool:
        return t_s >= frame.t_capture_s + self._late_s

    def _forget(self, settled: list[Paired]) -> None:
        done = {id(paired.frame) for paired in settled}
        self._waiting = [frame for frame in self._waiting if id(frame) not in done]

    def _keep(self, fix: Fix) -> None:
        insort(self._fixes, fix, key=_time)
        self._arrived.append(fix)
        if len(self._arrived) > KEPT_FIXES:
            oldest = self._arrived.popleft()
            i = bisect_left(self._fixes, oldest.t_device_s, key=_time)
            while self._fixes[i] is not oldest:
                i += 1
            del self._fixes[i]

    def _settle(self, frame: Frame, now_or_never: bool) -> Paired | None:
        t_s = frame.t_capture_s
        after = bisect_left(self._fixes, t_s, key=_time)
        before = bisect_right(self._fixes, t_s, key=_time) - 1
        a = self._fixes[before] if before >= 0 else None
        b = self._fixes[after] if after < len(self._fixes) else None
        if a and b and b.t_device_s - a.t_device_s <= self._max_gap_s:
            return Paired(frame=frame, moment=between(a, b, t_s))
        if not now_or_never:
            return None
        return Paired(frame=frame, moment=None, reason=_why_not(a, b))


def _time(fix: Fix) -> float:
    return fix.t_device_s


def _why_not(a: Fix | None, b: Fix | None) -> str:
    if a is None and b is None:
        return "no telemetry with a position"
    if a is None:
        return "no telemetry before the picture"
    if b is None:
        return "no telemetry after the picture"
    return f"telemetry gap: {b.t_device_s - a.t_device_s:.1f} s"


def between(a: Fix, b: Fix, t_s: float) -> Moment:
    """The device at ``t_s`` between two mappable fixes: angles turn the short way round.

    The sigma of a point between two samples ``d`` apart, ``s`` after the first, under an unknown
    constant acceleration of one sigma ``a`` is ``a s (d - s) / 2``; the clock adds speed times
    ``CLOCK_SIGMA_S``.
    """
    assert a.lat_deg is not None and a.lon_deg is not None
    assert b.lat_deg is not None and b.lon_deg is not None
    gap_s = b.t_device_s - a.t_device_s
    f = (t_s - a.t_device_s) / gap_s if gap_s > 0 else 0.0
    bend = f * (1 - f) * gap_s**2 / 2
    way_m = float(distance_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg))
    gimbal = _between_attitudes(a.gimbal, b.gimbal, f)
    return Moment(
        t_s=t_s,
        lat_deg=a.lat_deg + f * (b.lat_deg - a.lat_deg),
        lon_deg=float(between_deg(a.lon_deg, b.lon_deg, f)),
        height_takeoff_m=_mix(a.height_takeoff_m, b.height_takeoff_m, f),
        height_ellipsoid_m=_mix(a.height_ellipsoid_m, b.height_ellipsoid_m, f),
        height_msl_m=_mix(a.height_msl_m, b.height_msl_m, f),
        aircraft=_between_attitudes(a.aircraft, b.aircraft, f),
        gimbal=gimbal,
        camera=a.camera if a.camera == b.camera else None,
        zoom=a.zoom if a.zoom == b.zoom else None,
        hfov_deg=_mix(a.hfov_deg, b.hfov_deg, f),
        gap_s=gap_s,
        position_sigma_m=ACCELERATION_MPS2 * bend + _per_s(way_m, gap_s) * CLOCK_SIGMA_S,
        angle_sigma_deg=TURN_ACCELERATION_DPS2 * bend
        + _per_s(_turned_deg(a, b), gap_s) * CLOCK_SIGMA_S,
        laser_range_m=_laser_range_m(a, b, t_s),
    )


def _laser_range_m(a: Fix, b: Fix, t_s: float) -> float | None:
    nearer = a if t_s - a.t_device_s <= b.t_device_s - t_s else b
    return nearer.laser_range_m if abs(nearer.t_device_s - t_s) <= LASER_AGE_S else None


def _per_s(amount: float, gap_s: float) -> float:
    return amount / gap_s if gap_s > 0 else 0.0


def _turned_deg(a: Fix, b: Fix) -> float:
    first, second = a.gimbal or a.aircraft, b.gimbal or b.aircraft
    if first is None or second is None:
        return 0.0
    yaw = abs(float(turn_deg(first.yaw_deg, second.yaw_deg)))
    return max(yaw, abs(second.pitch_deg - first.pitch_deg))


def _mix(a: float | None, b: float | None, f: float) -> float | None:
    return None if a is None or b is None else a + f * (b - a)


def _between_attitudes(a: Attitude | None, b: Attitude | None, f: float) -> Attitude | None:
    if a is None or b is None:
        return None
    return Attitude(
        yaw_deg=float(between_deg(a.yaw_deg, b.yaw_deg, f)),
        pitch_deg=a.pitch_deg + f * (b.pitch_deg - a.pitch_deg),
        roll_deg=float(between_deg(a.roll_deg, b.roll_deg, f)),
    )
