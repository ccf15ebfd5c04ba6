"""No picture of what no picture may show: rather one too many goes than one too few."""

from __future__ import annotations

import math
import random

import pytest
import shapely

from alerts.look import Judgement, LookStatus
from alerts.placing import Placer
from geo.camera import Camera
from geo.footprint import FAR_M, footprint
from geo.geodesy import offset
from geo.pose import Datum, Pose, PoseSigmas
from geo.premises import Premises, PremisesIndex
from ingest.records import Attitude
from tests.alerts.test_watch import NOTHING, feed, hover, smoke, watch
from tests.records import LAT_DEG, LON_DEG

CAMERA = Camera.from_hfov(1280, 720, 70.0)


def area(north_m: float, east_m: float = 0.0, side_m: float = 20.0) -> PremisesIndex:
    """A square with its middle so far from the drone of `hover`."""
    corners = [(-1, -1), (-1, 1), (1, 1), (1, -1)]
    ring = []
    for n, e in corners:
        lat, lon = offset(LAT_DEG, LON_DEG, east_m + e * side_m / 2, north_m + n * side_m / 2)
        ring.append((float(lon), float(lat)))
    outline = shapely.Polygon(ring)
    return PremisesIndex(
        [
            Premises(
                premises_id="m-1",
                name="营区",
                category="no_image",
                risk=None,
                address=None,
                geometry=outline,
            )
        ]
    )


def dropped(no_image: PremisesIndex, judgement: Judgement = NOTHING, **changed: object) -> set[str]:
    outcome = feed(watch(Placer(no_image=no_image)), hover(4, judgement, **changed))
    assert len(outcome.looks) >= 3
    return {str(look.no_image) for look in outcome.looks}


@pytest.mark.parametrize(
    ("north_m", "east_m", "side_m", "goes"),
    [
        (100.0, 0.0, 2.0, True),  # where the axis lands: 100 m up, 45 degrees down, looking north
        (1000.0, 0.0, 3000.0, True),  # larger than the picture: no corner of it is in view
        (-300.0, 0.0, 20.0, False),
        (100.0, 600.0, 20.0, False),
    ],
)
def test_a_picture_goes_when_the_area_is_in_it(
    north_m: float, east_m: float, side_m: float, goes: bool
) -> None:
    assert dropped(area(north_m, east_m, side_m)) == {"营区" if goes else "None"}


def test_what_looks_at_the_horizon_sees_as_far_as_things_are_told_apart() -> None:
    level = Attitude(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0)
    assert dropped(area(FAR_M - 200.0), gimbal=level) == {"营区"}
    assert dropped(area(FAR_M + 800.0), gimbal=level) == {"None"}


def test_of_a_picture_whose_direction_is_not_known_the_distance_decides() -> None:
    assert dropped(area(-900.0), gimbal=None) == {"营区"}
    assert dropped(area(-1500.0), gimbal=None) == {"None"}


def test_pictures_that_were_not_judged_go_too() -> None:
    assert dropped(area(100.0), Judgement(skipped=True)) == {"营区"}
    assert dropped(area(100.0), Judgement(fault="not a JPEG")) == {"营区"}


def test_a_fire_there_is_raised_all_the_same_and_placed() -> None:
    outcome = feed(watch(Placer(no_image=area(100.0))), hover(5, smoke()))
    assert any(event.evidence and event.evidence.point for event in outcome.events)
    assert all(look.no_image and look.status is LookStatus.SEEN for look in outcome.looks)


def test_the_outline_holds_whatever_any_pixel_shows() -> None:
    """Worked out anew with a flat earth: right triangles, no line of `geo.rays`."""
    rng = random.Random(4)
    for _ in range(200):
        height_m, yaw_deg = rng.uniform(20.0, 300.0), rng.uniform(0.0, 360.0)
        pitch_deg = rng.uniform(-90.0, -20.0)
        pose = Pose(
            t_s=0.0,
            lat_deg=LAT_DEG,
            lon_deg=LON_DEG,
            height_m=height_m,
            datum=Datum.TAKEOFF,
            yaw_deg=yaw_deg,
            pitch_deg=pitch_deg,
            roll_deg=0.0,
            sigmas=PoseSigmas(),
        )
        outline = footprint(pose, CAMERA, 0.0)
        u, v = rng.uniform(0, 1280), rng.uniform(0, 720)
        right, down = (u - CAMERA.cx_px) / CAMERA.fx_px, (v - CAMERA.cy_px) / CAMERA.fy_px
        pitch, yaw = math.radians(pitch_deg), math.radians(yaw_deg)
        ahead = math.cos(pitch) + down * math.sin(pitch)
        sinking = -math.sin(pitch) + down * math.cos(pitch)
        if sinking < 0.05:
            continue
        along, aside = height_m * ahead / sinking, height_m * right / sinking
        if math.hypot(along, aside) > FAR_M:
            continue
        east_m = along * math.sin(yaw) + aside * math.cos(yaw)
        north_m = along * math.cos(yaw) - aside * math.sin(yaw)
        assert outline.contains(shapely.Point(east_m, north_m))


def test_teeth_an_outline_of_the_corners_alone_would_miss_the_horizon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("alerts.placing.footprint", lambda *_: shapely.Point(0, 0).buffer(150.0))
    level = Attitude(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0)
    assert dropped(area(FAR_M - 200.0), gimbal=level) == {"None"}
