"""Made-up smoke changes a view where its box is and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detect.datasets import LabelBox
from detect.detection import Image, Label
from detect.synthesis import Plume, add_plumes, has_ground, haze, lay, seen_box, window

WIDTH_PX, HEIGHT_PX = 512, 384


def _field(grey: int = 90) -> Image:
    """Flat grey ground."""
    return np.full((HEIGHT_PX, WIDTH_PX, 3), grey, np.uint8)


def _plume(**changes: float) -> Plume:
    made = {"height_px": 120.0, "lean": 0.0, "opacity": 0.9, "grey": 220.0} | changes
    return Plume(foot_px=(256.0, 300.0), **made)  # type: ignore[arg-type]


def _inside(box: LabelBox) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    ys, xs = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    across = np.abs((xs + 0.5) / WIDTH_PX - box.x) <= box.width / 2
    return across & (np.abs((ys + 0.5) / HEIGHT_PX - box.y) <= box.height / 2)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_hold_what_was_changed(seed: int) -> None:
    """Counted from the pixels: nine tenths of the change lie in the box."""
    before = _field()
    rng = np.random.default_rng(seed)
    after = lay(before, _plume(), rng)
    box = seen_box(before, after)
    assert box is not None
    assert box.label is Label.SMOKE
    change = np.abs(after.astype(float) - before).mean(axis=2)
    assert change[_inside(box)].sum() >= 0.9 * change.sum()


def test_a_box_is_no_wider_than_what_can_be_seen() -> None:
    before = _field()
    after = before.copy()
    cv2.rectangle(after, (100, 50), (199, 149), (250, 250, 250), -1)  # 100 x 100
    box = seen_box(before, after)
    assert box is not None
    assert box.x * WIDTH_PX == pytest.approx(150, abs=1)
    assert box.y * HEIGHT_PX == pytest.approx(100, abs=1)
    assert box.width * WIDTH_PX == pytest.approx(100, abs=4)
    assert box.height * HEIGHT_PX == pytest.approx(100, abs=4)


def test_what_cannot_be_seen_gets_no_box() -> None:
    before = _field()
    assert seen_box(before, before) is None
    assert seen_box(before, lay(before, _plume(opacity=0.03), np.random.default_rng(0))) is None


def test_a_plume_stands_on_its_foot() -> None:
    before = _field()
    box = seen_box(before, lay(before, _plume(), np.random.default_rng(1)))
    assert box is not None
    bottom_px = (box.y + box.height / 2) * HEIGHT_PX
    assert bottom_px == pytest.approx(300, abs=15)
    assert box.height * HEIGHT_PX == pytest.approx(120, rel=0.35)


def test_a_leaning_plume_leans_its_way() -> None:
    before = _field()
    centres = []
    for lean in (-0.8, 0.8):
        box = seen_box(before, lay(before, _plume(lean=lean), np.random.default_rng(2)))
        assert box is not None
        centres.append(box.x * WIDTH_PX)
    assert centres[0] < 256 < centres[1]


def test_the_same_seed_makes_the_same_smoke() -> None:
    made = [add_plumes(_field(), np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(made[0][0], made[1][0])
    assert made[0][1] == made[1][1]


def test_boxes_of_one_view_do_not_touch_and_lie_inside() -> None:
    for seed in range(30):
        _, boxes = add_plumes(_field(), np.random.default_rng(seed))
        covered = sum(_inside(box).astype(int) for box in boxes)
        assert np.max(covered, initial=0) <= 1
        for box in boxes:
            assert box.width / 2 <= box.x <= 1 - box.width / 2
            assert box.height / 2 <= box.y <= 1 - box.height / 2


def test_haze_takes_contrast_from_what_is_far() -> None:
    rng = np.random.default_rng(0)
    view = rng.integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3)).astype(np.uint8)
    hazy = haze(view, 0.5)
    far, near = hazy[:20].std(), hazy[-20:].std()
    assert far < near < view.std()


def test_sky_alone_is_told_from_sky_over_ground() -> None:
    sky = _field(180)
    assert not has_ground(sky)
    sky[-HEIGHT_PX // 4 :] = 40
    assert has_ground(sky)


def test_a_window_is_part_of_the_view_at_the_size_asked_for() -> None:
    part = window(_field(), np.random.default_rng(0), side_px=256)
    assert part.shape == (192, 256, 3)
    assert (part == 90).all()
