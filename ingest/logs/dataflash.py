"""ArduPilot dataflash (.BIN): the log that the autopilot writes on its own card.

The log describes itself: FMT records name each type's fields and their letters, and pymavlink knows
what a letter means. Its own reader stops at the first type that it does not know, so the records
are found here, by their two first bytes and the length of their type. After damage the next record
counts that is followed by another. Logs from before 2014, which count milliseconds, give no times.

Field names: ardupilot.org/copter/docs/logmessages.html.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import BadLog
from ingest.logs.binary import (
    COPY_AGAIN,
    Losses,
    at_times,
    backward_steps,
    boot_to_utc_s,
    held,
    library,
    mapped,
    utc_of_gps,
)
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Track
from ingest.logs.reader import LogReader

MAGIC = b"\xa3\x95"
FMT = 0x80
FMT_BYTES = 89
WANTED = frozenset({"GPS", "POS", "ATT", "MNT", "ORGN", "MSG"})
_FIRST = MAGIC + bytes([FMT, FMT, FMT_BYTES]) + b"FMT"
"""The record that describes the describing records, with which a log begins."""
_FIX_FROM = 2
"""Of GPS.Status: 0 is no receiver, 1 no fix."""
_AUTOPILOT = ("Ardu", "APM:", "Blimp", "Rover")
_PADDING = frozenset(b"\0\xff")
_FMT_BODY = struct.Struct("<BB4s16s64s")

Columns = dict[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One type of record, as its FMT record describes it."""

    name: str
    fields: tuple[str, ...]
    scales: tuple[float | None, ...]
    body: struct.Struct


def _recognise(head: bytes) -> bool:
    return _FIRST in head[:4096]


def _read(path: Path) -> Flight:
    letters = library(path, "pymavlink.DFReader").FORMAT_TO_STRUCT
    with mapped(path) as data:
        walk = _Walk(data=data, losses=Losses(size=len(data)), letters=letters)
        walk.run()
        if not walk.kinds:
            reason = "no record (FMT) describes the others, so that nothing can be read"
            raise BadLog(path, reason, advice=COPY_AGAIN)
        topics = {kind.name: walk.columns(kind, number) for number, kind in walk.kinds.items()}
        said = walk.messages()
    return walk.losses.told(_flight(topics, said))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """From record to record, remembering where those begin that matter."""

    data: mmap
    losses: Losses
    letters: dict[str, Any]
    """What each letter of a format means: struct code, scale, Python type."""
    kinds: dict[int, _Kind] = field(default_factory=dict)
    """The wanted ones, by type number."""
    _places: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _sizes: list[int] = field(default_factory=lambda: [0] * 256)

    def run(self) -> None:
        """Go through the file."""
        data, end = self.data, len(self.data)
        sizes, kinds, places = self._sizes, self.kinds, self._places
        sizes[FMT] = FMT_BYTES
        before = at = 0
        while at + 3 <= end:
            number = data[at + 2]
            size = sizes[number]
            if data[at] != MAGIC[0] or data[at + 1] != MAGIC[1] or not size or at + size > end:
                at = before = self._over(before, at)
                continue
            if number in kinds:
                places[number].append(at + 3)
            elif number == FMT:
                self._describe(at)
            before, at = at, at + size
        if at < end:
            self._end(at)

    def columns(self, kind: _Kind, number: int) -> Columns:
        """The numbers of the kind's first instance, by field, each (n,)."""
        rows = [kind.body.unpack_from(self.data, at) for at in self._places[number]]
        table: Columns = {}
        for i, (name, scale) in enumerate(zip(kind.fields, kind.scales, strict=True)):
            if not rows or not isinstance(rows[0][i], bytes):
                values = np.array([row[i] for row in rows], float)
                table[name] = values if scale is None else values / round(1 / scale)
        if "TimeUS" not in table:
            return {}
        if "I" in table:
            table = {name: values[table["I"] == 0] for name, values in table.items()}
        return table

    def messages(self) -> list[str]:
        """What the autopilot said in words."""
        said = []
        for number, kind in self.kinds.items():
            if kind.name == "MSG" and "Message" in kind.fields:
                i = kind.fields.index("Message")
                rows = [kind.body.unpack_from(self.data, at) for at in self._places[number]]
                said += [_text(row[i]) for row in rows if isinstance(row[i], bytes)]
        return said

    def _describe(self, at: int) -> None:
        """Take in an FMT record: type, length, name, letters, field names."""
        number, size, name, letters, names = _FMT_BODY.unpack_from(self.data, at + 3)
        codes = [self.letters.get(letter) for letter in _text(letters)]
        fields = tuple(_text(names).split(",")) if _text(names) else ()
        body = struct.Struct("<" + "".join(code[0] for code in codes if code))
        if None in codes or len(fields) != len(codes) or body.size + 3 != size:
            self.losses.reject("descriptions of records that contradict themselves", at)
            return
        self._sizes[number] = size
        if number != FMT and _text(name) in WANTED:
            scales = tuple(code[1] for code in codes if code)
            self.kinds[number] = _Kind(name=_text(name), fields=fields, scales=scales, body=body)

    def _over(self, before: int, at: int) -> int:
        """Where to go on: the type of the record before may be what is wrong."""
        data, end = self.data, len(self.data)
        found = data.find(MAGIC, before + 1)
        while found >= 0 and not self._sure(found):
            found = data.find(MAGIC, found + 1)
        if found < 0:
            self._end(at)
            return end
        begin = before if found < at else at
        wrong = self._places[data[before + 2]]
        if begin == before and wrong and wrong[-1] == before + 3:
            wrong.pop()
        self.losses.skip(begin, found)
        return found

    def _sure(self, at: int) -> bool:
        """Whether a whole record begins here and another, or nothing, follows."""
        if at + 3 > len(self.data):
            return False
        size = self._sizes[self.data[at + 2]]
        after = at + size
        whole = size > 0 and after <= len(self.data)
        return whole and self.data[after : after + 2] in {MAGIC, b""}

    def _end(self, at: int) -> None:
        """The rest of the file: a record cut short, the padding of a page, or damage."""
        rest = self.data[at:]
        size = self._sizes[rest[2]] if len(rest) > 2 else FMT_BYTES
        if MAGIC.startswith(rest[:2]) and len(rest) < size:
            self.losses.cut(at)
        elif len(set(rest)) > 1 or rest[0] not in _PADDING:
            self.losses.skip(at, len(self.data))


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("latin-1")


