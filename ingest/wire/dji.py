"""DJI Cloud API, and Autel's EVO Max, which speaks it with small differences.

Fields as in DJI's Cloud-API-Doc 1.11 (aircraft properties), read beside real captures; where the
two differ the captures win. docs/wire.md tells what is taken over and what was never seen.

``height`` is above the ellipsoid, ``elevation`` above the take-off point, ``attitude_head`` counts
from true north. Of ``gimbal_yaw`` the document says only "gimbal yaw axis angle". It is taken as
an angle in the world: DJI's Mobile SDK says so of the same quantity (KeyGimbalAttitude, true
north; Mobile-SDK-Android-V5 issues 259, 443, 550), and in Autel's capture it follows the heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ingest.cameras import dji_payload_name
from ingest.records import Decoded, Fix, Home, Quality, Record
from ingest.wire import fields
from ingest.wire.dji_message import Message, open_message
from ingest.wire.fields import JsonObject
from ingest.wire.keys import DEVICE_ID

_PAYLOAD = re.compile(r"(\d{1,9})-\d{1,9}-(\d{1,9})", re.ASCII)
"""``type-subtype-gimbalindex``: the JSON key under which a payload's angles lie."""
_NO_GIMBAL = frozenset({39, 165})
"""Payload types that look along the nose (FPV) or out of a dock."""
_AUTEL_TYPE = 10_000
"""Autel numbers its payloads from here on (10052 is the EVO Max 4T's)."""
_AUTEL_KEYS = frozenset({"drone_list", "pos_type", "ntrip_status", "ned_latitude"})
_DJI_FIXED = frozenset({2.0})
_AUTEL_FIXED = frozenset({2.0, 3.0})
"""Values of ``is_fixed`` that mean a fix: 3 is DJI's "fixing failed" and Autel's RTK."""
_SECRETS = frozenset({"device_secret", "nonce"})
_MAX_NESTED = 64
"""Drones one controller may list: no message may grow into a flood of records."""
_Angles = tuple[float | None, float | None, float | None]


