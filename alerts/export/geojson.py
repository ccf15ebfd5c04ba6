"""GeoJSON (RFC 7946): a line for each segment, a point and an outline for each incident.

A third coordinate is a height above the WGS84 ellipsoid (section 3.1.1), so it is written only for
segments whose every fix has that height; every height the device gave, by its datum, stands in
``coordinateProperties`` beside the times, one value for each position.

RFC 7946 is WGS84 only (section 4): GCJ-02 is an arrangement between those who asked for it, and the
file, every feature and its name say so.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from alerts.export.content import CLOCK_NOTE, Content
from alerts.export.spots import Ring, Spot
from alerts.export.terms import Crs, degrees, utc
from alerts.export.track import Segment
from geo.pose import Datum

Feature = dict[str, object]
_encode = msgspec.json.Encoder().encode


def write(content: Content) -> Iterator[bytes]:
    """The file, feature by feature, one a line."""
    members = {
        "type": "FeatureCollection",
        "name": content.title,
        "description": f"{content.crs.note} {CLOCK_NOTE}",
        "coordinates_in": content.crs.label,
    }
    yield _encode(members)[:-1] + b',"features":['
    mark = b"\n"
    for feature in _features(content):
        yield mark + _encode(feature)
        mark = b",\n"
    yield b"\n]}\n"


def _features(content: Content) -> Iterator[Feature]:
    for spot in content.spots:
        yield from _of_spot(spot)
    for segment in content.segments:
        yield _of_segment(segment, content.crs)


def _of_spot(spot: Spot) -> Iterator[Feature]:
    """A point with an ellipse is two features; without a point the outline carries the facts."""
    facts: Feature = msgspec.to_builtins(spot.facts)
    incident_id = spot.facts.incident_id
    outline = _polygons(spot.outline) if spot.outline else None
    if spot.point is None:
        yield _feature(incident_id, "incident", outline, facts)
        return
    place = [degrees(spot.point.lon_deg), degrees(spot.point.lat_deg)]
    yield _feature(incident_id, "incident", {"type": "Point", "coordinates": place}, facts)
    told = {name: facts[name] for name in ("incident_id", "outline_means", "coordinates")}
    yield _feature(f"{incident_id}/outline", "incident_outline", outline, told)


def _of_segment(segment: Segment, crs: Crs) -> Feature:
    heights = segment.heights(Datum.ELLIPSOID)
    places = [[degrees(lon), degrees(lat)] for lon, lat in segment.places()]
    if heights is not None:
        places = [[*place, height_m] for place, height_m in zip(places, heights, strict=True)]
    times = [utc(fix.t_device_s) for fix in segment.fixes]
    told: Feature = {
        "device_id": segment.device_id,
        "flight_id": segment.flight_id,
        "segment": segment.number,
        "started": times[0],
        "ended": times[-1],
        "points": len(places),
        "coordinates": crs.label,
        "coordinateProperties": {"times": times, **segment.columns()},
    }
    # a line has two positions or more (section 3.1.4)
    line: Feature = (
        {"type": "LineString", "coordinates": places}
        if len(places) > 1
        else {"type": "Point", "coordinates": places[0]}
    )
    return _feature(f"{segment.flight_id}/{segment.number}", "track", line, told)


def _feature(feature_id: str, kind: str, geometry: Feature | None, told: Feature) -> Feature:
    properties = {"kind": kind, **told}
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties}


def _polygons(rings: tuple[Ring, ...]) -> Feature:
    """A Polygon, or a MultiPolygon of both sides of the antimeridian."""
    outlines = [[[[degrees(lon), degrees(lat)] for lon, lat in ring]] for ring in rings]
    if len(outlines) == 1:
        return {"type": "Polygon", "coordinates": outlines[0]}
    return {"type": "MultiPolygon", "coordinates": outlines}
