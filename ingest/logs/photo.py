"""Photos of drones: where, when and which way, from EXIF and XMP.

Read are JPEGs as DJI writes them, thermal R-JPEGs among them, and those of makers who use the same
tags. Heights: ``RelativeAltitude`` is above take-off; the datum of ``AbsoluteAltitude`` and of
EXIF's altitude is not declared. ``Gimbal*Degree`` are angles in the world.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import BadLog
from ingest.jpeg import jpeg_size
from ingest.logs.exif import Exif, read_exif
from ingest.logs.flight import Clock, Flight, GimbalKnown, Integrity, Photo, Track
from ingest.logs.reader import LogReader
from ingest.logs.stamp import stamp_s
from ingest.logs.xmp import MARK, number, read_xmp

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_EXIF_MARK = b"Exif\0\0"
_HALF_DIAGONAL_MM = 21.63
"""Of a 35 mm film frame, 36 x 24 mm."""


def read(path: Path) -> Flight:
    """One photo as a flight of one sample, with a position or without.

    Raises:
        BadLog: it cannot be opened, or is no JPEG whose size can be read.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc
    try:
        width_px, height_px = jpeg_size(data)
    except ValueError as exc:
        raise BadLog(path, str(exc), advice="copy the photo again from the card") from exc
    said = _said(data)
    t_s, clock = _time(said)
    picture = _picture(data)
    photo = Photo(sample=0, jpeg=picture or b"", width_px=width_px, height_px=height_px)
    track = _track(said, t_s, width_px, height_px)
    aimed = not math.isnan(track.gimbal_yaw_deg[0] + track.gimbal_pitch_deg[0])
    faults = said.faults if picture else ("the picture ends before its end marker", *said.faults)
    return Flight(
        format="photo",
        dialect="R-JPEG" if _is_radiometric(data) else "JPEG",
        clock=clock,
        track=track,
        device=said.xmp.get("DroneSerialNumber") or None,
        model=said.xmp.get("DroneModel") or said.exif.model,
        gimbal=GimbalKnown.WORLD if aimed else GimbalKnown.NO,
        photos=(photo,) if picture else (),
        integrity=_integrity(picture, said),
        damage="; ".join(faults) or None,
        notes=() if track.mappable[0] else ("the photo does not say where it was taken",),
    )


