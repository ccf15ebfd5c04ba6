"""The question "is there a fire, where?": seen, not seen since, or why it cannot be seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pymap3d
import pytest
import shapely

from alerts.events import Event, Kind, Status
from alerts.incident import Incident, grow
from alerts.inquiry import (
    Answer,
    Ground,
    Inquiry,
    Passage,
    Question,
    Verdict,
    answer_to,
    apart_m,
    follows,
)
from alerts.inquiry_pictures import Glance, ground_at, pictures_of
from alerts.inquiry_words import answer_in_words
from alerts.lifecycle import Act, Reason, Verb
from detect.detection import Box
from geo.camera import Camera
from geo.looking import Reason as Blind
from geo.looking import Shot
from geo.pose import Datum, Pose
from geo.premises import Premises
from geo.terrain import FlatTerrain
from tests.alerts import handover_scene as scene

LAT_DEG, LON_DEG = 32.04, 118.78
T_S = scene.T_S
CAMERA = Camera.from_hfov(1280, 720, 71.5)


def around(east_m: float, north_m: float) -> tuple[float, float]:
    """By pymap3d."""
    lat, lon, _ = pymap3d.enu2geodetic(east_m, north_m, 0.0, LAT_DEG, LON_DEG, 0.0)
    return float(lat), float(lon)


def glance(
    t_s: float = 0.0,
    *,
    pitch_deg: float = -45.0,
    height_m: float = 100.0,
    boxes: Sequence[Box] = (),
) -> Glance:
    """From 100 m south of the place, north-facing: its middle is the picture's at -45 degrees."""
    lat, lon = around(0.0, -100.0)
    pose = Pose(
        t_s=T_S + t_s,
        lat_deg=lat,
        lon_deg=lon,
        height_m=height_m,
        datum=Datum.TAKEOFF,
        yaw_deg=0.0,
        pitch_deg=pitch_deg,
    )
    sha256 = f"{round(t_s):064x}"
    shot = Shot(t_s=T_S + t_s, seq=round(t_s), sha256=sha256, pose=pose, camera=CAMERA)
    return Glance(
        device_id="m30-1",
        t_received_s=T_S + t_s + 0.5,
        shot=shot,
        terrain=FlatTerrain(),
        boxes=tuple(boxes),
    )


def asked(
    glances: Sequence[Glance] = (),
    incidents: Mapping[str, Incident] | None = None,
    *,
    passages: Sequence[Passage] = (),
    register: Sequence[Premises] = (),
    place: Premises | None = None,
    now_s: float = 60.0,
) -> Answer:
    place = place or ground_at(LAT_DEG, LON_DEG)
    question = Question(lat_deg=LAT_DEG, lon_deg=LON_DEG, t_s=T_S + now_s, actor="chen")
    pictures, blind = pictures_of(place, glances, register)
    return answer_to(
        question,
        place,
        incidents=incidents or {},
        pictures=pictures,
        blind=blind,
        passages=passages,
        looked_back_to_s=None,
    )


def acted(incident: Incident, verb: Verb, **rest: object) -> Incident:
    act = replace(Act(verb=verb, actor="chen", t_s=T_S + 5, to="119"), **rest)  # type: ignore[arg-type]
    name = incident.incident_id
    event = Event(key=f"{name}{verb}", incident_id=name, kind=Kind.ACT, t_s=T_S + 5, act=act)
    return grow(incident, event)


def fire(name: str = "inc-a2b3", **rest: object) -> dict[str, Incident]:
    return {name: replace(scene.raised(**rest), incident_id=name)}  # type: ignore[arg-type]


