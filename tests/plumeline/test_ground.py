"""The station's own ground, from the configuration to the incident's place on it.

The ground is made: 20 m above the sea up to 110 m south of where the drone hovers, 80 m north of
there. 100 m above its take-off point in the south the drone is 40 m above the ground it looks at
45 degrees down at, so what it sees is 40 m away by a right triangle, and 100 m by flat ground.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from pyproj import Geod

from alerts.events import Event
from alerts.incident import Incident, fold
from alerts.watch import Rules
from detect.detection import Box, Detection, Image, Label
from geo.ground import GroundPoint, Method
from ingest.recorder import Arrival, Message
from ingest.records import Fix, Frame, Home
from plumeline.config import Config, ConfigError, DataSection, StationSection, load_config
from plumeline.coverage import coverage_of_record
from plumeline.doctor import examine
from plumeline.ground import GroundSection
from plumeline.judges import Judges, make_placer
from plumeline.replay import analysed
from store.store import open_store
from tests.records import LAT_DEG, LON_DEG, fix, frame, home

PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()
UNDULATION_M = 30.0


class SeesTheMiddle:
    """Smoke whose foot is in the middle of every picture."""

    identity = "scripted"

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        box = Box(x0_px=600, y0_px=260, x1_px=680, y1_px=360)
        return [[Detection(label=Label.SMOKE, score=0.9, box=box)] for _ in images]


@pytest.fixture(scope="module")
def dem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tile of three arc seconds: no rasterio is needed for it."""
    rows_deg = 32.0 - np.arange(1201) / 1200
    heights = np.where(rows_deg >= LAT_DEG - 0.0005, 80, 20)
    file = tmp_path_factory.mktemp("dem") / "N31E118.hgt"
    file.write_bytes(np.repeat(heights[:, None], 1201, axis=1).astype(">i2").tobytes())
    return file


