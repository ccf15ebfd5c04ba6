"""A made flight as a log file, and the parts that take it into a record."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from alerts.placing import Placer
from alerts.watch import Rules
from detect.detection import Box, Detection, Image, Label
from ingest.errors import BadLog
from ingest.logs.flight import Clock, Flight, GimbalKnown, Photo, Track
from ingest.records import Fix
from plumeline.judges import Judges
from plumeline.upload import Uploads
from store.store import Store, open_store
from tests.records import LAT_DEG, LON_DEG, T0_S, fix

NOW_S = T0_S + 30.0
"""Soon after landing: the pictures are so young that live ones would ring."""
NANJING = ZoneInfo("Asia/Shanghai")


class SeesSmoke:
    """Sees smoke in every picture that is light in the middle, and counts how often it looked."""

    identity = "sees-smoke"

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        self.asked += len(images)
        return [self._seen(image) for image in images]

    def _seen(self, image: Image) -> list[Detection]:
        height_px, width_px = image.shape[:2]
        if image[height_px // 2, width_px // 2].mean() < 128:
            return []
        box = Box(
            x0_px=0.45 * width_px,
            y0_px=0.4 * height_px,
            x1_px=0.55 * width_px,
            y1_px=0.6 * height_px,
        )
        return [Detection(label=Label.SMOKE, score=0.9, box=box)]


def jpeg(number: int, *, smoke: bool = True) -> bytes:
    """A picture of 160 x 90 that differs from all others."""
    image = np.full((90, 160, 3), 200 if smoke else 40, np.uint8)
    cv2.putText(image, str(number), (4, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    return bytes(cv2.imencode(".jpg", image)[1])


def flown(
    seconds: float = 20.0, *, step_s: float = 0.5, clock_s: float = 0.0, pictures: int = 0
) -> Flight:
    """North at 5 m/s, 100 m up, the camera 45 degrees down; ``clock_s`` is the clock's error."""
    t_s = np.arange(0.0, seconds, step_s)
    n = len(t_s)
    rows = np.linspace(2, n - 2, pictures).astype(int)
    return Flight(
        format="made-up",
        clock=Clock.UTC,
        gimbal=GimbalKnown.WORLD,
        device="1581F4ABC",
        track=Track.of(
            n,
            t_s=T0_S + t_s + clock_s,
            lat_deg=LAT_DEG + t_s * 5 / 111_132,
            lon_deg=np.full(n, LON_DEG),
            height_takeoff_m=np.full(n, 100.0),
            yaw_deg=np.zeros(n),
            pitch_deg=np.zeros(n),
            gimbal_yaw_deg=np.zeros(n),
            gimbal_pitch_deg=np.full(n, -45.0),
            hfov_deg=np.full(n, 71.5),
        ),
        photos=tuple(
            Photo(sample=int(row), jpeg=jpeg(i), width_px=160, height_px=90)
            for i, row in enumerate(rows)
        ),
    )


def live(seconds: float = 20.0, *, step_s: float = 0.5, **changed: object) -> list[Fix]:
    """The same flight as the device sent it."""
    return [
        replace(fix(t_s, **changed), lat_deg=LAT_DEG + t_s * 5 / 111_132)
        for t_s in np.arange(0.0, seconds, step_s).tolist()
    ]


@dataclass
class Station:
    """A record with what takes files into it; files are read by looking their bytes up."""

    store: Store
    folder: Path
    flights: dict[bytes, Flight] = field(default_factory=dict)
    detector: SeesSmoke = field(default_factory=SeesSmoke)
    now_s: float = NOW_S

    def uploads(self, **changed: object) -> Uploads:
        judges = Judges(detector=self.detector, placer=Placer(), rules=Rules())
        options = {"zone": NANJING, "now_s": lambda: self.now_s, "read": self.read} | changed
        return Uploads(self.store, lambda: judges, **options)  # type: ignore[arg-type]

    def read(self, path: Path) -> Flight:
        data = path.read_bytes()
        if data not in self.flights:
            raise BadLog(path, "its body is encrypted", advice="export it as CSV")
        return self.flights[data]

    def file(self, flight: Flight, name: str = "flight.log") -> Path:
        """A file that is read as this flight."""
        path = self.folder / name
        data = struct.pack("<q", len(self.flights)) + b"made up"
        path.write_bytes(data)
        self.flights[data] = flight
        return path

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        from sqlalchemy import func, select

        from store import schema

        names = (
            "fix",
            "frame",
            "note",
            "flight",
            "upload",
            "look",
            "event",
            "ledger",
            "quarantine",
        )
        with self.store.engine.connect() as connection:
            return {
                name: connection.scalar(
                    select(func.count()).select_from(schema.metadata.tables[name])
                )
                or 0
                for name in names
            }


@contextmanager
def station(folder: Path, database: str | None = None) -> Iterator[Station]:
    store = open_store(folder / "record", database)
    try:
        yield Station(store=store, folder=folder)
    finally:
        store.close()


Make = Callable[..., Station]
