"""What the export tests export: two flights with every kind of trouble, and three incidents."""

from __future__ import annotations

from dataclasses import replace

from pyproj import Geod

from alerts.events import Event, Evidence, Kind, LikelyPremises, Place
from alerts.export.content import Content, content_of
from alerts.export.terms import Crs
from alerts.incident import Incident, fold
from detect.detection import Box, Label
from geo.ground import BearingSector, GroundPoint
from ingest.records import Attitude, Fix, Key, Quality
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, key

GEOD = Geod(ellps="WGS84")
SPEED_MPS = 12.0
GIMBAL = Attitude(yaw_deg=30.0, pitch_deg=-45.0)
EVIL = '<script>alert("x")</script> ]]> & \'q\'\n=HYPERLINK("http://x") 仓库'


def flown(t_s: float, **changed: object) -> Fix:
    """A fix of a device that flies 12 m/s to the north-east (PROJ's geodesic)."""
    lon, lat, _ = GEOD.fwd(LON_DEG, LAT_DEG, 45.0, SPEED_MPS * t_s)
    return fix(t_s, **({"lat_deg": lat, "lon_deg": lon, "gimbal": GIMBAL} | changed))


def fixes() -> list[Fix]:
    """51 with all heights, a gap, 21 with take-off heights, a gap, 1 alone; 5 across 180."""
    whole = [
        flown(i / 10, height_msl_m=131.25 + i, height_ellipsoid_m=133.5 + i) for i in range(51)
    ]
    low = [flown(9 + i / 10) for i in range(21)]
    alone = [flown(20.0, height_takeoff_m=None, gimbal=None, aircraft=None)]
    no_fix = [flown(15.0, quality=Quality.NO_FIX, lat_deg=None, lon_deg=None)]
    east = [
        fix(
            i / 2,
            key=key(i, device_id="fj-01"),
            lat_deg=-17.0,
            lon_deg=(179.9999 + i * 0.00004 + 180) % 360 - 180,
        )
        for i in range(5)
    ]
    late = whole.pop(3)
    return [*whole, *low, *no_fix, late, *alone, *east]


MAPPABLE = 51 + 21 + 1 + 5
SEGMENTS = 5
POINT = GroundPoint(
    lat_deg=31.95112,
    lon_deg=118.84231,
    range_m=200.0,
    cov_ee_m2=36.0,
    cov_en_m2=9.0,
    cov_nn_m2=25.0,
)
STORE = LikelyPremises(
    premises_id="P-1",
    name=EVIL,
    category="hazchem",
    risk=1,
    probability=0.839,
    distance_m=0.0,
    bearing_deg=0.0,
)
SEEN = Evidence(
    key=Key(device_id="nj-01", boot_id="b1", seq=1),
    t_capture_s=T0_S + 1.5,
    t_received_s=T0_S + 2.0,
    historic=False,
    sha256="0" * 64,
    width_px=1280,
    height_px=720,
    label=Label.SMOKE,
    score=0.875,
    box=Box(x0_px=0, y0_px=0, x1_px=10, y1_px=10),
    drone=Place(lat_deg=LAT_DEG, lon_deg=LON_DEG),
    home=Place(lat_deg=LAT_DEG, lon_deg=LON_DEG),
)
SECTOR = BearingSector(
    lat_deg=LAT_DEG, lon_deg=LON_DEG, bearing_deg=350.0, sigma_deg=3.0, reason="foot hidden"
)


def incident(name: str, **changed: object) -> Incident:
    """One incident seen once."""
    evidence = replace(SEEN, **changed)  # type: ignore[arg-type]
    event = Event(key=name, incident_id=name, kind=Kind.RAISED, t_s=0.0, evidence=evidence)
    return fold([event])[name]


def incidents() -> list[Incident]:
    """One with an ellipse, one with a bearing, one nobody can place."""
    return [
        incident("inc-point", point=POINT, premises=(STORE,)),
        incident("inc-sector", sector=SECTOR, t_capture_s=T0_S + 2),
        incident("inc-lost", unlocated="no telemetry with a position", t_capture_s=T0_S + 3),
    ]


def content(crs: Crs = Crs.WGS84) -> Content:
    """All of it."""
    return content_of(f"Test {EVIL}", fixes(), incidents(), crs)


def file_of(pieces: object) -> bytes:
    """What a writer wrote."""
    return b"".join(pieces)  # type: ignore[arg-type]
