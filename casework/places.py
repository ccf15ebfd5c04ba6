"""From the register of premises to the places of the daily work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import shapely

from casework.words import Place, PlaceClass
from geo.premises import Premises

CLASSES: dict[str, PlaceClass] = {
    **{cls.value: cls for cls in PlaceClass},
    "生产经营单位": PlaceClass.PRODUCTION_UNIT,
    "小型场所": PlaceClass.SMALL_PLACE,
    "住宅小区": PlaceClass.RESIDENTIAL,
    "危险化学品": PlaceClass.HAZCHEM,
}
"""From a register's category to its class. What is not here stays unclassified; the configuration
adds a city's own names."""


def places_of(
    premises: Iterable[Premises],
    *,
    classes: Mapping[str, str] | None = None,
    station: str | None = None,
) -> Iterator[Place]:
    """The register as places; a category ``class/subtype`` brings its sub-type along.

    ``classes`` are a city's own category names; ``station`` is in charge where the register names
    none.
    """
    known = CLASSES | {name: PlaceClass(cls) for name, cls in (classes or {}).items()}
    for one in premises:
        category, _, subtype = one.category.partition("/")
        cls = known.get(one.category) or known.get(category)
        inside = None if one.geometry.is_empty else one.geometry.representative_point()
        yield Place(
            place_id=one.premises_id,
            cls=cls,
            subtype=subtype if category in known else one.category,
            risk=one.risk,
            name=one.name,
            name_en=one.name_en,
            address=one.address,
            org_id=one.station or station,
            district=one.district,
            lat_deg=None if inside is None else inside.y,
            lon_deg=None if inside is None else inside.x,
            outline_json=None if inside is None else shapely.to_geojson(one.geometry),
        )
