"""One thing, N of the last M pictures."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from detect.confirm import Confirmer
from detect.detection import Label
from geo.geodesy import offset
from geo.ground import GroundPoint


@dataclass(frozen=True)
class Spot:
    label: Label
    point: GroundPoint | None


def at(east_m: float, *, label: Label = Label.SMOKE, sigma_m: float = 5.0) -> Spot:
    lat, lon = offset(31.95, 118.84, east_m, 0.0)
    point = GroundPoint(
        lat_deg=float(lat),
        lon_deg=float(lon),
        range_m=140.0,
        cov_ee_m2=sigma_m**2,
        cov_en_m2=0.0,
        cov_nn_m2=sigma_m**2,
    )
    return Spot(label=label, point=point)


def confirmed_at(pictures: list[list[Spot]], needed: int = 3, window: int = 5) -> list[int]:
    """The pictures (from 1) at which something is newly confirmed."""
    confirmer: Confirmer[Spot] = Confirmer(needed=needed, window=window)
    return [
        number
        for number, spots in enumerate(pictures, start=1)
        for sighting in confirmer.feed(spots)
        if sighting.newly_confirmed
    ]


def test_three_of_five_confirm_at_the_third() -> None:
    assert confirmed_at([[at(0)], [], [at(3)], [at(-2)], [at(1)]]) == [4]


def test_two_of_five_never_confirm() -> None:
    assert confirmed_at([[at(0)], [], [], [], [at(0)], [], [], [], [at(0)]]) == []


def test_sightings_far_apart_on_the_ground_are_not_one_thing() -> None:
    assert confirmed_at([[at(0)], [at(200)], [at(400)], [at(600)]]) == []


def test_smoke_does_not_confirm_fire() -> None:
    assert confirmed_at([[at(0)], [at(0, label=Label.FIRE)], [at(0)], []]) == []


def test_several_boxes_of_one_thing_in_one_picture_count_once() -> None:
    assert confirmed_at([[at(0), at(2), at(4)], [at(1), at(0)]]) == []


def test_the_news_carries_every_picture_that_led_to_it_once() -> None:
    confirmer: Confirmer[Spot] = Confirmer()
    spots = [at(0), at(1), at(2), at(3)]
    news = [confirmer.feed([spot]) for spot in spots]
    assert news[:2] == [[], []]
    assert news[2][0].detections == tuple(spots[:3])
    assert news[3][0].detections == (spots[3],)
    assert not news[3][0].newly_confirmed


def test_things_without_a_position_still_confirm() -> None:
    nowhere = Spot(label=Label.SMOKE, point=None)
    assert confirmed_at([[nowhere], [nowhere], [nowhere]]) == [3]


def test_a_wide_ellipse_joins_what_a_narrow_one_keeps_apart() -> None:
    near = [[at(0, sigma_m=3)], [at(45, sigma_m=3)], [at(0, sigma_m=3)]]
    wide = [[at(0, sigma_m=15)], [at(45, sigma_m=15)], [at(0, sigma_m=15)]]
    assert confirmed_at(near) == []
    assert confirmed_at(wide) == [3]


@pytest.mark.parametrize(("needed", "window"), [(0, 5), (6, 5), (-1, 1)])
def test_an_impossible_rule_is_refused(needed: int, window: int) -> None:
    with pytest.raises(ValueError, match="can never be"):
        Confirmer[Spot](needed=needed, window=window)
