"""Made flights over five plots, so simple that a pencil finds what they saw.

The drone flies north along the meridian of LON_DEG, 100 m up, looking straight down, a picture a
second. A picture is 144 m wide and 81 m long on the ground. Plots of 40 m lie on the line, 80 m
from one to the next; the fifth lies 400 m to the east.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import shapely

from alerts.look import Look, LookStatus
from alerts.placing import Placer
from casework.places import places_of
from geo.looking import Limits
from geo.premises import Premises, PremisesIndex
from ingest.recorder import Arrival, Message
from ingest.records import Attitude, Fix, Frame
from plumeline.patrol_log import PatrolLogger
from store.analysis import RunKind
from store.store import Store, open_store
from tests.records import LAT_DEG, LON_DEG, T0_S, fix, frame, key

EAST_DEG, NORTH_DEG = 1 / 94_600, 1 / 110_900
"""Of a metre, here."""
START_M, END_M = -60.0, 420.0
PLOTS = {
    "A": ("production_unit", 0.0, 80.0),
    "B": ("small_place", 0.0, 160.0),
    "C": ("residential", 0.0, 240.0),
    "D": ("hazchem", 0.0, 320.0),
    "E": ("hazchem", 400.0, 80.0),
}
"""Class, and the middle of the plot: metres east and north."""
PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), (90, 110, 80), np.uint8))[1].tobytes()
DOWN = Attitude(yaw_deg=0.0, pitch_deg=-90.0)
EXACT = Limits(sigmas=0.0)
"""As if the pose were known exactly: then the picture's edges are where the pencil draws them."""


def plot(name: str) -> Premises:
    """A square of 40 m."""
    cls, east_m, north_m = PLOTS[name]
    west, south = LON_DEG + (east_m - 20) * EAST_DEG, LAT_DEG + (north_m - 20) * NORTH_DEG
    square = shapely.box(west, south, west + 40 * EAST_DEG, south + 40 * NORTH_DEG)
    return Premises(
        premises_id=name, name=name, category=cls, risk=2, address=None, geometry=square
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How one flight differs from the plain one."""

    boot_id: str
    speed_mps: float = 8.0
    height_m: float = 100.0
    status: Callable[[int], LookStatus] = lambda second: LookStatus.NOTHING
    """What the analysis made of the picture of each second."""
    without_fix: Callable[[float], bool] = lambda second: False

    @property
    def flight_id(self) -> str:
        return f"nj-01.{self.boot_id}"

    @property
    def seconds(self) -> int:
        return round((END_M - START_M) / self.speed_mps)

    def fixes(self) -> list[Fix]:
        """Two a second."""
        halves = [n / 2 for n in range(2 * self.seconds + 1)]
        return [self.fix(t_s) for t_s in halves if not self.without_fix(t_s)]

    def fix(self, t_s: float) -> Fix:
        return fix(
            t_s,
            key=key(round(t_s * 1000), boot_id=self.boot_id),
            lat_deg=LAT_DEG + (START_M + self.speed_mps * t_s) * NORTH_DEG,
            height_takeoff_m=self.height_m,
            gimbal=DOWN,
        )

    def frames(self) -> list[Frame]:
        """One a second."""
        return [
            self.frame(second, PICTURE + f"{self.boot_id} {second}".encode())
            for second in range(self.seconds + 1)
        ]

    def frame(self, second: int, jpeg: bytes) -> Frame:
        return frame(
            second,
            key=key(second * 1000, boot_id=self.boot_id),
            jpeg=jpeg,
            sha256=hashlib.sha256(jpeg).hexdigest(),
            size_bytes=len(jpeg),
        )


class Scene:
    """A record with flights in it, and the log kept of it."""

    def __init__(self, folder: Path, flights: Iterable[Made], database: str | None = None) -> None:
        self.store: Store = open_store(folder, database)
        self.now_s = T0_S + 86_400.0
        self.premises = [plot(name) for name in PLOTS]
        self.store.casework.put_places(list(places_of(self.premises)), t_s=0.0, actor="test")
        for made in flights:
            self.put(made.fixes())
            self.put(made.frames())
            self.judge(made)
        self.logger = self.new_logger()

    def new_logger(self) -> PatrolLogger:
        """As after a restart."""
        return PatrolLogger(
            self.store,
            Placer(premises=PremisesIndex(self.premises)),
            org_id="station",
            now_s=lambda: self.now_s,
            limits=EXACT,
        )

    def put(self, records: Iterable[Fix | Frame], received_s: float | None = None) -> None:
        """Into the record, at the times in them or at another one."""
        if received_s is not None:
            records = [replace(one, t_received_s=received_s) for one in records]
        message = Message(topic="t", payload=b"", t_received_s=received_s or T0_S)
        self.store.shelf.put([Arrival(message=message, records=tuple(records))])

    def judge(self, made: Made) -> None:
        """What the live analysis made of each picture of a flight."""
        analysis = self.store.analysis
        run = analysis.open_run(RunKind.LIVE, detector="d", rules_json="{}", name="live")
        own = [
            (n, one)
            for n, one in analysis.records(0, limit=100_000)
            if isinstance(one, Frame) and one.key.flight_id == made.flight_id
        ]
        looks = [
            Look(
                frame_n=n,
                key=one.key,
                t_capture_s=one.t_capture_s,
                status=made.status(round(one.t_capture_s - T0_S)),
            )
            for n, one in own
        ]
        analysis.append(run, looks, [], own[-1][0], 0.0)

    def log(self, made: Made) -> Mapping[str, tuple[str, str, int, int]]:
        """(result, reason, first second, last second) by plot, as the log has it now."""
        return {
            one.place_id: (one.result, one.reason, round(one.t0_s - T0_S), round(one.t1_s - T0_S))
            for one in self.store.casework.visits_of_ref(made.flight_id)
        }


def between(low: int, high: int, status: LookStatus) -> Callable[[int], LookStatus]:
    """The pictures from one second to another, both included, are so; the others show nothing."""
    return lambda second: status if low <= second <= high else LookStatus.NOTHING


PLAIN = Made(boot_id="plain")
FOG = Made(boot_id="fog", status=between(30, 45, LookStatus.UNREADABLE))
