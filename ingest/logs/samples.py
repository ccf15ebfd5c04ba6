"""A log that has its place in time and its flight, as the records that go into the store. Pure.

The key of a sample holds the log's own time and a digest of the row itself, so that the same log
read again, whole this time or with a better guess at its clock, lands on the same rows.
"""

from __future__ import annotations

import heapq
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from ingest import cameras
from ingest.logs.flight import Flight, FloatArray, Track
from ingest.records import Attitude, Fix, Frame, Home, Key, Quality
from ingest.wire.keys import DEVICE_ID, digest

CHUNK = 4096
"""Samples turned into records at a time."""
MAX_T_S = 253_402_214_400.0
"""9999-12-31: past it no calendar can write a time."""

_VALUES = tuple(f.name for f in fields(Track) if f.name != "no_fix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a log whose bytes lie in the blob store."""

    t_log_s: float
    """On the log's own clock, as the track's times."""
    t_capture_s: float
    """UTC."""
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int


def device_name(text: str) -> str | None:
    """A serial number as a device id; None where nothing of it can be one."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:64]
    return name if DEVICE_ID.fullmatch(name) else None


def boot_name(t_first_s: float, *, single: bool = False) -> str:
    """Of a flight that only a log tells of: when it began; for single photos, their day."""
    form = "log-%Y%m%d" if single else "log-%Y%m%dT%H%M%SZ"
    return datetime.fromtimestamp(t_first_s, UTC).strftime(form)


def usable(utc_s: FloatArray) -> npt.NDArray[np.intp]:
    """The rows, in order of time, whose time a calendar can hold."""
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((utc_s >= 0) & (utc_s < MAX_T_S))
    return rows[np.argsort(utc_s[rows], kind="stable")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """The records of one log in order of device time."""

    flight: Flight
    utc_s: FloatArray
    """Shape (n,), of the track's samples."""
    device_id: str
    boot_id: str
    t_received_s: float
    pictures: tuple[Picture, ...] = ()

    def __len__(self) -> int:
        """How many records there are at most."""
        return len(self.flight.track) + len(self.pictures) + 1

    def __iter__(self) -> Iterator[Fix | Frame | Home]:
        yield from self._home()
        streams: tuple[Iterator[Fix | Frame], ...] = (self._fixes(), self._frames())
        yield from heapq.merge(*streams, key=_when)

    def _key(self, t_log_s: float, tie: int) -> Key:
        seq = round(t_log_s * 1000) if math.isfinite(t_log_s) else 0
        return Key(device_id=self.device_id, boot_id=self.boot_id, seq=seq, tie=tie)

    def _home(self) -> Iterator[Home]:
        rows = usable(self.utc_s)
        home = self.flight.home
        if home is None or not len(rows):
            return
        tie = digest(struct.pack("<2d", *home))
        first = int(rows[0])
        yield Home(
            key=self._key(float(self.flight.track.t_s[first]), tie),
            t_device_s=float(self.utc_s[first]),
            t_received_s=self.t_received_s,
            digest=tie,
            lat_deg=home[0],
            lon_deg=home[1],
        )

    def _fixes(self) -> Iterator[Fix]:
        track = self.flight.track
        mappable, camera = track.mappable, self._camera()
        rows = usable(self.utc_s)
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            table = np.stack([getattr(track, name)[some] for name in _VALUES], 1).astype("<f8")
            values = table.astype(object)
            values[~np.isfinite(table)] = None
            for row, said, line in zip(some.tolist(), table, values.tolist(), strict=True):
                value: dict[str, float | None] = dict(zip(_VALUES, line, strict=True))
                tie = digest(said.tobytes())
                quality = (
                    Quality.OK if mappable[row] else _why_not(value, no_fix=bool(track.no_fix[row]))
                )
                absent = quality is Quality.ABSENT
                yield Fix(
                    key=self._key(float(said[0]), tie),
                    t_device_s=float(self.utc_s[row]),
                    t_received_s=self.t_received_s,
                    digest=tie,
                    quality=quality,
                    lat_deg=None if absent else value["lat_deg"],
                    lon_deg=None if absent else value["lon_deg"],
                    height_takeoff_m=value["height_takeoff_m"],
                    height_ellipsoid_m=value["height_ellipsoid_m"],
                    height_msl_m=value["height_msl_m"],
                    aircraft=_attitude(value["yaw_deg"], value["pitch_deg"], value["roll_deg"]),
                    gimbal=_attitude(
                        value["gimbal_yaw_deg"],
                        value["gimbal_pitch_deg"],
                        value["gimbal_roll_deg"],
                    ),
                    camera=camera,
                    zoom=value["zoom"],
                    hfov_deg=value["hfov_deg"],
                )

    def _camera(self) -> str | None:
        model = self.flight.model
        return model if model is not None and cameras.hfov_deg(model) is not None else None

    def _frames(self) -> Iterator[Frame]:
        for picture in sorted(self.pictures, key=lambda p: p.t_capture_s):
            tie = digest(bytes.fromhex(picture.sha256))
            yield Frame(
                key=self._key(picture.t_log_s, tie),
                t_capture_s=picture.t_capture_s,
                t_sent_s=None,
                t_received_s=self.t_received_s,
                digest=tie,
                sha256=picture.sha256,
                size_bytes=picture.size_bytes,
                width_px=picture.width_px,
                height_px=picture.height_px,
            )


def photo_pictures(flight: Flight, utc_s: FloatArray) -> Iterator[tuple[Picture, bytes]]:
    """The photos of a log with their bytes, those without a time left out."""
    timed = set(usable(utc_s).tolist())
    for photo in flight.photos:
        if photo.sample in timed:
            picture = Picture(
                t_log_s=float(flight.track.t_s[photo.sample]),
                t_capture_s=float(utc_s[photo.sample]),
                sha256=sha256(photo.jpeg).hexdigest(),
                size_bytes=len(photo.jpeg),
                width_px=photo.width_px,
                height_px=photo.height_px,
            )
            yield picture, photo.jpeg


def _when(record: Fix | Frame) -> tuple[float, bool]:
    """Device time; of two at the same time the fix first."""
    if isinstance(record, Fix):
        return record.t_device_s, False
    return record.t_capture_s, True


def _why_not(value: dict[str, float | None], *, no_fix: bool) -> Quality:
    lat_deg, lon_deg = value["lat_deg"], value["lon_deg"]
    if lat_deg is None or lon_deg is None or abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return Quality.ABSENT
    return Quality.NO_FIX if no_fix else Quality.ZERO


def _attitude(
    yaw_deg: float | None, pitch_deg: float | None, roll_deg: float | None
) -> Attitude | None:
    if yaw_deg is None or pitch_deg is None:
        return None
    return Attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg or 0.0)