def recognise(head: bytes) -> bool:
    """Whether it begins as a JPEG."""
    return head.startswith(_SOI + b"\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the blocks of a photo say."""

    exif: Exif = field(default_factory=Exif)
    xmp: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def _said(data: bytes) -> _Said:
    exif, xmp, faults = Exif(), dict[str, str](), list[str]()
    for _, body in _segments(data, 0xE1):
        try:
            if body.startswith(_EXIF_MARK) and exif == Exif():
                exif = read_exif(body[len(_EXIF_MARK) :])
            elif body.startswith(MARK):
                xmp = {**read_xmp(body[len(MARK) :]), **xmp}
        except ValueError as exc:
            faults.append(str(exc))
    return _Said(exif=exif, xmp=xmp, faults=tuple(faults))


def _segments(data: bytes, *wanted: int) -> Iterator[tuple[int, bytes]]:
    """Position and body of the wanted segments before the picture begins (ITU-T T.81, annex B)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
            continue
        if marker in wanted:
            yield at, data[at + 4 : at + 2 + length]
        if marker == 0xDA or length < 2:
            return
        at += 2 + length


def _picture(data: bytes) -> bytes | None:
    """The photo up to the end of its picture, None where that was cut off.

    Behind it makers hang previews and tables. Within picture data 0xFF is followed by 0 or a
    restart marker (T.81, B.1.1.5), so the first end marker is the picture's own.
    """
    scan = next((at for at, _ in _segments(data, 0xDA)), None)
    end = data.find(_EOI, scan) if scan is not None else -1
    return data[: end + 2] if end >= 0 else None


def _is_radiometric(data: bytes) -> bool:
    """Temperatures ride in APP3 (DJI) or in APP1 blocks marked FLIR."""
    kinds = _segments(data, 0xE1, 0xE3)
    return any(data[at + 1] == 0xE3 or body.startswith(b"FLIR\0") for at, body in kinds)


def _track(said: _Said, t_s: float, width_px: int, height_px: int) -> Track:
    exif, xmp = said.exif, said.xmp
    lat_deg = number(xmp, "GpsLatitude")
    lon_deg = number(xmp, "GpsLongitude", "GpsLongtitude")
    if math.isnan(lat_deg + lon_deg):
        lat_deg, lon_deg = _or_nan(exif.lat_deg), _or_nan(exif.lon_deg)
    absolute_m = number(xmp, "AbsoluteAltitude")
    if math.isnan(absolute_m):
        absolute_m = _or_nan(exif.altitude_m)
    measured = xmp.get("LRFStatus", "").lower() == "normal"
    columns = {
        "t_s": t_s,
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "height_takeoff_m": number(xmp, "RelativeAltitude"),
        "height_undeclared_m": absolute_m,
        "yaw_deg": number(xmp, "FlightYawDegree"),
        "pitch_deg": number(xmp, "FlightPitchDegree"),
        "roll_deg": number(xmp, "FlightRollDegree"),
        "gimbal_yaw_deg": number(xmp, "GimbalYawDegree"),
        "gimbal_pitch_deg": number(xmp, "GimbalPitchDegree"),
        "gimbal_roll_deg": number(xmp, "GimbalRollDegree"),
        "hfov_deg": _hfov_deg(exif.focal_35mm, width_px, height_px),
        "laser_range_m": number(xmp, "LRFTargetDistance") if measured else math.nan,
    }
    no_fix = xmp.get("GpsStatus", "").lower() == "invalid"
    return Track.of(1, no_fix=[no_fix], **{name: [value] for name, value in columns.items()})


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _hfov_deg(focal_35mm: float | None, width_px: int, height_px: int) -> float:
    """Horizontal field of view of a 35 mm equivalent focal length; NaN without one.

    The equivalent goes by the diagonal (CIPA DCG-001): DJI's 24 mm lens has 84 degrees across a
    4:3 picture, as 24 mm have across film.
    """
    if focal_35mm is None:
        return math.nan
    half_mm = _HALF_DIAGONAL_MM * width_px / math.hypot(width_px, height_px)
    return 2 * math.degrees(math.atan(half_mm / focal_35mm))


def _time(said: _Said) -> tuple[float, Clock]:
    """Seconds and their clock: UTC wherever one of the photo's times tells it, else local."""
    exif, xmp = said.exif, said.xmp
    local = math.nan
    for text, utc in (
        (xmp.get("UTCAtExposure"), True),
        (exif.gps_utc, True),
        (xmp.get("CreateDate"), False),
        (f"{exif.taken}{exif.zone or ''}" if exif.taken else None, False),
    ):
        try:
            found_s, zoned = stamp_s(_dashed(text or ""))
        except ValueError:
            continue
        if (zoned or utc) and not math.isnan(found_s):
            return found_s, Clock.UTC
        local = found_s if math.isnan(local) else local
    return local, Clock.NONE if math.isnan(local) else Clock.LOCAL


def _dashed(text: str) -> str:
    """EXIF writes dates with colons, a few cameras with dashes."""
    date, _, time = text.partition(" ")
    return f"{date.replace(':', '-')} {time}" if time else text


def _integrity(picture: bytes | None, said: _Said) -> Integrity:
    if picture is None:
        return Integrity.TRUNCATED
    return Integrity.CORRUPT if said.faults else Integrity.COMPLETE


READER = LogReader(name="photo", title="Photo of a drone (JPEG)", recognise=recognise, read=read)
