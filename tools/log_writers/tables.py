"""The made-up patrol as tables, photos and captures, as devices and services write them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import cv2
import numpy as np

from tools.log_writers.patrol import HOME, Sample

FOOT_M = 0.3048
SERIAL = "1581F5PATROL00000001"


def airdata(samples: Sequence[Sample]) -> bytes:
    """AirData's CSV with feet, spaces in the header, and a quoted message."""
    head = (
        "time(millisecond),datetime(utc),latitude,longitude,height_above_takeoff(feet),"
        "altitude_above_seaLevel(feet),speed(mph),satellites, compass_heading(degrees),"
        " pitch(degrees), roll(degrees),isVideo,gimbal_heading(degrees),gimbal_pitch(degrees),"
        "battery_temperature(f),altitude(feet),message"
    )
    lines = [head]
    for i, one in enumerate(samples):
        lat, lon = _place(one)
        ms = round((one.t_s - samples[0].t_s) * 1000)
        second = _utc(samples[0].t_s + ms // 1000).strftime("%Y-%m-%d %H:%M:%S")
        msl_ft = one.height_msl_m / FOOT_M
        message = '"Take-off, at last"' if i == 0 else ""
        lines.append(
            f"{ms},{second},{lat},{lon},{one.height_takeoff_m / FOOT_M:.9f},{msl_ft:.9f},"
            f"11.2,{14 if one.has_fix else 0},{one.yaw_deg:.1f}, {one.pitch_deg:.1f},"
            f" {one.roll_deg:.1f},1,{one.gimbal_yaw_deg:.1f},{one.gimbal_pitch_deg:.1f},"
            f"77.36,{msl_ft:.9f},{message}"
        )
    return "\n".join([*lines, ""]).encode()


def txtlogtocsv(samples: Sequence[Sample]) -> bytes:
    """TXTlogToCSV: local time (UTC+8), CRLF, a Latin-1 byte, whole seconds without a fraction."""
    head = (
        "CUSTOM.updateTime,OSD.latitude,OSD.longitude,OSD.height [m],OSD.altitude [m],OSD.pitch,"
        "OSD.roll,OSD.yaw,OSD.droneType,GIMBAL.pitch,GIMBAL.roll,GIMBAL.yaw,HOME.latitude,"
        "HOME.longitude,RECOVER.aircraftSnBytes,APP_TIP.tip,APP_WARN.warn"
    )
    lines = [head]
    for i, one in enumerate(samples):
        lat, lon = _place(one)
        clock = _utc(one.t_s + 8 * 3600).strftime("%Y/%m/%d %H:%M:%S.%f")[:-3]
        home = f"{HOME[0]},{HOME[1]}" if i else ","
        tip = "Height:\xa060m" if i == 1 else ""
        lines.append(
            f"{clock.removesuffix('.000')},{lat},{lon},{one.height_takeoff_m:.1f},"
            f"{one.height_takeoff_m:.0f},{one.pitch_deg:.1f},{one.roll_deg:.1f},"
            f"{_signed(one.yaw_deg):.1f},Mavic 3E,{one.gimbal_pitch_deg:.1f},0,"
            f"{_signed(one.gimbal_yaw_deg):.1f},{home},{SERIAL},{tip},"
        )
    return "\r\n".join([*lines, ""]).encode("latin-1")


def geotag_dji(samples: Sequence[Sample]) -> bytes:
    """The track written beside photos for geotagging: seconds since the start, and no date."""
    lines = ["Id,Time(seconds),Time(text),Latitude,Longitude"]
    for i, one in enumerate(samples, start=1):
        lat, lon = _place(one)
        t_s = round(one.t_s - samples[0].t_s, 1)
        lines.append(f"{i},{t_s:g},{int(t_s // 60)}m {t_s % 60:g}s,{lat},{lon}")
    return "\n".join([*lines, ""]).encode()


def capture_dji(samples: Sequence[Sample]) -> bytes:
    """``mosquitto_sub -F %J`` on a DJI dock: OSD, and the home point once."""
    lines = []
    for i, one in enumerate(samples):
        lat, lon = (one.lat_deg, one.lon_deg) if one.has_fix else (0.0, 0.0)
        payload = {
            "tid": f"t{i}",
            "timestamp": round(one.t_s * 1000),
            "data": {
                "latitude": lat,
                "longitude": lon,
                "height": one.height_ellipsoid_m,
                "elevation": one.height_takeoff_m,
                "attitude_head": _signed(one.yaw_deg),
                "attitude_pitch": one.pitch_deg,
                "attitude_roll": one.roll_deg,
                "position_state": {"is_fixed": 2 if one.has_fix else 0},
                "53-0-0": {
                    "gimbal_yaw": _signed(one.gimbal_yaw_deg),
                    "gimbal_pitch": one.gimbal_pitch_deg,
                    "gimbal_roll": 0.0,
                    "measure_target_error_state": 3,
                },
            },
        }
        lines.append(_published(f"thing/product/{SERIAL}/osd", one.t_s + 0.04, payload))
    home = {"home_latitude": HOME[0], "home_longitude": HOME[1]}
    state = {"timestamp": round(samples[0].t_s * 1000), "data": home}
    lines.insert(1, _published(f"thing/product/{SERIAL}/state", samples[0].t_s + 0.05, state))
    return "\n".join([*lines, ""]).encode()


def photo(samples: Sequence[Sample]) -> bytes:
    """A photo of the last sample, 32 x 24 px, with EXIF and drone-dji XMP."""
    return _jpeg(_app1(b"Exif\0\0" + _exif(samples[-1])), _app1(_xmp(samples[-1])))


def photo_no_gps(samples: Sequence[Sample]) -> bytes:
    """The same as shared by somebody who took the place out."""
    return _jpeg(_app1(b"Exif\0\0" + _tiff({0x0110: b"M3E\0"}, {}, {})))


def dji_v14(samples: Sequence[Sample]) -> bytes:
    """A flight record of version 14: prefix and scrambled details, with no records behind them.

    The key is that of the first byte 0x5a, worked out with pydjirecord 1.3.
    """
    seed, key = 0x5A, bytes.fromhex("bb2d9a686d9a5c23")
    details = bytearray(436)
    details[20:33] = b"Secret Street"
    details[83:127] = struct.pack(
        "<iiqddfif",
        len(samples),
        0,
        round(samples[0].t_s * 1000),
        HOME[1],
        HOME[0],
        0.25,
        round((samples[-1].t_s - samples[0].t_s) * 1000),
        max(one.height_takeoff_m for one in samples),
    )
    details[280:291] = b"Jane's bird"
    plain = struct.pack("<BH", 1, len(details)) + bytes(details) + struct.pack("<H", 0)
    block = bytes([seed, *(byte ^ key[i % 8] for i, byte in enumerate(plain))])
    version = struct.pack("<BHHB", 1, 3, 5, 3)
    prefix = struct.pack("<QHBBQ80x", 0, 0, 14, 0, 0)
    return prefix + struct.pack("<BH", 0, len(block)) + block + version


def _place(sample: Sample) -> tuple[str, str]:
    if not sample.has_fix:
        return "0", "0"
    return f"{sample.lat_deg:.10f}", f"{sample.lon_deg:.10f}"


def _utc(t_s: float) -> datetime:
    return datetime.fromtimestamp(round(t_s, 3), UTC)


def _signed(angle_deg: float) -> float:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _published(topic: str, t_s: float, payload: object) -> str:
    tst = _utc(t_s).isoformat(timespec="microseconds").replace("+00:00", "+0000")
    return json.dumps({"tst": tst, "topic": topic, "qos": 1, "retain": 0, "payload": payload})


def _jpeg(*segments: bytes) -> bytes:
    shades = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (24, 1))
    _, plain = cv2.imencode(".jpg", shades)
    picture = plain.tobytes()
    return picture[:2] + b"".join(segments) + picture[2:]


