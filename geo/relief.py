"""An elevation model, and how a height from another datum comes to its own."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import DatumRefused
from geo.geoid import Geoid, pose_in
from geo.pose import Datum, Pose
from geo.terrain import RasterTerrain, above_takeoff


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relief:
    """The model, and the geoid between sea level and ellipsoid where there is a grid of it."""

    terrain: RasterTerrain
    geoid: Geoid | None = None

    def over(self, pose: Pose, home: tuple[float, float] | None) -> Pose | str:
        """The pose with its height from the model's datum, or why that cannot be had.

        ``home`` is the take-off point's latitude and longitude, degrees; None where unknown.
        """
        if pose.datum is not Datum.TAKEOFF:
            try:
                return pose_in(pose, self.terrain.datum, self.geoid)
            except DatumRefused as exc:
                return str(exc)
        if home is None:
            return "heights from takeoff: the take-off point is unknown"
        raised = above_takeoff(pose, self.terrain, *home)
        return raised or "heights from takeoff: no terrain at the take-off point"