@pytest.fixture(scope="module")
def geoid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sea lies 30 m above the ellipsoid here."""
    file = tmp_path_factory.mktemp("geoid") / "level.gtx"
    header = struct.pack(">4d2i", 31.0, 118.0, 1.0, 1.0, 2, 2)
    file.write_bytes(header + np.full(4, UNDULATION_M, ">f4").tobytes())
    return file


def hover(**changed: object) -> list[Fix | Frame]:
    flown: list[Fix | Frame] = []
    for i in range(6):
        jpeg = PICTURE + bytes([i]) + b"\xff\xd9"
        sha256 = hashlib.sha256(jpeg).hexdigest()
        picture = frame(i + 0.25, jpeg=jpeg, sha256=sha256, size_bytes=len(jpeg))
        flown += [fix(i, **changed), picture, fix(i + 0.5, **changed)]
    return flown


def told(folder: Path, ground: GroundSection, *records: Fix | Frame | Home) -> list[Event]:
    store = open_store(folder / "record")
    message = Message(topic="t", payload=b"", t_received_s=records[0].t_received_s)
    store.shelf.put([Arrival(message=message, records=records)])
    placer = make_placer(Config(ground=ground))
    run = analysed(store, Judges(detector=SeesTheMiddle(), placer=placer, rules=Rules()))
    events = store.analysis.events(run)
    store.close()
    return events


def incident(folder: Path, ground: GroundSection, *records: Fix | Frame | Home) -> Incident:
    (found,) = fold(told(folder, ground, *records)).values()
    return found


def north_m(point: GroundPoint | None) -> float:
    assert point is not None
    ends = (LON_DEG, LAT_DEG, point.lon_deg, point.lat_deg)
    azimuth, _, distance_m = Geod(ellps="WGS84").inv(*ends)
    return float(distance_m * np.cos(np.radians(azimuth)))


SEA = {"height_takeoff_m": None, "height_msl_m": 120.0}
SPACE = {"height_takeoff_m": None, "height_ellipsoid_m": 120.0 + UNDULATION_M}


@pytest.mark.parametrize(
    "heights", [{}, SEA, SPACE], ids=["above take-off", "above the sea", "above the ellipsoid"]
)
def test_a_fire_on_a_hill_is_placed_on_the_hill_whatever_the_height_is_from(
    heights: dict[str, object], dem: Path, geoid: Path, tmp_path: Path
) -> None:
    ground = GroundSection(dem=str(dem), dem_datum="msl", geoid=str(geoid))
    found = incident(tmp_path, ground, home(), *hover(**heights))
    assert found.point is not None and found.point.method is Method.TERRAIN
    assert north_m(found.point) == pytest.approx(40.0, abs=0.1)


def test_many_views_are_fused_on_the_hill_as_well(dem: Path, tmp_path: Path) -> None:
    ground = GroundSection(dem=str(dem), dem_datum="msl")
    events = told(tmp_path, ground, home(), *hover())
    views = [event.evidence for event in events if event.evidence is not None]
    fused = make_placer(Config(ground=ground)).estimate(views)
    assert fused is not None and fused.views == len(views) == 6
    assert fused.point.method is Method.TERRAIN
    assert north_m(fused.point) == pytest.approx(40.0, abs=0.5)


@pytest.mark.parametrize(
    ("heights", "first"),
    [({}, ()), ({"lat_deg": LAT_DEG + 0.2}, (home(),))],
    ids=["no take-off point told", "off the model"],
)
def test_where_the_model_cannot_answer_flat_ground_does_and_says_so(
    heights: dict[str, object], first: tuple[Home, ...], dem: Path, tmp_path: Path
) -> None:
    ground = GroundSection(dem=str(dem), dem_datum="msl")
    found = incident(tmp_path, ground, *first, *hover(**heights))
    assert found.point is not None and found.point.method is Method.FLAT
    away_m = north_m(found.point) - (0.2 * 110_880 if heights else 0.0)
    assert away_m == pytest.approx(100.0, abs=2.0)


def test_without_a_geoid_heights_are_not_mixed_but_refused_by_name(
    dem: Path, tmp_path: Path
) -> None:
    ground = GroundSection(dem=str(dem), dem_datum="msl")
    found = incident(tmp_path, ground, home(), *hover(**SPACE))
    assert found.point is None
    assert found.best.unlocated == "heights from ellipsoid and from msl: no geoid grid is given"


def test_what_may_hide_the_foot_is_taken_off_the_distance(tmp_path: Path) -> None:
    """Somewhere up to 20 m: 10 m in the mean, which is as far again at 45 degrees."""
    open_ground, roofs = (
        incident(tmp_path / str(m), GroundSection(hidden_m=m), *hover()) for m in (0, 20)
    )
    assert north_m(open_ground.point) - north_m(roofs.point) == pytest.approx(10.0, abs=0.5)


def test_coverage_looks_over_the_same_ground(dem: Path, tmp_path: Path) -> None:
    """The plot 40 m north is in the middle of the picture; over flat ground it would not be."""
    ring = [
        (LON_DEG + x / 94_600, LAT_DEG + (40 + y) / 110_880)
        for x, y in ((-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5))
    ]
    plot = {"type": "Feature", "properties": {"premises_id": "P-1", "name": "plot"},
        "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    register = tmp_path / "register.geojson"
    register.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": [plot]}))
    ranges = []
    for ground in (GroundSection(), GroundSection(dem=str(dem), dem_datum="msl")):
        config = Config(
            station=StationSection(premises=str(register)),
            data=DataSection(folder=str(tmp_path / "record")),
            ground=ground,
        )
        if not ranges:
            records = (home(), *hover())
            store = open_store(Path(config.data.folder))
            message = Message(topic="t", payload=b"", t_received_s=records[0].t_received_s)
            store.shelf.put([Arrival(message=message, records=records)])
            store.close()
        (found,) = coverage_of_record("nj-01", config).premises
        ranges.append(found.range_m)
    assert ranges == [None, pytest.approx(np.hypot(40, 35), abs=1.0)]


def test_the_file_says_what_the_ground_is(dem: Path, geoid: Path, tmp_path: Path) -> None:
    file = dem.parent / "plumeline.toml"
    text = f'[ground]\ndem = "{dem.name}"\ndem_datum = "msl"\ndem_sigma_m = 3\nhidden_m = 8\n'
    file.write_text(f'{text}geoid = "{geoid}"\n', "utf-8")
    placer = make_placer(load_config(file))
    assert placer.relief is not None and placer.relief.geoid is not None
    assert (placer.relief.terrain.sigma_m, placer.hidden_m) == (3.0, 8.0)
    says = {check.name: check.says for check in examine(load_config(file, tmp_path)).checks}
    assert says["ground"] == (
        f"{dem}: 20 to 80 m msl, geoid level.gtx; elsewhere flat ground for heights from takeoff;"
        " smoke's foot hidden up to 8 m"
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('dem = "no.tif"\ndem_datum = "egm2008"', "egm2008"),
        ('dem = "no.tif"\ndem_datum = "takeoff"', "takeoff"),
        ('dem = "N31E118.hgt"', "N31E118.hgt: say what its heights are measured from"),
        ('dem = "N32E118.hgt"\ndem_datum = "msl"', "N32E118.hgt: No such file"),
        ('geoid = "egm.gtx"', "egm.gtx: No such file"),
        ("hidden_m = -1", "hidden_m"),
    ],
)
def test_a_ground_that_is_not_there_or_has_no_datum_ends_the_start(
    lines: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "plumeline.toml"
    file.write_text(f"[ground]\n{lines}\n", "utf-8")
    with pytest.raises(ConfigError, match=reason):
        make_placer(load_config(file))
