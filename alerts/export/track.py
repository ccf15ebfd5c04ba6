"""A flight's track in segments without a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from alerts.export.terms import Crs
from alerts.watch import Rules
from geo.gcj02 import gcj02_from_wgs84
from geo.geodesy import distance_m
from geo.pose import Datum
from ingest.records import Fix

MAX_GAP_S = Rules().max_gap_s
"""Between fixes further apart nobody knows where the device was: no pose there, and no line."""

SPEED = "speed_mps"
_OF_A_FIX: dict[str, Callable[[Fix], float | None]] = {
    "height_takeoff_m": lambda fix: fix.height_takeoff_m,
    "height_msl_m": lambda fix: fix.height_msl_m,
    "height_ellipsoid_m": lambda fix: fix.height_ellipsoid_m,
    "yaw_deg": lambda fix: fix.aircraft.yaw_deg if fix.aircraft else None,
    "gimbal_yaw_deg": lambda fix: fix.gimbal.yaw_deg if fix.gimbal else None,
    "gimbal_pitch_deg": lambda fix: fix.gimbal.pitch_deg if fix.gimbal else None,
    "gimbal_roll_deg": lambda fix: fix.gimbal.roll_deg if fix.gimbal else None,
}
COLUMNS = (SPEED, *_OF_A_FIX)
"""What is told of a fix beside time and position, with its unit in the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Fixes of one flight without a gap, in the order of the device's clock; at least one."""

    device_id: str
    flight_id: str
    number: int
    """Within its flight, from 1."""
    fixes: tuple[Fix, ...]
    """All mappable, in the coordinates of the file."""
    speeds_mps: tuple[float | None, ...]
    """Over ground, from the fixes on either side; None where the clock stood still."""

    def places(self) -> Iterator[tuple[float, float]]:
        """(lon, lat) of each fix, in degrees."""
        for fix in self.fixes:
            assert fix.lat_deg is not None and fix.lon_deg is not None
            yield fix.lon_deg, fix.lat_deg

    def heights(self, datum: Datum) -> list[float] | None:
        """Each fix's height above this datum, None unless every fix has one."""
        heights = [getattr(fix, f"height_{datum.value}_m") for fix in self.fixes]
        return None if None in heights else heights

    def columns(self) -> dict[str, list[float | None]]:
        """What else is known of each fix, by a name of `COLUMNS`; no column is all None."""
        columns = {name: [of(fix) for fix in self.fixes] for name, of in _OF_A_FIX.items()}
        columns[SPEED] = list(self.speeds_mps)
        return {
            name: columns[name] for name in COLUMNS if any(v is not None for v in columns[name])
        }


def segments_of(
    fixes: Iterable[Fix], crs: Crs = Crs.WGS84, max_gap_s: float = MAX_GAP_S
) -> tuple[Segment, ...]:
    """The mappable fixes, cut where the flight changes, at gaps and at the antimeridian.

    Every mappable fix is in exactly one segment, once.
    """
    ordered = sorted(
        (fix for fix in fixes if fix.mappable),
        key=lambda fix: (fix.key.flight_id, fix.t_device_s, fix.key.seq, fix.key.tie),
    )
    runs: list[list[Fix]] = [ordered[:1]] if ordered else []
    for before, fix in pairwise(ordered):
        if _joined(before, fix, max_gap_s):
            runs[-1].append(fix)
        else:
            runs.append([fix])
    segments: list[Segment] = []
    for run in runs:
        last = segments[-1] if segments else None
        again = last is not None and last.flight_id == run[0].key.flight_id
        segments.append(_segment(run, last.number + 1 if last and again else 1, crs))
    return tuple(segments)


def _joined(before: Fix, fix: Fix, max_gap_s: float) -> bool:
    assert before.lon_deg is not None and fix.lon_deg is not None
    return (
        before.key.flight_id == fix.key.flight_id
        and fix.t_device_s - before.t_device_s <= max_gap_s
        and abs(fix.lon_deg - before.lon_deg) <= 180
    )


def _segment(run: Sequence[Fix], number: int, crs: Crs) -> Segment:
    return Segment(
        device_id=run[0].key.device_id,
        flight_id=run[0].key.flight_id,
        number=number,
        fixes=tuple(run) if crs is Crs.WGS84 else _in_gcj02(run),
        speeds_mps=_speeds(run),
    )


def _in_gcj02(run: Sequence[Fix]) -> tuple[Fix, ...]:
    lat, lon = gcj02_from_wgs84(
        np.array([fix.lat_deg for fix in run]), np.array([fix.lon_deg for fix in run])
    )
    return tuple(
        replace(fix, lat_deg=float(a), lon_deg=float(o))
        for fix, a, o in zip(run, lat, lon, strict=True)
    )


def _speeds(run: Sequence[Fix]) -> tuple[float | None, ...]:
    """Central differences; one-sided at the ends."""
    t_s = np.array([fix.t_device_s for fix in run])
    lat, lon = (np.array([getattr(fix, axis) for fix in run]) for axis in ("lat_deg", "lon_deg"))
    here = np.arange(len(run))
    before, after = np.maximum(here - 1, 0), np.minimum(here + 1, len(run) - 1)
    way_m = distance_m(lat[before], lon[before], lat[after], lon[after])
    passed_s = t_s[after] - t_s[before]
    return tuple(
        round(float(m / s), 3) if s > 0 else None for m, s in zip(way_m, passed_s, strict=True)
    )
