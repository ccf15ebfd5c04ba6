"""Proof of looking: which premises a flight has seen, in what share, for how long, how closely.

The inverse of a footprint: premises become points, and every point is put into every picture
(docs/coverage.md). Where a picture, a pose or the telemetry is missing nothing was seen; what was
not seen is not observable, which never means that nothing was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from geo.geodesy import Array
from geo.looking import Flight, Limits, Reason, Seen, Shot, look, parts
from geo.occlusion import Buildings, Screen
from geo.premises import Premises
from geo.sampling import Samples, sample
from geo.sight import Mask, sight
from geo.terrain import Terrain

SECTORS = 8
_SAME_S = 1e-6  # what adding up times may lose
_PROBES = 5  # points that tell why premises were not seen


class Status(StrEnum):
    """The answer for one premises."""

    COVERED = "covered"
    PARTLY = "partly"
    NOT_OBSERVABLE = "not_observable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One of the best pictures of some premises."""

    t_s: float
    seq: int
    sha256: str
    share: float
    """Of the points, in this picture."""
    gsd_m: float
    range_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One premises after one flight."""

    premises_id: str
    name: str
    status: Status
    reason: Reason | None
    """None when covered."""
    seen: float = 0.0
    """Share of the points in at least one picture."""
    watched: float = 0.0
    """Share of the points watched for the time asked: this decides."""
    dwell_s: float = 0.0
    """With some of it in view."""
    first_s: float | None = None
    covered_s: float | None = None
    """When enough of it had been watched for long enough; None unless it is covered."""
    last_s: float | None = None
    gsd_m: float | None = None
    """Finest, per pixel; of what was in the picture but did not count where nothing did."""
    range_m: float | None = None
    """Closest, slant; likewise."""
    sectors_s: tuple[float, ...] = (0.0,) * SECTORS
    """The dwell by where the camera was: north, north-east, ... north-west of the premises."""
    frames: tuple[tuple[int, int], ...] = ()
    """The pictures that have some of it, in runs without a gap: sequence numbers of the first and
    the last of each."""
    best: tuple[Proof, ...] = ()


def cover(
    premises: Sequence[Premises],
    shots: Sequence[Shot],
    terrain: Terrain,
    limits: Limits | None = None,
) -> list[Coverage]:
    """Every premises after one flight, in their order. The shots' order does not matter.

    Poses must have the terrain's datum: one with another counts as none.
    """
    limits = limits or Limits()
    ordered = sorted(shots, key=lambda shot: shot.t_s)
    flight = Flight.of(ordered, terrain, limits)
    if flight is None:
        faults = Counter(shot.fault or Reason.NO_POSE for shot in ordered)
        blind = faults.most_common(1)[0][0] if faults else Reason.NO_TELEMETRY
        return [_unseen(place, blind) for place in premises]
    standing = Buildings.of(premises, terrain)
    return [_covered(place, flight, standing, terrain, limits) for place in premises]


def _covered(
    place: Premises,
    flight: Flight,
    standing: Buildings,
    terrain: Terrain,
    limits: Limits,
) -> Coverage:
    samples = sample(place, terrain, grid_m=limits.grid_m, coarsest_m=limits.coarsest_m)
    if samples is None:
        return _unseen(place, Reason.NO_GROUND)
    reach_m = float(flight.reach_m.max())
    screen = Screen(samples, place.premises_id, standing, terrain, reach_m=reach_m)
    seen = look(flight, samples, screen, limits)
    if seen.points.any():
        return _summed(place, seen, flight, limits)
    if seen.hidden:
        return _unseen(place, Reason.OCCLUDED)
    return _missed(place, samples, flight, limits)


def _summed(place: Premises, seen: Seen, flight: Flight, limits: Limits) -> Coverage:
    watched_s, held_s = _seconds(seen, flight)
    once = float(seen.points.any(axis=0).mean())
    watched = float(_watched(watched_s, limits))
    covered = watched >= limits.covered_share
    short = Reason.TOO_SHORT if once >= limits.covered_share else Reason.TOO_LITTLE
    proofs = _proofs(seen, flight)
    sector = np.round(seen.bearing_rad / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    return Coverage(
        premises_id=place.premises_id,
        name=place.name,
        status=Status.COVERED if covered else Status.PARTLY,
        reason=None if covered else short,
        seen=once,
        watched=watched,
        dwell_s=float(held_s.sum()),
        first_s=min(proof.t_s for proof in proofs),
        covered_s=_covered_s(seen, flight, limits) if covered else None,
        last_s=max(proof.t_s for proof in proofs),
        gsd_m=min(proof.gsd_m for proof in proofs),
        range_m=min(proof.range_m for proof in proofs),
        sectors_s=tuple(np.bincount(sector, held_s, minlength=SECTORS).tolist()),
        frames=_runs(seen, flight),
        best=tuple(sorted(proofs, key=lambda proof: (-proof.share, proof.gsd_m, proof.t_s)))[
            : limits.best_frames
        ],
    )


def _watched(watched_s: Array, limits: Limits) -> Array:
    """The share of the points (last axis) that were watched for the time asked."""
    share: Array = np.mean(watched_s >= limits.dwell_s - _SAME_S, axis=-1)
    return share


def _seconds(seen: Seen, flight: Flight) -> tuple[Array, Array]:
    """How long each point was watched, and how long some of them were from each picture on."""
    pictures, points = seen.points.shape
    held_s, watched_s = np.zeros(pictures), np.zeros(points)
    for part, both, step_s in _steps(seen, flight):
        watched_s += step_s @ both
        held_s[part] = step_s * both.any(axis=1)
    return watched_s, held_s


def _covered_s(seen: Seen, flight: Flight, limits: Limits) -> float | None:
    """The time of the picture with which enough points had been watched for long enough."""
    watched_s = np.zeros(seen.points.shape[1])
    for part, both, step_s in _steps(seen, flight):
        so_far_s = watched_s + np.cumsum(step_s[:, None] * both, axis=0)
        reached = np.flatnonzero(_watched(so_far_s, limits) >= limits.covered_share)
        if reached.size:
            return flight.shots[int(seen.rows[part.start + int(reached[0]) + 1])].t_s
        watched_s = so_far_s[-1]
    return None


def _steps(seen: Seen, flight: Flight) -> Iterator[tuple[slice, Mask, Array]]:
    """Piece by piece: the points in a picture and in the next one, and the time between them."""
    pictures, points = seen.points.shape
    adjacent = np.diff(seen.rows) == 1
    step_s = np.where(adjacent, flight.weight_s[seen.rows[:-1]], 0.0)
    for part in parts(pictures - 1, points):
        both = seen.points[part] & seen.points[part.start + 1 : part.stop + 1]
        yield part, both, step_s[part]


def _runs(seen: Seen, flight: Flight) -> tuple[tuple[int, int], ...]:
    """Pictures with some of it that follow each other without a gap."""
    rows = seen.rows[seen.points.any(axis=1)]
    apart = (np.diff(rows) != 1) | (flight.weight_s[rows[:-1]] == 0)
    runs = np.split(rows, np.flatnonzero(apart) + 1)
    return tuple((flight.shots[run[0]].seq, flight.shots[run[-1]].seq) for run in runs)


def _proofs(seen: Seen, flight: Flight) -> list[Proof]:
    """Every picture that has some of it."""
    share = seen.points.mean(axis=1)
    shown = np.flatnonzero(share > 0)
    rows, share, range_m = seen.rows[shown], share[shown], seen.nearest_m[shown]
    gsd_m = range_m / flight.eyes.focal_px[rows]
    numbers = zip(rows, share.tolist(), gsd_m.tolist(), range_m.tolist(), strict=True)
    return [
        Proof(
            t_s=flight.shots[row].t_s,
            seq=flight.shots[row].seq,
            sha256=flight.shots[row].sha256,
            share=part,
            gsd_m=gsd,
            range_m=away,
        )
        for row, part, gsd, away in numbers
    ]


def _missed(place: Premises, samples: Samples, flight: Flight, limits: Limits) -> Coverage:
    """Why premises were not seen: how far the best of some points came in any picture."""
    probes, eyes = samples.thinned(_PROBES), flight.eyes
    rows = eyes.facing(probes, np.full(len(flight.shots), np.inf))
    view = sight(eyes, rows, probes)
    if not view.in_picture.any():
        return _unseen(place, Reason.OUT_OF_VIEW)
    gsd_m = view.range_m / eyes.focal_px[rows, None]
    passed, failed = view.in_picture, None
    for test, reason in (
        (view.range_m <= limits.max_range_m, Reason.TOO_FAR),
        (gsd_m <= limits.max_gsd_m, Reason.TOO_COARSE),
        (view.up_m >= limits.flattest * view.along_m, Reason.TOO_FLAT),
    ):
        passed = passed & test
        failed = failed or (None if passed.any() else reason)
    faults = Counter(flight.shots[row].fault for row in rows[passed.any(axis=1)])
    return replace(
        _unseen(place, failed or faults.most_common(1)[0][0] or Reason.OUT_OF_VIEW),
        gsd_m=float(gsd_m[view.in_picture].min()),
        range_m=float(view.range_m[view.in_picture].min()),
    )


def _unseen(place: Premises, reason: Reason) -> Coverage:
    return Coverage(
        premises_id=place.premises_id,
        name=place.name,
        status=Status.NOT_OBSERVABLE,
        reason=reason,
    )
