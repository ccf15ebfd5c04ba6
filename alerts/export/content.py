"""What one file carries.

Coordinates are already those of the file: everything inside Plumeline is WGS84, and GCJ-02 is made
here, once, for every format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from alerts.export.spots import Spot, spot_of
from alerts.export.terms import Crs
from alerts.export.track import MAX_GAP_S, Segment, segments_of
from alerts.incident import Incident
from ingest.records import Fix

CLOCK_NOTE = "Times: UTC, by the device's own clock."


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Tracks and incidents in one coordinate system, under a title that names it."""

    title: str
    segments: tuple[Segment, ...]
    spots: tuple[Spot, ...]
    crs: Crs

    @property
    def points(self) -> int:
        """Positions of all tracks."""
        return sum(len(segment.fixes) for segment in self.segments)

    def flights(self) -> Iterator[tuple[str, list[Segment]]]:
        """The segments of each flight, by its id."""
        for flight_id, segments in groupby(self.segments, key=lambda segment: segment.flight_id):
            yield flight_id, list(segments)


def content_of(
    title: str,
    fixes: Iterable[Fix],
    incidents: Iterable[Incident],
    crs: Crs = Crs.WGS84,
    *,
    max_gap_s: float = MAX_GAP_S,
) -> Content:
    """What a file in this coordinate system shows of fixes and incidents, both WGS84.

    Between fixes further apart than ``max_gap_s`` no line is drawn.
    """
    ordered = sorted(incidents, key=lambda incident: (incident.t_first_s, incident.incident_id))
    return Content(
        title=title if crs is Crs.WGS84 else f"{title} ({crs.label})",
        segments=segments_of(fixes, crs, max_gap_s),
        spots=tuple(spot_of(incident, crs) for incident in ordered),
        crs=crs,
    )
