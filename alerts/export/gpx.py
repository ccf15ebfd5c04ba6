"""GPX 1.1 (https://www.topografix.com/GPX/1/1/): tracks, waypoints, and outlines as routes.

``ele`` is above mean sea level, so only a height of that datum is written there; every height the
device gave, by its datum, stands in the extensions of its point. GPX has no polygons: an outline
is a closed route.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from xml.etree.ElementTree import Element

from alerts.export.content import CLOCK_NOTE, Content
from alerts.export.markup import element, plain, xml
from alerts.export.spots import Facts, Ring, Spot
from alerts.export.terms import Crs, degrees, utc
from alerts.export.track import Segment

NAMESPACE = "http://www.topografix.com/GPX/1/1"
OWN_NAMESPACE = "urn:plumeline:export"
"""Of what stands in the extensions."""
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<gpx version="1.1" creator="Plumeline" xmlns="{NAMESPACE}" '
    f'xmlns:plumeline="{OWN_NAMESPACE}">\n'
).encode()
_HEIGHTS = "Elevations: above mean sea level, left out where the device gave none."


def write(content: Content) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield _OPEN
    yield xml(_metadata(content))
    for spot in content.spots:
        if spot.point is not None:
            yield xml(_waypoint(spot, content.crs))
    for spot in content.spots:
        for ring in spot.outline:
            yield xml(_route(spot, ring, content.crs))
    for flight_id, segments in content.flights():
        yield b"<trk>\n"
        yield xml(element("name", f"{flight_id}{_label(content.crs)}"))
        yield xml(element("desc", f"{content.crs.note} {_HEIGHTS}"))
        for segment in segments:
            yield b"<trkseg>\n"
            yield from (xml(point) for point in _points(segment))
            yield b"</trkseg>\n"
        yield b"</trk>\n"
    yield b"</gpx>\n"


def _metadata(content: Content) -> Element:
    says = [content.crs.note, _HEIGHTS, CLOCK_NOTE]
    lost = [spot.facts.incident_id for spot in content.spots if not spot.outline]
    if lost:
        says.append(f"Without a position, and so not in this file: {', '.join(lost)}.")
    return element(
        "metadata",
        None,
        element("name", content.title),
        element("desc", " ".join(says)),
        element("keywords", content.crs.label),
    )


def _waypoint(spot: Spot, crs: Crs) -> Element:
    assert spot.point is not None
    return _place(
        "wpt",
        spot.point.lon_deg,
        spot.point.lat_deg,
        element("time", spot.facts.first_seen),
        element("name", spot.facts.headline_en),
        element("cmt", spot.facts.headline_zh),
        element("desc", _described(spot, crs)),
        element("type", " ".join(spot.facts.labels)),
        _extensions(_known(spot.facts)),
    )


def _route(spot: Spot, ring: Ring, crs: Crs) -> Element:
    return element(
        "rte",
        None,
        element("name", f"{spot.facts.incident_id}: {spot.facts.outline_means}{_label(crs)}"),
        element("desc", _described(spot, crs)),
        element("type", spot.facts.outline_means),
        *(_place("rtept", lon, lat) for lon, lat in ring),
    )


def _points(segment: Segment) -> Iterator[Element]:
    columns = segment.columns()
    for i, (fix, (lon, lat)) in enumerate(zip(segment.fixes, segment.places(), strict=True)):
        inside = [] if fix.height_msl_m is None else [element("ele", fix.height_msl_m)]
        inside.append(element("time", utc(fix.t_device_s)))
        known = {
            name: plain(values[i]) for name, values in columns.items() if values[i] is not None
        }
        yield _place("trkpt", lon, lat, *inside, *([_extensions(known)] if known else []))


def _place(tag: str, lon_deg: float, lat_deg: float, *inside: Element) -> Element:
    lat, lon = f"{degrees(lat_deg):.8f}", f"{degrees(lon_deg):.8f}"
    return element(tag, None, *inside, lat=lat, lon=lon)


def _extensions(known: dict[str, str]) -> Element:
    return element(
        "extensions", None, *(element(f"plumeline:{name}", text) for name, text in known.items())
    )


def _known(facts: Facts) -> dict[str, str]:
    """The facts that there are."""
    values = asdict(facts)
    return {f.name: plain(values[f.name]) for f in fields(facts) if values[f.name] is not None}


def _described(spot: Spot, crs: Crs) -> str:
    return f"{spot.facts.place_en}\n{spot.facts.place_zh}\n{crs.note}"


def _label(crs: Crs) -> str:
    return "" if crs is Crs.WGS84 else f" ({crs.label})"
