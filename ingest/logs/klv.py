"""MISB ST 0601 metadata (KLV), in an MPEG transport stream or bare, one packet after another.

PyAV takes a stream apart. The packets are read here: the dozen tags that matter are a table, while
the library at hand (stanag4609) refuses a packet whole where one part is odd, and takes 0.3 ms for
each. Packets whose checksum is wrong are not used. Tags and scales: MISB ST 0601.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import BadLog
from ingest.logs.binary import COPY_AGAIN, T_MAX_S, T_MIN_S, Losses, mapped, world_angles
from ingest.logs.flight import Clock, Flight, FloatArray, GimbalKnown, Track
from ingest.logs.reader import LogReader
from ingest.video_file import opened, packets, start_s

LABEL = bytes.fromhex("060e2b34")
"""With which every universal key begins (SMPTE 298)."""
KEY = LABEL + bytes.fromhex("020b01010e01030101000000")
"""Of the UAS Datalink Local Set."""
TS_PACKET_BYTES = 188
_TS_SYNC = 0x47
_TS_SEEN = 5
_REGISTERED = b"KLVA"
_CHECKSUM = b"\x01\x02"
"""Tag and length of a packet's last part; two bytes follow."""
_TIME, _TAIL, _PLATFORM, _VERSION, _LEAPS = 2, 4, 10, 65, 136

_HEADING, _PITCH, _ROLL, _FULL_PITCH, _FULL_ROLL = 5, 6, 7, 90, 91
_LAT, _LON, _MSL, _ELLIPSOID = 13, 14, 15, 75
_HFOV, _AZIMUTH, _ELEVATION, _SENSOR_ROLL = 16, 18, 19, 20
RANGES = {
    _HEADING: (0.0, 360.0),
    _PITCH: (-20.0, 20.0),
    _ROLL: (-50.0, 50.0),
    _LAT: (-90.0, 90.0),
    _LON: (-180.0, 180.0),
    _MSL: (-900.0, 19_000.0),
    _HFOV: (0.0, 180.0),
    _AZIMUTH: (0.0, 360.0),
    _ELEVATION: (-180.0, 180.0),
    _SENSOR_ROLL: (0.0, 360.0),
    _ELLIPSOID: (-900.0, 19_000.0),
    _FULL_PITCH: (-90.0, 90.0),
    _FULL_ROLL: (-90.0, 90.0),
}
"""What the smallest and the largest integer of a tag stand for. Symmetric ones are signed, and
their lowest integer says that the value is unknown."""

