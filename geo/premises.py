"""Premises: whose place it is, read from GeoJSON and ranked under an error ellipse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPremises
from geo.geodesy import Array, east_north
from geo.ground import GroundPoint
from geo.mass import mass_in

SHAPES = ("Point", "Polygon", "MultiPolygon")
CRS84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84")
MIN_PROBABILITY = 0.001
"""Premises less likely than this are not named."""

_REACH_SIGMAS = 5.0  # 4e-6 of the mass lies further out
_SAME_AREA = 1e-9  # what summing in floating point may differ by
_METRES_PER_DEGREE = 110_500.0  # of latitude, at the equator, where it is shortest


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """A place with a name; its outline (or a point) in longitude and latitude, WGS84.

    The point of an address nobody has placed yet is empty.
    """

    premises_id: str
    name: str
    category: str
    risk: int | None
    address: str | None
    geometry: BaseGeometry
    name_en: str | None = None
    """Where the register has one."""
    height_m: float | None = None
    """Of what stands there, above the ground, where the register tells."""
    station: str | None = None
    """The id of the station in charge, where the register tells."""
    district: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """How probably something lies on premises, and how it lies to them."""

    premises: Premises
    probability: float
    distance_m: float
    """From the premises to the point; 0 inside."""
    bearing_deg: float
    """From the nearest point of their outline to the point, clockwise from true north."""


class PremisesIndex:
    """Finds premises by place."""

    def __init__(self, premises: Sequence[Premises]) -> None:
        self._premises = list(premises)
        self._tree = shapely.STRtree([place.geometry for place in self._premises])

    def __len__(self) -> int:
        """How many premises."""
        return len(self._premises)

    def __iter__(self) -> Iterator[Premises]:
        """All of them, in the register's order."""
        return iter(self._premises)

    def rank(self, point: GroundPoint, limit: int = 5) -> list[Likely]:
        """The premises the point may lie on, most probable first, nearer first among equals.

        The probability is the Gaussian mass on the outline; the page says "near" when the first
        is under a half. Premises known only as a point have no mass: `nearest` names those.

        Raises:
            ValueError: a covariance that is not positive definite.
        """
        sigma_m = float(np.sqrt(max(point.cov_ee_m2, point.cov_nn_m2)))
        found = []
        for place in self._around(point.lat_deg, point.lon_deg, _REACH_SIGMAS * sigma_m):
            outline = _local(place.geometry, point.lat_deg, point.lon_deg)
            mass = mass_in(outline, point.cov_ee_m2, point.cov_en_m2, point.cov_nn_m2)
            if mass >= MIN_PROBABILITY:
                found.append(_likely(place, outline, mass))
        found.sort(key=lambda one: (-one.probability, one.distance_m, one.premises.premises_id))
        return found[:limit]

    def touching(
        self, outline: BaseGeometry, lat_deg: float, lon_deg: float, reach_m: float
    ) -> list[Premises]:
        """Those under an outline in metres east and north of a place, ``reach_m`` of it at most."""
        near = self._around(lat_deg, lon_deg, reach_m)
        return [p for p in near if _local(p.geometry, lat_deg, lon_deg).intersects(outline)]

    def nearest(self, lat_deg: float, lon_deg: float) -> Likely | None:
        """The premises next to an exact place: probability 1 inside, else 0.

        None if there are none, or only at the antipode, where no distance is known.
        """
        if not self._premises:
            return None
        guess = self._premises[int(self._tree.nearest(shapely.Point(lon_deg, lat_deg)))]
        reach_m = float(shapely.distance(_local(guess.geometry, lat_deg, lon_deg), _ORIGIN))
        near = []
        for place in self._around(lat_deg, lon_deg, 1.01 * reach_m + 1.0):
            outline = _local(place.geometry, lat_deg, lon_deg)
            near.append(_likely(place, outline, float(shapely.intersects(outline, _ORIGIN))))
        return min(near, key=lambda one: (one.distance_m, one.premises.premises_id), default=None)

    def _around(self, lat_deg: float, lon_deg: float, reach_m: float) -> list[Premises]:
        """All premises whose bounding box a square of this half side may touch."""
        high = reach_m / _METRES_PER_DEGREE
        wide = high / max(float(np.cos(np.radians(min(abs(lat_deg) + high, 90.0)))), 1e-9)
        shifts = np.array([-360.0, 0.0, 360.0]) + lon_deg
        boxes = shapely.box(shifts - wide, lat_deg - high, shifts + wide, lat_deg + high)
        return [self._premises[i] for i in np.unique(self._tree.query(boxes)[1])]


_ORIGIN = shapely.Point(0.0, 0.0)


def _local(geometry: BaseGeometry, lat_deg: float, lon_deg: float) -> BaseGeometry:
    """The geometry in metres east and north of a place; distances from there are exact."""

    def metres(lonlat: Array) -> Array:
        return np.stack(east_north(lonlat[:, 1], lonlat[:, 0], lat_deg, lon_deg), axis=-1)

    return shapely.transform(geometry, metres)


def _likely(place: Premises, outline: BaseGeometry, probability: float) -> Likely:
    edge = outline.boundary if outline.area else outline
    foot = shapely.shortest_line(edge, _ORIGIN).coords[0]
    return Likely(
        premises=place,
        probability=probability,
        distance_m=float(shapely.distance(outline, _ORIGIN)),
        bearing_deg=float(np.degrees(np.arctan2(-foot[0], -foot[1]))) % 360.0 % 360.0,
    )


