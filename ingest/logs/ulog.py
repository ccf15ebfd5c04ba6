"""PX4 ULog: position from the satellite receiver, attitude from the estimator.

pyulog decodes; it does not tell that a file ends in the middle of a message, and stops at some
kinds of damage. So the messages are found here, by the three bytes of their header, and only whole
ones of the few topics that matter reach it. That is faster, too. Layout: docs.px4.io, "ULog File
Format". Logs of gimbals are not read: none was found to check them against.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from geo.geodesy import offset
from ingest.errors import BadLog
from ingest.logs.binary import (
    COPY_AGAIN,
    FOREIGN_ERRORS,
    Losses,
    at_times,
    backward_steps,
    boot_to_utc_s,
    held,
    library,
    mapped,
)
from ingest.logs.flight import BoolArray, Clock, Flight, FloatArray, Track
from ingest.logs.reader import LogReader

MAGIC = b"ULog\x01\x12\x35"
PLACES = (
    "vehicle_gps_position",
    "sensor_gps",
    "vehicle_global_position",
    "vehicle_local_position",
)
"""Topics with a position, best first: the receiver's own says whether it has a fix."""
TOPICS = {*(name.encode() for name in PLACES), b"vehicle_attitude", b"home_position"}
KINDS = frozenset(b"FIMPQARDLCSOB")
_KIND = re.compile(b"[" + bytes(KINDS) + b"]")
HEADER_BYTES = 16
_FLAGS_BYTES = 40
_DATA, _SUBSCRIPTION, _FORMAT, _INFO, _FLAGS = b"DAFIB"
_SURE = 4
"""Headers in a row that must make sense before a place counts as a message's beginning again."""
_head = struct.Struct("<HB").unpack_from

Columns = dict[str, FloatArray]


def _recognise(head: bytes) -> bool:
    return head.startswith(MAGIC)


def _read(path: Path) -> Flight:
    pyulog = library(path, "pyulog")
    with mapped(path) as data:
        if len(data) < HEADER_BYTES or data[:7] != MAGIC:
            raise BadLog(path, "the header of a ULog is cut or damaged", advice=COPY_AGAIN)
        losses = Losses(size=len(data), what="message")
        sieve = _Sieve(data=data, losses=losses)
        for start, end in _stretches(path, data):
            sieve.run(start, end)
        kept = io.BytesIO(data[:HEADER_BYTES] + b"".join(sieve.kept))
    try:
        log = pyulog.ULog(kept)
    except (*FOREIGN_ERRORS, pyulog.ULogException) as exc:
        raise BadLog(path, f"pyulog cannot read it: {exc!r}", advice=COPY_AGAIN) from exc
    read = sum(len(one.data["timestamp"]) for one in log.data_list if "timestamp" in one.data)
    for _ in range(read, sieve.samples):
        losses.reject("samples that do not fit their format", HEADER_BYTES)
    return losses.told(_flight(log))


def _stretches(path: Path, data: mmap) -> list[tuple[int, int]]:
    """Where messages follow one another; after a crash PX4 appends data behind a cut message."""
    ends = [len(data)]
    body = HEADER_BYTES + 3
    if len(data) >= body + _FLAGS_BYTES and _head(data, HEADER_BYTES) == (_FLAGS_BYTES, _FLAGS):
        flags = data[body : body + _FLAGS_BYTES]
        if flags[8] & ~1 or any(flags[9:16]):
            reason = "the log says that a reader of its time cannot understand it"
            raise BadLog(path, reason, where="byte 27", advice="update Plumeline")
        if flags[8] & 1:
            offsets = struct.unpack_from("<3Q", flags, 16)
            ends = sorted({at for at in offsets if HEADER_BYTES < at < len(data)} | {len(data)})
    return list(zip([HEADER_BYTES, *ends[:-1]], ends, strict=True))


