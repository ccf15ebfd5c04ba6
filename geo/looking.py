"""Looking: every picture of a flight against the points of one premises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.camera import Camera
from geo.geodesy import Array
from geo.occlusion import Screen
from geo.pose import Pose
from geo.sampling import Samples
from geo.sight import Eyes, Mask, Rows, sight
from geo.terrain import Terrain

_PAIRS = 1 << 17  # camera and point at a time: some 20 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What counts as seen, and what as covered."""

    grid_m: float = 5.0
    """Between the points that stand for premises; larger on large ones, up to ``coarsest_m``."""
    coarsest_m: float = 10.0
    max_gsd_m: float = 0.15
    """Ground that one pixel may hold, across the line of sight."""
    max_range_m: float = 1000.0
    """Slant."""
    min_depression_deg: float = 5.0
    """Of the line of sight at the point: flatter ones see facades and hedges."""
    sigmas: float = 1.0
    """The picture's edges are drawn in by so many sigmas of the pose."""
    max_gap_s: float = 2.5
    """Between two pictures, and between the two fixes around one: longer is not bridged. DJI sends
    every 2 s, more or less."""
    covered_share: float = 0.8
    """Of the points, each watched for ``dwell_s``."""
    dwell_s: float = 2.0
    best_frames: int = 3
    """So many are named as evidence."""

    @property
    def flattest(self) -> float:
        """The least rise over way of a line of sight."""
        return math.tan(math.radians(self.min_depression_deg))


class Reason(StrEnum):
    """Why premises are not covered, or a picture proves nothing."""

    NO_TELEMETRY = "no_telemetry"
    NO_POSE = "no_pose"
    OUT_OF_VIEW = "out_of_view"
    TOO_FAR = "too_far"
    TOO_COARSE = "too_coarse"
    TOO_FLAT = "too_flat"
    """Seen under a smaller depression than allowed."""
    NOT_JUDGED = "not_judged"
    """In view of pictures that were skipped only."""
    UNREADABLE = "unreadable"
    """In view of unreadable pictures only."""
    FROZEN = "frozen"
    """In view only while the feed repeated one picture."""
    OCCLUDED = "occluded"
    NO_GROUND = "no_ground"
    """The terrain has no height there, or the premises have no place."""
    TOO_LITTLE = "too_little"
    """Seen, but not enough of it."""
    TOO_SHORT = "too_short"
    """Enough of it seen, but not for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture as coverage needs it. One without pose and camera, or with a fault, proves nothing.

    With a pose, the fault says what else is wrong; it still tells what was missed because of it.
    """

    t_s: float
    seq: int
    sha256: str
    pose: Pose | None = None
    camera: Camera | None = None
    fault: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """The pictures with a pose, in order of time."""

    shots: list[Shot]
    eyes: Eyes
    sound: Mask
    weight_s: Array
    """To the next picture; 0 unless both are sound, adjacent and close."""
    reach_m: Array
    """Within which a picture can count."""

    @classmethod
    def of(cls, shots: Sequence[Shot], terrain: Terrain, limits: Limits) -> Flight | None:
        """None where no picture has a pose."""
        posed = [
            (i, shot, shot.pose, shot.camera)
            for i, shot in enumerate(shots)
            if shot.pose and shot.camera and shot.pose.datum is terrain.datum
        ]
        if not posed:
            return None
        numbers, own, poses, cameras = zip(*posed, strict=True)
        eyes = Eyes.of(poses, cameras, sigmas=limits.sigmas, terrain_sigma_m=terrain.sigma_m)
        sound = np.array([shot.fault is None for shot in own])
        step_s = np.diff([shot.t_s for shot in own])
        bridged = (np.diff(numbers) == 1) & sound[:-1] & sound[1:] & (step_s <= limits.max_gap_s)
        return cls(
            shots=list(own),
            eyes=eyes,
            sound=sound,
            weight_s=np.append(np.where(bridged, step_s, 0.0), 0.0),
            reach_m=np.minimum(limits.max_range_m, limits.max_gsd_m * eyes.focal_px),
        )

    def facing(self, samples: Samples) -> Rows:
        """The sound pictures that may show some of the points close enough."""
        return self.eyes.facing(samples, np.where(self.sound, self.reach_m, -np.inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the pictures have of one premises: (m,) pictures, (m, n) pictures by points."""

    rows: Rows
    """Of the flight."""
    points: Mask
    nearest_m: Array
    """The nearest point seen; inf where none is."""
    bearing_rad: Array
    """Of the camera from the premises."""
    hidden: bool
    """Whether something stood before a point that would have counted."""


def look(flight: Flight, samples: Samples, screen: Screen, limits: Limits) -> Seen:
    """Every sound picture against the points of one premises."""
    rows = flight.facing(samples)
    points = np.zeros((len(rows), len(samples.lat_deg)), bool)
    nearest_m, bearing_rad = np.full(len(rows), np.inf), np.zeros(len(rows))
    hidden = False
    for part in parts(*points.shape):
        view = sight(flight.eyes, rows[part], samples)
        asked = view.in_picture & (view.range_m <= flight.reach_m[rows[part], None])
        asked &= view.up_m >= limits.flattest * view.along_m
        cut = screen.hidden(flight.eyes, rows[part], view, asked)
        hidden |= bool(cut.any())
        points[part] = asked & ~cut
        nearest_m[part] = np.where(points[part], view.range_m, np.inf).min(axis=1)
        bearing_rad[part] = np.arctan2(view.here_m[:, 0], view.here_m[:, 1])
    return Seen(
        rows=rows, points=points, nearest_m=nearest_m, bearing_rad=bearing_rad, hidden=hidden
    )


def parts(cameras: int, points: int) -> list[slice]:
    """The cameras in pieces that fit in the memory meant for them."""
    step = max(1, _PAIRS // max(points, 1))
    return [slice(i, min(i + step, cameras)) for i in range(0, cameras, step)]
