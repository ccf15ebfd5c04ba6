"""How far the clock of a log is off, from a track that it lies on. Pure.

Distances are taken at common times, between samples of the sparser track and the line between
neighbours of the other. The offset is the one at which the tracks agree: none, then the zones
where the log's is guessed, then what most pairs of near points say; the first that agrees is
refined by least squares along the track.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from geo.geodesy import distance_m
from ingest.logs.flight import BoolArray, FloatArray, Track
from ingest.logs.report import GAP_S

AGREE_M = 20.0
"""Median distance up to which two tracks are one flight."""
AGREEING = 0.8
"""Share of the points that must lie within twice that: turns of a circle look alike."""
MIN_COMMON = 5
"""Points at common times, without which nothing is compared."""
REACH_S = 120.0
"""How far the clock of a log may be off, besides its zone."""
ZONE_REACH_S = 10.0
"""The same where a zone had to be guessed: patrols that leave every hour stay apart."""
ZONES_S = tuple(sorted((k * 1800.0 for k in range(-28, 29)), key=abs))
"""-14 h to +14 h in half hours."""
COMPARED = 1500
"""Points of a track that are compared to find the offset."""
MOVING_MPS = 0.5
"""Slower than that, a track does not tell its time to the second."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownFlight:
    """A flight, or the part of one, that is in the record."""

    device_id: str
    boot_id: str
    track: Track
    """Mappable samples in order of time, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Match:
    """A known flight, and the log's offset on it."""

    flight: KnownFlight
    offset_s: float
    median_m: float


