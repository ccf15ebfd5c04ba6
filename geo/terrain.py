"""The ground a ray is cut with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.pose import Datum


class Terrain(Protocol):
    """The height of the ground, from a stated datum and with a stated uncertainty."""

    @property
    def datum(self) -> Datum:
        """What the heights are measured from."""
        ...

    @property
    def sigma_m(self) -> float:
        """One standard deviation of a height."""
        ...

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> NDArray[np.float64]:
        """Heights at positions that broadcast together; nan where nothing is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTerrain:
    """Ground of one height everywhere: the take-off point's, unless told otherwise.

    The sigma is that of a public elevation model (SRTM 5.7-8.6 m, NASADEM 3.7 m RMSE).
    """

    ground_m: float = 0.0
    datum: Datum = Datum.TAKEOFF
    sigma_m: float = 4.0

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> NDArray[np.float64]:
        """The same height for every position."""
        return np.full(np.broadcast_shapes(np.shape(lat_deg), np.shape(lon_deg)), self.ground_m)
