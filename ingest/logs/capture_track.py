"""From the messages of a capture to a flight: what the decoders of the wire make of them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.errors import BadMessage
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Integrity, Track
from ingest.logs.tally import Tally
from ingest.recorder import Message
from ingest.records import Attitude, Fix, Home, Note, Quality, Record
from ingest.wire.table import Decoders

CUT = "cut off in the middle"
NO_JSON = "not a JSON object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message of the capture."""

    message: Message
    where: str
    named: bool = True
    """Whether the capture tells its topic, and with it the device."""
    by_device: bool = False
    """Of a message without a topic: whether its time is the device's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One fix, and the laser's range in the same message."""

    fix: Fix
    laser_range_m: float
    heading: bool
    """An aircraft tells its heading, a controller in a hand does not."""


def flight_of(heard: Sequence[Heard], tally: Tally) -> Flight:
    """A flight with the track of one aircraft: of those with a heading the one with most fixes."""
    unread = tally.count
    rows, homes = _decoded(heard, tally)
    groups = Counter((row.fix.key.device_id, row.heading) for row in rows)
    aimed = Counter((row.fix.key.device_id, row.heading) for row in rows if row.fix.gimbal)
    chosen = max(groups, key=lambda one: (one[1], groups[one], aimed[one]), default=("", True))
    track = _track([row for row in rows if (row.fix.key.device_id, row.heading) == chosen])
    named = heard[0].named
    reasons = {one.reason: one.where for one in tally.rejections()}
    return Flight(
        format="capture",
        dialect="messages with topics" if named else "payloads without topics",
        clock=_clock(heard, rows),
        track=track,
        device=chosen[0] or None if named else None,
        gimbal=GimbalKnown.WORLD if aimed[chosen] else GimbalKnown.NO,
        home=homes.get(chosen[0]),
        messages=tuple(one.message for one in heard if one.named),
        integrity=_integrity(reasons),
        damage=f"cut inside {reasons[CUT]}" if CUT in reasons else None,
        recovered=len(heard) / (len(heard) + unread),
        rejected=tally.rejections(),
        notes=_notes(groups, chosen, named=named),
    )


def _decoded(
    heard: Sequence[Heard], tally: Tally
) -> tuple[list[_Row], dict[str, tuple[float, float]]]:
    """The fixes in their order, and the first home point of each device."""
    decoders = Decoders()
    rows: list[_Row] = []
    homes: dict[str, tuple[float, float]] = {}
    for one in heard:
        message = one.message
        try:
            decoded = decoders.decode(message.topic, message.payload, message.t_received_s)
        except BadMessage as exc:
            tally.add(f"not understood by any decoder: {exc.reason}"[:160], one.where)
            continue
        for record in decoded.records:
            if isinstance(record, Fix):
                own = record is decoded.records[0]
                laser_m = _laser_range_m(decoded.records) if own else math.nan
                heading = record.aircraft is not None
                rows.append(_Row(fix=record, laser_range_m=laser_m, heading=heading))
            elif isinstance(record, Home):
                homes.setdefault(record.key.device_id, (record.lat_deg, record.lon_deg))
    return rows, homes


def _laser_range_m(records: Sequence[Record]) -> float:
    """The distance of a laser hit told in the same message, NaN without one."""
    for record in records:
        if isinstance(record, Note) and record.kind == "laser_target":
            found = json.loads(record.body_json).get("measure_target_distance")
            return float(found) if isinstance(found, int | float) else math.nan
    return math.nan


def _track(rows: Sequence[_Row]) -> Track:
    fixes = [row.fix for row in rows]
    yaw, pitch, roll = _angles([fix.aircraft for fix in fixes])
    gimbal_yaw, gimbal_pitch, gimbal_roll = _angles([fix.gimbal for fix in fixes])
    return Track.of(
        len(fixes),
        t_s=[fix.t_device_s for fix in fixes],
        lat_deg=_column([fix.lat_deg for fix in fixes]),
        lon_deg=_column([fix.lon_deg for fix in fixes]),
        no_fix=[fix.quality is Quality.NO_FIX for fix in fixes],
        height_takeoff_m=_column([fix.height_takeoff_m for fix in fixes]),
        height_ellipsoid_m=_column([fix.height_ellipsoid_m for fix in fixes]),
        height_msl_m=_column([fix.height_msl_m for fix in fixes]),
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        gimbal_yaw_deg=gimbal_yaw,
        gimbal_pitch_deg=gimbal_pitch,
        gimbal_roll_deg=gimbal_roll,
        zoom=_column([fix.zoom for fix in fixes]),
        hfov_deg=_column([fix.hfov_deg for fix in fixes]),
        laser_range_m=[row.laser_range_m for row in rows],
    )


def _angles(attitudes: Sequence[Attitude | None]) -> FloatArray:
    """Yaw, pitch and roll as three columns."""
    nothing = (math.nan, math.nan, math.nan)
    told = [(one.yaw_deg, one.pitch_deg, one.roll_deg) if one else nothing for one in attitudes]
    return np.array(told, float).reshape(-1, 3).T


def _column(values: Sequence[float | None]) -> FloatArray:
    return np.array([math.nan if value is None else value for value in values], float)


def _clock(heard: Sequence[Heard], rows: Sequence[_Row]) -> Clock:
    """UTC where the devices tell their own time, else that of the computer that listened."""
    if not heard[0].named:
        return Clock.UTC if any(one.by_device for one in heard) else Clock.RECEIVER
    own = any(row.fix.t_device_s != row.fix.t_received_s for row in rows)
    return Clock.UTC if own else Clock.RECEIVER


def _integrity(reasons: Collection[str]) -> Integrity:
    if NO_JSON in reasons:
        return Integrity.CORRUPT
    return Integrity.TRUNCATED if CUT in reasons else Integrity.COMPLETE


def _notes(
    groups: Counter[tuple[str, bool]], chosen: tuple[str, bool], *, named: bool
) -> tuple[str, ...]:
    notes = [
        f"not in the track: {count} of {device if named else 'another device'}"
        f"{'' if heading else ', which has no heading'}"
        for (device, heading), count in groups.items()
        if (device, heading) != chosen
    ]
    if not named:
        notes.append("the lines name no topic, so nothing tells which device this is")
    return tuple(notes)