def decode_osd(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """A fix of the device, one of every drone a remote controller lists, and a laser hit.

    What tells neither a position nor a heading (a dock, a controller) is kept as a note.

    Raises:
        BadMessage: not JSON, no data object, an impossible time.
    """
    message = open_message(topic, device_id, payload, t_received_s)
    fixed = _AUTEL_FIXED if _is_autel(message.data) else _DJI_FIXED
    records: list[Record] = []
    if message.data.keys() & {"latitude", "longitude", "attitude_head"}:
        records.append(_fix(message, device_id, message.data, fixed))
        laser = _laser(message.data)
        if laser is not None:
            records.append(message.note("laser_target", laser))
    else:
        records.append(message.note("osd"))
    for sn, drone in islice(_nested(message.data, device_id), _MAX_NESTED):
        records.append(_fix(message, sn, drone, fixed))
    return Decoded(records=tuple(records))


def decode_state(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """A note, and the home point where the message tells one.

    Raises:
        BadMessage: not JSON, no data object, an impossible time.
    """
    message = open_message(topic, device_id, payload, t_received_s)
    note = message.note("state")
    lat_deg = fields.number(message.data.get("home_latitude"))
    lon_deg = fields.number(message.data.get("home_longitude"))
    if lat_deg is None or lon_deg is None:
        return Decoded(records=(note,))
    if fields.quality(lat_deg, lon_deg, fixed=True) is not Quality.OK:
        return Decoded(records=(note,))
    home = Home(
        key=message.key(device_id),
        t_device_s=message.t_device_s,
        t_received_s=t_received_s,
        digest=message.digest,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
    )
    return Decoded(records=(home, note))


def decode_events(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """A note of the event's kind, and the reply where the device waits for one.

    Some events carry a list (airsense_warning), so any data is kept.

    Raises:
        BadMessage: not JSON, no data, an impossible time.
    """
    message = open_message(topic, device_id, payload, t_received_s, any_data=True)
    method = message.method("events")
    wanted = fields.number(message.envelope.need_reply) == 1
    reply = message.reply(method) if wanted else None
    return Decoded(records=(message.note(method),), reply=reply)


def decode_status(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """A note of who hangs on the gateway, without its secrets, and the reply it waits for.

    Raises:
        BadMessage: not JSON, no data object, an impossible time.
    """
    message = open_message(topic, device_id, payload, t_received_s)
    method = message.method("update_topo")
    note = message.note(method, _without_secrets(message.data))
    return Decoded(records=(note,), reply=message.reply(method))


def _fix(message: Message, device_id: str, said: JsonObject, fixed: frozenset[float]) -> Fix:
    """A fix from an aircraft's properties, its own or nested in a controller's."""
    index, payload = _payload(said)
    camera = _camera(said, index)
    lat_deg, lon_deg = fields.number(said.get("latitude")), fields.number(said.get("longitude"))
    state = fields.number(fields.dig(said, ("position_state", "is_fixed")))
    zoom = fields.number(payload.get("zoom_factor"))
    return Fix(
        key=message.key(device_id),
        t_device_s=message.t_device_s,
        t_received_s=message.t_received_s,
        digest=message.digest,
        quality=fields.quality(lat_deg, lon_deg, fixed=state is None or state in fixed),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        height_takeoff_m=fields.number(said.get("elevation")),
        height_ellipsoid_m=fields.number(said.get("height")),
        aircraft=fields.level_attitude(*_angles(said, "attitude_", "head")),
        gimbal=fields.attitude(*_angles(payload, "gimbal_", "yaw")),
        camera=dji_payload_name(index) if index else None,
        zoom=fields.zoom(fields.number(camera.get("zoom_factor")) if zoom is None else zoom),
        hfov_deg=fields.hfov_deg(fields.number(camera.get("zoom_fov_h"))),
    )


def _angles(said: JsonObject, prefix: str, yaw: str) -> _Angles:
    """Yaw, pitch and roll."""
    return (
        fields.number(said.get(prefix + yaw)),
        fields.number(said.get(prefix + "pitch")),
        fields.number(said.get(prefix + "roll")),
    )


def _payload(said: JsonObject) -> tuple[str | None, JsonObject]:
    """Index and fields of the payload on the lowest gimbal port that carries a gimbal."""
    found: list[tuple[int, str, JsonObject]] = []
    for key, value in said.items():
        match = _PAYLOAD.fullmatch(key)
        if match and isinstance(value, dict) and int(match[1]) not in _NO_GIMBAL:
            found.append((int(match[2]), key, value))
    if not found:
        return None, {}
    _, index, value = min(found, key=lambda one: one[:2])
    return index, value


def _camera(said: JsonObject, index: str | None) -> JsonObject:
    """The entry of ``cameras`` for the chosen payload."""
    cameras = said.get("cameras")
    for camera in cameras if isinstance(cameras, list) else ():
        if isinstance(camera, dict) and camera.get("payload_index") == index:
            return camera
    return {}


def _is_autel(data: JsonObject) -> bool:
    """Told by what only Autel sends: nested drones, RTK words, its own payload numbers."""
    if data.keys() & _AUTEL_KEYS:
        return True
    found = (_PAYLOAD.fullmatch(key) for key in data)
    return any(match and int(match[1]) >= _AUTEL_TYPE for match in found)


def _nested(data: JsonObject, device_id: str) -> Iterator[tuple[str, JsonObject]]:
    """Drones listed in a controller's message: serial number and properties, each once."""
    drones = data.get("drone_list")
    seen = {device_id}
    for drone in drones if isinstance(drones, list) else ():
        if not isinstance(drone, dict) or not drone.keys() >= {"latitude", "longitude"}:
            continue
        sn = drone.get("sn")
        if isinstance(sn, str) and sn not in seen and DEVICE_ID.fullmatch(sn):
            seen.add(sn)
            yield sn, drone


def _laser(data: JsonObject) -> JsonObject | None:
    """What the laser hit, or None: a distance beside an error state is not a measurement."""
    _, payload = _payload(data)
    hit = {
        key: value
        for key, said in payload.items()
        if key.startswith("measure_target_") and (value := fields.number(said)) is not None
    }
    lat_deg = hit.get("measure_target_latitude")
    lon_deg = hit.get("measure_target_longitude")
    if hit.get("measure_target_error_state") != 0:
        return None
    return {**hit} if fields.quality(lat_deg, lon_deg, fixed=True) is Quality.OK else None


def _without_secrets(data: JsonObject) -> JsonObject:
    """A topology without the gateway's and its devices' secrets."""
    devices = data.get("sub_devices")
    kept: JsonObject = {key: value for key, value in data.items() if key not in _SECRETS}
    if isinstance(devices, list):
        kept["sub_devices"] = [
            {key: value for key, value in device.items() if key not in _SECRETS}
            for device in devices
            if isinstance(device, dict)
        ]
    return kept