Parts = dict[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """The metadata track of a video: its bytes put together, and where each piece comes from."""

    data: bytes
    starts: tuple[int, ...]
    video_s: tuple[float, ...]
    """When in the video each piece is shown; NaN where it does not say."""


def _recognise(head: bytes) -> bool:
    if head.startswith(LABEL):
        return True
    synced = head[: TS_PACKET_BYTES * _TS_SEEN : TS_PACKET_BYTES]
    return set(synced) == {_TS_SYNC} and (_REGISTERED in head or KEY in head)


def _read(path: Path) -> Flight:
    with mapped(path) as data:
        if data[:1] == bytes([_TS_SYNC]):
            stream = _metadata(path)
            walk = _Walk(data=stream.data, losses=Losses(size=len(stream.data), what="packet"))
            walk.run(aligned=False)
            if len(data) % TS_PACKET_BYTES and walk.losses.cut_at is None:
                walk.losses.cut_at = len(stream.data)
            place = " in MPEG-TS"
        else:
            stream = None
            walk = _Walk(data=data, losses=Losses(size=len(data), what="packet"))
            walk.run(aligned=True)
            place = ""
    if not walk.found:
        reasons = "; ".join(one.reason for one in walk.losses.tally.rejections())
        reason = "no usable MISB ST 0601 packet" + (f": {reasons}" if reasons else "")
        raise BadLog(path, reason, advice="record or export the stream with ST 0601 metadata")
    shown_s = [np.nan if stream is None else _shown_s(stream, at) for at in walk.places]
    return walk.losses.told(_flight(walk.found, shown_s, place))


def _metadata(path: Path) -> _Stream:
    """The data track with the most packets of the kind."""
    with opened(path) as container:
        if not container.streams.data:
            raise BadLog(path, "the stream has no metadata track", advice=COPY_AGAIN)
        pieces: dict[int, list[Any]] = defaultdict(list)
        for piece in packets(container, container.streams.data):
            if piece is not None and piece.size:  # a damaged table of tracks gives None
                pieces[piece.stream.index].append(piece)
        video = container.streams.video
        zero_s = start_s(video[0]) if video else np.nan
    tracks = [[], *pieces.values()]
    chosen = max(tracks, key=lambda some: sum(KEY in bytes(one) for one in some))
    bodies = [bytes(one) for one in chosen]
    starts = np.cumsum([0, *map(len, bodies)])[:-1]
    shown_s = (
        np.nan if one.pts is None else float(one.pts * one.time_base) - zero_s for one in chosen
    )
    return _Stream(data=b"".join(bodies), starts=tuple(map(int, starts)), video_s=tuple(shown_s))


def _shown_s(stream: _Stream, at: int) -> float:
    return stream.video_s[bisect_right(stream.starts, at) - 1]


@dataclass(slots=True, kw_only=True)
class _Walk:
    """From packet to packet; over damage to the next key."""

    data: mmap | bytes
    losses: Losses
    found: list[Parts] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def run(self, *, aligned: bool) -> None:
        """Go through the data; ``aligned``: nothing but keys and what they hold belongs there."""
        data, end = self.data, len(self.data)
        at = 0
        while at < end:
            if data[at : at + len(LABEL)] != LABEL:
                key = data.find(LABEL, at)
                if aligned:
                    self.losses.skip(at, end if key < 0 else key)
                at = end if key < 0 else key
                continue
            after = self._end(at)
            if after is not None and after <= end and self._take(at, after):
                at = after
                continue
            following = data.find(KEY, at + 1)
            if following < 0 and (after is None or after > end):
                self.losses.cut(at)
                return
            following = end if following < 0 else following
            self.losses.reject("packets with a wrong checksum or length", at, following - at)
            at = following

    def _end(self, at: int) -> int | None:
        length = _length(self.data, at + len(KEY))
        return None if length is None else length[1] + length[0]

    def _take(self, at: int, after: int) -> bool:
        """Keep a whole packet; one of another kind is none of ours."""
        packet = self.data[at:after]
        if not packet.startswith(KEY):
            return True
        parts = _parts(packet[len(KEY) :])
        if packet[-4:-2] != _CHECKSUM or _checksum(packet[:-2]) != packet[-2:] or parts is None:
            return False
        self.found.append(parts)
        self.places.append(at)
        return True


def _checksum(data: bytes) -> bytes:
    """Sum of the 16-bit words, big endian (ST 0601, tag 1)."""
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2")
    return (int(words.sum(dtype=np.uint64)) & 0xFFFF).to_bytes(2, "big")


def _length(data: mmap | bytes, at: int) -> tuple[int, int] | None:
    """A BER length and where what it measures begins; None where the data ends before."""
    if at >= len(data):
        return None
    first: int = data[at]
    if first < 0x80:
        return first, at + 1
    begin = at + 1 + (first & 0x7F)
    return (int.from_bytes(data[at + 1 : begin], "big"), begin) if begin <= len(data) else None


def _parts(body: bytes) -> Parts | None:
    """The parts of a packet by tag, from its length on; None where they do not fit it."""
    whole = _length(body, 0)
    at = whole[1] if whole else len(body)
    parts: Parts = {}
    while at < len(body):
        tag = body[at] & 0x7F
        while body[at] & 0x80 and at + 1 < len(body):  # a tag above 127 goes on
            at += 1
            tag = tag << 7 | body[at] & 0x7F
        measured = _length(body, at + 1)
        if measured is None or sum(measured) > len(body):
            return None
        length, at = measured
        parts[tag] = body[at : at + length]
        at += length
    return parts


def _column(found: list[Parts], tag: int) -> FloatArray:
    lowest, highest = RANGES[tag]
    signed = lowest == -highest
    values = np.full(len(found), np.nan)
    for row, parts in enumerate(found):
        raw = parts.get(tag)
        if raw:
            bits = 8 * len(raw)
            number = int.from_bytes(raw, "big", signed=signed)
            if not signed:
                values[row] = lowest + number * (highest - lowest) / (2**bits - 1)
            elif number != -(2 ** (bits - 1)):
                values[row] = number * highest / (2 ** (bits - 1) - 1)
    return values


def _flight(found: list[Parts], shown_s: list[float], place: str) -> Flight:
    columns = {tag: _column(found, tag) for tag in RANGES}
    heading = (columns[_HEADING] + 180) % 360 - 180
    pitch = np.where(np.isnan(columns[_FULL_PITCH]), columns[_PITCH], columns[_FULL_PITCH])
    roll = np.where(np.isnan(columns[_FULL_ROLL]), columns[_ROLL], columns[_FULL_ROLL])
    sensor = columns[_AZIMUTH], columns[_ELEVATION], np.nan_to_num(columns[_SENSOR_ROLL])
    gimbal = world_angles((heading, pitch, roll), sensor)
    t_s, clock = _times(found)
    versions = sorted({parts[_VERSION][-1] for parts in found if parts.get(_VERSION)})
    return Flight(
        format=READER.name,
        dialect=" + ".join(f"ST 0601.{one}" for one in versions or "?") + place,
        clock=clock,
        track=Track.of(
            len(found),
            t_s=t_s,
            lat_deg=columns[_LAT],
            lon_deg=columns[_LON],
            height_msl_m=columns[_MSL],
            height_ellipsoid_m=columns[_ELLIPSOID],
            yaw_deg=heading,
            pitch_deg=pitch,
            roll_deg=roll,
            gimbal_yaw_deg=gimbal[0],
            gimbal_pitch_deg=gimbal[1],
            gimbal_roll_deg=gimbal[2],
            hfov_deg=columns[_HFOV],
            video_s=shown_s,
        ),
        device=_text(found, _TAIL),
        model=_text(found, _PLATFORM),
        gimbal=GimbalKnown.WORLD if np.isfinite(gimbal[0]).any() else GimbalKnown.NO,
    )


def _times(found: list[Parts]) -> tuple[FloatArray, Clock]:
    """Tag 2 counts microseconds since 1970; where tag 136 gives leap seconds, they come off."""
    t_s = np.full(len(found), np.nan)
    for row, parts in enumerate(found):
        if len(parts.get(_TIME, b"")) == 8:
            leaps_s = int.from_bytes(parts.get(_LEAPS, b""), "big", signed=True)
            t_s[row] = int.from_bytes(parts[_TIME], "big") / 1e6 - leaps_s
    if np.isnan(t_s).all():
        return t_s, Clock.NONE
    if ((t_s > T_MIN_S) & (t_s < T_MAX_S)).any():
        return t_s, Clock.UTC
    return t_s - np.nanmin(t_s), Clock.RELATIVE


def _text(found: list[Parts], tag: int) -> str | None:
    texts = (parts[tag].decode("utf-8", "replace").strip("\0 ") for parts in found if tag in parts)
    return next((text for text in texts if text), None)


READER = LogReader(
    name="klv", title="MISB ST 0601 metadata", recognise=_recognise, read=_read, third_party=True
)
