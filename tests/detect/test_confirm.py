"""One thing, N of the last M pictures, long enough and in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from detect import confirm
from detect.confirm import Confirmer
from detect.detection import Label
from geo.geodesy import offset
from geo.ground import GroundPoint

PERSIST_S = 2.5


@dataclass(frozen=True)
class Spot:
    label: Label
    point: GroundPoint | None
    t_capture_s: float = 0.0


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


def confirmed_at(
    pictures: list[list[Spot]],
    needed: int = 3,
    window: int = 5,
    persist_s: float = 0.0,
    every_s: float = 1.0,
) -> list[int]:
    """The pictures (from 1) at which something is newly confirmed."""
    confirmer: Confirmer[Spot] = Confirmer(needed=needed, window=window, persist_s=persist_s)
    found = []
    for number, spots in enumerate(pictures, start=1):
        t_s = number * every_s
        dated = [replace(spot, t_capture_s=t_s) for spot in spots]
        found += [number for one in confirmer.feed(dated, t_s) if one.newly_confirmed]
    return found


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
    confirmer: Confirmer[Spot] = Confirmer(needed=3, window=5, persist_s=0.0)
    spots = [at(0), at(1), at(2), at(3)]
    news = [confirmer.feed([spot], float(t_s)) for t_s, spot in enumerate(spots)]
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


STEAM = [[at(0)]] * 3 + [[]] * 20
"""A puff: three seconds at one picture a second."""


def shadow(m_s: float, seconds: int = 20) -> list[list[Spot]]:
    """Of a cloud, the places good to 3 m: what a drone at 100 m has."""
    return [[at(m_s * second, sigma_m=3.0)] for second in range(seconds)]


@pytest.mark.parametrize("pictures", [STEAM, shadow(12.0)], ids=["steam", "shadow"])
def test_short_steam_and_a_passing_shadow_do_not_confirm(pictures: list[list[Spot]]) -> None:
    assert confirmed_at(pictures, 4, 6, persist_s=PERSIST_S) == []


def test_teeth_without_persistence_steam_confirms_and_without_an_anchor_the_shadow_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert confirmed_at(STEAM, 3, 5, persist_s=0.0) == [3]
    monkeypatch.setattr(confirm, "strayed", lambda first, now: False)
    assert confirmed_at(shadow(12.0), 4, 6, persist_s=PERSIST_S)


def test_smoke_that_wavers_confirms_as_soon_as_it_has_lasted() -> None:
    wavers = [[at(east_m)] for east_m in (0, 6, -5, 8, -7, 3)]
    assert confirmed_at(wavers, 4, 6, persist_s=PERSIST_S) == [4]
    gaps = [[at(0)], [], [at(4)], [at(-3)], [], [at(2)]]
    assert confirmed_at(gaps, 4, 6, persist_s=PERSIST_S) == [6]


@pytest.mark.parametrize("every_s", [0.1, 0.2, 0.5, 1.0])
def test_the_delay_is_a_matter_of_seconds_not_of_the_rate_of_pictures(every_s: float) -> None:
    (number,) = confirmed_at([[at(0)]] * 100, 4, 6, persist_s=PERSIST_S, every_s=every_s)
    assert PERSIST_S <= (number - 1) * every_s <= PERSIST_S + max(every_s, 0.5)


def test_ten_pictures_a_second_that_show_it_half_the_time_do_not_confirm() -> None:
    assert confirmed_at([[at(0)], []] * 100, 4, 6, persist_s=PERSIST_S, every_s=0.1) == []


def test_a_confirmed_thing_may_move() -> None:
    confirmer: Confirmer[Spot] = Confirmer(needed=3, window=5, persist_s=0.0)
    spread = [replace(at(8.0 * second), t_capture_s=float(second)) for second in range(20)]
    news = [confirmer.feed([spot], spot.t_capture_s) for spot in spread]
    assert [bool(one) for one in news] == [False, False] + [True] * 18
    assert sum(sighting.newly_confirmed for one in news for sighting in one) == 1


@pytest.mark.parametrize(
    ("needed", "window", "persist_s"), [(0, 5, 0.0), (6, 5, 0.0), (-1, 1, 0.0), (3, 5, -1.0)]
)
def test_an_impossible_rule_is_refused(needed: int, window: int, persist_s: float) -> None:
    with pytest.raises(ValueError, match="can never be"):
        Confirmer[Spot](needed=needed, window=window, persist_s=persist_s)
