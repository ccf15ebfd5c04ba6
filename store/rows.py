"""Between the domain types and the rows of their tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Double, Row, Table

from ingest.records import Attitude, Fix, Frame, Home, Key, Note, Quality, Record
from store import schema

RECORDS: tuple[Table, ...] = (schema.fix, schema.frame, schema.note)
"""The tables of what devices say."""

LASER_KIND = "laser_target"
"""What a range finder hit is kept as a note of this kind, under the key of its fix."""
HOME_KIND = "home"
"""A home point is kept as a note of this kind, its position in the body."""


def rows_digest(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """One SHA-256 over the rows that one batch or upload made, whether written or read back.

    The rows of each table in order of number, each a msgpack array of its columns in the order of
    store/schema.py, reals as 64-bit floats.
    """
    digest = RowsDigest()
    for table in RECORDS:
        for row in sorted(tables.get(table.name, ()), key=itemgetter("n")):
            digest.add(table, row)
    return digest.hexdigest()


def lines_digest(lines: Iterable[Sequence[Any]]) -> str:
    """One SHA-256 over lines of values, each as a msgpack array."""
    digest = sha256()
    for line in lines:
        digest.update(_ENCODER.encode(line))
    return digest.hexdigest()


class RowsDigest:
    """The same over rows that come one after the other, those of each table in order of number."""

    def __init__(self) -> None:
        self._first = sha256()
        self._others: dict[str, list[bytes]] = {table.name: [] for table in RECORDS[1:]}

    def add(self, table: Table, row: Mapping[str, Any]) -> None:
        """One more row."""
        line = _ENCODER.encode([_plain(row.get(name), real) for name, real in _COLUMNS[table]])
        if table is RECORDS[0]:
            self._first.update(line)
        else:
            self._others[table.name].append(line)

    def hexdigest(self) -> str:
        """Over the rows so far."""
        digest = self._first.copy()
        for table in RECORDS[1:]:
            for line in self._others[table.name]:
                digest.update(line)
        return digest.hexdigest()


def _plain(value: Any, real: bool) -> Any:
    return float(value) if real and value is not None else value


_COLUMNS = {
    table: [(c.name, isinstance(c.type, Double)) for c in table.columns] for table in RECORDS
}
_ENCODER = msgspec.msgpack.Encoder()


def to_row(record: Record, flight_n: int) -> dict[str, Any]:
    """The columns of one record, all but ``n`` and ``raw_n``."""
    row: dict[str, Any] = {
        "flight_n": flight_n,
        "seq": record.key.seq,
        "tie": record.key.tie,
        "digest": record.digest,
        "t_received_s": record.t_received_s,
    }
    match record:
        case Fix():
            row |= _fix_columns(record)
        case Frame():
            row |= _frame_columns(record)
        case Home():
            body = f'{{"lat_deg":{record.lat_deg!r},"lon_deg":{record.lon_deg!r}}}'
            row |= {"t_device_s": record.t_device_s, "kind": HOME_KIND, "body_json": body}
        case Note():
            row |= {
                "t_device_s": record.t_device_s,
                "kind": record.kind,
                "body_json": record.body_json,
            }
    return row


def _fix_columns(fix: Fix) -> dict[str, Any]:
    aircraft, gimbal = fix.aircraft, fix.gimbal
    return {
        "t_device_s": fix.t_device_s,
        "quality": fix.quality.value,
        "lat_deg": fix.lat_deg,
        "lon_deg": fix.lon_deg,
        "height_takeoff_m": fix.height_takeoff_m,
        "height_ellipsoid_m": fix.height_ellipsoid_m,
        "height_msl_m": fix.height_msl_m,
        "yaw_deg": aircraft.yaw_deg if aircraft else None,
        "pitch_deg": aircraft.pitch_deg if aircraft else None,
        "roll_deg": aircraft.roll_deg if aircraft else None,
        **_gimbal_columns(gimbal),
        "camera": fix.camera,
        "zoom": fix.zoom,
        "hfov_deg": fix.hfov_deg,
    }


def _frame_columns(frame: Frame) -> dict[str, Any]:
    return {
        "t_capture_s": frame.t_capture_s,
        "t_sent_s": frame.t_sent_s,
        "sha256": frame.sha256,
        "size_bytes": frame.size_bytes,
        "width_px": frame.width_px,
        "height_px": frame.height_px,
        "camera": frame.camera,
        "hfov_deg": frame.hfov_deg,
        **_gimbal_columns(frame.gimbal),
    }


def _gimbal_columns(gimbal: Attitude | None) -> dict[str, float | None]:
    return {
        "gimbal_yaw_deg": gimbal.yaw_deg if gimbal else None,
        "gimbal_pitch_deg": gimbal.pitch_deg if gimbal else None,
        "gimbal_roll_deg": gimbal.roll_deg if gimbal else None,
    }


def _key(row: Row[Any]) -> Key:
    return Key(device_id=row.device_id, boot_id=row.boot_id, seq=row.seq, tie=row.tie)


def _attitude(yaw: float | None, pitch: float | None, roll: float | None) -> Attitude | None:
    if yaw is None or pitch is None:
        return None
    return Attitude(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll or 0.0)


def _gimbal(row: Row[Any]) -> Attitude | None:
    return _attitude(row.gimbal_yaw_deg, row.gimbal_pitch_deg, row.gimbal_roll_deg)


def to_fix(row: Row[Any]) -> Fix:
    """A fix from its row joined with its flight, and with its laser note where that was asked."""
    return Fix(
        key=_key(row),
        t_device_s=row.t_device_s,
        t_received_s=row.t_received_s,
        digest=row.digest,
        quality=Quality(row.quality),
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        height_takeoff_m=row.height_takeoff_m,
        height_ellipsoid_m=row.height_ellipsoid_m,
        height_msl_m=row.height_msl_m,
        aircraft=_attitude(row.yaw_deg, row.pitch_deg, row.roll_deg),
        gimbal=_gimbal(row),
        camera=row.camera,
        zoom=row.zoom,
        hfov_deg=row.hfov_deg,
        laser_range_m=_laser_range_m(getattr(row, "laser_json", None)),
    )


def _laser_range_m(body_json: str | None) -> float | None:
    found = None if body_json is None else json.loads(body_json).get("measure_target_distance")
    return float(found) if isinstance(found, int | float) and found > 0 else None


def to_frame(row: Row[Any]) -> Frame:
    """A frame, without its bytes, from its row joined with its flight."""
    return Frame(
        key=_key(row),
        t_capture_s=row.t_capture_s,
        t_sent_s=row.t_sent_s,
        t_received_s=row.t_received_s,
        digest=row.digest,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        width_px=row.width_px,
        height_px=row.height_px,
        camera=row.camera,
        hfov_deg=row.hfov_deg,
        gimbal=_gimbal(row),
    )


def to_home(row: Row[Any]) -> Home:
    """A home point from a note of the kind ``home`` joined with its flight."""
    place = json.loads(row.body_json)
    return Home(
        key=_key(row),
        t_device_s=row.t_device_s,
        t_received_s=row.t_received_s,
        digest=row.digest,
        lat_deg=place["lat_deg"],
        lon_deg=place["lon_deg"],
    )
