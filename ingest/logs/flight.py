"""What a reader makes of one log file, before anything is known of the station it came to.

Samples are columns, one row per record of the log in the log's own order, NaN where the log says
nothing. Nothing is dropped in silence: a record without a position stays as a row without one, and
a record that could not be read at all is counted under ``rejected`` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.recorder import Message

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Clock(StrEnum):
    """Which clock the times of a log come from."""

    UTC = "utc"
    """The log writes UTC, or a time with its zone."""
    GPS = "gps"
    """Time since boot, tied to UTC by the satellite receiver."""
    RECEIVER = "receiver"
    """The clock of the computer that recorded the link, UTC."""
    LOCAL = "local"
    """A wall clock that names no zone: seconds as if it were UTC, to be moved by the zone."""
    RELATIVE = "relative"
    """Seconds since the log or the video began."""
    NONE = "none"
    """No time at all: a line on a map."""


class Integrity(StrEnum):
    """Whether a log is whole."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    """It ends in the middle; everything before the cut was read."""
    CORRUPT = "corrupt"
    """Parts of it make no sense; the others were read."""


class GimbalKnown(StrEnum):
    """What a log tells of the camera's axis."""

    WORLD = "world"
    """Angles in the world, whether written so or worked out from the aircraft's."""
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """The samples of a log: every column has the shape (n,). Build it with `Track.of`."""

    t_s: FloatArray
    """Seconds on the log's clock; see `Flight.clock`. NaN where a record has none."""
    lat_deg: FloatArray
    """WGS84, as the log writes it: 0/0 stays 0/0 here."""
    lon_deg: FloatArray
    no_fix: BoolArray
    """Where the receiver itself says that it has no fix."""
    height_takeoff_m: FloatArray
    height_ellipsoid_m: FloatArray
    height_msl_m: FloatArray
    height_undeclared_m: FloatArray
    """An absolute height whose datum the log does not name: kept, never used for a position."""
    yaw_deg: FloatArray
    """The aircraft's, clockwise from true north."""
    pitch_deg: FloatArray
    """Positive upwards, as all pitches here."""
    roll_deg: FloatArray
    gimbal_yaw_deg: FloatArray
    """The camera's axis in the world, not relative to the aircraft."""
    gimbal_pitch_deg: FloatArray
    gimbal_roll_deg: FloatArray
    zoom: FloatArray
    hfov_deg: FloatArray
    laser_range_m: FloatArray
    """Measured by a range finder along the camera's axis."""
    video_s: FloatArray
    """Seconds into the video that the record belongs to."""

    @classmethod
    def of(cls, n: int, **columns: npt.ArrayLike) -> Track:
        """A track of ``n`` samples; a column not given is NaN throughout (no_fix: False).

        Raises:
            ValueError: a column of another length.
            TypeError: a column that a track does not have.
        """
        whole: dict[str, Any] = {
            f.name: np.zeros(n, bool) if f.name == "no_fix" else np.full(n, np.nan)
            for f in fields(cls)
        }
        for name, column in columns.items():
            if name not in whole:
                msg = f"a track has no column {name}"
                raise TypeError(msg)
            values = np.asarray(column, bool if name == "no_fix" else float)
            if values.shape != (n,):
                msg = f"{name} has the shape {values.shape}, not ({n},)"
                raise ValueError(msg)
            whole[name] = values
        return cls(**whole)

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def mappable(self) -> BoolArray:
        """Where a sample has a position on Earth that may be drawn: a fix, and not 0/0."""
        lat, lon = self.lat_deg, self.lon_deg
        on_earth = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)  # NaN compares False
        found: BoolArray = on_earth & ~((lat == 0) & (lon == 0)) & ~self.no_fix
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """One point of a planned route."""

    lat_deg: float
    lon_deg: float
    height_m: float | None
    height_mode: str
    """As the plan writes it: relativeToStartPoint, EGM96, WGS84, aboveGroundLevel..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Records of a log that could not be used, by reason."""

    reason: str
    count: int
    where: str
    """The first place it happened: "line 812", "byte 40960", "cue 17"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One picture of a log: row ``sample`` of the track says where it was taken."""

    sample: int
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flight:
    """One log file, read."""

    format: str
    """The name in the table of formats: "dji-srt", "ulog", ..."""
    dialect: str | None = None
    """Which variant, where the format has several; several at once joined by " + "."""
    clock: Clock
    track: Track = field(default_factory=lambda: Track.of(0))
    device: str | None = None
    """A serial number or an id that the log gives."""
    model: str | None = None
    gimbal: GimbalKnown = GimbalKnown.NO
    home: tuple[float, float] | None = None
    """Take-off point, latitude and longitude."""
    plan: tuple[Waypoint, ...] = ()
    photos: tuple[Photo, ...] = ()
    messages: tuple[Message, ...] = ()
    """Of a live capture: to be recorded as they arrived, by the decoders of the wire."""
    integrity: Integrity = Integrity.COMPLETE
    damage: str | None = None
    """What is wrong and where it begins: "cut inside the record at byte 40960"."""
    recovered: float = 1.0
    """Share of the file, between 0 and 1, that was understood."""
    rejected: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know: "the clock jumps by 14 s at cue 1203: joined clips"."""
