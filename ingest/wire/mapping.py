"""Any other JSON: a table in the configuration says where each field lies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.errors import BadMessage
from ingest.records import Decoded, Fix
from ingest.wire import fields
from ingest.wire.fields import JsonObject
from ingest.wire.keys import device_time_s, digest, make_key


class TimeUnit(StrEnum):
    """What a number of the device's clock counts."""

    S = "s"
    MS = "ms"
    US = "us"


_PER_SECOND = {TimeUnit.S: 1.0, TimeUnit.MS: 1e3, TimeUnit.US: 1e6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """A dotted path and what to multiply the number there with (1e-7 degrees, 0.001 for mm)."""

    path: str
    scale: float = 1.0


Source = str | Scaled
"""A dotted path ("gps.lat", "position.0"), or one with a scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One kind of message: a topic filter with one ``+`` for the device id, and a path per field.

    Raises:
        ValueError: a topic filter without exactly one whole-level ``+``, or with ``#``.
    """

    topic: str
    t_device: Source | None = None
    """Without it, and only then, the time of arrival stands in."""
    time_unit: TimeUnit = TimeUnit.S
    boot_id: str | None = None
    seq: str | None = None
    lat_deg: Source | None = None
    lon_deg: Source | None = None
    height_takeoff_m: Source | None = None
    height_ellipsoid_m: Source | None = None
    height_msl_m: Source | None = None
    yaw_deg: Source | None = None
    pitch_deg: Source | None = None
    roll_deg: Source | None = None
    gimbal_yaw_deg: Source | None = None
    gimbal_pitch_deg: Source | None = None
    gimbal_roll_deg: Source | None = None
    zoom: Source | None = None
    hfov_deg: Source | None = None
    fix: str | None = None
    """Where the receiver's state lies."""
    fix_ok: tuple[float, ...] = ()
    """The values of that state that mean a fix."""
    camera: str | None = None
    """A constant: a name of the camera table."""

    def __post_init__(self) -> None:
        levels = self.topic.split("/")
        if levels.count("+") != 1 or self.topic.count("+") != 1 or "#" in self.topic:
            msg = f"mapping topic {self.topic!r} needs exactly one '+' level and no '#'"
            raise ValueError(msg)

    def decode(self, topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
        """One fix.

        Raises:
            BadMessage: not JSON, no number where the device's time should be, an impossible time.
        """
        body = fields.parse(topic, payload, JsonObject)
        t_device_s = device_time_s(topic, self._time_s(topic, body, t_received_s))
        tie = digest(payload)
        lat_deg, lon_deg = _read(body, self.lat_deg), _read(body, self.lon_deg)
        key = make_key(
            topic,
            device_id,
            boot_id=_text_at(body, self.boot_id),
            seq=_count_at(body, self.seq),
            t_device_s=t_device_s,
            tie=tie,
        )
        fix = Fix(
            key=key,
            t_device_s=t_device_s,
            t_received_s=t_received_s,
            digest=tie,
            quality=fields.quality(lat_deg, lon_deg, fixed=self._fixed(body)),
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            height_takeoff_m=_read(body, self.height_takeoff_m),
            height_ellipsoid_m=_read(body, self.height_ellipsoid_m),
            height_msl_m=_read(body, self.height_msl_m),
            aircraft=fields.level_attitude(
                _read(body, self.yaw_deg), _read(body, self.pitch_deg), _read(body, self.roll_deg)
            ),
            gimbal=fields.attitude(
                _read(body, self.gimbal_yaw_deg),
                _read(body, self.gimbal_pitch_deg),
                _read(body, self.gimbal_roll_deg),
            ),
            camera=self.camera,
            zoom=fields.zoom(_read(body, self.zoom)),
            hfov_deg=fields.hfov_deg(_read(body, self.hfov_deg)),
        )
        return Decoded(records=(fix,))

    def _time_s(self, topic: str, body: JsonObject, t_received_s: float) -> float:
        if self.t_device is None:
            return t_received_s
        value = _read(body, self.t_device)
        if value is None:
            raise BadMessage(topic, f"no number at {self.t_device!r}: the device's time")
        return value / _PER_SECOND[self.time_unit]

    def _fixed(self, body: JsonObject) -> bool:
        if self.fix is None:
            return True
        return _read(body, self.fix) in self.fix_ok


def _read(body: JsonObject, source: Source | None) -> float | None:
    """The number a source points at, scaled; None where there is none."""
    if source is None:
        return None
    path, scale = (source, 1.0) if isinstance(source, str) else (source.path, source.scale)
    value = fields.number(fields.dig(body, path.split(".")))
    return None if value is None else fields.number(value * scale)


def _text_at(body: JsonObject, path: str | None) -> str | None:
    value = None if path is None else fields.dig(body, path.split("."))
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else None


def _count_at(body: JsonObject, path: str | None) -> int | None:
    value = None if path is None else fields.dig(body, path.split("."))
    return value if isinstance(value, int) and not isinstance(value, bool) else None
