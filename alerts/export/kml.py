"""KML 2.2 (OGC 07-147r2) with Google's gx:Track, one for each segment.

KML knows two heights: ``absolute`` is above mean sea level, ``relativeToGround`` above the ground
below. A segment with MSL heights is ``absolute``; one with heights above take-off is
``relativeToGround``, right where the ground is level with the take-off point, and says so; any
other, heights above the ellipsoid among them, is ``clampToGround``. Every height the device gave,
by its datum, stands in the track's arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from xml.etree.ElementTree import Element

from alerts.export.content import CLOCK_NOTE, Content
from alerts.export.markup import element, in_html, plain, xml
from alerts.export.spots import Ring, Spot
from alerts.export.terms import Crs, degrees, utc
from alerts.export.track import COLUMNS, Segment
from geo.pose import Datum

NAMESPACE = "http://www.opengis.net/kml/2.2"
GX_NAMESPACE = "http://www.google.com/kml/ext/2.2"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<kml xmlns="{NAMESPACE}" xmlns:gx="{GX_NAMESPACE}">\n<Document>\n'
).encode()
_MODES = {
    "absolute": "Heights: above mean sea level.",
    "relativeToGround": "Heights: above the take-off point, drawn as heights above ground; "
    "right where the ground is level with it.",
    "clampToGround": "Drawn on the ground: the device gave no height that KML can say.",
}


def write(content: Content) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield _OPEN
    yield xml(element("name", content.title))
    yield xml(element("description", f"{content.crs.note} {CLOCK_NOTE}"))
    yield xml(_style())
    yield xml(_schema())
    for spot in content.spots:
        yield xml(_incident(spot, content.crs))
    for flight_id, segments in content.flights():
        yield b"<Folder>\n"
        yield xml(element("name", flight_id))
        for segment in segments:
            yield from _track(segment, content.crs)
        yield b"</Folder>\n"
    yield b"</Document>\n</kml>\n"


def _style() -> Element:
    """Colours are alpha, blue, green, red."""
    return element(
        "Style",
        None,
        element("LineStyle", None, element("color", "ff0000ff"), element("width", "2")),
        element("PolyStyle", None, element("color", "400000ff")),
        id="plumeline",
    )


def _schema() -> Element:
    arrays = (
        element("gx:SimpleArrayField", None, element("displayName", name), name=name, type="double")
        for name in COLUMNS
    )
    return element("Schema", None, *arrays, id="fix")


def _incident(spot: Spot, crs: Crs) -> Element:
    facts = spot.facts
    known = [(name, value) for name, value in asdict(facts).items() if value is not None]
    shapes = [_polygon(ring) for ring in spot.outline]
    if spot.point is not None:
        coordinates = _pair(spot.point.lon_deg, spot.point.lat_deg)
        shapes.insert(0, element("Point", None, element("coordinates", coordinates)))
    return element(
        "Placemark",
        None,
        element("name", f"{facts.headline_zh} / {facts.headline_en}"),
        element("description", in_html(spot, crs)),
        element(
            "TimeSpan",
            None,
            element("begin", facts.first_seen),
            element("end", facts.last_seen),
        ),
        element("styleUrl", "#plumeline"),
        element(
            "ExtendedData",
            None,
            *(element("Data", None, element("value", plain(v)), name=name) for name, v in known),
        ),
        *([element("MultiGeometry", None, *shapes)] if shapes else []),
    )


def _polygon(ring: Ring) -> Element:
    coordinates = " ".join(_pair(lon, lat) for lon, lat in ring)
    linear = element("LinearRing", None, element("coordinates", coordinates))
    return element(
        "Polygon",
        None,
        element("tessellate", "1"),
        element("outerBoundaryIs", None, linear),
    )


def _track(segment: Segment, crs: Crs) -> Iterator[bytes]:
    mode, heights = _altitudes(segment)
    yield b"<Placemark>\n"
    yield xml(element("name", f"{segment.flight_id}, segment {segment.number}"))
    yield xml(element("description", f"{crs.note} {_MODES[mode]} {CLOCK_NOTE}"))
    yield xml(element("styleUrl", "#plumeline"))
    yield b"<gx:Track>\n"
    yield xml(element("altitudeMode", mode))
    for fix in segment.fixes:
        yield xml(element("when", utc(fix.t_device_s)))
    for (lon, lat), height_m in zip(segment.places(), heights, strict=True):
        yield xml(element("gx:coord", f"{degrees(lon):.8f} {degrees(lat):.8f} {height_m:.3f}"))
    yield xml(_arrays(segment))
    yield b"</gx:Track>\n</Placemark>\n"


def _altitudes(segment: Segment) -> tuple[str, list[float]]:
    """The altitude mode that tells the truth of every fix of the segment, and the heights."""
    above_sea = segment.heights(Datum.MSL)
    if above_sea is not None:
        return "absolute", above_sea
    above_takeoff = segment.heights(Datum.TAKEOFF)
    if above_takeoff is not None:
        return "relativeToGround", above_takeoff
    return "clampToGround", [0.0] * len(segment.fixes)


def _arrays(segment: Segment) -> Element:
    arrays = (
        element(
            "gx:SimpleArrayData",
            None,
            *(element("gx:value", "" if value is None else plain(value)) for value in values),
            name=name,
        )
        for name, values in segment.columns().items()
    )
    return element("ExtendedData", None, element("SchemaData", None, *arrays, schemaUrl="#fix"))


def _pair(lon_deg: float, lat_deg: float) -> str:
    return f"{degrees(lon_deg):.8f},{degrees(lat_deg):.8f}"
