"""Large pictures: what is too small for the full view is found, once, where it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.datasets import LabelBox, read_dataset, read_image
from detect.detection import Box, Detection, Image, Label
from detect.errors import UnreadablePicture
from detect.manifest import Thresholds, load_model
from detect.onnx import OnnxDetector
from detect.picture import decode_jpeg
from detect.tiled import TiledDetector, TileRules, look, with_weak_boxes
from detect.tiles import Tile, choose, grid, merged
from plumeline.flights import samples_folder

FLAMES = Path(__file__).parents[2].parent / "shared" / "data" / "fire" / "two_class" / "liuzifan"

ALL = Tile(x_px=0, y_px=0, width_px=1000, height_px=600)
LEFT = Tile(x_px=0, y_px=0, width_px=550, height_px=600)
RIGHT = Tile(x_px=450, y_px=0, width_px=550, height_px=600)


def seen(x0: float, y0: float, x1: float, y1: float, score: float = 0.9) -> Detection:
    return Detection(
        label=Label.SMOKE, score=score, box=Box(x0_px=x0, y0_px=y0, x1_px=x1, y1_px=y1)
    )


def corners(one: Detection) -> tuple[float, float, float, float]:
    return one.box.x0_px, one.box.y0_px, one.box.x1_px, one.box.y1_px


class BrightSpots:
    """A detector by definition: every bright patch as the network's input shows it, as smoke.

    What shrinks below ``least_px`` of a 512 px input is not seen, as with a network.
    """

    identity = "spots"

    def __init__(self, least_px: float = 8.0) -> None:
        self.least_px = least_px
        self.looks: list[tuple[int, int]] = []

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> list[Detection]:
        self.looks.append(image.shape[:2])
        scale = 512 / max(image.shape[:2])
        bright = (image[..., 0] > 200).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        return [
            seen(x, y, x + width, y + height)
            for x, y, width, height, _ in stats[1:].tolist()
            if max(width, height) * scale >= self.least_px
        ]


def tiled(inner: BrightSpots, budget: int = 3) -> TiledDetector:
    rules = TileRules(input_px=512, threshold=Thresholds(smoke=0.3, fire=0.3), budget=budget)
    return TiledDetector(inner, rules)


def ground(width: int = 3840, height: int = 2160) -> Image:
    return np.full((height, width, 3), 90, np.uint8)


def jpeg(image: Image) -> bytes:
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert ok
    return data.tobytes()


def spot(image: Image, x: int, y: int, size: int = 40) -> Image:
    marked = image.copy()
    marked[y : y + size, x : x + size] = 255
    return marked


@pytest.mark.parametrize(
    ("width", "height"), [(3840, 2160), (1920, 1080), (2160, 3840), (4000, 3000), (1536, 100)]
)
def test_anything_smaller_than_the_overlap_lies_whole_in_some_tile(width: int, height: int) -> None:
    tiles = grid(width, height, 512)
    size = min(40, height)
    for x in [*range(0, width - size, 37), width - size]:
        for y in [*range(0, height - size, 37), height - size]:
            assert any(
                tile.x_px <= x
                and tile.y_px <= y
                and x + size <= tile.x_px + tile.width_px
                and y + size <= tile.y_px + tile.height_px
                for tile in tiles
            )
    assert all(tile.x_px + tile.width_px <= width for tile in tiles)
    assert all(tile.y_px + tile.height_px <= height for tile in tiles)


def test_a_4k_picture_has_45_tiles_and_no_tile_is_enlarged() -> None:
    assert len(grid(3840, 2160, 512)) == 45
    assert {tile.width_px for tile in grid(1920, 1080, 512)} == {512}


@pytest.mark.parametrize("calling", [[], [3], [0, 1, 2, 3, 4, 5, 6]])
@pytest.mark.parametrize("budget", [1, 3, 99])
def test_every_tile_has_its_turn_whatever_calls(calling: list[int], budget: int) -> None:
    turn, reached = 0, set()
    for _ in range(15):
        chosen, turn = choose(15, calling, turn, budget)
        assert len(chosen) == len(set(chosen)) == min(budget, 15)
        reached.update(chosen)
    assert reached == set(range(15))


def test_one_thing_in_two_looks_is_told_once_with_the_better_score() -> None:
    (one,) = merged(
        [(ALL, [seen(100, 100, 150, 160, 0.4)]), (LEFT, [seen(102, 101, 149, 158, 0.8)])]
    )
    assert one.score == 0.8
    assert corners(one) == (102, 101, 149, 158)


def test_what_a_tile_border_cuts_is_put_together() -> None:
    (one,) = merged(
        [
            (LEFT, [seen(430, 100, 550, 200, 0.8)]),
            (RIGHT, [seen(450, 100, 700, 200, 0.7)]),
        ]
    )
    assert corners(one) == (430, 100, 700, 200)
    assert one.score == 0.8


def test_neighbours_and_other_labels_stay_apart() -> None:
    fire = Detection(label=Label.FIRE, score=0.7, box=seen(100, 100, 150, 160).box)
    looks = [(ALL, [seen(100, 100, 150, 160), fire]), (LEFT, [seen(140, 100, 200, 160)])]
    assert len(merged(looks)) == 3


def test_boxes_of_one_look_are_left_as_the_model_gave_them() -> None:
    nested = [seen(100, 100, 300, 300, 0.9), seen(150, 150, 200, 200, 0.5)]
    assert merged([(ALL, nested)]) == nested


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1900, 1000), (3799, 2119), (940, 520)])
def test_a_spot_too_small_for_the_full_view_is_found_where_it_was_painted(x: int, y: int) -> None:
    picture = spot(ground(), x, y, 41)
    assert BrightSpots().detect([picture]) == [[]]
    ((one,),) = tiled(BrightSpots()).detect([picture])
    assert corners(one) == (x, y, x + 41, y + 41)


def test_a_camera_costs_the_full_view_and_the_budget_after_its_first_picture() -> None:
    inner = BrightSpots()
    detector, picture = tiled(inner, budget=3), jpeg(ground())
    counts = []
    for _ in range(4):
        before = len(inner.looks)
        detector.detect_jpeg(picture, "drone-1")
        counts.append(len(inner.looks) - before)
    assert counts == [46, 4, 4, 4]


def test_what_appears_is_found_at_once_and_kept_in_sight() -> None:
    """It moves the grey of one tile only: that tile is looked at, and again as it held something.

    45 tiles and three looks: without that, fourteen pictures would pass between two sightings.
    """
    detector = tiled(BrightSpots())
    assert detector.detect_jpeg(jpeg(ground()), "drone-1") == []
    after = jpeg(spot(ground(), 3000, 1700, 90))
    found = [detector.detect_jpeg(after, "drone-1") for _ in range(6)]
    assert [len(one) for one in found] == [1] * 6


def test_what_fades_into_haze_calls_for_a_look() -> None:
    """Half of one tile's contrast is gone and nothing else: a picture of noise by a fixed seed."""
    random = np.random.default_rng(0)
    clear = cv2.resize(
        random.integers(60, 140, (270, 480, 3)).astype(np.uint8), (3840, 2160)
    ).astype(np.uint8)
    tile = grid(3840, 2160, 512)[21]
    hazy = clear.copy()
    tile.cut(hazy)[:] = (tile.cut(clear).astype(int) * 0.4 + 60).astype(np.uint8)
    inner = BrightSpots()
    detector = tiled(inner, budget=2)
    detector.detect_jpeg(jpeg(clear), "drone-1")
    hazy[tile.y_px + 300 : tile.y_px + 341, tile.x_px + 300 : tile.x_px + 341] = 255
    assert len(detector.detect_jpeg(jpeg(hazy), "drone-1")) == 1


