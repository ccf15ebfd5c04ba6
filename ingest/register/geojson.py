"""Registers in GeoJSON (RFC 7946, and the older ``crs`` member)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import WGS84, Crs
from geo.errors import BadPremises
from geo.premises import CRS84
from ingest.register.fields import canonical, renamed
from ingest.register.sheet import Row, Sheet, crs_or_none
from ingest.register.text import decoded


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The features of a FeatureCollection.

    Raises:
        BadPremises: it is not one.
    """
    source = path.name
    text, label = decoded(data, encoding, source)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadPremises(source, None, f"not JSON: {exc}") from exc
    if not isinstance(body, Mapping) or body.get("type") != "FeatureCollection":
        raise BadPremises(source, None, "not a GeoJSON FeatureCollection")
    features = body.get("features")
    if not isinstance(features, list):
        raise BadPremises(source, None, "features is not a list")
    declared, crs = _declared(body, source)
    names = canonical(_columns(features))
    return Sheet(
        format="GeoJSON",
        rows=[_row(number, feature, names) for number, feature in enumerate(features)],
        declared=declared,
        crs=crs,
        encoding=label,
    )


def _declared(body: Mapping[str, Any], source: str) -> tuple[str | None, Crs | None]:
    if "crs" not in body:
        return None, None
    try:
        name = body["crs"]["properties"]["name"]
    except (KeyError, TypeError):
        name = None
    if not isinstance(name, str):
        raise BadPremises(source, None, "its crs member names no coordinate system")
    if name in CRS84:
        return name, WGS84
    return name, crs_or_none(name.lower().replace("urn:ogc:def:crs:", "").replace("::", ":"))


def _columns(features: list[Any]) -> list[str]:
    columns: dict[str, None] = {}
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        columns |= dict.fromkeys(properties if isinstance(properties, Mapping) else ())
    return list(columns)


def _row(number: int, feature: Any, names: Mapping[str, str]) -> Row:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        return Row(number=number, fields={}, refused="not a GeoJSON Feature")
    properties = feature.get("properties")
    fields = renamed(properties, names) if isinstance(properties, Mapping) else {}
    if fields.get("premises_id") is None and isinstance(feature.get("id"), str | int):
        fields["premises_id"] = feature["id"]
    if "crs" in feature:
        return Row(number=number, fields=fields, refused="has a crs of its own")
    if feature.get("geometry") is None:
        return Row(number=number, fields=fields)
    try:
        geometry: BaseGeometry = shapely.from_geojson(json.dumps(feature["geometry"]))
    except (shapely.errors.GEOSException, RecursionError) as exc:
        return Row(number=number, fields=fields, refused=f"not a geometry: {exc}".strip())
    return Row(number=number, fields=fields, geometry=geometry)