def match(own: Track, flight: KnownFlight, *, guess_zone: bool) -> Match | None:
    """The offset at which two tracks agree, None where there is none."""
    if len(flight.track) < MIN_COMMON:
        return None
    if len(own) < MIN_COMMON:
        return _all_on(own, flight)
    swap = step_s(flight.track) > step_s(own)
    a, b = (flight.track, own) if swap else (own, flight.track)
    a = pick(a, np.arange(0, len(a), -(-len(a) // COMPARED)))
    sign = -1.0 if swap else 1.0
    for reach, offsets in _tries(own, flight.track, guess_zone=guess_zone):
        found = [(_median_m(a, b, sign * s), abs(s), s) for s in offsets]
        median_m, _, coarse_s = min(found, default=(np.inf, 0.0, 0.0))
        if median_m > AGREE_M:
            continue
        offset_s = sign * _refined(a, b, sign * coarse_s)
        if abs(offset_s - _nearest_zone_s(offset_s, guess_zone)) <= reach:
            median_m = _median_m(a, b, sign * offset_s)
            return Match(flight=flight, offset_s=offset_s, median_m=median_m)
    return None


def _all_on(own: Track, flight: KnownFlight) -> Match | None:
    """Too few points to tell an offset, as a photo has: each must lie on the track as it is."""
    apart_m, said = apart_at(own, flight.track, 0.0)
    if not len(own) or not said.all() or (apart_m > AGREE_M).any():
        return None
    return Match(flight=flight, offset_s=0.0, median_m=float(np.median(apart_m)))


def _tries(
    own: Track, other: Track, *, guess_zone: bool
) -> Iterator[tuple[float, Sequence[float]]]:
    """How far the result may be off, and the offsets to begin with: one try after the other."""
    yield REACH_S, (0.0,)
    pairs_s = _near_pairs_s(own, other)
    yield REACH_S, _most_said(pairs_s[np.abs(pairs_s) <= REACH_S])
    if guess_zone:
        yield ZONE_REACH_S, ZONES_S
        off_s = pairs_s - np.round(pairs_s / ZONES_S[1]) * ZONES_S[1]
        yield ZONE_REACH_S, _most_said(pairs_s[np.abs(off_s) <= ZONE_REACH_S])


def _nearest_zone_s(offset_s: float, guess_zone: bool) -> float:
    return round(offset_s / ZONES_S[1]) * ZONES_S[1] if guess_zone else 0.0


def step_s(track: Track) -> float:
    """Median time between samples."""
    return float(np.median(np.diff(track.t_s)))


def _on(b: Track, t_s: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Where ``b`` is at these times, and whether it says so: between samples not far apart."""
    after = np.clip(np.searchsorted(b.t_s, t_s), 1, len(b) - 1)
    gap_s = b.t_s[after] - b.t_s[after - 1]
    said: BoolArray = (t_s >= b.t_s[0]) & (t_s <= b.t_s[-1]) & (gap_s <= GAP_S)
    lat_deg = np.interp(t_s, b.t_s, b.lat_deg)
    lon_deg = np.interp(t_s, b.t_s, np.unwrap(b.lon_deg, period=360))
    return lat_deg, lon_deg, said


def apart_at(a: Track, b: Track, offset_s: float) -> tuple[FloatArray, BoolArray]:
    """Distances at ``a``'s times plus the offset; NaN and False where ``b`` does not say."""
    lat_deg, lon_deg, said = _on(b, a.t_s + offset_s)
    apart_m: FloatArray = np.full(len(a), np.nan)
    apart_m[said] = distance_m(a.lat_deg[said], a.lon_deg[said], lat_deg[said], lon_deg[said])
    return apart_m, said


def _median_m(a: Track, b: Track, offset_s: float) -> float:
    """Between two tracks at common times; infinite where they do not agree."""
    apart_m, said = apart_at(a, b, offset_s)
    if said.sum() < MIN_COMMON or np.mean(apart_m[said] <= 2 * AGREE_M) < AGREEING:
        return np.inf
    return float(np.median(apart_m[said]))


def _near_pairs_s(own: Track, other: Track) -> FloatArray:
    """The other's time less the own, of every pair of points that are near each other."""
    a, b = (_metres(t, own) for t in (own, other))
    a_rows = np.linspace(0, len(own) - 1, min(len(own), 300)).astype(int)
    b_rows = np.linspace(0, len(other) - 1, min(len(other), 3000)).astype(int)
    apart_m = np.hypot(*(a[:, a_rows, None] - b[:, None, b_rows]))
    i, j = np.nonzero(apart_m <= AGREE_M / 2)
    pairs_s: FloatArray = other.t_s[b_rows[j]] - own.t_s[a_rows[i]]
    return pairs_s


def _metres(track: Track, origin: Track) -> FloatArray:
    """East and north of the origin's first point, shape (2, n): good to 1 % within a flight."""
    lat0_deg, lon0_deg = origin.lat_deg[0], origin.lon_deg[0]
    east_deg = (track.lon_deg - lon0_deg + 180) % 360 - 180
    east_m = 111_320.0 * np.cos(np.radians(lat0_deg)) * east_deg
    return np.stack([east_m, 111_320.0 * (track.lat_deg - lat0_deg)])


def _most_said(pairs_s: FloatArray) -> list[float]:
    """The whole seconds that most pairs name."""
    values, counts = np.unique(np.round(pairs_s), return_counts=True)
    return [float(value) for value in values[np.argsort(-counts, kind="stable")[:8]]]


def _refined(a: Track, b: Track, offset_s: float) -> float:
    """Gauss-Newton on the distance along the track; the offset itself where nothing moves."""
    for _ in range(12):
        t_s = a.t_s + offset_s
        lat_deg, lon_deg, said = _on(b, t_s)
        ahead = _on(b, t_s + 0.5)
        behind = _on(b, t_s - 0.5)
        said &= ahead[2] & behind[2]
        if said.sum() < MIN_COMMON:
            return offset_s
        north = 111_320.0
        east = north * np.cos(np.radians(lat_deg[said]))
        gap = np.stack([(a.lat_deg - lat_deg)[said] * north, (a.lon_deg - lon_deg)[said] * east])
        way = np.stack([(ahead[0] - behind[0])[said] * north, (ahead[1] - behind[1])[said] * east])
        length = np.hypot(*gap)
        use = length <= max(3 * float(np.median(length)), 1.0)
        moved = float((way[:, use] ** 2).sum())
        if moved < MOVING_MPS**2 * use.sum():
            return offset_s
        step_s = float((gap[:, use] * way[:, use]).sum()) / moved
        offset_s += float(np.clip(step_s, -5.0, 5.0))
        if abs(step_s) < 1e-4:
            break
    return offset_s


def pick(track: Track, rows: npt.NDArray[np.intp]) -> Track:
    """Some samples of a track."""
    return Track.of(len(rows), **{f.name: getattr(track, f.name)[rows] for f in fields(Track)})
