"""Whether premises lie where a wrongly named coordinate system would put them.

A GCJ-02 file read as WGS84 looks right and lies about 540 m off at Nanjing. Only something to
compare with can tell: the same premises elsewhere, or places known to be on premises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.crs import BD09, GCJ02, WGS84, Crs
from geo.gcj02 import bd09_from_wgs84, gcj02_from_wgs84
from geo.geodesy import Array, east_north
from geo.premises import Premises, PremisesIndex

AGREE_M = 100.0
"""Two registers whose positions differ by less, as a rule, agree."""
_EXPLAINED = 0.2  # of the difference may be left by the system that explains it
_NEAR_M = 30.0
_ENOUGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far premises lie from where they are known to be."""

    matched: int
    """Pairs of the same premises; 0 if none, and then nothing is known."""
    read: str
    """The shift their coordinates were read with: ``wgs84`` (none), ``gcj02`` or ``bd09``."""
    east_m: float | None = None
    """Median, from where they are known to be to where these lie."""
    north_m: float | None = None
    meant: str | None = None
    """The one they seem to be written with; None if nothing is known or explains the distance."""

    @property
    def mislabelled(self) -> bool:
        """Whether the coordinates seem to be in another system than they were read in."""
        return self.meant not in {None, self.read}


def shift_between(ours: Sequence[Premises], known: Sequence[Premises], crs: Crs) -> Shift:
    """How far our premises lie from the known ones of the same id, or else of the same name.

    ``crs`` is the system that ours were read in.
    """
    pairs = _pairs(ours, known)
    if not pairs:
        return Shift(matched=0, read=_name(crs))
    lat, lon = _places([one for one, _ in pairs])
    there_lat, there_lon = _places([other for _, other in pairs])
    east, north = east_north(lat, lon, there_lat, there_lon)
    read = _name(crs)
    written = _written(lat, lon)[read]
    left = {
        each.name: _median_m(each.to_wgs84(written), there_lat, there_lon)
        for each in (WGS84, GCJ02, BD09)
    }
    best = min(left, key=lambda name: (left[name], name != read))
    meant = read if left[read] < AGREE_M else None
    if meant is None and left[best] < _EXPLAINED * left[read]:
        meant = best
    return Shift(
        matched=len(pairs),
        read=read,
        east_m=float(np.median(east)),
        north_m=float(np.median(north)),
        meant=meant,
    )


def shift_under(
    ours: Sequence[Premises], lat_deg: ArrayLike, lon_deg: ArrayLike, crs: Crs
) -> Shift:
    """As `shift_between`, from places that should be on premises, such as home points.

    A place counts where it is within 30 m of premises. One system is meant if at least three more
    places count under it than under any other. ``matched`` is how many count under that one; the
    shift is the one between the systems, there being no pairs to measure.
    """
    index = PremisesIndex(ours)
    lat, lon = np.atleast_1d(np.asarray(lat_deg, float)), np.atleast_1d(np.asarray(lon_deg, float))
    seen = _written(lat, lon)
    if crs in {GCJ02, BD09}:
        seen = {name: crs.to_wgs84(lonlat) for name, lonlat in seen.items()}
    count = {name: _hits(index, lonlat) for name, lonlat in seen.items()}
    first, second = sorted(count, key=lambda name: -count[name])[:2]
    if count[first] < count[second] + _ENOUGH:
        return Shift(matched=0, read=_name(crs))
    east, north = east_north(seen[first][:, 1], seen[first][:, 0], lat, lon)
    return Shift(
        matched=count[first],
        read=_name(crs),
        east_m=float(np.median(east)),
        north_m=float(np.median(north)),
        meant=first,
    )


def _name(crs: Crs) -> str:
    return crs.name if crs in {GCJ02, BD09} else WGS84.name


def _pairs(ours: Sequence[Premises], known: Sequence[Premises]) -> list[tuple[Premises, Premises]]:
    ids = {one.premises_id: one for one in known}
    same = [(one, ids[one.premises_id]) for one in ours if one.premises_id in ids]
    if same:
        return same
    names = {one.name: one for one in known}
    return [(one, names[one.name]) for one in ours if one.name in names]


def _places(premises: Sequence[Premises]) -> tuple[Array, Array]:
    centres = shapely.centroid(np.array([one.geometry for one in premises], dtype=object))
    return shapely.get_y(centres), shapely.get_x(centres)


def _written(lat: Array, lon: Array) -> dict[str, Array]:
    """How each system writes true positions: longitude and latitude (n, 2)."""
    pairs = {
        WGS84.name: (lat, lon),
        GCJ02.name: gcj02_from_wgs84(lat, lon),
        BD09.name: bd09_from_wgs84(lat, lon),
    }
    return {name: np.stack([x, y], axis=-1) for name, (y, x) in pairs.items()}


def _median_m(lonlat: Array, lat_deg: Array, lon_deg: Array) -> float:
    return float(np.median(np.hypot(*east_north(lonlat[:, 1], lonlat[:, 0], lat_deg, lon_deg))))


def _hits(index: PremisesIndex, lonlat: Array) -> int:
    near = [index.nearest(lat, lon) for lon, lat in lonlat.tolist()]
    return sum(one is not None and one.distance_m <= _NEAR_M for one in near)
