"""A picture that says what it is: the envelope on ``uav/{device_id}/frame``.

``PLF1``, the length of the header (32 bit, big endian), the header (JSON, UTF-8), the JPEG. It
needs nothing of MQTT 5, so a 3.1.1 client can send it too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from ingest.errors import BadMessage
from ingest.jpeg import MAX_BYTES, check_jpeg
from ingest.records import Decoded, Frame
from ingest.wire import fields
from ingest.wire.keys import device_time_s, digest, make_key
from ingest.wire.native import same_device

MAGIC = b"PLF1"
MAX_HEADER_BYTES = 65_536
MAX_ENVELOPE_BYTES = 8 + MAX_HEADER_BYTES + MAX_BYTES
"""What a broker's packet limit has to let through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameHeader:
    """The header as it is written; docs/wire.md tells units and signs."""

    device_id: str
    t_capture_s: float
    boot_id: str | None = None
    seq: int | None = None
    t_sent_s: float | None = None
    camera: str | None = None
    hfov_deg: float | None = None
    gimbal_yaw_deg: float | None = None
    gimbal_pitch_deg: float | None = None
    gimbal_roll_deg: float | None = None
    sha256: str = ""
    """Of the JPEG's bytes, hexadecimal; ``encode`` fills it in."""


def encode(header: FrameHeader, jpeg: bytes) -> bytes:
    """The payload of ``uav/{device_id}/frame``."""
    sealed = replace(header, sha256=sha256(jpeg).hexdigest())
    written = {
        key: value for key, value in msgspec.to_builtins(sealed).items() if value is not None
    }
    return pack(msgspec.json.encode(written), jpeg)


def pack(head: bytes, jpeg: bytes) -> bytes:
    """The envelope around a header that is written already; nothing is checked."""
    return b"".join((MAGIC, len(head).to_bytes(4, "big"), head, jpeg))


def decode(topic: str, device_id: str, payload: bytes, t_received_s: float) -> Decoded:
    """One frame, whole and unharmed.

    Raises:
        BadMessage: not an envelope, another device's id, an impossible time, bytes that do not
            match their sha256, a picture that is cut short, too large or not a JPEG.
    """
    head, jpeg = _split(topic, payload)
    said = fields.parse(topic, head, FrameHeader)
    same_device(topic, device_id, said.device_id)
    t_capture_s = device_time_s(topic, said.t_capture_s)
    try:
        width_px, height_px = check_jpeg(jpeg)
    except ValueError as exc:
        raise BadMessage(topic, str(exc)) from exc
    if sha256(jpeg).hexdigest() != said.sha256.lower():
        raise BadMessage(topic, "sha256 does not match: the picture was damaged on its way")
    tie = digest(head + said.sha256.lower().encode())
    frame = Frame(
        key=make_key(
            topic,
            device_id,
            boot_id=said.boot_id,
            seq=said.seq,
            t_device_s=t_capture_s,
            tie=tie,
        ),
        t_capture_s=t_capture_s,
        t_sent_s=None if said.t_sent_s is None else device_time_s(topic, said.t_sent_s),
        t_received_s=t_received_s,
        digest=tie,
        sha256=said.sha256.lower(),
        size_bytes=len(jpeg),
        width_px=width_px,
        height_px=height_px,
        camera=fields.text(said.camera),
        hfov_deg=fields.hfov_deg(said.hfov_deg),
        gimbal=fields.attitude(said.gimbal_yaw_deg, said.gimbal_pitch_deg, said.gimbal_roll_deg),
        jpeg=jpeg,
    )
    return Decoded(records=(frame,))


def _split(topic: str, payload: bytes) -> tuple[bytes, bytes]:
    """Header bytes and JPEG bytes."""
    if not payload.startswith(MAGIC):
        raise BadMessage(topic, "does not start with PLF1: not a frame envelope")
    length = int.from_bytes(payload[4:8], "big")
    if not 2 <= length <= min(MAX_HEADER_BYTES, len(payload) - 8):
        raise BadMessage(topic, f"header of {length} bytes: the envelope is cut short or wrong")
    return payload[8 : 8 + length], payload[8 + length :]
