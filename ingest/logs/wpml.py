"""DJI's mission files (WPML 1.0.2 to 1.0.6): a planned route, and nothing of what was flown.

``waylines.wpml`` is what the aircraft executes; ``template.kml`` is what the app draws it from.
Fields: DJI Cloud API documentation, "DJI WPML", waylines.wpml and template.kml.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import IO
from xml.sax.xmlreader import AttributesImpl

from ingest.logs.flight import Clock, Flight, Waypoint
from ingest.logs.reader import LogReader
from ingest.logs.xml_walk import Elements, nothing, number, opened, root, walk, whole

_NAMESPACE = re.compile(r"dji\.com/wpmz/([\w.]{1,20})")
_HEIGHTS = ("executeHeight", "height", "ellipsoidHeight")
_EMPTY = (
    "a mission without waypoints: give Plumeline waylines.wpml, or the .kmz that this file is from"
)


def read(path: Path) -> Flight:
    """A mission as a flight with a plan and an empty track.

    Raises:
        BadLog: it cannot be opened, is a trap, or has no waypoint that can be read.
    """
    return opened(path, parsed)


def parsed(path: Path, data: IO[bytes]) -> Flight:
    """As `read`, of an open file."""
    mission = _Mission()
    damage = walk(path, data, mission)
    if not mission.plan:
        raise nothing(path, _EMPTY, mission, damage)
    notes = [f"{mission.waylines} waylines are joined as they come"] if mission.waylines > 1 else []
    flight = Flight(
        format="dji-wpml",
        dialect=f"WPML {mission.version}" if mission.version else None,
        clock=Clock.NONE,
        plan=tuple(mission.plan),
        notes=tuple(notes),
    )
    return whole(flight, mission, damage)


def recognise(head: bytes) -> bool:
    """Whether it is KML with DJI's names in it."""
    return root(head) == "kml" and _NAMESPACE.search(head.decode("utf-8", "replace")) is not None


class _Mission(Elements):
    """The waypoints of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: list[Waypoint] = []
        self.waylines = 0
        self.version: str | None = None
        self._mode = "unknown"
        self._global_height: str | None = None
        self._said: dict[str, str] = {}

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        if name == "Placemark":
            self._said = {}
        elif name == "Folder":
            self.waylines += 1
            self._mode, self._global_height = "unknown", None
        elif name == "kml":
            found = map(_NAMESPACE.search, attributes.values())
            self.version = next((one[1] for one in found if one), None)

    def finish(self, name: str, text: str) -> None:
        if name == "Placemark":
            self._take()
        elif name in {"executeHeightMode", "heightMode"}:
            self._mode = text.strip()
        elif name == "globalHeight":
            self._global_height = text
        elif self.parent == "Placemark" or (self.parent == "Point" and name == "coordinates"):
            self._said[name] = text

    def _take(self) -> None:
        told = next((self._said[name] for name in _HEIGHTS if name in self._said), None)
        try:
            lon_deg, lat_deg = _place(self._said.get("coordinates", ""))
            height_m = number(self._global_height if told is None else told)
        except ValueError as exc:
            self.tally.add(str(exc), self.where())
            return
        self.plan.append(
            Waypoint(
                lat_deg=lat_deg,
                lon_deg=lon_deg,
                height_m=None if math.isnan(height_m) else height_m,
                height_mode=self._mode,
            )
        )


def _place(text: str) -> tuple[float, float]:
    """Longitude and latitude; what stands third is no height of the plan.

    Raises:
        ValueError: there are none.
    """
    parts = text.split(",")
    if len(parts) not in (2, 3) or not (parts[0].strip() and parts[1].strip()):
        msg = "a waypoint without a position"
        raise ValueError(msg)
    return number(parts[0]), number(parts[1])


READER = LogReader(name="dji-wpml", title="DJI mission (WPML)", recognise=recognise, read=read)