def _flight(topics: dict[str, Columns], said: list[str]) -> Flight:
    gps, attitude, mount = (topics.get(name, {}) for name in ("GPS", "ATT", "MNT"))
    source = "POS" if len(topics.get("POS", {}).get("TimeUS", ())) else "GPS"
    place = topics.get(source, {})
    boot_s = _boot_s(place)
    none = np.full(len(boot_s), np.nan)
    shift_s = _to_utc_s(gps)
    began_s = min((t for one in topics.values() for t in _boot_s(one)[:1]), default=0.0)
    has_fix = held(boot_s, _boot_s(gps), _column(gps, "Status") >= _FIX_FROM)
    gimbal = _gimbal(boot_s, mount)
    return Flight(
        format=READER.name,
        dialect=source if len(boot_s) else None,
        clock=Clock.RELATIVE if shift_s is None else Clock.GPS,
        track=Track.of(
            len(boot_s),
            t_s=boot_s + (-began_s if shift_s is None else shift_s),
            lat_deg=place.get("Lat", none),
            lon_deg=place.get("Lng", none),
            no_fix=has_fix == 0,
            height_msl_m=place.get("Alt", none),
            height_takeoff_m=place.get("RelHomeAlt", none),
            **_angles(boot_s, attitude, "", {"yaw": "Yaw", "pitch": "Pitch", "roll": "Roll"}),
            **gimbal,
        ),
        model=next((line for line in said if line.startswith(_AUTOPILOT)), None),
        gimbal=GimbalKnown.WORLD if gimbal else GimbalKnown.NO,
        home=_home(topics.get("ORGN", {})),
        notes=backward_steps(boot_s),
    )


def _boot_s(topic: Columns) -> FloatArray:
    return topic.get("TimeUS", np.empty(0)) / 1e6


def _column(topic: Columns, name: str) -> FloatArray:
    return topic.get(name, np.full(len(_boot_s(topic)), np.nan))


def _to_utc_s(gps: Columns) -> float | None:
    """From the receiver's week and milliseconds; without them a log has no date."""
    week, in_week_s = _column(gps, "GWk"), _column(gps, "GMS") / 1e3
    utc_s = np.where(week > 0, utc_of_gps(week, in_week_s), np.nan)
    return boot_to_utc_s(_boot_s(gps), utc_s)


def _angles(
    boot_s: FloatArray, topic: Columns, prefix: str, names: dict[str, str]
) -> dict[str, FloatArray]:
    """Angles of a topic at other times."""
    return {
        f"{prefix}{ours}_deg": at_times(boot_s, _boot_s(topic), topic[theirs], turns=True)
        for ours, theirs in names.items()
        if theirs in topic
    }


def _gimbal(boot_s: FloatArray, mount: Columns) -> dict[str, FloatArray]:
    """The mount's angles in the earth frame, and its range finder, which looks along it."""
    names = {"yaw": "YawE", "pitch": "Pitch", "roll": "Roll"}
    if not set(names.values()) <= mount.keys() or not len(_boot_s(mount)):
        return {}
    found = _angles(boot_s, mount, "gimbal_", names)
    if "Dist" in mount:
        found["laser_range_m"] = at_times(boot_s, _boot_s(mount), mount["Dist"])
    return found


def _home(origin: Columns) -> tuple[float, float] | None:
    """ORGN of type 1 is home; of type 0, where the estimator began."""
    lat, lon, kind = (_column(origin, name) for name in ("Lat", "Lng", "Type"))
    known = np.flatnonzero((lat != 0) & (np.abs(lat) <= 90))
    if not len(known):
        return None
    best = known[np.argmax(kind[known] == 1)]
    return float(lat[best]), float(lon[best])


READER = LogReader(
    name="dataflash",
    title="ArduPilot dataflash log",
    recognise=_recognise,
    read=_read,
    third_party=True,
)
