"""From a detection in a frame to evidence: where it is, whose premises, or why that is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from alerts.estimate import estimate, steadied
from alerts.events import Estimate, Evidence, LikelyPremises, Place, Sight
from detect.detection import Detection, Label
from geo.camera import Camera
from geo.ground import BearingSector, GroundPoint, Location, Unlocated
from geo.locate import Foot, foot_of, locate
from geo.pose import Datum, Pose, PoseSigmas
from geo.premises import Likely, PremisesIndex
from geo.terrain import FlatTerrain, Terrain
from ingest import cameras
from ingest.pairing import Moment, Paired
from ingest.records import Attitude, Frame

HISTORIC_S = 600.0
"""A picture sent later than this after it was taken is history: it rings nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A camera fixed to the aircraft: its axis relative to the aircraft's heading."""

    pitch_deg: float
    yaw_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a device does not say of itself: set by the station in its configuration."""

    camera: str | None = None
    hfov_deg: float | None = None
    mount: Mount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placer:
    """Everything that turns pixels into places."""

    terrains: Sequence[Terrain] = (FlatTerrain(),)
    """Tried in this order: the first whose datum the telemetry has a height of."""
    premises: PremisesIndex | None = None
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    """By device id."""
    sigmas: PoseSigmas = field(default_factory=PoseSigmas)
    hidden_m: float = 0.0
    """How high roofs or trees may hide the foot of smoke; 0 where the ground is open."""

    def pose(self, frame: Frame, moment: Moment) -> Pose | str:
        """The camera's pose when the frame was taken, or why it is unknown."""
        terrain = self._terrain(moment)
        axis = self._axis(frame, moment)
        if terrain is None:
            return "height above the ground unknown"
        if axis is None:
            return "camera angles unknown: telemetry without gimbal"
        height_m = _height(moment, terrain.datum)
        assert height_m is not None
        return Pose(
            t_s=moment.t_s,
            lat_deg=moment.lat_deg,
            lon_deg=moment.lon_deg,
            height_m=height_m,
            datum=terrain.datum,
            yaw_deg=axis.yaw_deg,
            pitch_deg=axis.pitch_deg,
            roll_deg=axis.roll_deg,
            sigmas=_widened(self.sigmas, moment),
        )

    def camera(self, frame: Frame, moment: Moment) -> Camera | str:
        """The lens the frame was taken through, or why it is unknown."""
        own = self.equipment.get(frame.key.device_id, Equipment())
        name = frame.camera or moment.camera or own.camera
        hfov_deg = frame.hfov_deg or moment.hfov_deg or own.hfov_deg
        if hfov_deg is None and name is not None:
            hfov_deg = cameras.hfov_deg(name, moment.zoom or 1.0)
        if hfov_deg is None:
            return f"field of view unknown: camera {name or 'not named'}"
        return Camera.from_hfov(frame.width_px, frame.height_px, hfov_deg)

    def evidence(
        self, paired: Paired, pose: Pose | str, detection: Detection, home: Place | None
    ) -> Evidence:
        """One detection placed, with the premises it most likely belongs to."""
        frame, moment = paired.frame, paired.moment
        location, sight = self._locate(paired, pose, detection)
        point = location if isinstance(location, GroundPoint) else None
        return Evidence(
            key=frame.key,
            t_capture_s=frame.t_capture_s,
            t_received_s=frame.t_received_s,
            historic=is_historic(frame),
            sha256=frame.sha256,
            width_px=frame.width_px,
            height_px=frame.height_px,
            label=detection.label,
            score=detection.score,
            box=detection.box,
            drone=Place(lat_deg=moment.lat_deg, lon_deg=moment.lon_deg) if moment else None,
            pose_gap_s=moment.gap_s if moment else None,
            point=point,
            sector=location if isinstance(location, BearingSector) else None,
            unlocated=location.reason if isinstance(location, Unlocated) else None,
            premises=() if point is None else self._likely(point),
            home=home,
            sight=None if point is None else sight,
        )

    def estimate(self, views: Sequence[Evidence]) -> Estimate | None:
        """The place that all views of one incident show together, with its premises."""
        found = estimate(views, self._by_datum)
        return found and replace(found, premises=self._likely(found.point))

    def steadied(self, seen: Evidence, before: Sequence[Evidence]) -> Evidence:
        """One view, its foot that of the column of smoke that the views before it show too."""
        return steadied(seen, before, self._by_datum)

    @property
    def _by_datum(self) -> dict[Datum, Terrain]:
        return {terrain.datum: terrain for terrain in reversed(self.terrains)}

    def _locate(
        self, paired: Paired, pose: Pose | str, detection: Detection
    ) -> tuple[Location, Sight | None]:
        if paired.moment is None or isinstance(pose, str):
            return Unlocated(reason=paired.reason or str(pose)), None
        camera = self.camera(paired.frame, paired.moment)
        if isinstance(camera, str):
            return Unlocated(reason=camera), None
        box = detection.box
        foot = foot_of(
            box.x0_px, box.y0_px, box.x1_px, box.y1_px, camera.width_px, camera.height_px
        )
        terrain = self._terrain(paired.moment)
        assert terrain is not None, "there is no pose without one"
        location = locate(pose=pose, camera=camera, foot=foot, terrain=terrain)
        hidden_m = self.hidden_m if detection.label is Label.SMOKE else 0.0
        return location, _sight(pose, camera, foot, hidden_m)

    def _likely(self, point: GroundPoint) -> tuple[LikelyPremises, ...]:
        if self.premises is None:
            return ()
        ranked = self.premises.rank(point)
        if not ranked:
            nearest = self.premises.nearest(point.lat_deg, point.lon_deg)
            ranked = [nearest] if nearest else []
        return tuple(_flattened(likely) for likely in ranked)

    def _terrain(self, moment: Moment) -> Terrain | None:
        known = (t for t in self.terrains if _height(moment, t.datum) is not None)
        return next(known, None)

    def _axis(self, frame: Frame, moment: Moment) -> Attitude | None:
        axis = frame.gimbal or moment.gimbal
        mount = self.equipment.get(frame.key.device_id, Equipment()).mount
        if axis is None and mount is not None and moment.aircraft is not None:
            yaw_deg = moment.aircraft.yaw_deg + mount.yaw_deg
            return Attitude(yaw_deg=yaw_deg, pitch_deg=mount.pitch_deg)
        return axis


