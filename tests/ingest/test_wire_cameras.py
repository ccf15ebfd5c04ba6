"""The camera table against what cameras and devices say of themselves."""

from __future__ import annotations

import math

import pytest

from ingest.cameras import LENSES, dji_payload_name, hfov_deg


@pytest.mark.parametrize(
    ("name", "equivalent_mm"),
    # FocalLengthIn35mmFilm in the EXIF of real R-JPEG photos of each.
    [("M30T-ir", 40), ("M3T-ir", 40), ("M3TD-ir", 40), ("M4T-ir", 52)],
)
def test_a_thermal_camera_is_as_wide_as_its_photos_say(name: str, equivalent_mm: int) -> None:
    diagonal = 2 * math.atan(math.hypot(36, 24) / 2 / equivalent_mm)
    half = math.tan(diagonal / 2) * 5 / math.hypot(5, 4)
    assert hfov_deg(name) == pytest.approx(2 * math.degrees(math.atan(half)), abs=0.1)


def test_autels_own_angles_agree_at_both_zooms_captured() -> None:
    # zoom_factor, zoom_fov_h of a real EVO Max 4T.
    assert hfov_deg("EVO Max 4T", 1.0) == pytest.approx(58.59527, abs=0.02)
    assert hfov_deg("EVO Max 4T", 1.56) == pytest.approx(40.404995, abs=1.0)


def test_a_24_mm_equivalent_lens_is_as_wide_as_a_right_triangle_says() -> None:
    # 4:3 crop of a 43.27 mm diagonal: 34.6 mm wide.
    assert hfov_deg("M30") == pytest.approx(2 * math.degrees(math.atan(34.6 / 2 / 24)), abs=0.3)


def test_zoom_narrows_the_tangent_and_nonsense_has_no_answer() -> None:
    wide = hfov_deg("M30T")
    narrow = hfov_deg("m30t", 10.0)
    assert wide is not None
    assert narrow is not None
    assert math.tan(math.radians(wide) / 2) == pytest.approx(
        10 * math.tan(math.radians(narrow) / 2)
    )
    assert hfov_deg("M30T", 0.0) is None
    assert hfov_deg("M30T", math.nan) is None
    assert hfov_deg("a camera nobody knows") is None


def test_every_entry_tells_its_source_and_payload_names_are_in_the_table() -> None:
    assert all(lens.source for lens in LENSES)
    assert len({lens.name for lens in LENSES}) == len(LENSES)
    types = (42, 43, 52, 53, 61, 66, 67, 68, 80, 81, 10052)
    names = [dji_payload_name(f"{number}-0-0") for number in types]
    assert all(name is not None and hfov_deg(name) for name in names)
    assert dji_payload_name("39-0-7") is None
