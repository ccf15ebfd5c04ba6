"""How wide each known camera looks: what most protocols leave out.

Makers publish the diagonal of the full sensor, so that is what the table holds, with the shape of
the picture it belongs to. A 16:9 video from a 4:3 sensor is taken to keep the full width, which
is how these cameras record unless a digital stabiliser or a high frame rate crops further; then
the angle is smaller than told here. Lens distortion is left out: the sheet's diagonal and the
pinhole's differ by 1 to 4 degrees on thermal cameras. Where a device tells its own angle, that
counts and not this table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_EXIF = "EXIF of a real photo: 35 mm equivalent focal length, pinhole"
_SHEET = "UNVERIFIED: maker's data sheet from memory, the page was not read"
_CAPTURE = "zoom_fov_h in a real Autel EVO Max 4T capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A camera at zoom 1. ``shape`` is width to height of the picture the diagonal belongs to."""

    name: str
    diagonal_deg: float
    shape: tuple[int, int] = (4, 3)
    source: str = _SHEET

    @property
    def hfov_deg(self) -> float:
        """Horizontal field of view of a pinhole with that diagonal."""
        width, height = self.shape
        half = math.tan(math.radians(self.diagonal_deg) / 2) * width / math.hypot(width, height)
        return 2 * math.degrees(math.atan(half))


LENSES = (
    # Several lenses behind one name: zoom 1 is the wide one, and DJI counts zoom from there.
    Lens(name="M30", diagonal_deg=84.0),
    Lens(name="M30T", diagonal_deg=84.0),
    Lens(name="M30T-ir", diagonal_deg=56.8, shape=(5, 4), source=_EXIF),
    Lens(name="H20", diagonal_deg=82.9),
    Lens(name="H20T", diagonal_deg=82.9),
    Lens(name="H20T-ir", diagonal_deg=40.6, shape=(5, 4)),
    Lens(name="H20N", diagonal_deg=73.6, shape=(16, 9)),
    Lens(name="M3E", diagonal_deg=84.0),
    Lens(name="M3T", diagonal_deg=84.0),
    Lens(name="M3T-ir", diagonal_deg=56.8, shape=(5, 4), source=_EXIF),
    Lens(name="M3M", diagonal_deg=84.0),
    Lens(name="M3D", diagonal_deg=84.0),
    Lens(name="M3TD", diagonal_deg=82.0),
    Lens(name="M3TD-ir", diagonal_deg=56.8, shape=(5, 4), source=_EXIF),
    Lens(name="M4T-ir", diagonal_deg=45.2, shape=(5, 4), source=_EXIF),
    Lens(name="Mavic 3", diagonal_deg=84.0),
    Lens(name="Mavic 3 tele", diagonal_deg=15.0),
    Lens(name="Mavic 2 Pro", diagonal_deg=77.0, shape=(3, 2)),
    Lens(name="Mavic Air 2", diagonal_deg=84.0),
    Lens(name="Air 2S", diagonal_deg=88.0, shape=(3, 2)),
    Lens(name="Mini 2", diagonal_deg=83.0),
    Lens(name="Mini 3 Pro", diagonal_deg=82.1),
    Lens(name="Mini 4 Pro", diagonal_deg=82.1),
    Lens(name="Phantom 4 Pro", diagonal_deg=84.0, shape=(3, 2)),
    Lens(name="EVO Max 4T", diagonal_deg=70.09, source=_CAPTURE),
)

_DJI_PAYLOADS = {
    "42": "H20",
    "43": "H20T",
    "52": "M30",
    "53": "M30T",
    "61": "H20N",
    "66": "M3E",
    "67": "M3T",
    "68": "M3M",
    "80": "M3D",
    "81": "M3TD",
    "10052": "EVO Max 4T",
}
"""Payload types (domain 1) of DJI's product table, and Autel's one seen."""

_BY_NAME = {lens.name.casefold(): lens for lens in LENSES}


def hfov_deg(name: str, zoom: float = 1.0) -> float | None:
    """Horizontal field of view of a camera in degrees; None where the table does not know it.

    Zoom narrows the tangent, be it done by glass or by cropping: tan(h / 2) / zoom. Names are
    compared without regard to case.
    """
    lens = _BY_NAME.get(name.casefold())
    if lens is None or not 0.0 < zoom <= 1000.0:
        return None
    half = math.tan(math.radians(lens.hfov_deg) / 2) / zoom
    return 2 * math.degrees(math.atan(half))


def dji_payload_name(index: str) -> str | None:
    """The camera's name from ``type-subtype-gimbalindex``; None for a type not in the table."""
    return _DJI_PAYLOADS.get(index.partition("-")[0])
