"""The patrol as PX4, ArduPilot, a ground station and a KLV encoder would have written it.

ULog and dataflash are written byte by byte after their specifications; MAVLink by pymavlink, ST
0601 by stanag4609 and the transport stream by FFmpeg, none of which the readers share with them.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction

import av
from pymavlink import DFReader
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from stanag4609.st0601 import encode_uas_local_set

from tools.log_writers.patrol import GROUND_MSL_M, HOME, T_START_S, Sample

BOOT_S = 40.0
"""How long the autopilot had been on when the patrol began."""
GPS_EPOCH_S = 315_964_800
GPS_AHEAD_S = 18
WEEK_S = 604_800
_ULOG_SYNC = bytes.fromhex("2f731320250cbb12")
_TICKS = 90_000
_Field = tuple[str, str]


def _boot_us(sample: Sample) -> int:
    return round((sample.t_s - T_START_S + BOOT_S) * 1e6)


def _place(sample: Sample) -> tuple[float, float]:
    return (sample.lat_deg, sample.lon_deg) if sample.has_fix else (0.0, 0.0)


def _place_e7(sample: Sample) -> tuple[int, int]:
    lat, lon = _place(sample)
    return round(lat * 1e7), round(lon * 1e7)


def _quaternion(sample: Sample) -> tuple[float, float, float, float]:
    """From yaw, pitch and roll: Diebel, "Representing Attitude" (2006), equation 297."""
    half = (math.radians(a) / 2 for a in (sample.yaw_deg, sample.pitch_deg, sample.roll_deg))
    (cy, sy), (cp, sp), (cr, sr) = ((math.cos(h), math.sin(h)) for h in half)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def _ulog_message(kind: str, body: bytes) -> bytes:
    return struct.pack("<HB", len(body), ord(kind)) + body


_GPS_INT = "uint64_t time_utc_usec;int32_t lat;int32_t lon;int32_t alt;int32_t alt_ellipsoid;"
_GPS_DEGREES = (
    "double latitude_deg;double longitude_deg;double altitude_msl_m;"
    "double altitude_ellipsoid_m;uint64_t time_utc_usec;"
)


def _ulog(samples: Sequence[Sample], gps: str, row: Callable[[Sample], bytes]) -> bytes:
    formats = {
        "vehicle_gps_position": gps + "uint8_t fix_type;",
        "vehicle_attitude": "float[4] q;",
        "vehicle_local_position": "float z;",
        "home_position": "double lat;double lon;float z;",
    }
    out = [b"ULog\x01\x12\x35\x01" + struct.pack("<Q", round(BOOT_S * 1e6))]
    out.append(_ulog_message("B", bytes(40)))
    out += [
        _ulog_message("F", f"{name}:uint64_t timestamp;{fields}".encode())
        for name, fields in formats.items()
    ]
    for key, value in (("sys_uuid", "0001000000003138"), ("ver_hw", "PX4_FMU_V6X")):
        label = f"char[{len(value)}] {key}".encode()
        out.append(_ulog_message("I", bytes([len(label)]) + label + value.encode()))
    out += [
        _ulog_message("A", struct.pack("<BH", 0, number) + name.encode())
        for number, name in enumerate(formats)
    ]
    for i, sample in enumerate(samples):
        now = struct.pack("<Q", _boot_us(sample))
        rows = [
            row(sample) + bytes([3 if sample.has_fix else 1]),
            struct.pack("<4f", *_quaternion(sample)),
            struct.pack("<f", -sample.height_takeoff_m),
        ]
        if i == 0:
            rows.append(struct.pack("<ddf", *HOME, 0.0))
        out += [
            _ulog_message("D", struct.pack("<H", number) + now + body)
            for number, body in reversed(list(enumerate(rows)))
        ]
        if i % 10 == 9:
            out.append(_ulog_message("S", _ULOG_SYNC))
    return b"".join(out)


def ulog_int(samples: Sequence[Sample]) -> bytes:
    """PX4 until 1.13: 1e-7 degrees and millimetres."""
    return _ulog(
        samples,
        _GPS_INT,
        lambda s: struct.pack(
            "<Q4i",
            round(s.t_s * 1e6) if s.has_fix else 0,
            *_place_e7(s),
            round(s.height_msl_m * 1e3),
            round(s.height_ellipsoid_m * 1e3),
        ),
    )


def ulog_degrees(samples: Sequence[Sample]) -> bytes:
    """PX4 since 1.14: degrees and metres."""
    return _ulog(
        samples,
        _GPS_DEGREES,
        lambda s: struct.pack(
            "<4dQ",
            *_place(s),
            s.height_msl_m,
            s.height_ellipsoid_m,
            round(s.t_s * 1e6) if s.has_fix else 0,
        ),
    )


_BIN_KINDS = {
    "FMT": (128, "BBnNZ", "Type,Length,Name,Format,Columns"),
    "MSG": (134, "QZ", "TimeUS,Message"),
    "GPS": (130, "QBBIHLLe", "TimeUS,I,Status,GMS,GWk,Lat,Lng,Alt"),
    "POS": (182, "QLLff", "TimeUS,Lat,Lng,Alt,RelHomeAlt"),
    "ATT": (163, "QccC", "TimeUS,Roll,Pitch,Yaw"),
    "MNT": (190, "QBfff", "TimeUS,I,Roll,Pitch,YawE"),
    "ORGN": (193, "QBLLe", "TimeUS,Type,Lat,Lng,Alt"),
    "IMU": (131, "Qfff", "TimeUS,AccX,AccY,AccZ"),
}


def _bin_record(name: str, *values: float | bytes) -> bytes:
    number, letters, _ = _BIN_KINDS[name]
    body = struct.pack("<" + "".join(DFReader.FORMAT_TO_STRUCT[one][0] for one in letters), *values)
    return b"\xa3\x95" + bytes([number]) + body


def dataflash(samples: Sequence[Sample]) -> bytes:
    """ArduCopter's log on its card, with a mount."""
    out = []
    for name, (number, letters, columns) in _BIN_KINDS.items():
        size = 3 + struct.calcsize("<" + "".join(DFReader.FORMAT_TO_STRUCT[c][0] for c in letters))
        texts = name.encode(), letters.encode(), columns.encode()
        out.append(_bin_record("FMT", number, size, *texts))
    start_us = round(BOOT_S * 1e6)
    home_e7 = [round(HOME[0] * 1e7), round(HOME[1] * 1e7)]
    out.append(_bin_record("MSG", start_us, b"ArduCopter V4.5.7 (made)"))
    out.append(_bin_record("ORGN", start_us, 1, *home_e7, round(GROUND_MSL_M * 100)))
    for s in samples:
        now, lat_lon = _boot_us(s), _place_e7(s)
        week, second = divmod(s.t_s - GPS_EPOCH_S + GPS_AHEAD_S, WEEK_S)
        when = (round(second * 1e3), int(week)) if s.has_fix else (0, 0)
        angles = (s.roll_deg, s.pitch_deg, s.yaw_deg % 360)
        alt_cm = round(s.height_msl_m * 100)
        out += [
            _bin_record("IMU", now, 0.0, 0.0, -9.81),
            _bin_record("ATT", now, *(round(a * 100) for a in angles)),
            _bin_record("MNT", now, 0, 0.0, s.gimbal_pitch_deg, s.gimbal_yaw_deg),
            _bin_record("GPS", now, 0, 3 if s.has_fix else 1, *when, *lat_lon, alt_cm),
            _bin_record("POS", now, *lat_lon, s.height_msl_m, s.height_takeoff_m),
        ]
    return b"".join(out)