@dataclass(slots=True, kw_only=True)
class _Sieve:
    """Picks the messages that matter out of a file."""

    data: mmap
    losses: Losses
    kept: list[bytes] = field(default_factory=list)
    samples: int = 0
    _wanted: set[int] = field(default_factory=set)

    def run(self, start: int, end: int) -> None:
        """Go from message to message; over damage to the next that makes sense."""
        data, wanted, keep = self.data, self._wanted, self.kept.append
        before = at = start
        while at + 3 <= end:
            size, kind = _head(data, at)
            after = at + 3 + size
            if kind not in KINDS or after > end:
                at = before = self._over(before, at, end)
                continue
            if kind == _DATA:
                if size > 2 and data[at + 3] | data[at + 4] << 8 in wanted:
                    keep(data[at:after])
                    self.samples += 1
            elif kind == _SUBSCRIPTION:
                if data[at + 6 : after] in TOPICS:
                    wanted.add(data[at + 4] | data[at + 5] << 8)
                    keep(data[at:after])
            elif kind in (_FORMAT, _INFO):
                keep(data[at:after])
            before, at = at, after
        if at < end == len(data):
            self.losses.cut(at)

    def _over(self, before: int, at: int, end: int) -> int:
        """Where to go on: the size of the message before may be what is wrong."""
        places = (m.start() - 2 for m in _KIND.finditer(self.data, before + 3, end))
        found = next((place for place in places if self._sure(place, end)), None)
        size, kind = _head(self.data, at)
        if found is None and kind in KINDS and at + 3 + size > end:
            if end == len(self.data):
                self.losses.cut(at)
            return end  # the message that a crash or a full card cut
        begin = at if found is None or found > at else before
        self.losses.skip(begin, end if found is None else found)
        if begin == before and self.kept and self.kept[-1] == self.data[before:at]:
            self.samples -= self.kept.pop()[2] == _DATA
        return end if found is None else found

    def _sure(self, at: int, end: int) -> bool:
        for _ in range(_SURE):
            if at + 3 > end:
                return at == end
            size, kind = _head(self.data, at)
            if kind not in KINDS or not size:
                return False
            at += 3 + size
        return at <= end


def _flight(log: Any) -> Flight:
    topics: dict[str, Columns] = {}
    with np.errstate(invalid="ignore"):  # a damaged float may be a signalling NaN
        for one in log.data_list:
            if one.multi_id == 0 and "timestamp" in one.data:
                topics[one.name] = {k: np.asarray(v, float) for k, v in one.data.items()}
    source = max(PLACES, key=lambda name: (_positions(topics.get(name)), name in topics))
    place = topics.get(source, {"timestamp": np.empty(0)})
    boot_s = place["timestamp"] / 1e6
    shift_s = _to_utc_s(topics)
    info = log.msg_info_dict
    return Flight(
        format=READER.name,
        dialect=_dialect(source, place),
        clock=Clock.RELATIVE if shift_s is None else Clock.GPS,
        track=Track.of(
            len(boot_s),
            t_s=boot_s + (-log.start_timestamp / 1e6 if shift_s is None else shift_s),
            height_takeoff_m=_above_home_m(boot_s, topics),
            **_position(place),
            **_attitude(boot_s, topics.get("vehicle_attitude")),
        ),
        device=_text(info.get("sys_uuid")),
        model=_text(info.get("ver_hw")),
        home=_home(topics.get("home_position")),
        notes=backward_steps(boot_s),
    )


def _positions(place: Columns | None) -> bool:
    """Whether a topic has any position at all: an estimator without a fix writes zeros."""
    if place is None:
        return False
    found = _position(place)
    return bool(np.any(np.nan_to_num(found["lat_deg"]) != 0))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _dialect(source: str, place: Columns) -> str | None:
    if not len(place["timestamp"]):
        return None
    if "latitude_deg" in place:
        return f"{source}, degrees"
    return f"{source}, 1e-7 degrees" if source in PLACES[:2] else source


