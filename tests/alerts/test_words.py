"""The sentences are written out by hand, as an operator would want to read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.events import Event, Evidence, Kind, LikelyPremises, Place
from alerts.incident import fold
from alerts.words import Language, headline, place_in_words
from detect.detection import Box, Label
from geo.ground import BearingSector, GroundPoint
from ingest.records import Key

ROUND = GroundPoint(
    lat_deg=31.951120,
    lon_deg=118.842310,
    range_m=200.0,
    cov_ee_m2=4.7**2,
    cov_en_m2=0.0,
    cov_nn_m2=4.7**2,
)
"""4.7 m x 2.4477 (the 95 % point of a Rayleigh distribution) = 11.504 m, up to 12 m."""
HOME = Place(lat_deg=31.948442, lon_deg=118.845451)
"""420.0 m from ROUND at azimuth 135.0: pyproj.Geod(ellps="WGS84").fwd."""
WAREHOUSE = LikelyPremises(
    premises_id="P-1",
    name="金陵化工仓库",
    category="危险化学品",
    risk=1,
    probability=0.83,
    distance_m=0.0,
    bearing_deg=0.0,
)
SEEN = Evidence(
    key=Key(device_id="UAV-07", boot_id="b1", seq=1),
    t_capture_s=0.0,
    t_received_s=0.5,
    historic=False,
    sha256="0" * 64,
    width_px=1280,
    height_px=720,
    label=Label.SMOKE,
    score=0.9,
    box=Box(x0_px=0, y0_px=0, x1_px=10, y1_px=10),
)
LOCATED = replace(SEEN, point=ROUND, premises=(WAREHOUSE,), home=HOME)
SECTOR = BearingSector(
    lat_deg=31.95, lon_deg=118.84, bearing_deg=67.2, sigma_deg=3.0, reason="foot beyond the horizon"
)


def sees(evidence: Evidence) -> Event:
    return Event(key="e", incident_id="i", kind=Kind.RAISED, t_s=0.0, evidence=evidence)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            "东经118.842310°，北纬31.951120°，误差±12米（95%）；"
            "金陵化工仓库（危险化学品，可能性83%）；起飞点西北方向420米",
        ),
        (
            "en",
            "31.951120° N, 118.842310° E, ±12 m (95%); 金陵化工仓库 (危险化学品, likelihood 83%); "
            "420 m north-west of the take-off point",
        ),
    ],
)
def test_a_located_sighting_tells_position_error_premises_and_way(
    language: Language, words: str
) -> None:
    assert place_in_words(LOCATED, language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "金陵化工仓库东北约40米处"), ("en", "near 金陵化工仓库, 40 m north-east of it")],
)
def test_a_premises_that_holds_less_than_half_is_only_a_landmark(
    language: Language, words: str
) -> None:
    beside = replace(WAREHOUSE, probability=0.2, distance_m=40.2, bearing_deg=45.0)
    seen = replace(LOCATED, premises=(beside,), home=None)
    assert place_in_words(seen, language).endswith(words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            "只有方位：从无人机所在位置朝东北偏东（67°，误差±6°，95%）；目标底部在地平线之外",
        ),
        (
            "en",
            "bearing only: from the drone's position towards east-north-east (67° ±6°, 95%); "
            "foot beyond the horizon",
        ),
    ],
)
def test_a_bearing_is_never_told_as_a_position(language: Language, words: str) -> None:
    assert place_in_words(replace(SEEN, sector=SECTOR), language) == words


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("no telemetry before the picture", "位置不明：拍摄之前没有遥测数据"),
        (
            "camera angles unknown: telemetry without gimbal",
            "位置不明：相机姿态未知：遥测中没有云台数据",
        ),
        ("field of view unknown: camera H30", "位置不明：相机视场角未知：camera H30"),
        ("something new", "位置不明：something new"),
    ],
)
def test_the_reason_for_no_position_is_told_and_an_unknown_one_is_not_swallowed(
    reason: str, chinese: str
) -> None:
    seen = replace(SEEN, unlocated=reason)
    assert place_in_words(seen, "zh") == chinese
    assert place_in_words(seen, "en") == f"position unknown: {reason}"


def test_a_premises_without_a_category_leaves_no_empty_brackets() -> None:
    seen = replace(LOCATED, premises=(replace(WAREHOUSE, category=""),))
    assert "金陵化工仓库（可能性83%）" in place_in_words(seen, "zh")
    assert "金陵化工仓库 (likelihood 83%)" in place_in_words(seen, "en")


def test_the_other_three_quarters_of_the_world_have_their_own_letters() -> None:
    rio = replace(ROUND, lat_deg=-22.9, lon_deg=-43.2)
    assert place_in_words(replace(SEEN, point=rio), "zh").startswith(
        "西经43.200000°，南纬22.900000°"
    )
    assert place_in_words(replace(SEEN, point=rio), "en").startswith("22.900000° S, 43.200000° W")


@pytest.mark.parametrize(
    ("bearing_deg", "side"),
    [(0, "北"), (11.2, "北"), (11.3, "东北偏北"), (90, "东"), (202.5, "西南偏南"), (359.9, "北")],
)
def test_sixteen_directions_change_half_way_between_them(bearing_deg: float, side: str) -> None:
    seen = replace(SEEN, sector=replace(SECTOR, bearing_deg=bearing_deg))
    assert f"朝{side}（" in place_in_words(seen, "zh")


def test_lengths_are_told_as_finely_as_anybody_can_use_them() -> None:
    def away(distance_m: float) -> str:
        beside = replace(WAREHOUSE, probability=0.0, distance_m=distance_m)
        return place_in_words(replace(SEEN, point=ROUND, premises=(beside,)), "en").split(", ")[-1]

    assert away(7.4) == "7 m north of it"
    assert away(99.6) == "100 m north of it"
    assert away(347.0) == "350 m north of it"
    assert away(1240.0) == "1.2 km north of it"


def test_a_headline_names_what_and_the_best_known_where() -> None:
    burning = fold([sees(LOCATED), sees(replace(LOCATED, label=Label.FIRE))])["i"]
    assert headline(burning, "zh") == "明火、烟雾：金陵化工仓库"
    assert headline(burning, "en") == "Fire and smoke at 金陵化工仓库"
    only_bearing = fold([sees(replace(SEEN, sector=SECTOR))])["i"]
    assert headline(only_bearing, "zh") == "烟雾：无人机东北偏东方向"
    assert headline(only_bearing, "en") == "Smoke to the east-north-east of the drone"
    nowhere = fold([sees(replace(SEEN, unlocated="?"))])["i"]
    assert headline(nowhere, "en") == "Smoke at an unknown position"
