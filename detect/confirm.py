"""Confirmation over time: one thing seen in N of a device's last M pictures.

The camera moves, so what makes two detections the same thing is where they are on the ground, not
where they are in the picture. Detections without a ground point of one label are taken as one
thing: the device sees it somewhere.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting(Generic[S]):
    """News of one confirmed thing: what is new in it, oldest first."""

    newly_confirmed: bool
    detections: tuple[S, ...]


class Confirmer(Generic[S]):
    """The stage for one device."""

    def __init__(self, *, needed: int = 3, window: int = 5) -> None:
        """Confirm what shows in ``needed`` of the last ``window`` pictures.

        Raises:
            ValueError: unless 1 <= needed <= window.
        """
        if not 1 <= needed <= window:
            msg = f"{needed} of {window} pictures can never be"
            raise ValueError(msg)
        self._needed = needed
        self._window = window
        self._picture = 0
        self._tracks: list[_Track[S]] = []

    def feed(self, detections: Sequence[S]) -> list[Sighting[S]]:
        """The detections of one picture in, best first; news of confirmed things out.

        A picture counts even if it shows nothing: that is how things are forgotten.
        """
        self._picture += 1
        oldest = self._picture - self._window
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
            if track.label is detection.label and same_thing(track.last.point, detection.point):
                if not track.seen_in(self._picture):
                    track.hits.append((self._picture, detection))
                return
        self._tracks.append(_Track(label=detection.label, hits=[(self._picture, detection)]))

    def _news_of(self, track: _Track[S]) -> Sighting[S] | None:
        if track.confirmed:
            return Sighting(newly_confirmed=False, detections=(track.last,))
        if len(track.hits) < self._needed:
            return None
        track.confirmed = True
        return Sighting(newly_confirmed=True, detections=tuple(hit for _, hit in track.hits))


def same_thing(a: GroundPoint | None, b: GroundPoint | None) -> bool:
    """Whether two detections may show one thing: their 95 % ellipses could overlap."""
    if a is None or b is None:
        return a is None and b is None
    apart_m = float(distance_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg))
    return apart_m <= SAME_THING_M + reach_m(a) + reach_m(b)


def reach_m(point: GroundPoint) -> float:
    """The larger half axis of the 95 % ellipse (2.4477 sigma), in metres."""
    mean = (point.cov_ee_m2 + point.cov_nn_m2) / 2
    spread = math.hypot((point.cov_ee_m2 - point.cov_nn_m2) / 2, point.cov_en_m2)
    return 2.4477 * math.sqrt(mean + spread)