def is_historic(frame: Frame) -> bool:
    """Whether the frame was old when it was sent.

    Measured on the device's own clock where it says when it sent the frame, so that a clock ten
    years off makes no fresh picture old; against the time of arrival otherwise.
    """
    told_s = frame.t_received_s if frame.t_sent_s is None else frame.t_sent_s
    return abs(told_s - frame.t_capture_s) > HISTORIC_S


def _height(moment: Moment, datum: Datum) -> float | None:
    match datum:
        case Datum.TAKEOFF:
            return moment.height_takeoff_m
        case Datum.ELLIPSOID:
            return moment.height_ellipsoid_m
        case Datum.MSL:
            return moment.height_msl_m


def _widened(sigmas: PoseSigmas, moment: Moment) -> PoseSigmas:
    """The sensors' own errors and those of interpolating, as independent ones."""
    return PoseSigmas(
        horizontal_m=math.hypot(sigmas.horizontal_m, moment.position_sigma_m),
        height_m=math.hypot(sigmas.height_m, moment.position_sigma_m),
        yaw_deg=math.hypot(sigmas.yaw_deg, moment.angle_sigma_deg),
        pitch_deg=math.hypot(sigmas.pitch_deg, moment.angle_sigma_deg),
        roll_deg=sigmas.roll_deg,
    )


def _sight(pose: Pose, camera: Camera, foot: Foot, hidden_m: float) -> Sight:
    return Sight(
        pose=pose,
        fx_px=camera.fx_px,
        fy_px=camera.fy_px,
        cx_px=camera.cx_px,
        cy_px=camera.cy_px,
        u_px=foot.u_px,
        v_px=foot.v_px,
        sigma_px=foot.sigma_px,
        hidden_m=hidden_m,
    )


def _flattened(likely: Likely) -> LikelyPremises:
    return LikelyPremises(
        premises_id=likely.premises.premises_id,
        name=likely.premises.name,
        category=likely.premises.category,
        risk=likely.premises.risk,
        probability=likely.probability,
        distance_m=likely.distance_m,
        bearing_deg=likely.bearing_deg,
        name_en=likely.premises.name_en,
    )
