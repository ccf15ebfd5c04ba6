"""Real messages and pictures, read from ../shared where it lies beside the checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import pytest

from ingest.cameras import hfov_deg
from ingest.errors import BadMessage
from ingest.jpeg import jpeg_size
from ingest.records import Attitude, Decoded, Fix, Home, Note, Quality
from ingest.wire.mapping import Mapping
from ingest.wire.table import Decoders

DATA = Path(__file__).parents[2].parent / "shared" / "data"
CLOUD = DATA / "dji-cloud"
LIVE = DATA / "flights" / "live-mqtt"
EXAMPLES = sorted(CLOUD.glob("_*/*.json"))
PHOTOS = sorted(
    path
    for folder in ("flights/photos-xmp", "geo/openathena")
    for path in (DATA / folder).glob("*")
    if path.suffix.lower() == ".jpg"
)
T = 1_765_729_923.0
needs_shared = pytest.mark.skipif(not EXAMPLES, reason="../shared/data is not on this machine")


def decode(topic: str, body: Any) -> Decoded:
    return Decoders().decode(topic, json.dumps(body).encode(), T)


def topic_of(path: Path) -> str:
    """The topic a file of the document belongs to; captures are all of aircraft properties."""
    found = re.search(r"-(\w+)-\d+$", path.stem)
    word = found[1] if found else "osd"
    return f"{'sys' if 'status' in word else 'thing'}/product/4TADKAQ000002J/{word}"


READ = {topic.rpartition("/")[2] for topic in Decoders().subscriptions()}


@needs_shared
@pytest.mark.parametrize("path", EXAMPLES or [None], ids=lambda path: path.name if path else "none")
def test_every_example_of_the_document_is_read_or_refused_with_a_reason(path: Path) -> None:
    topic, payload = topic_of(path), path.read_bytes()
    refusal = None
    if topic.rpartition("/")[2] not in READ:
        refusal = "no decoder for this topic"
    elif "data" not in json.loads(payload):
        refusal = "missing required field `data`"
    if refusal:
        with pytest.raises(BadMessage, match=refusal):
            Decoders().decode(topic, payload, T)
        return
    decoded = Decoders().decode(topic, payload, T)
    assert decoded.records
    if not topic.endswith("osd"):
        asked = json.loads(payload).get("need_reply") == 1 or topic.endswith("status")
        assert (decoded.reply is not None) == asked
        assert all(isinstance(one, Note) for one in decoded.records)


@needs_shared
def test_the_first_and_middle_of_the_quoted_capture_are_where_its_quoter_says() -> None:
    body = json.loads((CLOUD / "_captured" / "dji_osd_3hz_capture.json").read_text())
    (first,) = decode("thing/product/1581F5BKD225D00BP891/osd", body["first"]).records
    (mid,) = decode("thing/product/1581F5BKD225D00BP891/osd", body["mid"]).records
    assert isinstance(first, Fix)
    assert isinstance(mid, Fix)
    assert (first.height_ellipsoid_m, first.height_takeoff_m) == (-6.50659942626953, 0.0)
    assert (mid.height_ellipsoid_m, mid.height_takeoff_m) == (73.3275131225586, 79.9)
    assert mid.aircraft == Attitude(yaw_deg=175.8, pitch_deg=0.0)


@needs_shared
def test_the_constructed_m30t_message_gives_gimbal_and_laser() -> None:
    body = json.loads((CLOUD / "_constructed" / "m30t_osd.json").read_text())
    fix, laser = decode("thing/product/1581F5BKD225D00BP891/osd", body).records
    assert isinstance(fix, Fix)
    assert isinstance(laser, Note)
    assert (fix.quality, fix.camera, fix.zoom) == (Quality.OK, "M30T", 5.0)
    assert (fix.height_ellipsoid_m, fix.height_takeoff_m) == (134.17, 100.0)
    assert fix.gimbal is not None
    assert (fix.gimbal.yaw_deg, fix.gimbal.pitch_deg) == (-106.6, -32.9)
    assert json.loads(laser.body_json)["measure_target_distance"] == 121.4


@needs_shared
def test_a_drone_indoors_has_a_gimbal_but_no_place_and_no_laser_hit() -> None:
    body = json.loads((CLOUD / "_captured" / "osd_h20n_no_fix.json").read_text())
    (fix,) = decode("thing/product/1ZNBK7LC00AB/osd", body).records
    assert isinstance(fix, Fix)
    assert (fix.quality, fix.camera) == (Quality.ZERO, "H20N")
    assert fix.gimbal is not None
    assert fix.gimbal.yaw_deg == 117.8


@needs_shared
def test_autels_merged_message_is_one_fix_under_rtk_and_not_its_listed_self_again() -> None:
    body = json.loads((CLOUD / "_captured" / "autel_evo_max_4t_merged.json").read_text())
    own = decode("thing/product/1748FEV3HMM825451479/osd", body).records
    assert [type(one) for one in own] == [Fix]
    by_controller = decode("thing/product/TH7825451059/osd", body).records
    assert [one.key.device_id for one in by_controller] == ["TH7825451059", "1748FEV3HMM825451479"]
    (fix,) = own
    assert isinstance(fix, Fix)
    assert (fix.quality, fix.camera, fix.hfov_deg) == (Quality.OK, "EVO Max 4T", 58.59527)
    assert fix.t_device_s == 1765729922.498
    assert fix.gimbal is not None
    assert fix.aircraft is not None
    assert fix.gimbal.yaw_deg == pytest.approx(fix.aircraft.yaw_deg, abs=1.0), "in the world"


@needs_shared
@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        (
            "dji_osd_capture_0.jsonl",
            1701,
            (1761363091.0079029, 39.04178597524545, 117.7241893447669, -6.50659942626953),
            (1761363657.1033988, 39.04178480674904, 117.72418936152994, -4.983543395996094),
        ),
        (
            "dji_osd_capture_1.jsonl",
            1712,
            (1761363098.0205762, 39.0417448140257, 117.72418532305194, -4.12653350830078),
            (1761363672.7685335, 39.04174554692684, 117.7241862795437, -2.7315292358398438),
        ),
    ],
)
def test_a_live_capture_is_read_line_by_line_without_loss(
    name: str, count: int, first: tuple[float, ...], last: tuple[float, ...]
) -> None:
    decoders = Decoders()
    fixes: list[Fix] = []
    for line in (LIVE / name).read_bytes().splitlines():
        (fix,) = decoders.decode("thing/product/1581F5BKD225D00BP891/osd", line, T).records
        assert isinstance(fix, Fix)
        fixes.append(fix)
    assert len(fixes) == len({fix.key for fix in fixes}) == count
    assert all(fix.quality is Quality.OK and fix.gimbal is None for fix in fixes)
    ends = [
        (fix.t_device_s, fix.lat_deg, fix.lon_deg, fix.height_ellipsoid_m)
        for fix in (fixes[0], fixes[-1])
    ]
    assert ends == [first, last]
    assert {fix.key.boot_id for fix in fixes} == {"day-20251025"}


@needs_shared
def test_autels_snapshots_of_the_drone_and_its_controller_are_all_read() -> None:
    # The capture was flattened ("data_drone_list_0_latitude"); positions are put back in place.
    zeros = places = 0
    for line in (LIVE / "autel_snapshots.jsonl").read_text().splitlines():
        flat = json.loads(line)
        data = {key.removeprefix("data_"): value for key, value in flat.items()}
        body = {"timestamp": flat.get("timestamp"), "data": data}
        (record, *_) = decode("thing/product/1748FEV3HMM825451479/osd", body).records
        if isinstance(record, Fix):
            zeros += record.quality is Quality.ZERO
            places += record.quality is Quality.OK
    lines = [json.loads(one) for one in (LIVE / "autel_snapshots.jsonl").read_text().splitlines()]
    told = [one for one in lines if "data_latitude" in one]
    assert zeros == sum(one["data_latitude"] == 0 == one["data_longitude"] for one in told)
    assert zeros + places == len(told)


@needs_shared
def test_autels_angle_narrows_with_its_zoom_as_the_table_says() -> None:
    pairs = set()
    for line in (LIVE / "autel_snapshots.jsonl").read_text().splitlines():
        flat = json.loads(line)
        if "data_cameras_0_zoom_fov_h" in flat:
            pairs.add((flat["data_cameras_0_zoom_factor"], flat["data_cameras_0_zoom_fov_h"]))
    assert len(pairs) == 2
    for zoom, told_deg in pairs:
        assert hfov_deg("EVO Max 4T", zoom) == pytest.approx(told_deg, abs=1.0)


@needs_shared
def test_a_nest_of_another_maker_is_read_by_a_mapping() -> None:
    nest = Mapping(
        topic="nest/M1/+/messages",
        t_device="timestamp",
        lat_deg="position.0",
        lon_deg="position.1",
        height_msl_m="position.2",
        height_takeoff_m="position.3",
        yaw_deg="aircraft_yaw",
    )
    payload = (CLOUD / "_captured" / "codev_nest_telemetry.json").read_bytes()
    (fix,) = Decoders([nest]).decode("nest/M1/client01/messages", payload, T).records
    assert isinstance(fix, Fix)
    assert (fix.lat_deg, fix.lon_deg) == (23.1739512, 113.4198423)
    assert (fix.quality, fix.key.boot_id) == (Quality.OK, "day-19750910")
    with pytest.raises(BadMessage, match="data"):
        Decoders().decode("thing/product/client01/osd", payload, T)


@needs_shared
@pytest.mark.parametrize("path", PHOTOS or [None], ids=lambda path: path.name if path else "none")
def test_a_real_photo_is_as_large_as_opencv_finds_it(path: Path) -> None:
    data = path.read_bytes()
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert image is not None
    assert jpeg_size(data) == (image.shape[1], image.shape[0])


def test_a_home_is_never_made_of_an_osd() -> None:
    body = {"data": {"latitude": 1, "longitude": 2, "home_latitude": 3, "home_longitude": 4}}
    assert not [
        one for one in decode("thing/product/abc/osd", body).records if isinstance(one, Home)
    ]
