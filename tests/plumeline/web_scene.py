"""Three incidents over one flight: in a premises, near one, and a bearing only."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from alerts.events import Event, Evidence, Kind, LikelyPremises, Place
from detect.detection import Box, Label
from geo.ground import BearingSector, GroundPoint
from ingest.records import Key
from plumeline.web.seams import Station
from store.status import DeviceStatus, QuarantinedMessage, TrackPoint
from tests.fakes import MemoryRecord

T0_S = 1_795_503_600.0
"""2026-11-24 07:00:00 UTC, 15:00:00 in Nanjing (GNU date)."""
STATION = Station(name_zh="江宁巡飞站", name_en="Jiangning patrol station")
HOME = Place(lat_deg=31.9480, lon_deg=118.8450)
WAREHOUSE = LikelyPremises(
    premises_id="P-1",
    name="金陵化工仓库",
    category="危险化学品",
    risk=1,
    probability=0.83,
    distance_m=0.0,
    bearing_deg=0.0,
)
MARKET = replace(
    WAREHOUSE,
    premises_id="P-2",
    name="东山农贸市场",
    category="市场",
    risk=3,
    probability=0.09,
    distance_m=40.0,
    bearing_deg=45.0,
)


def picture() -> bytes:
    """Sky, ground, a road and a grey plume: 1280 x 720."""
    image = np.full((720, 1280, 3), (70, 96, 78), np.uint8)
    image[:180] = (205, 180, 150)
    cv2.line(image, (0, 600), (1280, 420), (120, 120, 120), 24)
    cv2.rectangle(image, (560, 400), (760, 480), (110, 120, 160), -1)
    for i in range(40):
        cv2.circle(image, (640 + i * 4, 410 - i * 5), 12 + i, (200 - i, 200 - i, 200 - i), -1)
    blurred = cv2.GaussianBlur(image, (15, 15), 0)
    return bytes(cv2.imencode(".jpg", blurred)[1])


def evidence(seq: int, **fields: object) -> Evidence:
    """One sighting of smoke in frame ``seq``, taken ``seq`` seconds after T0_S."""
    first = Evidence(
        key=Key(device_id="UAV-07", boot_id="b1", seq=seq),
        t_capture_s=T0_S + seq,
        t_received_s=T0_S + seq + 0.4,
        historic=False,
        sha256="0" * 64,
        width_px=1280,
        height_px=720,
        label=Label.SMOKE,
        score=0.87,
        box=Box(x0_px=600, y0_px=190, x1_px=860, y1_px=440),
        drone=Place(lat_deg=31.9496, lon_deg=118.8436),
        home=HOME,
        unlocated="no terrain under the drone",
    )
    return replace(first, **fields)  # type: ignore[arg-type]


def event(incident_id: str, seen: Evidence, kind: Kind = Kind.SEEN) -> Event:
    key = f"{incident_id}/{seen.key.seq}"
    return Event(
        key=key, incident_id=incident_id, kind=kind, t_s=seen.t_capture_s, evidence=seen
    )  # fmt: skip


def located(seq: int, sigma_m: float = 4.0, **fields: object) -> Evidence:
    """With a point whose error is twice as long towards the north-west as across."""
    point = GroundPoint(
        lat_deg=31.951120 + seq * 1e-6,
        lon_deg=118.842310,
        range_m=215.0,
        cov_ee_m2=2.5 * sigma_m**2 / 2,
        cov_en_m2=-1.5 * sigma_m**2 / 2,
        cov_nn_m2=2.5 * sigma_m**2 / 2,
    )
    return evidence(seq, point=point, unlocated=None, **fields)


class LoggedRecord(MemoryRecord):
    """Says when each event came in: its picture's arrival."""

    def append(self, event: Event) -> int:
        n = super().append(event)
        if event.evidence is not None:
            self.events[-1] = replace(self.events[-1], t_logged_s=event.evidence.t_received_s)
        return n


def scene(blobs: Path) -> MemoryRecord:
    """A record with three incidents, a track, two devices and something in quarantine."""
    record = LoggedRecord(blobs)
    jpeg = picture()
    sha256 = hashlib.sha256(jpeg).hexdigest()
    (blobs / sha256).write_bytes(jpeg)
    for seq in range(3):
        seen = located(seq, premises=(WAREHOUSE, MARKET), sha256=sha256)
        record.append(event("fire-1", seen, Kind.RAISED if seq == 2 else Kind.SEEN))
    fire = located(3, premises=(WAREHOUSE, MARKET), sha256=sha256, label=Label.FIRE, score=0.91)
    record.append(
        event("fire-1", replace(fire, box=Box(x0_px=590, y0_px=380, x1_px=700, y1_px=450)))
    )
    near = located(40, 9.0, premises=(MARKET,), sha256=sha256)
    record.append(event("near-2", near, Kind.RAISED))
    sector = BearingSector(
        lat_deg=31.9496,
        lon_deg=118.8436,
        bearing_deg=67.0,
        sigma_deg=3.1,
        reason="foot less than 5 deg below the horizon",
    )
    far = evidence(60, sector=sector, unlocated=None, sha256=sha256, historic=True)
    record.append(event("far-3", far, Kind.RAISED))
    record.tracks["UAV-07"] = [
        TrackPoint(
            t_s=T0_S + i,
            lat_deg=31.9480 + 0.0016 * (1 - math.cos(i / 40)),
            lon_deg=118.8450 - 0.0014 * i / 60,
            height_takeoff_m=80.0,
        )
        for i in range(-100, 100)
    ]
    record.devices = [
        _device("UAV-07", 0.2, T0_S + 60),
        _device("UAV-12", 7.4, T0_S - 900, clash=True),
    ]
    record.quarantined = [
        QuarantinedMessage(
            n=1, t_received_s=T0_S, topic="plumeline/UAV-12/fix", reason="not JSON", size_bytes=12
        )
    ]  # fmt: skip
    record.frames_skipped = 4
    return record


def _device(
    device_id: str, offset_s: float, heard_s: float, *, clash: bool = False
) -> DeviceStatus:
    return DeviceStatus(
        device_id=device_id,
        flights=1,
        fixes=200,
        frames=6,
        t_last_received_s=heard_s,
        clock_offset_s=offset_s,
        last=None,
        frozen=False,
        clash=clash,
    )
