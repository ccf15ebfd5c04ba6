"""MAVLink telemetry as a ground station records it (.tlog): each packet after its time of arrival.

The layout is eight bytes of microseconds since 1970 (big endian), then one MAVLink 1 or 2 packet
(mavlink.io, "Packet Serialization"). pymavlink knows what is inside; of its 300 kinds of message
eight matter here, and only their checksums are verified.

The camera's axis comes from MOUNT_ORIENTATION, whose frame the protocol names. MOUNT_STATUS is not
used: ArduPilot's drivers write angles of the world, of the airframe, or those only asked for.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from geo.angles import wrap_deg
from ingest.logs.binary import (
    T_MAX_S,
    T_MIN_S,
    Losses,
    at_times,
    backward_steps,
    held,
    library,
    mapped,
)
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Track
from ingest.logs.reader import LogReader

DIALECT = "pymavlink.dialects.v20.ardupilotmega"
POSITION, RECEIVER, ATTITUDE, CLOCK, HOME, MOUNT, VERSION = 33, 24, 30, 2, 242, 265, 148
"""GLOBAL_POSITION_INT, GPS_RAW_INT, ATTITUDE, SYSTEM_TIME, HOME_POSITION, MOUNT_ORIENTATION and
AUTOPILOT_VERSION."""
MOUNT_STATUS = 158
WANTED = frozenset({POSITION, RECEIVER, ATTITUDE, CLOCK, HOME, MOUNT, VERSION, MOUNT_STATUS})
SHORTEST_BYTES = 16
"""Of a packet with its time: eight, and MAVLink 1 without a payload."""
_V1, _V2 = 0xFE, 0xFD
_MARKERS = re.compile(rb"[\xfd\xfe]")
_SIGNED, _SIGNATURE_BYTES = 1, 13
_FIX_FROM = 2
"""Of GPS_FIX_TYPE: 0 is no receiver, 1 no fix."""
_AHEAD_S = 1.0

_time_us = struct.Struct(">Q").unpack_from

Columns = dict[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packet:
    t_us: int
    system: int
    payload: bytes


def _size(data: mmap | bytes, at: int) -> int | None:
    """Bytes of the packet that begins here, its time included; None where none can."""
    if at + SHORTEST_BYTES > len(data):
        return None
    marker: int = data[at + 8]
    if marker == _V1:
        return data[at + 9] + 16
    if marker == _V2 and data[at + 10] <= _SIGNED:
        return data[at + 9] + 20 + _SIGNATURE_BYTES * data[at + 10]
    return None


def _kind(data: mmap | bytes, at: int) -> int:
    if data[at + 8] == _V1:
        return data[at + 13]
    return data[at + 15] | data[at + 16] << 8 | data[at + 17] << 16


def _packet(data: mmap | bytes, at: int) -> _Packet:
    first = data[at + 8] == _V1
    begin = at + (14 if first else 18)
    return _Packet(
        t_us=_time_us(data, at)[0],
        system=data[at + (11 if first else 13)],
        payload=data[begin : begin + data[at + 9]],
    )


def _recognise(head: bytes) -> bool:
    """Whether packets follow one another from the first byte."""
    at = 0
    for _ in range(3):
        size = _size(head, at)
        if size is None or _time_us(head, at)[0] > T_MAX_S * 1e6:
            return at > 0 and at + SHORTEST_BYTES > len(head)
        at += size
    return True


def _read(path: Path) -> Flight:
    dialect = library(path, DIALECT)
    with mapped(path) as data:
        walk = _Walk(data=data, losses=Losses(size=len(data), what="packet"), dialect=dialect)
        found = walk.run()
    systems = Counter(one.system for one in found[POSITION] or found[RECEIVER] or found[ATTITUDE])
    system = systems.most_common(1)[0][0] if systems else None
    topics = {
        kind: _columns(dialect.mavlink_map[kind], [p for p in packets if p.system == system])
        for kind, packets in found.items()
    }
    others = len(systems) - 1
    flight = _flight(topics, f" of system {system} ({others} others)" if others > 0 else "")
    return walk.losses.told(flight)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """From packet to packet; over damage to the next one whose checksum is right."""

    data: mmap
    losses: Losses
    dialect: Any

    def run(self) -> dict[int, list[_Packet]]:
        """The packets that matter, by kind."""
        found: dict[int, list[_Packet]] = {kind: [] for kind in sorted(WANTED)}
        data, end = self.data, len(self.data)
        before = at = 0
        while at + SHORTEST_BYTES <= end:
            size = _size(data, at)
            if size is None or at + size > end:
                at = before = self._over(before, at)
                continue
            kind = _kind(data, at)
            if kind in WANTED:
                if self._whole(at):
                    found[kind].append(_packet(data, at))
                else:
                    self.losses.reject("packets with a wrong checksum", at, size)
            before, at = at, at + size
        if at < end:
            self.losses.cut(at)
        return found

    def _whole(self, at: int) -> bool:
        """Whether a packet of a known kind begins here, with the right checksum."""
        data, size = self.data, _size(self.data, at)
        if size is None or at + size > len(data):
            return False
        known = self.dialect.mavlink_map.get(_kind(data, at))
        if known is None:
            return False
        end = at + (14 if data[at + 8] == _V1 else 18) + data[at + 9]
        checksum = self.dialect.x25crc(data[at + 9 : end] + bytes([known.crc_extra])).crc
        return bool(checksum == data[end] | data[end + 1] << 8)

    def _over(self, before: int, at: int) -> int:
        """Where to go on: the length of the packet before may be what is wrong."""
        data, end = self.data, len(self.data)
        begin = at if before == at or self._whole(before) else before
        places = (m.start() - 8 for m in _MARKERS.finditer(data, begin + 9))
        found = next((place for place in places if self._whole(place)), None)
        size = _size(data, at)
        if found is None and size is not None and at + size > end:
            self.losses.cut(at)
            return end
        self.losses.skip(begin, end if found is None else found)
        return end if found is None else found


def _columns(message: Any, packets: list[_Packet]) -> Columns:
    """The numbers of a kind of message up to its first list, and ``stamp_s``, its arrival."""
    size = message.unpacker.size
    body = b"".join(p.payload[:size].ljust(size, b"\0") for p in packets)  # MAVLink 2 trims zeros
    each = zip(message.ordered_fieldnames, message.array_lengths, strict=True)
    names = [name for name, _ in takewhile(lambda field: field[1] == 0, each)]
    rows = [row[: len(names)] for row in message.unpacker.iter_unpack(body)]
    table = np.array(rows, float).reshape(-1, len(names))
    columns = dict(zip(names, table.T, strict=True))
    return columns | {"stamp_s": np.array([p.t_us for p in packets], float) / 1e6}


def _flight(topics: dict[int, Columns], whose: str) -> Flight:
    source = POSITION if len(topics[POSITION]["stamp_s"]) else RECEIVER
    place, receiver, version = topics[source], topics[RECEIVER], topics[VERSION]
    stamp_s = place["stamp_s"]
    utc = bool(np.any((stamp_s > T_MIN_S) & (stamp_s < T_MAX_S)))
    has_fix = held(stamp_s, receiver["stamp_s"], receiver["fix_type"] >= _FIX_FROM)
    unit_m = np.full(len(stamp_s), 1e-3)
    ellipsoid_m = place.get("alt_ellipsoid", np.zeros(len(stamp_s))) * unit_m
    attitude = _attitude(place, topics[ATTITUDE])
    gimbal = _gimbal(place, topics[MOUNT], attitude["yaw_deg"])
    return Flight(
        format=READER.name,
        dialect=("GLOBAL_POSITION_INT" if source == POSITION else "GPS_RAW_INT") + whose,
        clock=Clock.RECEIVER if utc else Clock.RELATIVE,
        track=Track.of(
            len(stamp_s),
            t_s=stamp_s if utc else stamp_s - (stamp_s[0] if len(stamp_s) else 0.0),
            lat_deg=place["lat"] * 1e-7,
            lon_deg=place["lon"] * 1e-7,
            no_fix=has_fix == 0,
            height_msl_m=place["alt"] * unit_m,
            height_ellipsoid_m=np.where(ellipsoid_m == 0, np.nan, ellipsoid_m),
            height_takeoff_m=place.get("relative_alt", np.full(len(stamp_s), np.nan)) * unit_m,
            **attitude,
            **gimbal,
        ),
        device=f"{int(version['uid'][0]):x}" if np.any(version["uid"] != 0) else None,
        gimbal=GimbalKnown.WORLD if gimbal else GimbalKnown.NO,
        home=_home(topics[HOME]),
        notes=(
            *backward_steps(stamp_s),
            *_ahead(topics[CLOCK]),
            *_unused(topics[MOUNT_STATUS]),
        ),
    )


def _attitude(place: Columns, attitude: Columns) -> Columns:
    """The aircraft's angles at the positions, by the aircraft's clock where both give it."""
    clock = "time_boot_ms" if "time_boot_ms" in place else "stamp_s"
    unit_s = 1e-3 if clock == "time_boot_ms" else 1.0
    at_s, times_s = place[clock] * unit_s, attitude[clock] * unit_s
    return {
        f"{name}_deg": at_times(at_s, times_s, np.degrees(attitude[name]), turns=True)
        for name in ("yaw", "pitch", "roll")
    }


def _gimbal(place: Columns, mount: Columns, yaw_deg: FloatArray) -> Columns:
    """Pitch and roll are in the world, yaw counts from the aircraft's nose (common.xml, 265)."""
    names = ("yaw", "pitch", "roll")
    if not any(np.any(mount[name] != 0) for name in names):
        return {}  # ArduPilot sends zeros where there is no mount
    yaw, pitch, roll = (
        at_times(place["stamp_s"], mount["stamp_s"], mount[name], turns=True) for name in names
    )
    return {
        "gimbal_yaw_deg": wrap_deg(yaw_deg + yaw),
        "gimbal_pitch_deg": pitch,
        "gimbal_roll_deg": roll,
    }


def _home(home: Columns) -> tuple[float, float] | None:
    known = np.flatnonzero(home["latitude"] != 0)
    if not len(known):
        return None
    return float(home["latitude"][known[0]]) * 1e-7, float(home["longitude"][known[0]]) * 1e-7


def _ahead(clock: Columns) -> tuple[str, ...]:
    """A note when the receiver's clock and the satellites' differ."""
    unix_s = clock["time_unix_usec"] / 1e6
    known = unix_s > T_MIN_S
    if not known.any():
        return ()
    ahead_s = float(np.median((clock["stamp_s"] - unix_s)[known]))
    if abs(ahead_s) < _AHEAD_S:
        return ()
    way = "ahead of" if ahead_s > 0 else "behind"
    return (f"the receiver's clock is {abs(ahead_s):.1f} s {way} the aircraft's satellite time",)


def _unused(status: Columns) -> tuple[str, ...]:
    if not any(np.any(status[f"pointing_{axis}"] != 0) for axis in "abc"):
        return ()  # ArduPilot sends zeros where there is no mount
    return ("MOUNT_STATUS is not used: it does not say what its angles are measured from",)


READER = LogReader(
    name="tlog", title="MAVLink telemetry log", recognise=_recognise, read=_read, third_party=True
)