def test_an_open_incident_there_is_the_answer_with_its_position() -> None:
    answer = asked([glance()], fire())
    assert (answer.verdict, answer.reason) == (Verdict.SEEN, Ground.INCIDENT)
    assert answer.position is not None
    assert answer.position.incident_id == "inc-a2b3"
    # The larger eigenvalue of [[9, 2], [2, 16]] is 16.531; chi2 of 95 % with two freedoms 5.991.
    assert answer.position.ellipse.semi_major_m == pytest.approx(
        math.sqrt(16.531 * 5.991), rel=1e-3
    )
    assert [near.incident_id for near in answer.incidents] == ["inc-a2b3"]


def test_a_picture_with_the_place_in_it_and_nothing_there_says_not_seen_since() -> None:
    answer = asked([glance(0.0), glance(10.0)])
    assert (answer.verdict, answer.since_s) == (Verdict.NOT_SEEN_SINCE, T_S + 10.5)
    assert [shown.t_capture_s - T_S for shown in answer.pictures] == [10.0, 0.0]


def test_the_box_in_the_picture_is_where_a_right_triangle_puts_it() -> None:
    (shown,) = asked([glance()]).pictures
    focal_px = 640 / math.tan(math.radians(71.5 / 2))
    half_px = focal_px * 20.0 / math.hypot(100, 100)
    assert shown.share == 1.0
    assert (shown.box.x0_px, shown.box.x1_px) == (
        pytest.approx(640 - half_px, rel=0.02),
        pytest.approx(640 + half_px, rel=0.02),
    )
    near, far = (math.degrees(math.atan2(100, 100 + north)) - 45 for north in (-20, 20))
    for found, angle in ((shown.box.y1_px, near), (shown.box.y0_px, far)):
        assert found == pytest.approx(360 + focal_px * math.tan(math.radians(angle)), abs=1.0)


def test_something_unjudged_in_the_newest_picture_is_not_nothing() -> None:
    there = Box(x0_px=600, y0_px=100, x1_px=680, y1_px=350)
    elsewhere = Box(x0_px=10, y0_px=10, x1_px=60, y1_px=60)
    answer = asked([glance(0.0), glance(5.0, boxes=[there])])
    assert (answer.verdict, answer.reason) == (Verdict.SEEN, Ground.UNCONFIRMED)
    assert answer.position is None
    assert asked([glance(boxes=[elsewhere])]).verdict is Verdict.NOT_SEEN_SINCE


def wall() -> Premises:
    """40 m high, between the camera and the place."""
    corners = [around(e, n) for e, n in ((-60, -70), (60, -70), (60, -60), (-60, -60))]
    return Premises(
        premises_id="P-1",
        name="wall",
        category="",
        risk=None,
        address=None,
        geometry=shapely.Polygon([(lon, lat) for lat, lon in corners]),
        height_m=80.0,
    )


def test_what_cannot_be_seen_says_why() -> None:
    assert asked().reason is Ground.NO_PICTURE
    assert asked([glance(pitch_deg=-90.0)]).reason is Blind.OUT_OF_VIEW
    assert asked([glance(height_m=900.0, pitch_deg=-84.0)]).reason is Blind.TOO_COARSE
    assert asked([glance()], register=[wall()]).reason is Blind.OCCLUDED
    half = asked([glance(pitch_deg=-66.0)])
    assert (half.verdict, half.reason) == (Verdict.CANNOT_BE_SEEN, Blind.TOO_LITTLE)
    assert 0 < half.pictures[0].share < 0.8
    assert half.since_s is None


@pytest.mark.parametrize(
    "over",
    [
        acted(scene.raised(), Verb.DISMISS, reason=Reason.STEAM),
        scene.raised(Status.EXERCISE),
        scene.raised(historic=True),
    ],
    ids=["dismissed", "exercise", "historic"],
)
def test_what_is_over_or_not_meant_is_named_and_is_no_fire(over: Incident) -> None:
    answer = asked([glance()], {"inc-a2b3": over})
    assert answer.verdict is Verdict.NOT_SEEN_SINCE
    assert [near.status for near in answer.incidents] == [over.status]


