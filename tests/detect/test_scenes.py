"""Images of one scene are found by hash or by likeness, and a split never parts them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.scenes import Look, dhash, look, scenes, split


def _looks(codes: dict[str, int]) -> dict[str, Look]:
    return {name: Look(code=code) for name, code in codes.items()}


def _random_codes(count: int, seed: int = 0) -> dict[str, int]:
    codes = np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)
    return {f"{n:05d}.jpg": int(code) for n, code in enumerate(codes)}


def _scene(seed: int) -> NDArray[np.uint8]:
    """Soft noise with one bright patch, grey, 96x64."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (6, 8), dtype=np.uint8)
    image = np.asarray(cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    image[20:40, 30:60] = 255
    return image


def test_each_bit_of_the_hash_says_whether_brightness_rises_to_the_right() -> None:
    rising = np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1))
    assert dhash(rising) == 2**64 - 1
    assert dhash(np.ascontiguousarray(rising[:, ::-1])) == 0


def test_a_resized_and_brightened_copy_is_the_same_scene() -> None:
    grey, other = _scene(1), _scene(2)
    copy = (np.asarray(cv2.resize(grey, (200, 140)), dtype=np.uint8) // 2 + 20).astype(np.uint8)
    seen = {"a": look(grey), "copy": look(copy), "other": look(other)}
    assert scenes(seen) == [["a", "copy"], ["other"]]


def test_thumbnails_multiply_to_their_correlation() -> None:
    one, other = _scene(1), _scene(2)
    thumbs = [cv2.resize(grey, (24, 24), interpolation=cv2.INTER_AREA) for grey in (one, other)]
    expected = np.corrcoef(*(thumb.ravel().astype(float) for thumb in thumbs))[0, 1]
    product = np.dot(look(one).thumb, look(other).thumb)  # type: ignore[arg-type]
    assert product == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("bits_apart", "together"), [(4, True), (12, True), (13, False)])
def test_alike_pictures_may_differ_in_twelve_bits(bits_apart: int, together: bool) -> None:
    one = look(_scene(1))
    other = replace(one, code=one.code ^ (2**bits_apart - 1))
    assert (len(scenes({"a": one, "b": other})) == 1) is together


def test_pictures_unlike_each_other_may_differ_in_four_bits_only() -> None:
    a, b = look(_scene(1)), look(_scene(2))
    assert len(scenes({"a": a, "b": replace(b, code=a.code ^ 0b1111)})) == 1
    assert len(scenes({"a": a, "b": replace(b, code=a.code ^ 0b1_1111)})) == 2


def test_near_duplicates_never_straddle_the_split() -> None:
    codes = _random_codes(400)
    for name, code in list(codes.items()):
        codes[f"near-{name}"] = code ^ 0b1111  # four bits away
        codes[f"chained-{name}"] = code ^ 0b1111_1111  # eight away, but four from the one above
    sides = split(_looks(codes), val_share=0.3)
    side = dict.fromkeys(sides.val, "val") | dict.fromkeys(sides.train, "train")
    assert len(side) == len(codes) == len(sides.val) + len(sides.train)
    for name in _random_codes(400):
        assert side[name] == side[f"near-{name}"] == side[f"chained-{name}"]


def test_what_is_like_a_picture_kept_apart_goes_nowhere() -> None:
    codes = _random_codes(50)
    codes["test.jpg"] = codes["00007.jpg"] ^ 0b11
    sides = split(_looks(codes), apart=["test.jpg"])
    assert {"test.jpg", "00007.jpg"}.isdisjoint({*sides.train, *sides.val})
    assert len(sides.train) + len(sides.val) == 49


def test_a_share_by_name_holds_for_its_names() -> None:
    codes = _random_codes(2000)
    shares = {name: 0.5 if name < "01000" else 0.1 for name in codes}
    val = split(_looks(codes), val_share=shares).val
    assert sum(name < "01000" for name in val) / 1000 == pytest.approx(0.5, abs=0.063)
    assert sum(name >= "01000" for name in val) / 1000 == pytest.approx(0.1, abs=0.038)


def test_the_split_depends_on_seed_and_hash_but_not_on_order() -> None:
    seen = _looks(_random_codes(300))
    backwards = dict(reversed(seen.items()))
    assert split(seen) == split(backwards)
    assert split(seen, seed=1) != split(seen)


def test_the_split_holds_out_about_the_share_asked_for() -> None:
    sides = split(_looks(_random_codes(5000)), val_share=0.08)
    assert len(sides.val) / 5000 == pytest.approx(0.08, abs=0.016)  # four standard deviations


def test_added_images_leave_old_ones_on_their_side() -> None:
    old, new = _random_codes(300), _random_codes(300, seed=1)
    before = split(_looks(old))
    after = split(_looks(old | {f"new-{name}": code for name, code in new.items()}))
    assert set(before.train) <= set(after.train)
    assert set(before.val) <= set(after.val)


def test_no_images_split_into_nothing() -> None:
    assert split({}) == split({}, seed=3)
