"""Telemetry and judged frames in, one incident per fire out: pure, and the same every time."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import pytest
import shapely

from alerts.equipment import Equipment, Mount
from alerts.estimate import MAX_VIEWS
from alerts.events import Event, Evidence, Kind
from alerts.incident import Incident, fold
from alerts.look import Judgement, LookStatus
from alerts.placing import Placer
from alerts.watch import Outcome, Rules, Watch
from detect.detection import Box, Detection, Label
from geo.ellipse import contains, ellipse
from geo.geodesy import distance_m, offset
from geo.premises import Premises, PremisesIndex
from ingest.records import Attitude, Fix, Frame, Home
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, frame, home

NOTHING = Judgement()
Fed = tuple[Fix | Frame | Home, Judgement | None]


def smoke(*, score: float = 0.8, label: Label = Label.SMOKE, foot_v: float = 360.0) -> Judgement:
    """A box whose foot is in the middle of a 1280 x 720 picture."""
    box = Box(x0_px=600.0, y0_px=foot_v - 100.0, x1_px=680.0, y1_px=foot_v)
    return Judgement(detections=(Detection(label=label, score=score, box=box),))


def hover(seconds: int, judgement: Judgement, *, start_s: int = 0, **changed: object) -> list[Fed]:
    """A drone that stays: a fix every 0.5 s and a frame every second."""
    fed: list[Fed] = []
    for i in range(start_s, start_s + seconds):
        fed += [
            (fix(i, **changed), None),
            (frame(i + 0.25), judgement),
            (fix(i + 0.5, **changed), None),
        ]
    return fed


def fly_past(seconds: int, *, device_id: str = "nj-01", start_s: int = 0) -> list[Fed]:
    """From west to east at 10 m/s, 100 m up and 100 m south of the source, which stays in view."""
    fed: list[Fed] = []
    for half in range(2 * seconds):
        t_s = start_s + half / 2
        east_m = 5.0 * (half - seconds)
        lat, lon = offset(LAT_DEG, LON_DEG, east_m, -100.0)
        yaw_deg = math.degrees(math.atan2(-east_m, 100.0))
        pitch_deg = -math.degrees(math.atan2(100.0, math.hypot(east_m, 100.0)))
        gimbal = Attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
        at = fix(t_s, device_id=device_id, lat_deg=float(lat), lon_deg=float(lon), gimbal=gimbal)
        fed.append((at, None))
        if half % 2 == 0:
            fed.append((frame(t_s, device_id=device_id), smoke()))
    return fed


def feed(watch: Watch, fed: list[Fed]) -> Outcome:
    outcomes = [watch.feed(n, record, judgement) for n, (record, judgement) in enumerate(fed)]
    return Outcome(
        looks=tuple(look for o in outcomes for look in o.looks),
        events=tuple(event for o in outcomes for event in o.events),
    )


def watch(placer: Placer | None = None, rules: Rules | None = None) -> Watch:
    return Watch(placer or Placer(), rules or Rules())


def one(events: tuple[Event, ...]) -> Incident:
    incidents = list(fold(events).values())
    assert len(incidents) == 1
    return incidents[0]


def test_smoke_in_three_pictures_raises_one_incident_with_a_place() -> None:
    outcome = feed(watch(), [(home(), None), *hover(6, smoke())])
    incident = one(outcome.events)
    assert [e.kind for e in outcome.events].count(Kind.RAISED) == 1
    assert incident.sightings == 6
    assert incident.point is not None
    # 100 m up, 45 degrees down, looking north: the axis lands 100 m north of the drone.
    north_deg = 100.0 / 110_850.0  # metres in a degree of latitude at 32 N
    assert contains(incident.point, LAT_DEG + north_deg, LON_DEG)
    assert incident.point.lat_deg == pytest.approx(LAT_DEG + north_deg, abs=1e-5)
    assert incident.best.home is not None


def test_two_pictures_raise_nothing() -> None:
    assert feed(watch(), hover(2, smoke())).events == ()


def test_fire_and_smoke_at_one_place_are_one_incident() -> None:
    both = Judgement(detections=(*smoke().detections, *smoke(label=Label.FIRE).detections))
    incident = one(feed(watch(), hover(4, both)).events)
    assert incident.labels == (Label.FIRE, Label.SMOKE)


def test_two_drones_that_see_one_plume_make_one_incident() -> None:
    fed = hover(4, smoke())
    second: list[Fed] = [
        (replace(r, key=replace(r.key, device_id="nj-02")), j)
        for r, j in hover(4, smoke(), start_s=10)
        if not isinstance(r, Home)
    ]
    incident = one(feed(watch(), fed + second).events)
    assert incident.devices == ("nj-01", "nj-02")


def test_a_place_far_away_is_another_incident() -> None:
    fed = hover(4, smoke()) + hover(4, smoke(), start_s=10, lat_deg=LAT_DEG + 0.01)
    assert len(fold(feed(watch(), fed).events)) == 2


def test_the_same_place_an_hour_later_is_another_incident() -> None:
    fed = hover(4, smoke()) + hover(4, smoke(), start_s=3600)
    assert len(fold(feed(watch(), fed).events)) == 2


def test_smoke_is_alarmed_even_where_the_position_is_unknown() -> None:
    incident = one(feed(watch(), hover(5, smoke(), gimbal=None)).events)
    assert incident.point is None
    assert incident.best.unlocated == "camera angles unknown: telemetry without gimbal"


def test_sightings_in_a_telemetry_gap_join_what_the_drone_was_looking_at() -> None:
    gap: list[Fed] = [(frame(4.0 + i), smoke()) for i in range(8)]
    fed = [*hover(4, smoke()), *gap, *hover(4, smoke(), start_s=14)]
    outcome = feed(watch(), fed)
    incident = one(outcome.events)
    assert incident.point is not None
    unplaced = [look for look in outcome.looks if look.status is LookStatus.UNPLACED]
    assert len(unplaced) == 8
    assert unplaced[-1].reason == "telemetry gap: 10.5 s"


def test_a_frozen_feed_proves_nothing() -> None:
    frozen = frame(0.25).sha256
    fed: list[Fed] = [
        (replace(r, sha256=frozen) if isinstance(r, Frame) else r, j) for r, j in hover(8, smoke())
    ]
    outcome = feed(watch(), fed)
    assert outcome.events == ()
    assert [look.status for look in outcome.looks].count(LookStatus.FROZEN) == 7


def test_a_feed_that_runs_in_a_loop_is_told_from_one_that_goes_on() -> None:
    loop = [frame(i + 0.25).sha256 for i in range(4)]
    fed = hover(16, smoke())
    looped = [
        (replace(r, sha256=loop[int(r.t_capture_s - T0_S) % 4]) if isinstance(r, Frame) else r, j)
        for r, j in fed
    ]
    assert all(look.status is LookStatus.SEEN for look in feed(watch(), fed).looks)
    frozen = [look for look in feed(watch(), looped).looks if look.status is LookStatus.FROZEN]
    assert len(frozen) == 12
    assert {look.reason for look in frozen} == {"the same picture as 4.0 s before"}


@pytest.mark.parametrize(
    ("judgement", "status"),
    [
        (Judgement(skipped=True), LookStatus.SKIPPED),
        (Judgement(fault="does not decode"), LookStatus.UNREADABLE),
        (NOTHING, LookStatus.NOTHING),
        (smoke(), LookStatus.SEEN),
    ],
)
def test_every_frame_gets_a_result(judgement: Judgement, status: LookStatus) -> None:
    outcome = feed(watch(), hover(2, judgement))
    assert [look.status for look in outcome.looks] == [status] * 2


def test_old_pictures_raise_an_incident_that_rings_nobody() -> None:
    fed: list[Fed] = [
        (replace(r, t_sent_s=T0_S + 19 * 86_400.0) if isinstance(r, Frame) else r, j)
        for r, j in hover(4, smoke())
    ]
    assert one(feed(watch(), fed).events).historic


def test_a_clock_ten_years_off_makes_no_fresh_picture_old() -> None:
    off_s = -10 * 365.25 * 86_400
    fed: list[Fed] = []
    for record, judgement in hover(4, smoke()):
        match record:
            case Fix():
                moved: Fix | Frame = replace(record, t_device_s=record.t_device_s + off_s)
            case Frame():
                assert record.t_sent_s is not None
                moved = replace(
                    record,
                    t_capture_s=record.t_capture_s + off_s,
                    t_sent_s=record.t_sent_s + off_s,
                )
            case _:
                continue
        fed.append((moved, judgement))
    incident = one(feed(watch(), fed).events)
    assert not incident.historic
    assert incident.point is not None


def test_a_fixed_mount_stands_in_for_a_gimbal() -> None:
    equipment = {"nj-01": Equipment(mount=Mount(pitch_deg=-45.0))}
    east = Attitude(yaw_deg=90.0, pitch_deg=0.0)
    fed = hover(4, smoke(), gimbal=None, aircraft=east)
    incident = one(feed(watch(Placer(equipment=equipment)), fed).events)
    assert incident.point is not None
    assert incident.point.lon_deg > LON_DEG + 0.0005


def test_only_a_height_of_the_wrong_datum_places_nothing() -> None:
    fed = hover(4, smoke(), height_takeoff_m=None, height_msl_m=120.0)
    assert one(feed(watch(), fed).events).best.unlocated == "height above the ground unknown"


def test_a_box_that_leaves_the_picture_gives_a_bearing_only() -> None:
    incident = one(feed(watch(), hover(4, smoke(foot_v=720.0))).events)
    assert incident.point is None
    assert incident.best.sector is not None


def test_the_same_stream_tells_the_same_story() -> None:
    fed = [*hover(6, smoke()), *hover(3, NOTHING, start_s=8), *hover(5, smoke(), start_s=12)]
    assert feed(watch(), fed) == feed(watch(), fed)


def test_a_watch_that_starts_again_from_earlier_tells_nothing_new() -> None:
    fed = hover(8, smoke())
    told = feed(watch(), fed).events
    resumed = Watch(Placer(), Rules(), told)
    again = feed(resumed, fed[6:]).events
    assert {event.key for event in again} <= {event.key for event in told}


def placed(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if event.kind is Kind.PLACED]


def off_m(incident: Incident) -> float:
    point = incident.point
    assert point is not None
    return float(distance_m(point.lat_deg, point.lon_deg, LAT_DEG, LON_DEG))


def test_a_passing_drone_sharpens_the_place_and_says_so() -> None:
    events = feed(watch(), fly_past(20)).events
    incident, alone = one(events), one(tuple(e for e in events if e.kind is not Kind.PLACED))
    assert incident.estimate is not None
    assert incident.sightings == alone.sightings == 20
    assert incident.estimate.views == incident.estimate.considered <= 20
    assert incident.point == replace(
        incident.estimate.point, range_m=incident.point.range_m if incident.point else 0.0
    )
    assert off_m(incident) < 1.0
    sizes = [ellipse(e.estimate.point).semi_major_m for e in placed(events) if e.estimate]
    assert sizes == sorted(sizes, reverse=True)
    assert alone.point is not None
    assert sizes[-1] < 0.6 * ellipse(alone.point).semi_major_m


def test_a_hovering_drone_learns_nothing_by_staying() -> None:
    events = feed(watch(), hover(60, smoke())).events
    alone = one(events[:3]).point
    now = one(events).point
    assert alone is not None and now is not None
    assert ellipse(now).semi_major_m > 0.9 * ellipse(alone).semi_major_m
    assert len(placed(events)) <= 1, "an estimate that says nothing new is not told"


def test_the_place_in_force_names_the_premises_anew() -> None:
    yard = shapely.box(LON_DEG - 2e-4, LAT_DEG - 2e-4, LON_DEG + 2e-4, LAT_DEG + 2e-4)
    ours = Premises(
        premises_id="P-1", name="yard", category="", risk=None, address=None, geometry=yard
    )
    events = feed(watch(Placer(premises=PremisesIndex([ours]))), fly_past(20)).events
    likely = [e.estimate.premises[0].probability for e in placed(events) if e.estimate]
    assert likely == sorted(likely)
    incident = one(events)
    assert incident.estimate is not None
    assert incident.best.premises == incident.estimate.premises
    assert incident.best.premises[0].probability > 0.99


def test_two_drones_join_in_one_estimate() -> None:
    fed = fly_past(8) + fly_past(8, device_id="nj-02", start_s=20)
    events = feed(watch(), fed).events
    first = one(feed(watch(), fly_past(8)).events)
    incident = one(events)
    assert incident.devices == ("nj-01", "nj-02")
    assert first.estimate is not None and incident.estimate is not None
    assert incident.estimate.considered > first.estimate.considered
    assert first.point is not None and incident.point is not None
    assert ellipse(incident.point).semi_major_m < ellipse(first.point).semi_major_m


def seen_in(events: tuple[Event, ...]) -> list[Evidence]:
    """Once through JSON, as the store does it."""
    kept = [msgspec.json.decode(msgspec.json.encode(event), type=Event) for event in events]
    return [event.evidence for event in kept if event.kind is not Kind.PLACED]


def test_an_estimate_can_be_worked_out_again_from_the_events_alone() -> None:
    events = feed(watch(), fly_past(20)).events
    last = max(i for i, event in enumerate(events) if event.kind is Kind.PLACED)
    views = [seen for seen in seen_in(events[:last]) if seen.sight]
    assert Placer().estimate(views) == events[last].estimate
    assert Placer().estimate(views[::-1]) == events[last].estimate


def test_a_long_look_is_thinned_and_keeps_every_side() -> None:
    there_and_back = [*fly_past(60), *fly_past(60, start_s=60)]
    events = feed(watch(), there_and_back).events
    estimates = [event.estimate for event in placed(events) if event.estimate]
    assert max(estimate.considered for estimate in estimates) <= MAX_VIEWS
    views = [seen for seen in seen_in(events) if seen.sight]
    every = Placer().estimate(views)
    assert every is not None
    assert every.considered == MAX_VIEWS < len(views)
    assert off_m(replace(one(events), best=replace(one(events).best, point=every.point))) < 1.0


def test_a_fire_stands_at_the_source_and_its_smoke_elsewhere() -> None:
    away = Box(x0_px=500.0, y0_px=100.0, x1_px=560.0, y1_px=340.0)
    (fire,) = smoke(label=Label.FIRE).detections
    both = Judgement(detections=(fire, replace(fire, label=Label.SMOKE, box=away)))
    fed = [(record, judgement and both) for record, judgement in fly_past(20)]
    incident = one(feed(watch(), fed).events)
    assert incident.labels == (Label.FIRE, Label.SMOKE)
    assert off_m(incident) < 1.0


@pytest.mark.parametrize("stop", range(4, 50, 5))
def test_a_restart_tells_the_same_story_to_the_last_digit(stop: int) -> None:
    fed = fly_past(18)
    whole = feed(watch(), fed).events
    told = feed(watch(), fed[:stop]).events
    rest = feed(Watch(Placer(), Rules(), told), fed).events
    keys = {event.key for event in told}
    assert (*told, *(event for event in rest if event.key not in keys)) == whole


def test_events_of_before_fusion_are_still_read() -> None:
    events = feed(watch(), hover(4, smoke())).events
    plain = [msgspec.json.decode(msgspec.json.encode(event)) for event in events]
    for body in plain:
        del body["estimate"], body["evidence"]["sight"]
    old = tuple(msgspec.convert(body, Event) for body in plain)
    assert one(old).point == one(events).point
    resumed = Watch(Placer(), Rules(), old)
    again = feed(resumed, hover(4, smoke(), start_s=5)).events
    assert {event.incident_id for event in again} == {old[0].incident_id}