def test_the_same_pictures_in_the_same_order_give_the_same_boxes_whoever_else_sends() -> None:
    pictures = [jpeg(spot(ground(1920, 1080), 100 * i, 50 * i, 30)) for i in range(6)]
    alone = tiled(BrightSpots())
    expected = [alone.detect_jpeg(picture, "a") for picture in pictures]
    shared = tiled(BrightSpots())
    found = []
    for picture in pictures:
        shared.detect_jpeg(pictures[0], "b")
        found.append(shared.detect_jpeg(picture, "a"))
        shared.detect([decode_jpeg(pictures[3])])
    assert found == expected


def test_without_a_camera_nothing_depends_on_what_came_before() -> None:
    detector, picture = tiled(BrightSpots()), spot(ground(), 3000, 1700)
    first = detector.detect([picture])
    detector.detect_jpeg(jpeg(ground()), "drone-1")
    assert detector.detect([picture]) == first
    assert len(first[0]) == 1


@pytest.mark.parametrize("budget", [0, 3])
def test_a_picture_that_is_not_large_is_seen_once_and_boxed_in_its_own_pixels(budget: int) -> None:
    inner = BrightSpots()
    (one,) = tiled(inner, budget).detect_jpeg(jpeg(spot(ground(1280, 720), 400, 200, 120)), "a")
    assert inner.looks == [(720, 1280)]
    assert corners(one) == pytest.approx((400, 200, 520, 320), abs=2)