def _app1(body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _exif(sample: Sample) -> bytes:
    local = _utc(sample.t_s + 8 * 3600).strftime("%Y:%m:%d %H:%M:%S").encode() + b"\0"
    place = {
        1: b"N\0",
        2: _angle(sample.lat_deg),
        3: b"E\0",
        4: _angle(sample.lon_deg),
        6: [(round(sample.height_msl_m * 1000), 1000)],
    }
    return _tiff({0x0110: b"M3E\0"}, {0x9003: local, 0xA405: 24}, place)


def _angle(angle_deg: float) -> list[tuple[int, int]]:
    minutes = angle_deg % 1 * 60
    return [(int(angle_deg), 1), (int(minutes), 1), (round(minutes % 1 * 60 * 10_000), 10_000)]


_Tags = dict[int, bytes | int | list[tuple[int, int]]]


def _tiff(main: _Tags, camera: _Tags, gps: _Tags) -> bytes:
    """Three little-endian directories: main, then those that it points to."""
    body = b"II*\0\x08\0\0\0"
    main_size = 2 + 12 * (len(main) + 2) + 4 + sum(map(_outside, main.values()))
    at_camera = len(body) + main_size
    at_gps = at_camera + 2 + 12 * len(camera) + 4 + sum(map(_outside, camera.values()))
    body += _directory({**main, 0x8769: at_camera, 0x8825: at_gps}, len(body))
    body += _directory(camera, at_camera)
    return body + _directory(gps, at_gps)


def _outside(value: bytes | int | list[tuple[int, int]]) -> int:
    """Bytes that do not fit into an entry."""
    size = 0 if isinstance(value, int) else len(value) * (8 if isinstance(value, list) else 1)
    return size if size > 4 else 0


def _directory(tags: _Tags, at: int) -> bytes:
    entries, outside = b"", b""
    after = at + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        if isinstance(value, int):
            entries += struct.pack("<HHII", tag, 4, 1, value)
            continue
        rational = isinstance(value, list)
        raw = value if isinstance(value, bytes) else b"".join(struct.pack("<II", *v) for v in value)
        held = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack("<I", after + len(outside))
        entries += struct.pack("<HHI", tag, 5 if rational else 2, len(value)) + held
        outside += raw if len(raw) > 4 else b""
    return struct.pack("<H", len(tags)) + entries + bytes(4) + outside


def _xmp(sample: Sample) -> bytes:
    created = _utc(sample.t_s + 8 * 3600).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    tags = {
        "GpsLatitude": f"{sample.lat_deg:+.9f}",
        "GpsLongitude": f"{sample.lon_deg:+.9f}",
        "AbsoluteAltitude": f"{sample.height_ellipsoid_m:+.3f}",
        "RelativeAltitude": f"{sample.height_takeoff_m:+.3f}",
        "GimbalYawDegree": f"{_signed(sample.gimbal_yaw_deg):+.2f}",
        "GimbalPitchDegree": f"{sample.gimbal_pitch_deg:+.2f}",
        "GimbalRollDegree": "+0.00",
        "FlightYawDegree": f"{_signed(sample.yaw_deg):+.2f}",
        "FlightPitchDegree": f"{sample.pitch_deg:+.2f}",
        "FlightRollDegree": f"{sample.roll_deg:+.2f}",
        "DroneModel": "Mavic 3E",
        "DroneSerialNumber": SERIAL,
        "LRFStatus": "Normal",
        "LRFTargetDistance": "104.600",
    }
    attributes = "".join(f'\n   drone-dji:{name}="{value}"' for name, value in tags.items())
    return (
        b"http://ns.adobe.com/xap/1.0/\0"
        + (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
            ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
            '  <rdf:Description rdf:about="DJI Meta Data"\n'
            '   xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
            '   xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"\n'
            f'   xmp:CreateDate="{created}"{attributes}>\n'
            "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
        ).encode()
    )


WRITERS: dict[str, Callable[[Sequence[Sample]], bytes]] = {
    "airdata.csv": airdata,
    "txtlogtocsv.csv": txtlogtocsv,
    "geotag_dji.csv": geotag_dji,
    "capture_dji.jsonl": capture_dji,
    "photo.jpg": photo,
    "photo_no_gps.jpg": photo_no_gps,
    "dji_v14.txt": dji_v14,
}
