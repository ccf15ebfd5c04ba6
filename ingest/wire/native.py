"""The dialect of a bridge written for this project: ``uav/{device_id}/fix`` and ``/home``."""

from __future__ import annotations

from typing import Literal

import msgspec

from ingest.errors import BadMessage
from ingest.records import Attitude, Decoded, Fix, Home, Quality
from ingest.wire import fields
from ingest.wire.keys import device_time_s, digest, make_key


class _Fix(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A fix as it is written; docs/wire.md tells units and signs."""

    t_device_s: float
    device_id: str | None = None
    boot_id: str | None = None
    seq: int | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    height_takeoff_m: float | None = None
    height_ellipsoid_m: float | None = None
    height_msl_m: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    gimbal_yaw_deg: float | None = None
    gimbal_pitch_deg: float | None = None
    gimbal_roll_deg: float | None = None
    camera: str | None = None
    zoom: float | None = None
    hfov_deg: float | None = None
    fix: Literal["ok", "none"] = "ok"


class _Home(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A home point as it is written."""

    t_device_s: float
    lat_deg: float
    lon_deg: float
    device_id: str | None = None
    boot_id: str | None = None
    seq: int | None = None


def decode_fix(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """One fix.

    Raises:
        BadMessage: not JSON, a field of a wrong type, another device's id, an impossible time.
    """
    said = fields.parse(topic, payload, _Fix)
    same_device(topic, device_id, said.device_id)
    t_device_s = device_time_s(topic, said.t_device_s)
    tie = digest(payload)
    fix = Fix(
        key=make_key(
            topic,
            device_id,
            boot_id=said.boot_id,
            seq=said.seq,
            t_device_s=t_device_s,
            tie=tie,
        ),
        t_device_s=t_device_s,
        t_received_s=t_received_s,
        digest=tie,
        quality=fields.quality(said.lat_deg, said.lon_deg, fixed=said.fix == "ok"),
        lat_deg=said.lat_deg,
        lon_deg=said.lon_deg,
        height_takeoff_m=said.height_takeoff_m,
        height_ellipsoid_m=said.height_ellipsoid_m,
        height_msl_m=said.height_msl_m,
        aircraft=fields.level_attitude(said.yaw_deg, said.pitch_deg, said.roll_deg),
        gimbal=fields.attitude(said.gimbal_yaw_deg, said.gimbal_pitch_deg, said.gimbal_roll_deg),
        camera=fields.text(said.camera),
        zoom=fields.zoom(said.zoom),
        hfov_deg=fields.hfov_deg(said.hfov_deg),
    )
    return Decoded(records=(fix,))


def decode_home(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """One home point.

    Raises:
        BadMessage: as for a fix, and a home at 0/0 or not on Earth: neither says anything.
    """
    said = fields.parse(topic, payload, _Home)
    same_device(topic, device_id, said.device_id)
    t_device_s = device_time_s(topic, said.t_device_s)
    if fields.quality(said.lat_deg, said.lon_deg, fixed=True) is not Quality.OK:
        raise BadMessage(topic, f"home point {said.lat_deg}, {said.lon_deg} is nowhere")
    tie = digest(payload)
    home = Home(
        key=make_key(
            topic,
            device_id,
            boot_id=said.boot_id,
            seq=said.seq,
            t_device_s=t_device_s,
            tie=tie,
        ),
        t_device_s=t_device_s,
        t_received_s=t_received_s,
        digest=tie,
        lat_deg=said.lat_deg,
        lon_deg=said.lon_deg,
    )
    return Decoded(records=(home,))


def encode_fix(fix: Fix) -> bytes:
    """The payload of ``uav/{device_id}/fix``; decodes back into the same fix.

    A fix whose key was made from the day and a digest is written without boot and sequence.
    """
    counted = fix.key.tie == 0
    aircraft, gimbal = _angles(fix.aircraft), _angles(fix.gimbal)
    return msgspec.json.encode(
        _Fix(
            t_device_s=fix.t_device_s,
            boot_id=fix.key.boot_id if counted else None,
            seq=fix.key.seq if counted else None,
            lat_deg=fix.lat_deg,
            lon_deg=fix.lon_deg,
            height_takeoff_m=fix.height_takeoff_m,
            height_ellipsoid_m=fix.height_ellipsoid_m,
            height_msl_m=fix.height_msl_m,
            yaw_deg=aircraft[0],
            pitch_deg=aircraft[1],
            roll_deg=aircraft[2],
            gimbal_yaw_deg=gimbal[0],
            gimbal_pitch_deg=gimbal[1],
            gimbal_roll_deg=gimbal[2],
            camera=fix.camera,
            zoom=fix.zoom,
            hfov_deg=fix.hfov_deg,
            fix="none" if fix.quality is Quality.NO_FIX else "ok",
        )
    )


def encode_home(home: Home) -> bytes:
    """The payload of ``uav/{device_id}/home``."""
    counted = home.key.tie == 0
    return msgspec.json.encode(
        _Home(
            t_device_s=home.t_device_s,
            boot_id=home.key.boot_id if counted else None,
            seq=home.key.seq if counted else None,
            lat_deg=home.lat_deg,
            lon_deg=home.lon_deg,
        )
    )


def same_device(topic: str, device_id: str, said: str | None) -> None:
    """Refuse a message that names another device than its topic does.

    Raises:
        BadMessage: the two differ.
    """
    if said is not None and said != device_id:
        raise BadMessage(topic, "device_id in the message is not the topic's")


def _angles(given: Attitude | None) -> tuple[float | None, float | None, float | None]:
    return (given.yaw_deg, given.pitch_deg, given.roll_deg) if given else (None, None, None)
