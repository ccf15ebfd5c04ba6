"""GPX 1.0 and 1.1: tracks; planned routes; waypoints, which are marks on a map.

Heights are above mean sea level and times UTC, by the schema (topografix.com/GPX/1/1).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO
from xml.sax.xmlreader import AttributesImpl

import numpy as np

from ingest.logs.flight import Clock, Flight, Track, Waypoint
from ingest.logs.reader import LogReader
from ingest.logs.stamp import stamp_s
from ingest.logs.xml_walk import Elements, nothing, number, opened, root, walk, whole

_POINTS = frozenset({"trkpt", "rtept", "wpt"})
HOME_NAMES = frozenset({"home", "home point", "起飞点", "返航点"})


def read(path: Path) -> Flight:
    """A GPX file as a flight: its tracks joined in their order, its routes as the plan.

    Raises:
        BadLog: it cannot be opened, is a trap, or holds no point that can be read.
    """
    return opened(path, parsed)


def parsed(path: Path, data: IO[bytes]) -> Flight:
    """As `read`, of an open file."""
    points = _Points()
    damage = walk(path, data, points)
    if not (points.rows or points.route or points.marks):
        raise nothing(path, "no track, route or waypoint in it", points, damage)
    return whole(_flight(points), points, damage)


def recognise(head: bytes) -> bool:
    """Whether the outermost element is gpx."""
    return root(head) == "gpx"


class _Points(Elements):
    """Tracks, routes and waypoints of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[float, float, float, float]] = []
        """Of the tracks: time, latitude, longitude, height above sea level."""
        self.route: list[Waypoint] = []
        self.marks: list[Waypoint] = []
        self.home: tuple[float, float] | None = None
        self.creator: str | None = None
        self.tracks = self.segments = self.routes = 0
        self.zoned = True
        self._at: AttributesImpl | None = None
        self._said: dict[str, str] = {}

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        if name in _POINTS:
            self._at, self._said = attributes, {}
        self.tracks += name == "trk"
        self.segments += name == "trkseg"
        self.routes += name == "rte"
        if name == "gpx":
            self.creator = attributes.get("creator")

    def finish(self, name: str, text: str) -> None:
        if self.parent in _POINTS:
            self._said[name] = text
        elif name in _POINTS and self._at is not None:
            try:
                self._take(name, self._at)
            except ValueError as exc:
                self.tally.add(str(exc), self.where())

    def _take(self, name: str, at: AttributesImpl) -> None:
        """A point of a track, a route, or alone.

        Raises:
            ValueError: no position, or a number or time that is none.
        """
        lat_deg, lon_deg = number(at.get("lat")), number(at.get("lon"))
        height_m = number(self._said.get("ele"))
        if math.isnan(lat_deg) or math.isnan(lon_deg):
            msg = "a point without a position"
            raise ValueError(msg)
        if name == "trkpt":
            t_s, zoned = time_s(self._said.get("time", ""))
            self.zoned &= zoned
            self.rows.append((t_s, lat_deg, lon_deg, height_m))
            return
        point = Waypoint(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            height_m=None if math.isnan(height_m) else height_m,
            height_mode="MSL",
        )
        if name == "rtept":
            self.route.append(point)
        elif self.home is None and self._said.get("name", "").strip().casefold() in HOME_NAMES:
            self.home = lat_deg, lon_deg
        else:
            self.marks.append(point)


def time_s(text: str) -> tuple[float, bool]:
    try:
        return stamp_s(text.strip())
    except ValueError as exc:
        msg = "a time that is none"
        raise ValueError(msg) from exc


def _flight(points: _Points) -> Flight:
    t_s, lat_deg, lon_deg, height_m = np.array(points.rows, float).reshape(-1, 4).T
    alone = not points.rows and not points.route
    return Flight(
        format="gpx",
        dialect=(points.creator or "").strip()[:60] or None,
        clock=Clock.UTC if np.isfinite(t_s).any() else Clock.NONE,
        track=Track.of(len(t_s), t_s=t_s, lat_deg=lat_deg, lon_deg=lon_deg, height_msl_m=height_m),
        home=points.home,
        plan=tuple(points.marks if alone else points.route),
        notes=tuple(_notes(points, int(np.isnan(t_s).sum()), alone=alone)),
    )


def _notes(points: _Points, timeless: int, *, alone: bool) -> list[str]:
    notes = []
    if points.segments > 1:
        notes.append(f"{points.tracks} tracks of {points.segments} parts are joined as they come")
    if points.routes > 1:
        notes.append(f"{points.routes} routes are joined as they come")
    if points.marks and alone:
        notes.append("only waypoints: taken as a plan, in the order of the file")
    elif points.marks:
        notes.append(f"{len(points.marks)} waypoints beside the path are marks, and were left out")
    if 0 < timeless < len(points.rows):
        notes.append(f"{timeless} points of the track have no time")
    if not points.zoned:
        notes.append("times without a zone are taken for UTC, as the format demands")
    return notes


READER = LogReader(name="gpx", title="GPX", recognise=recognise, read=read)
