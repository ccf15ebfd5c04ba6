"""Confirmation over time: one thing seen in N of M pictures, long enough, in one place.

The camera moves, so what makes two detections the same thing is where they are on the ground, not
where they are in the picture. Detections without a ground point of one label are taken as one
thing: the device sees it somewhere.

A puff of steam is gone before it has shown long enough, and the shadow of a cloud, a car or a
reflection has left the place where it was first seen. How long is enough was measured:
`bench/confirm.py`, docs/detector.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from detect.detection import Label
from geo.geodesy import distance_m
from geo.ground import GroundPoint

SAME_THING_M = 25.0
"""Two points this close are one thing, whatever their ellipses say: a plume has that width."""


class Spotted(Protocol):
    """What a sighting is made of."""

    @property
    def label(self) -> Label: ...

    @property
    def point(self) -> GroundPoint | None: ...

    @property
    def t_capture_s(self) -> float: ...


S = TypeVar("S", bound=Spotted)


@dataclass(slots=True)
class _Track(Generic[S]):
    """Detections of one thing over a device's pictures."""

    label: Label
    hits: list[tuple[int, S]] = field(default_factory=list)
    confirmed: bool = False

    @property
    def last(self) -> S:
        return self.hits[-1][1]

    def seen_in(self, picture: int) -> bool:
        return self.hits[-1][0] == picture

    def holds(self, one: S) -> bool:
        """Whether it is where this was last seen, and still there before it is confirmed."""
        if one.label is not self.label or not same_thing(self.last.point, one.point):
            return False
        return self.confirmed or not strayed(self.hits[0][1].point, one.point)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting(Generic[S]):
    """News of one confirmed thing: what is new in it, oldest first."""

    newly_confirmed: bool
    detections: tuple[S, ...]


class Confirmer(Generic[S]):
    """The stage for one device."""

    def __init__(self, *, needed: int = 4, window: int = 6, persist_s: float = 2.5) -> None:
        """Confirm what shows in ``needed`` pictures over at least ``persist_s`` seconds.

        Looked at are the last ``window`` pictures, and more where pictures come so fast that they
        do not reach back twice ``persist_s``; then the same share of them is needed.

        Raises:
            ValueError: unless 1 <= needed <= window and 0 <= persist_s.
        """
        if not 1 <= needed <= window or persist_s < 0:
            msg = f"{needed} of {window} pictures over {persist_s} s can never be"
            raise ValueError(msg)
        self._needed = needed
        self._window = window
        self._persist_s = persist_s
        self._times_s: list[tuple[int, float]] = []
        self._picture = 0
        self._tracks: list[_Track[S]] = []

    def feed(self, detections: Sequence[S], t_s: float) -> list[Sighting[S]]:
        """The detections of one picture in, best first; news of confirmed things out.

        A picture counts even if it shows nothing: that is how things are forgotten. ``t_s`` is
        when it was taken.
        """
        self._picture += 1
        oldest = self._oldest(t_s)
        for detection in detections:
            self._assign(detection)
        self._tracks = [track for track in self._tracks if track.hits[-1][0] > oldest]
        news: list[Sighting[S]] = []
        for track in self._tracks:
            track.hits = [hit for hit in track.hits if hit[0] > oldest]
            if track.seen_in(self._picture) and (one := self._news_of(track)):
                news.append(one)
        return news

    def _assign(self, detection: S) -> None:
        for track in self._tracks:
            if track.holds(detection):
                if not track.seen_in(self._picture):
                    track.hits.append((self._picture, detection))
                return
        self._tracks.append(_Track(label=detection.label, hits=[(self._picture, detection)]))

    def _news_of(self, track: _Track[S]) -> Sighting[S] | None:
        if track.confirmed:
            return Sighting(newly_confirmed=False, detections=(track.last,))
        if not self._is_enough(track.hits):
            return None
        track.confirmed = True
        return Sighting(newly_confirmed=True, detections=tuple(hit for _, hit in track.hits))

    def _oldest(self, t_s: float) -> int:
        """The number of the newest picture that is forgotten."""
        self._times_s.append((self._picture, t_s))
        last = self._picture - self._window
        reach_s = t_s - 2 * self._persist_s
        self._times_s = [(n, at) for n, at in self._times_s if n > last or at >= reach_s]
        return self._times_s[0][0] - 1

    def _is_enough(self, hits: Sequence[tuple[int, S]]) -> bool:
        """Whether it shows from some picture on often and long enough."""
        share = self._needed / self._window
        for at, (first, one) in enumerate(hits):
            count, pictures = len(hits) - at, self._picture - first + 1
            spans_s = hits[-1][1].t_capture_s - one.t_capture_s
            often = count >= self._needed and count >= share * pictures
            if often and spans_s >= self._persist_s:
                return True
        return False


def same_thing(a: GroundPoint | None, b: GroundPoint | None) -> bool:
    """Whether two detections may show one thing: their 95 % ellipses could overlap."""
    if a is None or b is None:
        return a is None and b is None
    return _apart_m(a, b) <= SAME_THING_M + reach_m(a) + reach_m(b)


def strayed(first: GroundPoint | None, now: GroundPoint | None) -> bool:
    """Whether a thing has left the place where it was first seen, moments ago.

    Two views so close in time share most of their error, so only one ellipse counts.
    """
    if first is None or now is None:
        return False
    return _apart_m(first, now) > SAME_THING_M + max(reach_m(first), reach_m(now))


def _apart_m(a: GroundPoint, b: GroundPoint) -> float:
    return float(distance_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg))


def reach_m(point: GroundPoint) -> float:
    """The larger half axis of the 95 % ellipse (2.4477 sigma), in metres."""
    mean = (point.cov_ee_m2 + point.cov_nn_m2) / 2
    spread = math.hypot((point.cov_ee_m2 - point.cov_nn_m2) / 2, point.cov_en_m2)
    return 2.4477 * math.sqrt(mean + spread)
