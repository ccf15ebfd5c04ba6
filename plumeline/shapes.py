"""The station's own shapes for its map: the premises of its register, its routes and zones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping

from geo.premises import PremisesIndex
from plumeline.config import ConfigError

KINDS = ("route", "zone", "no_fly")
_DIGITS_M = 1e-7
"""Of a degree: a centimetre."""


def station_shapes(premises: PremisesIndex | None, zones: str | None) -> msgspec.Raw:
    """GeoJSON in WGS84 of everything the map should show of the station.

    Raises:
        ConfigError: the file of zones cannot be read, or is none.
    """
    features = [*_premises(premises), *(_zones(Path(zones)) if zones else ())]
    return msgspec.Raw(msgspec.json.encode({"type": "FeatureCollection", "features": features}))


def _premises(premises: PremisesIndex | None) -> Iterator[dict[str, Any]]:
    for place in premises or ():
        if not place.geometry.is_empty:
            properties = {
                "id": place.premises_id,
                "kind": "premises",
                "name": place.name,
                "name_en": place.name_en,
                "category": place.category,
                "risk": place.risk,
            }
            yield _feature(place.geometry, properties)


def _zones(file: Path) -> Iterator[dict[str, Any]]:
    """RFC 7946, so WGS84: lines and areas with `kind` and `name`."""
    try:
        features = json.loads(file.read_text("utf-8-sig"))["features"]
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features]
    except (OSError, ValueError, KeyError, TypeError, ShapelyError) as exc:
        raise ConfigError(None, f"[station] zones: {file}: no GeoJSON collection: {exc}") from exc
    for i, (one, shape) in enumerate(zip(features, shapes, strict=True)):
        said = one.get("properties") or {}
        kind = said.get("kind")
        if kind not in KINDS:
            wanted = ", ".join(KINDS)
            raise ConfigError(None, f"[station] zones: {file}: feature {i}: kind is not {wanted}")
        west, south, east, north = shapely.bounds(shape)
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            reason = f"[station] zones: {file}: feature {i} is not in degrees, longitude first"
            raise ConfigError(None, reason)
        names = {key: str(said[key]) for key in ("name", "name_en") if said.get(key)}
        yield _feature(shape, {"id": f"zone-{i}", "kind": kind, **names})


def _feature(geometry: Any, properties: dict[str, Any]) -> dict[str, Any]:
    flat = shapely.set_precision(shapely.force_2d(geometry), _DIGITS_M, mode="pointwise")
    return {"type": "Feature", "properties": properties, "geometry": mapping(flat)}
