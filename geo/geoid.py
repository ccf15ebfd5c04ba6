"""Mean sea level and the ellipsoid: heights are converted with a grid at hand, or not at all.

The undulation N is how far the geoid lies above the ellipsoid: ellipsoid height = MSL height + N.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import BadGrid, DatumRefused
from geo.geodesy import Array
from geo.pose import Datum, Pose
from geo.raster import Grid

_HEADER = struct.Struct(">4d2i")
_GTX_VOID = -88.8888


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Geoid:
    """A model of mean sea level, such as EGM96."""

    name: str
    grid: Grid

    def undulation_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Height of the geoid above the ellipsoid; nan outside the grid."""
        return self.grid.at(lat_deg, lon_deg)


def gtx(data: bytes, name: str) -> Geoid:
    """The geoid of a GTX grid (NOAA VDatum; PROJ's egm96_15.gtx).

    Big-endian: latitude and longitude of the south-west node and the steps as doubles, rows and
    columns as integers, then rows of floats from the south; -88.8888 is a void. A grid that goes
    round the world is closed.

    Raises:
        BadGrid: not such a grid.
    """
    if len(data) < _HEADER.size:
        raise BadGrid(name, "too short for a GTX grid")
    south, west, lat_step, lon_step, rows, columns = _HEADER.unpack_from(data)
    sound = min(rows, columns) >= 2 and min(lat_step, lon_step) > 0 and abs(south) <= 90
    if not sound or len(data) != _HEADER.size + 4 * rows * columns:
        raise BadGrid(name, "not a GTX grid")
    values = np.frombuffer(data, ">f4", offset=_HEADER.size).reshape(rows, columns)[::-1]
    values = np.where(np.abs(values - _GTX_VOID) < 1e-3, np.nan, values).astype(np.float32)
    if abs(columns * lon_step - 360) < 1e-6:
        values = np.concatenate([values, values[:, :1]], axis=1)
    return Geoid(
        name=name,
        grid=Grid(
            values=np.ascontiguousarray(values),
            north_deg=south + (rows - 1) * lat_step,
            west_deg=west,
            lat_step_deg=lat_step,
            lon_step_deg=lon_step,
        ),
    )


def height_in(
    height_m: ArrayLike,
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    *,
    start: Datum,
    end: Datum,
    geoid: Geoid | None,
) -> Array:
    """Heights from one datum as heights from another; nan outside the geoid's grid.

    Raises:
        DatumRefused: a datum that has no fixed place (take-off), or no geoid.
    """
    height = np.asarray(height_m, float)
    if start is end:
        return height
    if Datum.TAKEOFF in (start, end):
        raise DatumRefused(start, end, "nobody says where the take-off point is")
    if geoid is None:
        raise DatumRefused(start, end, "no geoid grid is given")
    sign = 1.0 if end is Datum.ELLIPSOID else -1.0
    return height + sign * geoid.undulation_m(lat_deg, lon_deg)


def pose_in(pose: Pose, datum: Datum, geoid: Geoid | None) -> Pose:
    """The same pose with its height from another datum.

    Raises:
        DatumRefused: as `height_in`, or a position outside the geoid's grid.
    """
    place = (pose.height_m, pose.lat_deg, pose.lon_deg)
    height_m = float(height_in(*place, start=pose.datum, end=datum, geoid=geoid))
    if not math.isfinite(height_m):
        raise DatumRefused(pose.datum, datum, "the position is outside the geoid grid")
    return replace(pose, height_m=height_m, datum=datum)