def _tlog(samples: Sequence[Sample], *, first: bool) -> bytes:
    link = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    out = []
    for i, s in enumerate(samples):
        boot_ms, (lat, lon) = _boot_us(s) // 1000, _place_e7(s)
        msl_mm, above_mm = round(s.height_msl_m * 1e3), round(s.height_takeoff_m * 1e3)
        fix = 3 if s.has_fix else 1
        angles = [math.radians(a) for a in (s.roll_deg, s.pitch_deg, s.yaw_deg)]
        camera = (0.0, s.gimbal_pitch_deg, s.gimbal_yaw_deg - s.yaw_deg)
        messages = [
            mavlink.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3),
            mavlink.MAVLink_attitude_message(boot_ms, *angles, 0, 0, 0),
            mavlink.MAVLink_gps_raw_int_message(
                _boot_us(s), fix, lat, lon, msl_mm, 121, 200, 0, 0, 10
            ),
            mavlink.MAVLink_global_position_int_message(
                boot_ms, lat, lon, msl_mm, above_mm, 0, 0, 0, 0
            ),
        ]
        if not first:  # its number is beyond MAVLink 1
            messages.insert(0, mavlink.MAVLink_mount_orientation_message(boot_ms, *camera))
        if i == 0:
            messages.insert(0, mavlink.MAVLink_system_time_message(round(s.t_s * 1e6), boot_ms))
            home = (round(HOME[0] * 1e7), round(HOME[1] * 1e7), round(GROUND_MSL_M * 1e3))
            still = (0, 0, 0, [1, 0, 0, 0], 0, 0, 0)
            messages.insert(1, mavlink.MAVLink_home_position_message(*home, *still))
        for message in messages:
            packet = message.pack(link, force_mavlink1=first)
            out.append(struct.pack(">Q", round(s.t_s * 1e6)) + packet)
            link.seq = (link.seq + 1) % 256
    return b"".join(out)