def test_a_merged_incident_burns_as_long_as_the_one_it_went_into() -> None:
    merged = acted(scene.raised(), Verb.MERGE, to="inc-b")
    lat, lon = around(0.0, 5000.0)
    point = replace(scene.evidence().point, lat_deg=lat, lon_deg=lon)  # type: ignore[type-var]
    other = replace(scene.raised(point=point), incident_id="inc-b")
    burning = asked([glance()], {"inc-a2b3": merged, "inc-b": other})
    assert (burning.verdict, len(burning.incidents)) == (Verdict.SEEN, 1)
    ended = acted(other, Verb.DISMISS, reason=Reason.DUST)
    over = asked([glance()], {"inc-a2b3": merged, "inc-b": ended})
    assert over.verdict is Verdict.NOT_SEEN_SINCE


@pytest.mark.parametrize(("north_m", "reached"), [(85.0, True), (95.0, False)])
def test_within_reach_is_sixty_metres_beyond_both_edges(north_m: float, reached: bool) -> None:
    # 20 m of ground, 60 m, and 2.4477 sigma of an error of 2 m: 84.9 m, less what 16 corners cut.
    lat, lon = around(0.0, north_m - 0.5)
    point = replace(
        scene.evidence().point,  # type: ignore[type-var]
        lat_deg=lat,
        lon_deg=lon,
        cov_ee_m2=4.0,
        cov_en_m2=0.0,
        cov_nn_m2=4.0,
    )
    assert (apart_m(ground_at(LAT_DEG, LON_DEG), scene.raised(point=point)) is not None) is reached


def test_drones_that_see_it_come_first_and_each_tells_its_closest_pass() -> None:
    track = [(0.0, -300.0), (10.0, -50.0), (20.0, -200.0)]
    passages = [
        Passage(device_id=name, t_received_s=T_S + t_s, lat_deg=lat, lon_deg=lon)
        for name, east_m in (("m30-1", 100.0), ("m30-2", 0.0))
        for t_s, north_m in track
        for lat, lon in [around(east_m, north_m)]
    ]
    first, second = asked([glance(20.0)], passages=passages).drones
    assert (first.device_id, first.sees, second.device_id, second.sees) == (
        "m30-1", True, "m30-2", False,
    )  # fmt: skip
    assert first.distance_m == pytest.approx(math.hypot(100, 200), abs=0.1)
    assert first.nearest_m == pytest.approx(math.hypot(100, 50), abs=0.1)
    assert (second.nearest_m, second.t_nearest_s) == (pytest.approx(50.0, abs=0.1), T_S + 10)
    later = asked([glance(20.0)], passages=passages, now_s=300.0)
    assert not any(drone.sees for drone in later.drones)


def test_an_incident_raised_soon_after_within_reach_is_what_was_asked_for() -> None:
    place = ground_at(LAT_DEG, LON_DEG)
    question = Question(lat_deg=LAT_DEG, lon_deg=LON_DEG, t_s=T_S, actor="chen")
    inquiry = Inquiry(inquiry_id="ask-1", question=question, answer=asked())
    assert follows(inquiry, place, scene.raised(), T_S + 600)
    assert not follows(inquiry, place, scene.raised(), T_S - 1), "it was there before"
    assert not follows(inquiry, place, scene.raised(), T_S + 1801), "nobody waits so long"
    far = ground_at(*around(3000.0, 0.0))
    assert not follows(inquiry, far, scene.raised(), T_S + 600)


def test_the_answer_can_be_said_aloud_in_both_languages() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    incidents = fire()
    seen = answer_in_words(asked([glance()], incidents), incidents["inc-a2b3"], zone, "zh")
    assert seen.startswith("已发现烟雾")
    assert "东经118.780000°" in seen
    clear = asked([glance(10.0)])
    assert "16:00:10" in answer_in_words(clear, None, zone, "zh")
    assert "16:00:10" in answer_in_words(clear, None, zone, "en")
    assert answer_in_words(asked(), None, zone, "en").endswith("come in lately.")
