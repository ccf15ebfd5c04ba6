"""A register of premises as places: the four classes, and nothing guessed."""

from __future__ import annotations

import pytest
import shapely

from casework.places import places_of
from casework.words import Place, PlaceClass
from geo.premises import make_premises


def place(category: str, **said: object) -> Place:
    properties = {"id": "1", "name": "某处", "category": category} | said
    premises = make_premises(properties, shapely.box(118.0, 32.0, 118.1, 32.2), "test", 0)
    (found,) = places_of([premises], classes={"九小": "small_place"}, station="s-1")
    return found


@pytest.mark.parametrize(
    ("category", "cls", "subtype"),
    [
        ("hazchem", PlaceClass.HAZCHEM, ""),
        ("住宅小区", PlaceClass.RESIDENTIAL, ""),
        ("小型场所/小餐饮", PlaceClass.SMALL_PLACE, "小餐饮"),
        ("九小/shop", PlaceClass.SMALL_PLACE, "shop"),
        ("warehouse", None, "warehouse"),
    ],
)
def test_a_category_is_one_of_the_four_classes_or_none(
    category: str, cls: PlaceClass | None, subtype: str
) -> None:
    found = place(category)
    assert (found.cls, found.subtype) == (cls, subtype)


def test_the_register_names_the_station_in_charge_or_it_is_this_one() -> None:
    assert place("hazchem").org_id == "s-1"
    found = place("hazchem", station="s-9", district="六合区")
    assert (found.org_id, found.district) == ("s-9", "六合区")
    assert (found.lat_deg, found.lon_deg) == (pytest.approx(32.1), pytest.approx(118.05))