def tlog(samples: Sequence[Sample]) -> bytes:
    """A ground station's record of a MAVLink 2 link."""
    return _tlog(samples, first=False)


def tlog_first(samples: Sequence[Sample]) -> bytes:
    """The same over MAVLink 1."""
    return _tlog(samples, first=True)


def _klv_packet(s: Sample) -> bytes:
    """The aircraft is said to fly level, so that the camera's relative angles add up."""
    lat, lon = _place(s)
    values = {
        2: datetime.fromtimestamp(s.t_s, UTC),
        4: "B-7Q21",
        5: s.yaw_deg % 360,
        6: 0.0,
        7: 0.0,
        10: "Patrol",
        13: lat,
        14: lon,
        15: s.height_msl_m,
        16: 60.0,
        18: (s.gimbal_yaw_deg - s.yaw_deg) % 360,
        19: s.gimbal_pitch_deg,
        20: 0.0,
        65: 17,
        75: s.height_ellipsoid_m,
    }
    return bytes(encode_uas_local_set(values))


def klv(samples: Sequence[Sample]) -> bytes:
    """Bare packets."""
    return b"".join(_klv_packet(s) for s in samples)


def transport_stream(samples: Sequence[Sample]) -> bytes:
    """The packets as the metadata track of a transport stream without pictures."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        stream = container.add_data_stream("klv")
        stream.time_base = Fraction(1, _TICKS)
        for s in samples:
            packet = av.Packet(_klv_packet(s))
            packet.stream, packet.time_base = stream, stream.time_base
            packet.pts = packet.dts = round((s.t_s - T_START_S) * _TICKS)
            container.mux(packet)
    return out.getvalue()


WRITERS: dict[str, Callable[[Sequence[Sample]], bytes]] = {
    "px4_int.ulg": ulog_int,
    "px4_degrees.ulg": ulog_degrees,
    "ardupilot.bin": dataflash,
    "mavlink2.tlog": tlog,
    "mavlink1.tlog": tlog_first,
    "st0601.klv": klv,
    "st0601.ts": transport_stream,
}
"""By the name of the file."""