def _position(place: Columns) -> dict[str, FloatArray | BoolArray]:
    """Position columns of any of the topics."""
    none = np.full(len(place["timestamp"]), np.nan)
    if "ref_lat" in place:
        return _local(place, none)
    no_fix = place.get("fix_type", none) < 2
    if "latitude_deg" in place:
        names = ("latitude_deg", "longitude_deg", "altitude_msl_m", "altitude_ellipsoid_m")
        unit_deg = unit_m = 1.0
    else:
        names = ("lat", "lon", "alt", "alt_ellipsoid")
        unit_deg, unit_m = (1e-7, 1e-3) if "fix_type" in place else (1.0, 1.0)
    lat, lon, msl, ellipsoid = (place.get(name, none) for name in names)
    return {
        "lat_deg": lat * unit_deg,
        "lon_deg": lon * unit_deg,
        "height_msl_m": msl * unit_m,
        "height_ellipsoid_m": ellipsoid * unit_m,
        "no_fix": no_fix,
    }


def _local(place: Columns, none: FloatArray) -> dict[str, FloatArray | BoolArray]:
    """Metres from a reference point, where the log says that the point is on Earth."""
    known = (place.get("xy_global", none) == 1) & (np.abs(place["ref_lat"]) <= 90)
    lat, lon = none.copy(), none.copy()
    east, north = place.get("y", none), place.get("x", none)
    ref_lat, ref_lon = place["ref_lat"][known], place.get("ref_lon", none)[known]
    lat[known], lon[known] = offset(ref_lat, ref_lon, east[known], north[known])
    high = place.get("z_global", none) == 1
    msl = np.where(high & known, place.get("ref_alt", none) - place.get("z", none), np.nan)
    return {"lat_deg": lat, "lon_deg": lon, "height_msl_m": msl}


def _to_utc_s(topics: dict[str, Columns]) -> float | None:
    for name in PLACES[:2]:
        place = topics.get(name, {})
        if "time_utc_usec" in place:
            shift_s = boot_to_utc_s(place["timestamp"] / 1e6, place["time_utc_usec"] / 1e6)
            if shift_s is not None:
                return shift_s
    return None


def _above_home_m(boot_s: FloatArray, topics: dict[str, Columns]) -> FloatArray:
    """How far the estimator is above the home point of the time: both are local, z down."""
    local, home = topics.get("vehicle_local_position", {}), topics.get("home_position", {})
    if "z" not in local or "z" not in home:
        return np.full(len(boot_s), np.nan)
    home_z_m = held(boot_s, home["timestamp"] / 1e6, home["z"])
    return home_z_m - at_times(boot_s, local["timestamp"] / 1e6, local["z"])


def _home(home: Columns | None) -> tuple[float, float] | None:
    """The first that is one: it may be 0/0 until the estimator knows better."""
    if home is None or not {"lat", "lon"} <= home.keys():
        return None
    known = np.flatnonzero((home["lat"] != 0) & (np.abs(home["lat"]) <= 90))
    return (float(home["lat"][known[0]]), float(home["lon"][known[0]])) if len(known) else None


def _attitude(boot_s: FloatArray, attitude: Columns | None) -> dict[str, FloatArray]:
    """Yaw, pitch and roll of the quaternion (body to north-east-down), each interpolated.

    Diebel, "Representing Attitude" (2006), equation 290.
    """
    if attitude is None or not {f"q[{i}]" for i in range(4)} <= attitude.keys():
        return {}
    w, x, y, z = (attitude[f"q[{i}]"] for i in range(4))
    angles = {
        "yaw_deg": np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
        "pitch_deg": np.arcsin(np.clip(2 * (w * y - z * x), -1, 1)),
        "roll_deg": np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
    }
    times = attitude["timestamp"] / 1e6
    return {k: at_times(boot_s, times, np.degrees(v), turns=True) for k, v in angles.items()}


READER = LogReader(
    name="ulog", title="PX4 ULog", recognise=_recognise, read=_read, third_party=True
)
