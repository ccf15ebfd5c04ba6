"""What happened, one appended event at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alerts.lifecycle import Act
from detect.detection import Box, Label
from geo.ground import BearingSector, GroundPoint
from geo.pose import Pose
from ingest.records import Key


class Kind(StrEnum):
    """What an event says about its incident."""

    RAISED = "raised"
    """Confirmed over several frames: somebody must look now."""
    SEEN = "seen"
    """One more frame that shows it, or an earlier one that helped to raise it."""
    PLACED = "placed"
    """Its place, worked out anew from all that was seen of it so far."""
    ACT = "act"
    """Somebody has done something with it."""


class Status(StrEnum):
    """Whether an alarm is meant. Marked from birth, as CAP 1.2 has it, and never changed."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A position on the map, WGS84."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyPremises:
    """One premises of the register, and how much of the error ellipse lies on it."""

    premises_id: str
    name: str
    category: str
    risk: int | None
    probability: float
    """Between 0 and 1: the probability mass of the ellipse inside the outline."""
    distance_m: float
    """From the outline to the point; 0 inside."""
    bearing_deg: float
    """From the outline towards the point."""
    name_en: str | None = None
    """Where the register has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How a detection's foot was seen: with the ground, all that its place follows from."""

    pose: Pose
    """Of the camera, with its sigmas."""
    fx_px: float
    """Of the camera, like the next three."""
    fy_px: float
    cx_px: float
    cy_px: float
    u_px: float
    """Of the foot, like the next two."""
    v_px: float
    sigma_px: float
    hidden_m: float = 0.0
    """How high something may be that hides the foot."""
    distortion: tuple[float, ...] = ()
    """The lens's coefficients (`geo.lens.lens_of`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The place of an incident from all its views together."""

    point: GroundPoint
    views: int
    """That it rests on: those that agree."""
    considered: int
    """Out of so many, at most `alerts.estimate.MAX_VIEWS`."""
    premises: tuple[LikelyPremises, ...] = ()
    """Ranked anew, as in `Evidence`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One detection in one frame, and where it is. Exactly one of point, sector, unlocated."""

    key: Key
    """Of the frame."""
    t_capture_s: float
    """The device's clock."""
    t_received_s: float
    historic: bool
    """The picture was old when it was sent: it belongs in the log and rings nobody."""
    sha256: str
    """Of the frame's JPEG, which lies in the blob store."""
    width_px: int
    height_px: int
    label: Label
    score: float
    box: Box
    drone: Place | None = None
    """Where the camera was."""
    pose_gap_s: float | None = None
    """Between the two fixes that the pose was interpolated from."""
    point: GroundPoint | None = None
    sector: BearingSector | None = None
    unlocated: str | None = None
    """Why there is no position."""
    premises: tuple[LikelyPremises, ...] = ()
    """Most likely first; the nearest one alone when none holds any of the ellipse."""
    home: Place | None = None
    """The take-off point, where the device has told it."""
    sight: Sight | None = None
    """Where there is a point that was not measured by a laser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to an incident. Events are appended, never changed."""

    key: str
    """The same event worked out twice has the same key, and is stored once."""
    incident_id: str
    kind: Kind
    t_s: float
    """When it happened: on the device's clock, of an act on the station's."""
    evidence: Evidence | None = None
    """What was seen; of a place worked out anew, the newest view; of an act None."""
    estimate: Estimate | None = None
    """Of `Kind.PLACED` alone."""
    act: Act | None = None
    """Of `Kind.ACT` alone."""
    status: Status = Status.ACTUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedEvent:
    """An event with its place in the record: the number the event stream resumes from."""

    n: int
    event: Event
    t_logged_s: float = 0.0
    """When it came into the record, on the station's clock."""