def read_geojson(text: str, source: str) -> list[Premises]:
    """The premises of a GeoJSON FeatureCollection.

    Each feature has the properties premises_id (or id), name, category (or kind), and if known
    risk (an integer), address, name_en and height_m. Without a "crs" member the coordinates are
    WGS84 (RFC 7946). A feature whose geometry is null is an address without a place and is left
    out.

    Raises:
        BadPremises: not such a collection, another coordinate system, a shape that is not valid,
            an id given twice. Nothing is repaired or guessed.
    """
    features = _collection(text, source)
    premises: dict[str, Premises] = {}
    for number, feature in enumerate(features):
        place = _of_feature(feature, source, number)
        if place.premises_id in premises:
            raise BadPremises(source, number, f"premises_id {place.premises_id!r} is given twice")
        premises[place.premises_id] = place
    return [place for place in premises.values() if not place.geometry.is_empty]


def _collection(text: str, source: str) -> list[Any]:
    def refuse(constant: str) -> NoReturn:
        raise BadPremises(source, None, f"{constant} is not JSON")

    try:
        body = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as exc:
        raise BadPremises(source, None, f"not JSON: {exc}") from exc
    if not isinstance(body, Mapping) or body.get("type") != "FeatureCollection":
        raise BadPremises(source, None, "not a GeoJSON FeatureCollection")
    _check_crs(body, source, None)
    features = body.get("features")
    if not isinstance(features, list):
        raise BadPremises(source, None, "features is not a list")
    return features


def _check_crs(body: Mapping[str, Any], source: str, feature: int | None) -> None:
    if "crs" not in body:
        return
    try:
        name = body["crs"]["properties"]["name"]
    except (KeyError, TypeError):
        name = None
    if name not in CRS84:
        raise BadPremises(source, feature, f"coordinate system {name!r} is not WGS84 (CRS84)")


def _of_feature(feature: object, source: str, number: int) -> Premises:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise BadPremises(source, number, "not a GeoJSON Feature")
    _check_crs(feature, source, number)
    properties = feature.get("properties")
    if not isinstance(properties, Mapping):
        raise BadPremises(source, number, "has no properties")
    said = feature.get("geometry")
    try:
        geometry = None if said is None else shapely.from_geojson(json.dumps(said))
    except shapely.errors.GEOSException as exc:
        raise BadPremises(source, number, f"not a geometry: {exc}".strip()) from exc
    return make_premises(properties, geometry, source, number)


def make_premises(
    properties: Mapping[str, Any], geometry: BaseGeometry | None, source: str, number: int
) -> Premises:
    """Premises of what a register says of them, under the names `read_geojson` knows.

    Without a geometry they have no place yet.

    Raises:
        BadPremises: an id or name is missing, something is of the wrong kind, the geometry (in
            WGS84) is not a valid point, polygon or multipolygon on Earth.
    """
    premises_id = _text(properties, ("premises_id", "id"), source, number)
    name = _text(properties, ("name",), source, number)
    if premises_id is None or name is None:
        raise BadPremises(source, number, "has no premises_id" if name else "has no name")
    risk = properties.get("risk")
    if not (risk is None or (isinstance(risk, int) and not isinstance(risk, bool))):
        raise BadPremises(source, number, f"risk {risk!r} is not an integer")
    return Premises(
        premises_id=premises_id,
        name=name,
        category=_text(properties, ("category", "kind"), source, number) or "",
        risk=risk,
        address=_text(properties, ("address",), source, number),
        geometry=_checked(geometry, source, number),
        name_en=_text(properties, ("name_en",), source, number),
        height_m=_height_m(properties.get("height_m"), source, number),
        station=_text(properties, ("station",), source, number),
        district=_text(properties, ("district",), source, number),
    )


def _height_m(value: object, source: str, number: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1000:
        raise BadPremises(source, number, f"height_m {value!r} is not a height")
    return float(value)


def _text(
    properties: Mapping[str, Any], keys: Sequence[str], source: str, number: int
) -> str | None:
    value = next((properties[key] for key in keys if properties.get(key) is not None), None)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not (value is None or isinstance(value, str)):
        raise BadPremises(source, number, f"{keys[0]} {value!r} is not a text")
    return value or None


def without_spikes(geometry: BaseGeometry) -> BaseGeometry:
    """The same ground without the lines that an outline runs out and back over.

    Such a line encloses nothing, so taking it off decides nothing. An outline that truly crosses
    itself comes back as it is: which of its loops were meant, nobody can tell. They are told apart
    by the area as surveyors sum it along the outline, in which loops cancel or count twice.
    """
    if geometry.is_valid or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        return geometry
    clean = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    same = clean.area > 0 and abs(clean.area - geometry.area) <= _SAME_AREA * clean.area
    return clean if same and clean.geom_type in SHAPES else geometry


def _checked(geometry: BaseGeometry | None, source: str, number: int) -> BaseGeometry:
    if geometry is None:
        return shapely.Point()
    geometry = shapely.force_2d(geometry)
    if geometry.geom_type not in SHAPES:
        raise BadPremises(source, number, f"a {geometry.geom_type} cannot be premises")
    if geometry.is_empty:
        raise BadPremises(source, number, "geometry is empty")
    west, south, east, north = geometry.bounds
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise BadPremises(source, number, f"{west}, {south} is not a longitude and latitude")
    if not geometry.is_valid:
        reason = f"{shapely.is_valid_reason(geometry)}: mend its outline (QGIS: Fix geometries)"
        raise BadPremises(source, number, reason)
    return geometry
