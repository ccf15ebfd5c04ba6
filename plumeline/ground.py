"""The ``[ground]`` of the configuration: flat ground, an elevation model, what hides the foot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from geo.errors import BadGrid
from geo.pose import Datum
from geo.relief import Relief
from geo.terrain import FlatTerrain, Terrain
from plumeline.section import Section
from plumeline.terrain_files import read_geoid, read_terrain

Metres = Annotated[float, msgspec.Meta(ge=0)]


class GroundSection(Section, frozen=True):
    """What a ray is cut with: the elevation model where there is one, flat ground elsewhere."""

    ellipsoid_m: float | None = None
    """The height of flat ground, like the next; above take-off it is 0."""
    msl_m: float | None = None
    sigma_m: Metres = 4.0
    """Of flat ground."""
    dem: str | None = None
    """An elevation model's file."""
    dem_datum: Literal["ellipsoid", "msl"] | None = None
    """What its heights are measured from; files do not say it reliably, so it must be said here."""
    dem_crs: str | None = None
    """For files that name no coordinate system."""
    dem_sigma_m: Metres = 4.0
    geoid: str | None = None
    """A GTX grid, to take sea level to the ellipsoid and back."""
    hidden_m: Metres = 0.0
    """How high roofs or trees may hide the foot of smoke."""

    def flats(self) -> tuple[Terrain, ...]:
        """Flat ground from take-off, and from the other datums where their height is set."""
        heights = (
            (Datum.TAKEOFF, 0.0),
            (Datum.ELLIPSOID, self.ellipsoid_m),
            (Datum.MSL, self.msl_m),
        )
        return tuple(
            FlatTerrain(ground_m=height_m, datum=datum, sigma_m=self.sigma_m)
            for datum, height_m in heights
            if height_m is not None
        )

    def relief(self) -> Relief | None:
        """The elevation model with its geoid, None where none is set.

        Raises:
            BadGrid: a file that cannot be read, or a model without its datum.
        """
        geoid = None if self.geoid is None else read_geoid(Path(self.geoid))
        if self.dem is None:
            return None
        if self.dem_datum is None:
            raise BadGrid(self.dem, 'say what its heights are measured from, dem_datum = "msl"')
        terrain = read_terrain(
            Path(self.dem),
            datum=Datum(self.dem_datum),
            crs=self.dem_crs,
            sigma_m=self.dem_sigma_m,
        )
        return Relief(terrain=terrain, geoid=geoid)
