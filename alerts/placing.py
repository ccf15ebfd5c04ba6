"""From a detection in a frame to evidence: where it is, whose premises, or why that is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import shapely

from alerts.equipment import Equipment
from alerts.estimate import estimate, steadied
from alerts.events import Estimate, Evidence, LikelyPremises, Place, Sight, Status
from detect.detection import Detection, Label
from geo.camera import Camera
from geo.foot import Foot, foot_of
from geo.footprint import footprint
from geo.ground import BearingSector, GroundPoint, Location, Method, Unlocated
from geo.locate import OUTSIDE, locate
from geo.pose import Datum, Pose, PoseSigmas
from geo.premises import Likely, PremisesIndex
from geo.relief import Relief
from geo.terrain import FlatTerrain, Terrain
from ingest import cameras
from ingest.pairing import Moment, Paired
from ingest.records import Attitude, Frame

HISTORIC_S = 600.0
"""A picture sent later than this after it was taken is history: it rings nobody."""


BLIND_M = 1000.0
"""How far away an area has to be of a picture whose direction is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placer:
    """Everything that turns pixels into places."""

    terrains: Sequence[Terrain] = (FlatTerrain(),)
    """Tried in this order: the first whose datum the telemetry has a height of."""
    relief: Relief | None = None
    """Asked before them, wherever the height can be brought to its datum and it has ground."""
    premises: PremisesIndex | None = None
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    """By device id."""
    sigmas: PoseSigmas = field(default_factory=PoseSigmas)
    hidden_m: float = 0.0
    """How high roofs or trees may hide the foot of smoke; 0 where the ground is open."""
    no_image: PremisesIndex | None = None
    """The areas that no picture may show."""

    def forbidden(self, paired: Paired, pose: Pose | str) -> str | None:
        """The area that a picture may show and must not, None where there is none.

        A picture whose direction is not known may show whatever is within `BLIND_M` of it; one
        whose place is not known cannot be judged, and is kept.
        """
        moment = paired.moment
        if self.no_image is None or moment is None:
            return None
        here = moment.lat_deg, moment.lon_deg
        camera = self.camera(paired.frame, moment)
        outline, reach_m = shapely.Point(0.0, 0.0).buffer(BLIND_M), BLIND_M
        if isinstance(pose, Pose) and isinstance(camera, Camera):
            over, terrain = next(self.grounds(pose, moment, None))
            ground_m = float(terrain.height_m(*here))
            outline = footprint(over, camera, 0.0 if math.isnan(ground_m) else ground_m)
            reach_m = max(map(abs, outline.bounds))
        found = self.no_image.touching(outline, *here, reach_m)
        return found[0].name if found else None

    def pose(self, frame: Frame, moment: Moment) -> Pose | str:
        """The camera's pose when the frame was taken, or why it is unknown."""
        heights = _heights(moment)
        axis = self._axis(frame, moment)
        if not heights:
            return "height above the ground unknown"
        if axis is None:
            return "camera angles unknown: telemetry without gimbal"
        pose = Pose(
            t_s=moment.t_s,
            lat_deg=moment.lat_deg,
            lon_deg=moment.lon_deg,
            height_m=0.0,
            datum=Datum.TAKEOFF,
            yaw_deg=axis.yaw_deg,
            pitch_deg=axis.pitch_deg,
            roll_deg=axis.roll_deg,
            sigmas=_widened(self.sigmas, moment),
        )
        for terrain in self.terrains:
            if terrain.datum in heights:
                return replace(pose, height_m=heights[terrain.datum], datum=terrain.datum)
        return self._over_relief(pose, heights, None)

    def grounds(
        self, pose: Pose, moment: Moment, home: Place | None
    ) -> Iterator[tuple[Pose, Terrain]]:
        """What to cut the pose's rays with, the best first, each with the pose from its datum."""
        over = self._over_relief(pose, _heights(moment), home)
        if self.relief is not None and isinstance(over, Pose):
            yield over, self.relief.terrain
        yield from ((pose, flat) for flat in self.terrains if flat.datum is pose.datum)

    def camera(self, frame: Frame, moment: Moment) -> Camera | str:
        """The lens the frame was taken through, or why it is unknown."""
        own = self.equipment.get(frame.key.device_id, Equipment())
        if own.calibration is not None:
            sized = own.calibration.of_size(frame.width_px, frame.height_px)
            if sized is None:
                return "picture of another shape than the camera's calibration"
            return sized.zoomed(moment.zoom or 1.0)
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
        location, sight = self._locate(paired, pose, detection, home)
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

    def status(self, device_id: str) -> Status:
        """Whether what a device shows is meant."""
        return self.equipment.get(device_id, Equipment()).status

    def estimate(self, views: Sequence[Evidence]) -> Estimate | None:
        """The place that all views of one incident show together, with its premises."""
        found = estimate(views, self._by_datum)
        return found and replace(found, premises=self._likely(found.point))

    def steadied(self, seen: Evidence, before: Sequence[Evidence]) -> Evidence:
        """One view, its foot that of the column of smoke that the views before it show too."""
        return steadied(seen, before, self._by_datum)

    @property
    def _by_datum(self) -> dict[Datum, Terrain]:
        flats = {terrain.datum: terrain for terrain in reversed(self.terrains)}
        return flats | ({self.relief.terrain.datum: self.relief.terrain} if self.relief else {})

    def _locate(
        self, paired: Paired, pose: Pose | str, detection: Detection, home: Place | None
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
        hidden_m = self.hidden_m if detection.label is Label.SMOKE else 0.0
        location: Location = Unlocated(reason="height above the ground unknown")
        for over, terrain in self.grounds(pose, paired.moment, home):
            pose = over
            location = locate(
                pose=pose,
                camera=camera,
                foot=foot,
                terrain=terrain,
                laser_range_m=paired.moment.laser_range_m,
            )
            if isinstance(location, GroundPoint) or location.reason not in OUTSIDE:
                break
        measured = isinstance(location, GroundPoint) and location.method is Method.LASER
        return location, None if measured else _sight(pose, camera, foot, hidden_m)

    def _likely(self, point: GroundPoint) -> tuple[LikelyPremises, ...]:
        if self.premises is None:
            return ()
        ranked = self.premises.rank(point)
        if not ranked:
            nearest = self.premises.nearest(point.lat_deg, point.lon_deg)
            ranked = [nearest] if nearest else []
        return tuple(_flattened(likely) for likely in ranked)

    def _over_relief(
        self, pose: Pose, heights: Mapping[Datum, float], home: Place | None
    ) -> Pose | str:
        """The pose over the elevation model by the first height that it can take, or why by none.

        Above take-off comes first: the errors of the model at home and of the geoid cancel.
        """
        if self.relief is None:
            return "height above the ground unknown"
        at = None if home is None else (home.lat_deg, home.lon_deg)
        tried = [
            self.relief.over(replace(pose, height_m=height_m, datum=datum), at)
            for datum, height_m in heights.items()
        ]
        return next((over for over in tried if isinstance(over, Pose)), "; ".join(map(str, tried)))

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


def _heights(moment: Moment) -> dict[Datum, float]:
    """Those that the telemetry has."""
    heights = {
        Datum.TAKEOFF: moment.height_takeoff_m,
        Datum.ELLIPSOID: moment.height_ellipsoid_m,
        Datum.MSL: moment.height_msl_m,
    }
    return {datum: height_m for datum, height_m in heights.items() if height_m is not None}


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
        distortion=camera.lens.coefficients,
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