def test_without_tiles_a_4k_jpeg_is_decoded_at_a_quarter_and_boxed_in_full_pixels() -> None:
    inner = BrightSpots()
    (one,) = tiled(inner, 0).detect_jpeg(jpeg(spot(ground(), 800, 400, 400)))
    assert inner.looks == [(540, 960)]
    assert corners(one) == pytest.approx((800, 400, 1200, 800), abs=4)


def test_a_weak_box_counts_for_nothing() -> None:
    class Weak(BrightSpots):
        def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
            return [[seen(10, 10, 90, 90, 0.2)] for _ in images]

    assert tiled(Weak()).detect([ground(), ground(640, 360)]) == [[], []]


def test_any_detector_can_look_at_a_jpeg() -> None:
    assert len(look(BrightSpots(), jpeg(spot(ground(640, 360), 100, 100)))) == 1
    with pytest.raises(UnreadablePicture):
        look(tiled(BrightSpots()), b"no picture")


def cut_out(image: Image, box: LabelBox, size_px: int) -> tuple[Image, NDArray[np.float32]]:
    """A box's longer side made ``size_px``, with a fifth more around it, and how to lay it."""
    height, width = image.shape[:2]
    x0, y0 = (box.x - 0.7 * box.width) * width, (box.y - 0.7 * box.height) * height
    x1, y1 = (box.x + 0.7 * box.width) * width, (box.y + 0.7 * box.height) * height
    around = image[max(0, int(y0)) : int(y1), max(0, int(x0)) : int(x1)]
    scale = size_px / max(box.width * width, box.height * height)
    small = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows, columns = small.shape[:2]
    mask = np.zeros((rows, columns), np.float32)
    axes = int(columns * 0.46), int(rows * 0.46)
    cv2.ellipse(mask, (columns // 2, rows // 2), axes, 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 2), np.float32)
    return small.astype(np.uint8), soft[..., None]


def with_flames(view: Image, places: Sequence[tuple[int, int]]) -> Image:
    """Photographed flames of 40 px, boxed by people, laid at the places."""
    flames = [
        (one.image, one.boxes[0])
        for one in read_dataset(FLAMES).images
        if len(one.boxes) == 1 and one.boxes[0].label is Label.FIRE
        if 0.25 < one.boxes[0].height < 0.7 and 0.2 < one.boxes[0].width < 0.7
    ]
    laid = view.copy()
    for (file, box), (x, y) in zip(flames, places, strict=False):
        flame, mask = cut_out(read_image(file), box, 40)
        part = laid[y : y + flame.shape[0], x : x + flame.shape[1]]
        part[:] = (part * (1 - mask) + flame * mask).astype(np.uint8)
    return laid


def test_flames_of_40_px_in_a_4k_view_are_found_by_tiles_and_never_by_the_full_view() -> None:
    """Some of 48: how many depends on the weights, docs/detector.md."""
    if not FLAMES.is_dir():
        pytest.skip(f"{FLAMES.name}: labelled photographs are not on this machine")
    frame = read_image(samples_folder() / "look_alikes" / "frames" / "0012.jpg")
    view = np.asarray(cv2.resize(frame, (3840, 2160), interpolation=cv2.INTER_CUBIC), np.uint8)
    places = [(300 + 400 * (i % 8), 250 + 320 * (i // 8)) for i in range(48)]
    picture, model = with_flames(view, places), load_model()
    inner = OnnxDetector(with_weak_boxes(model))
    rules = TileRules(
        input_px=model.manifest.input_px, threshold=model.manifest.threshold, budget=3
    )

    def found(boxes: Sequence[Detection]) -> int:
        middles = [
            ((one.box.x0_px + one.box.x1_px) / 2, (one.box.y0_px + one.box.y1_px) / 2)
            for one in boxes
            if one.label is Label.FIRE
        ]
        return sum(
            any(abs(mx - x - 28) < 30 and abs(my - y - 28) < 30 for mx, my in middles)
            for x, y in places
        )

    assert found(inner.detect([picture])[0]) == 0
    assert found(TiledDetector(inner, rules).detect([picture])[0]) >= 4
