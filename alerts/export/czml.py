"""CZML 1.0 (https://github.com/AnalyticalGraphicsInc/czml-writer/wiki/CZML-Guide), for Cesium.

``cartographicDegrees`` is longitude, latitude, height above the WGS84 ellipsoid. A segment whose
every fix has that height flies; any other is clamped to the ground, and its properties say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from alerts.export.content import CLOCK_NOTE, Content
from alerts.export.markup import in_html, plain
from alerts.export.spots import Ring, Spot
from alerts.export.terms import Crs, degrees, utc
from alerts.export.track import Segment
from geo.pose import Datum

_encode = msgspec.json.Encoder().encode
_BLUE, _RED, _PALE_RED = [0, 114, 178, 255], [213, 0, 0, 255], [213, 0, 0, 64]
_CLAMPED = "CLAMP_TO_GROUND"

Packet = dict[str, object]


def write(content: Content) -> Iterator[bytes]:
    """The file, packet by packet, one a line."""
    yield b"[\n" + _encode(_document(content))
    for spot in content.spots:
        for packet in _of_spot(spot, content.crs):
            yield b",\n" + _encode(packet)
    for segment in content.segments:
        yield b",\n" + _encode(_of_segment(segment, content.crs))
    yield b"\n]\n"


def _document(content: Content) -> Packet:
    packet: Packet = {"id": "document", "version": "1.0", "name": content.title}
    if content.segments:
        t0_s = min(segment.fixes[0].t_device_s for segment in content.segments)
        t1_s = max(segment.fixes[-1].t_device_s for segment in content.segments)
        interval = f"{utc(t0_s)}/{utc(t1_s)}"
        packet["clock"] = {"interval": interval, "currentTime": utc(t0_s), "multiplier": 1}
    says = {"coordinates": content.crs.label, "note": f"{content.crs.note} {CLOCK_NOTE}"}
    return packet | {"properties": _properties(says)}


def _of_spot(spot: Spot, crs: Crs) -> Iterator[Packet]:
    facts = spot.facts
    packet: Packet = {
        "id": facts.incident_id,
        "name": f"{facts.headline_zh} / {facts.headline_en}",
        "description": in_html(spot, crs),
        "properties": _properties(msgspec.to_builtins(facts)),
    }
    if spot.point is not None:
        place = [degrees(spot.point.lon_deg), degrees(spot.point.lat_deg), 0]
        text = {"text": facts.headline_zh, "heightReference": _CLAMPED, "verticalOrigin": "BOTTOM"}
        packet |= {
            "position": {"cartographicDegrees": place},
            "point": _dot(10, _RED, clamped=True),
            "label": text,
        }
    yield packet
    for number, ring in enumerate(spot.outline, start=1):
        yield {
            "id": f"{facts.incident_id}/outline/{number}",
            "name": f"{facts.incident_id}: {facts.outline_means}",
            "parent": facts.incident_id,
            "properties": _properties({"coordinates": crs.label}),
            "polygon": {"positions": _on_ground(ring), "material": _solid(_PALE_RED)},
        }


def _of_segment(segment: Segment, crs: Crs) -> Packet:
    heights = segment.heights(Datum.ELLIPSOID)
    clamped = heights is None
    first_s = round(segment.fixes[0].t_device_s, 3)
    samples = (
        (_seconds(fix.t_device_s - first_s), degrees(lon), degrees(lat), height_m)
        for fix, (lon, lat), height_m in zip(
            segment.fixes, segment.places(), heights or [0] * len(segment.fixes), strict=True
        )
    )
    says = {
        "device_id": segment.device_id,
        "flight_id": segment.flight_id,
        "segment": segment.number,
        "points": len(segment.fixes),
        "coordinates": crs.label,
        "heights": "clamped to the ground: the device gave no height above the ellipsoid"
        if clamped
        else "above the WGS84 ellipsoid",
    }
    packet: Packet = {
        "id": f"track/{segment.flight_id}/{segment.number}",
        "name": f"{segment.flight_id}, segment {segment.number}",
        "description": crs.note,
        "availability": f"{utc(first_s)}/{utc(segment.fixes[-1].t_device_s)}",
        "position": {
            "epoch": utc(first_s),
            "cartographicDegrees": list(chain.from_iterable(samples)),
        },
        "point": _dot(8, _BLUE, clamped=clamped),
        "properties": _properties(says) | _sampled(segment),
    }
    if len(segment.fixes) == 1:
        return packet
    if not clamped:
        return packet | {"path": {"width": 2, "material": _solid(_BLUE)}}
    line = {
        "positions": _on_ground(tuple(segment.places())),
        "clampToGround": True,
        "width": 2,
        "material": _solid(_BLUE),
    }
    return packet | {"polyline": line}


def _sampled(segment: Segment) -> Packet:
    """What else is known of each fix, over time, as sampled numbers."""
    first_s = round(segment.fixes[0].t_device_s, 3)
    times_s = [_seconds(fix.t_device_s - first_s) for fix in segment.fixes]
    return {
        name: {
            "epoch": utc(first_s),
            "number": [
                number
                for t_s, value in zip(times_s, values, strict=True)
                if value is not None
                for number in (t_s, value)
            ],
        }
        for name, values in segment.columns().items()
    }


def _seconds(seconds: float) -> float:
    """To the millisecond; zero has no sign."""
    return round(seconds, 3) + 0.0


def _on_ground(places: Ring) -> Packet:
    """Positions of a list: longitude, latitude, 0, over and over."""
    flat = chain.from_iterable((degrees(lon), degrees(lat), 0) for lon, lat in places)
    return {"cartographicDegrees": list(flat)}


def _dot(size_px: int, rgba: list[int], *, clamped: bool) -> Packet:
    dot: Packet = {"pixelSize": size_px, "color": {"rgba": rgba}}
    return dot | {"heightReference": _CLAMPED} if clamped else dot


def _solid(rgba: list[int]) -> Packet:
    return {"solidColor": {"color": {"rgba": rgba}}}


def _properties(says: Mapping[str, object]) -> Packet:
    """Custom properties, each under the name of its type."""
    return {name: _property(value) for name, value in says.items() if value is not None}


def _property(value: object) -> Packet:
    match value:
        case bool():
            return {"boolean": value}
        case int() | float():
            return {"number": value}
        case _:
            return {"string": plain(value)}
