"""The four flights: where the drone goes, what burns, and what only looks like it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from flights.district import Block, premises_at
from flights.plume import Flames, Plume
from flights.view import View

NOON_S = 1_795_145_400.0
"""2026-11-20 03:30 UTC, 11:30 in Nanjing: the sun of `raster.SUN` is right within 4 degrees."""


def ease(share: float) -> float:
    """0 to 1 with a soft start and end."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


class Path(Protocol):
    """Where the camera is and looks, by seconds since the flight's start."""

    def view(self, t_s: float) -> View:
        """The true pose."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Orbit:
    """Fly nearer, then part of a circle round the target, nose and camera towards it."""

    target_m: tuple[float, float, float]
    radius_m: tuple[float, float]
    bearing_deg: tuple[float, float]
    """From the target to the drone, at the start and at the end."""
    height_m: tuple[float, float]
    approach_s: float
    length_s: float

    def view(self, t_s: float) -> View:
        nearer = ease(t_s / self.approach_s)
        radius = self.radius_m[0] + (self.radius_m[1] - self.radius_m[0]) * nearer
        turned = ease((t_s + 6) / (self.length_s + 12))
        bearing = math.radians(
            self.bearing_deg[0] + (self.bearing_deg[1] - self.bearing_deg[0]) * turned
        )
        height = self.height_m[0] + (self.height_m[1] - self.height_m[0]) * ease(
            t_s / self.length_s
        )
        target = np.array(self.target_m)
        at = np.array(
            [
                target[0] + radius * math.sin(bearing),
                target[1] + radius * math.cos(bearing),
                height + 0.4 * math.sin(0.5 * t_s),
            ]
        )
        beside = np.array([9 * math.sin(0.23 * t_s), 7 * math.sin(0.31 * t_s + 1), 17])
        east, north, up = target + beside - at
        return View(
            at_m=(float(at[0]), float(at[1]), float(at[2])),
            yaw_deg=math.degrees(math.atan2(east, north)),
            pitch_deg=math.degrees(math.atan2(up, math.hypot(east, north))),
            roll_deg=0.3 * math.sin(0.7 * t_s),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Fly straight and let the camera swing a little."""

    start_m: tuple[float, float, float]
    end_m: tuple[float, float, float]
    yaw_deg: float
    swing_deg: float
    pitch_deg: float
    length_s: float

    def view(self, t_s: float) -> View:
        start, end = np.array(self.start_m), np.array(self.end_m)
        at = start + (end - start) * (t_s / self.length_s)
        return View(
            at_m=(float(at[0]), float(at[1]), float(at[2]) + 0.4 * math.sin(0.5 * t_s)),
            yaw_deg=self.yaw_deg + self.swing_deg * math.sin(0.16 * t_s),
            pitch_deg=self.pitch_deg + 1.5 * math.sin(0.21 * t_s),
            roll_deg=0.3 * math.sin(0.7 * t_s),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that burns: the point a perfect product would name."""

    label: str
    foot_m: tuple[float, float, float]
    t_first_s: float
    t_last_s: float

    @property
    def premises_id(self) -> str | None:
        """Whose plot it burns on."""
        return premises_at(*self.foot_m[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Defects:
    """What goes wrong on the way, in seconds since the start; nothing by default."""

    no_fix_until_s: float = 0.0
    gap_s: tuple[float, float] = (0.0, 0.0)
    late_share: float = 0.0
    late_up_to_s: float = 0.0
    redelivered_share: float = 0.0
    frozen_s: tuple[float, float] = (0.0, 0.0)
    """Frames after the first of this span repeat its picture."""
    broken_fix_s: float | None = None
    wrong_sha256_s: float | None = None
    truncated_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """All there is to know of one flight; times count from its start."""

    name: str
    shows: str
    device_id: str
    t0_s: float
    length_s: float
    frames_s: tuple[float, float]
    path: Path
    seed: int
    dji: bool = False
    sources: tuple[Source, ...] = ()
    plumes: tuple[Plume, ...] = ()
    flames: tuple[Flames, ...] = ()
    lorry: bool = False
    distractors: tuple[str, ...] = ()
    defects: Defects = field(default_factory=Defects)

    def blocks(self, t_s: float) -> list[Block]:
        """What moves: the lorry on the western road, cab and load."""
        if not self.lorry:
            return []
        north = LORRY_START_M + LORRY_M_S * t_s
        return [
            Block(west_m=-121.4, east_m=-118.8, south_m=north, north_m=north + 6.5,
                  floor_m=0.6, height_m=2.2, roof="rust"),
            Block(west_m=-121.3, east_m=-118.9, south_m=north + 6.8, north_m=north + 8.8,
                  floor_m=0.5, height_m=2.3, roof="car0"),
        ]  # fmt: skip


LORRY_START_M, LORRY_M_S = -20.0, 3.6
STORE_FOOT_M = (30.0, 25.0, 0.0)
ROOF_FOOT_M = (-86.0, -36.0, 9.0)
YARD_FOOT_M = (214.0, -46.0, 0.0)
CHIMNEY_TOP_M = (-200.76, 46.72, 16.0)

CHEMICAL_STORE = Flight(
    name="chemical_store",
    shows="Pale smoke from a yard of a chemical store; a clean flight.",
    device_id="nj-demo-01", t0_s=NOON_S, length_s=44.0, frames_s=(6.0, 33.0), seed=101,
    path=Orbit(target_m=STORE_FOOT_M, radius_m=(140, 92), bearing_deg=(238, 108),
               height_m=(96, 86), approach_s=16, length_s=44),
    sources=(Source(label="smoke", foot_m=STORE_FOOT_M, t_first_s=-8.0, t_last_s=60.0),),
    plumes=(Plume(foot_m=STORE_FOOT_M, t_first_s=-8.0, t_last_s=60.0, bgr=(198, 196, 194), seed=1,
                  spread_m=1.8, start_radius_m=1.3, growth_m_s=0.55, opacity=0.62,
                  life_s=12, per_s=12),),
)  # fmt: skip
ROOF_FIRE = Flight(
    name="roof_fire",
    shows="Flames and dark smoke on a workshop's roof; DJI Cloud API telemetry at 3 Hz.",
    device_id="1581F5NJDEMO00000002", t0_s=NOON_S + 600, length_s=44.0, frames_s=(6.0, 31.0),
    seed=202, dji=True,
    path=Orbit(target_m=ROOF_FOOT_M, radius_m=(112, 68), bearing_deg=(140, 262),
               height_m=(94, 82), approach_s=16, length_s=44),
    sources=(Source(label="fire", foot_m=ROOF_FOOT_M, t_first_s=-10.0, t_last_s=60.0),
             Source(label="smoke", foot_m=ROOF_FOOT_M, t_first_s=-10.0, t_last_s=60.0)),
    plumes=(Plume(foot_m=ROOF_FOOT_M, t_first_s=-10.0, t_last_s=60.0, bgr=(36, 35, 34), seed=2,
                  opacity=0.85, spread_m=3.0, start_radius_m=1.8, growth_m_s=0.55, rise_m_s=3.6,
                  life_s=13, per_s=12),),
    flames=(Flames(foot_m=ROOF_FOOT_M, t_first_s=-10.0, t_last_s=60.0, seed=3),),
)  # fmt: skip
LOOK_ALIKES = Flight(
    name="look_alikes",
    shows="Steam from a chimney, patches of haze, dust behind a lorry: nothing burns.",
    device_id="nj-demo-01", t0_s=NOON_S + 1200, length_s=44.0, frames_s=(3.0, 24.0), seed=303,
    path=Sweep(start_m=(-250, -105, 100), end_m=(150, -95, 94), yaw_deg=8, swing_deg=14,
               pitch_deg=-39, length_s=44),
    plumes=(
        Plume(foot_m=CHIMNEY_TOP_M, t_first_s=-20.0, t_last_s=60.0, bgr=(222, 222, 222), seed=4,
              per_s=6, life_s=4.0, rise_m_s=1.6, wind_m_s=(0.9, 0.5), start_radius_m=0.6,
              growth_m_s=0.5, spread_m=0.5, opacity=0.34, build_up_s=1),
        Plume(foot_m=(-20.0, 80.0, 14.0), t_first_s=-90.0, t_last_s=60.0, bgr=(206, 204, 202),
              seed=5, per_s=0.4, life_s=70, rise_m_s=0.05, wind_m_s=(0.4, 0.2), start_radius_m=28,
              growth_m_s=0.05, spread_m=90, opacity=0.1, build_up_s=1),
        Plume(foot_m=(-120.0, LORRY_START_M - 1, 0.3), t_first_s=0.0, t_last_s=60.0,
              bgr=(150, 172, 186), seed=6, per_s=8, life_s=5.0, rise_m_s=0.35,
              wind_m_s=(0.3, 0.1), start_radius_m=0.9, growth_m_s=0.5, spread_m=0.9, opacity=0.28,
              build_up_s=1, foot_drift_m_s=(0.0, LORRY_M_S)),
    ),
    lorry=True,
    distractors=("steam at the chimney of P-001", "haze over the northern plots",
                 "dust behind a lorry on the western road"),
)  # fmt: skip
BAD_DATA = Flight(
    name="bad_data",
    shows="Smoke from a recycling yard, seen through everything that can go wrong on the way.",
    device_id="nj-demo-01", t0_s=NOON_S + 1800, length_s=52.0, frames_s=(2.0, 44.0), seed=404,
    path=Orbit(target_m=YARD_FOOT_M, radius_m=(140, 84), bearing_deg=(262, 130),
               height_m=(95, 82), approach_s=18, length_s=52),
    sources=(Source(label="smoke", foot_m=YARD_FOOT_M, t_first_s=-10.0, t_last_s=60.0),),
    plumes=(Plume(foot_m=YARD_FOOT_M, t_first_s=-10.0, t_last_s=60.0, bgr=(176, 175, 174), seed=7,
                  spread_m=1.8, start_radius_m=1.3, growth_m_s=0.55, opacity=0.68,
                  life_s=12, per_s=12),),
    defects=Defects(no_fix_until_s=4.0, gap_s=(18.0, 30.0), late_share=0.06, late_up_to_s=1.5,
                    redelivered_share=0.1, frozen_s=(36.0, 42.0), broken_fix_s=12.0,
                    wrong_sha256_s=33.0, truncated_s=35.0),
)  # fmt: skip
FLIGHTS = (CHEMICAL_STORE, ROOF_FIRE, LOOK_ALIKES, BAD_DATA)
