"""KML (OGC 12-007r2): gx:Track with times, LineString without, points as marks or as a plan.

Heights count where ``altitudeMode`` is absolute: above mean sea level. Those above the ground are
left out, for nothing says how high the ground is.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO
from xml.sax.xmlreader import AttributesImpl

import numpy as np

from ingest.logs.flight import Clock, Flight, Track, Waypoint
from ingest.logs.gpx import HOME_NAMES, time_s
from ingest.logs.reader import LogReader
from ingest.logs.xml_walk import Elements, nothing, number, opened, root, walk, whole

_GEOMETRIES = frozenset({"LineString", "Point", "Track"})
_ABSOLUTE, _ON_GROUND = "absolute", "clampToGround"
_Row = tuple[float, float, float, float]
"""Time, latitude, longitude, height above sea level."""


def read(path: Path) -> Flight:
    """A KML file as a flight.

    Raises:
        BadLog: it cannot be opened, is a trap, or holds no path and no point that can be read.
    """
    return opened(path, parsed)


def parsed(path: Path, data: IO[bytes]) -> Flight:
    """As `read`, of an open file."""
    marks = _Placemarks()
    damage = walk(path, data, marks)
    if not (marks.timed or marks.lines or marks.points):
        raise nothing(path, "no path and no point in it", marks, damage)
    return whole(_flight(marks), marks, damage)


def recognise(head: bytes) -> bool:
    """Whether the outermost element is kml."""
    return root(head) == "kml"


class _Placemarks(Elements):
    """Paths and points of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.timed: list[_Row] = []
        self.lines: list[_Row] = []
        self.points: list[Waypoint] = []
        self.home: tuple[float, float] | None = None
        self.paths = 0
        self.above_ground = self.linked = False
        self.zoned = True
        self._name = ""
        self._when = ""
        self._mode = _ON_GROUND
        self._words: list[list[str]] = []
        """Coordinates of the geometry at hand, each longitude, latitude and maybe height."""
        self._whens: list[str] = []

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        if name == "Placemark":
            self._name = self._when = ""
        elif name in _GEOMETRIES:
            self._mode, self._words, self._whens = _ON_GROUND, [], []
        self.linked |= name == "NetworkLink"

    def finish(self, name: str, text: str) -> None:
        if name in _GEOMETRIES:
            self._take(name)
        elif self.parent in _GEOMETRIES:
            self._part(name, text)
        elif self.parent == "Placemark" and name == "name":
            self._name = text.strip().casefold()
        elif self.parent == "TimeStamp" and name == "when":
            self._when = text

    def cut(self, name: str, text: str) -> None:
        if name == "coordinates" and self.parent == "LineString":
            self._part(name, text if text[-1:].isspace() else _but_last(text))
        for path in ("LineString", "Track"):
            if path in {name, self.parent}:
                self._take(path)

    def _part(self, name: str, text: str) -> None:
        if name == "coordinates":
            self._words += [word.split(",") for word in text.split()]
        elif name == "coord":
            self._words.append(text.split())
        elif name == "when":
            self._whens.append(text)
        elif name == "altitudeMode":
            self._mode = text.strip()

    def _take(self, geometry: str) -> None:
        self.above_ground |= self._mode not in {_ABSOLUTE, _ON_GROUND}
        timed = geometry == "Track"
        whens = self._whens if timed else [self._when] * len(self._words)
        pairs = zip(whens, self._words, strict=False)
        rows = [row for when, words in pairs if (row := self._row(when, words)) is not None]
        self.paths += geometry != "Point"
        if timed:
            self.timed += rows
        elif geometry == "LineString":
            self.lines += rows
        elif rows:
            self._point(rows[0])

    def _row(self, when: str, words: list[str]) -> _Row | None:
        try:
            t_s, zoned = time_s(when)
            if len(words) not in (2, 3):
                msg = "coordinates that are not two or three numbers"
                raise ValueError(msg)
            lon_deg, lat_deg, height_m = (number(word) for word in [*words, ""][:3])
            if math.isnan(lon_deg) or math.isnan(lat_deg):
                msg = "coordinates without a number"
                raise ValueError(msg)
        except ValueError as exc:
            self.tally.add(str(exc), self.where())
            return None
        self.zoned &= zoned
        return t_s, lat_deg, lon_deg, height_m if self._mode == _ABSOLUTE else math.nan

    def _point(self, row: _Row) -> None:
        """A point with a time is part of a track; the home point is known by its name."""
        t_s, lat_deg, lon_deg, height_m = row
        if math.isfinite(t_s):
            self.timed.append(row)
        elif self.home is None and self._name in HOME_NAMES:
            self.home = lat_deg, lon_deg
        else:
            told = None if math.isnan(height_m) else height_m
            self.points.append(
                Waypoint(lat_deg=lat_deg, lon_deg=lon_deg, height_m=told, height_mode=self._mode)
            )


def _but_last(text: str) -> str:
    """Without the last word, which may lack digits."""
    words = text.rsplit(maxsplit=1)
    return text[: -len(words[-1])] if words else ""


def _flight(marks: _Placemarks) -> Flight:
    rows = np.array(marks.timed or marks.lines, float).reshape(-1, 4)
    t_s, lat_deg, lon_deg, height_m = rows.T
    return Flight(
        format="kml",
        dialect="gx:Track" if marks.timed else "LineString" if marks.lines else "points",
        clock=Clock.UTC if np.isfinite(t_s).any() else Clock.NONE,
        track=Track.of(len(t_s), t_s=t_s, lat_deg=lat_deg, lon_deg=lon_deg, height_msl_m=height_m),
        home=marks.home,
        plan=() if len(t_s) else tuple(marks.points),
        notes=tuple(_notes(marks)),
    )


def _notes(marks: _Placemarks) -> list[str]:
    notes = []
    if marks.timed and marks.lines:
        notes.append("a line without times was left out, for there is a track with times")
    elif marks.paths > 1:
        notes.append(f"{marks.paths} paths are joined as they come")
    if marks.points and (marks.timed or marks.lines):
        notes.append(f"{len(marks.points)} points beside the path are marks, and were left out")
    elif marks.points:
        notes.append("only points: taken as a plan, in the order of the file")
    if marks.above_ground:
        notes.append("heights that are not absolute were left out")
    if marks.linked:
        notes.append("it points to other files (NetworkLink), which are not followed")
    if not marks.zoned:
        notes.append("times without a zone are taken for UTC")
    return notes


READER = LogReader(name="kml", title="KML", recognise=recognise, read=read)
