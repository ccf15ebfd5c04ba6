"""A picture into the network's input, and boxes back into the picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detect.detection import Detection, Label
from detect.manifest import Manifest, Thresholds
from detect.yolo import Letterbox, detections, letterbox

MANIFEST = Manifest(
    name="by_hand",
    version="1",
    file="none.onnx",
    sha256="",
    size_bytes=0,
    input_px=640,
    classes=(Label.SMOKE, Label.FIRE),
    threshold=Thresholds(smoke=0.3, fire=0.5),
    nms_iou=0.6,
    licence="none",
)
PLAIN = Letterbox(scale=1.0, width_px=640, height_px=640)


def output(*rows: tuple[float, float, float, float, float, float]) -> NDArray[np.float32]:
    """Anchors given as corners x0, y0, x1, y1, smoke, fire: as the network would answer."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    x0, y0, x1, y1, smoke, fire = table.T
    return np.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, smoke, fire])


def corners(found: Detection) -> tuple[float, float, float, float]:
    box = found.box
    return box.x0_px, box.y0_px, box.x1_px, box.y1_px


@pytest.mark.parametrize(
    ("width", "height", "input_width", "input_height"),
    [
        (1280, 720, 640, 384),  # 640 x 360 and 24 rows of padding
        (720, 1280, 384, 640),
        (3840, 2160, 640, 384),
        (4000, 3000, 640, 480),
        (7, 5, 640, 480),  # 640 x 457
        (3000, 2, 640, 32),
        (1, 1, 640, 640),
    ],
)
def test_the_long_side_fills_the_input_and_the_other_is_a_multiple_of_the_stride(
    width: int, height: int, input_width: int, input_height: int
) -> None:
    blob, _ = letterbox(np.zeros((height, width, 3), np.uint8), 640)
    assert blob.shape == (1, 3, input_height, input_width)
    assert blob.dtype == np.float32


def test_the_network_sees_rgb_from_0_to_1_and_grey_right_and_below() -> None:
    red_as_opencv_has_it = np.full((360, 640, 3), (0, 0, 255), np.uint8)
    blob, _ = letterbox(red_as_opencv_has_it, 640)
    np.testing.assert_array_equal(blob[0, :, 0, 0], [1, 0, 0])
    np.testing.assert_allclose(blob[0, :, 360:], 114 / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (720, 1280), (3840, 2160), (501, 1999), (64, 48), (640, 640)]
)
def test_what_is_seen_in_the_input_is_found_where_it_was_painted(width: int, height: int) -> None:
    """A white rectangle, found again in the input by its brightness alone."""
    x0, y0, x1, y1 = width // 4, height // 3, width // 2, height - height // 8
    picture = np.zeros((height, width, 3), np.uint8)
    picture[y0:y1, x0:x1] = 255
    blob, fitted = letterbox(picture, 640)
    rows, columns = np.nonzero(blob[0, 0] > 0.5)
    seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    (found,) = detections(output((*map(float, seen), 0.9, 0.0)), fitted, MANIFEST)
    input_pixel_px = max(width, height) / 640
    assert corners(found) == pytest.approx((x0, y0, x1, y1), abs=max(1.0, input_pixel_px))


def test_a_box_is_cut_at_the_edges_of_the_picture_not_of_its_padding() -> None:
    fitted = Letterbox(scale=0.5, width_px=1280, height_px=720)
    (found,) = detections(output((-10, 300, 700, 384, 0.9, 0)), fitted, MANIFEST)
    assert corners(found) == (0, 600, 1280, 720)


def test_each_class_has_its_own_threshold_and_reaching_it_is_enough() -> None:
    found = detections(
        output((0, 0, 10, 10, 0.4, 0.4), (50, 0, 60, 10, 0.25, 0.5), (90, 0, 99, 9, 0.29, 0.49)),
        PLAIN,
        MANIFEST,
    )
    assert [(one.label, round(one.score, 3)) for one in found] == [
        (Label.FIRE, 0.5),
        (Label.SMOKE, 0.4),
    ]


def test_the_manifest_says_which_score_is_which() -> None:
    swapped = Manifest(
        **{name: getattr(MANIFEST, name) for name in MANIFEST.__slots__}
        | {"classes": (Label.FIRE, Label.SMOKE)}
    )
    (found,) = detections(output((0, 0, 10, 10, 0.9, 0.1)), PLAIN, swapped)
    assert found.label is Label.FIRE


@pytest.mark.parametrize(
    ("shift_px", "kept"),
    [(20, 1), (30, 2)],  # squares of 100: 80 / 120 = 0.67 and 70 / 130 = 0.54, either side of 0.6
)
def test_a_better_box_suppresses_those_it_mostly_overlaps(shift_px: float, kept: int) -> None:
    answer = output((0, 0, 100, 100, 0.8, 0), (shift_px, 0, 100 + shift_px, 100, 0.9, 0))
    found = detections(answer, PLAIN, MANIFEST)
    assert len(found) == kept
    assert found[0].score == pytest.approx(0.9)


def test_smoke_does_not_suppress_fire() -> None:
    assert len(detections(output((0, 0, 100, 100, 0.8, 0.9)), PLAIN, MANIFEST)) == 2


def test_nothing_over_a_threshold_is_no_detection() -> None:
    assert detections(output((0, 0, 10, 10, 0.1, 0.1)), PLAIN, MANIFEST) == []
    assert detections(output(), PLAIN, MANIFEST) == []


def suppressed_by_definition(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], iou: float
) -> list[float]:
    """Greedy non-maximum suppression, written from its definition."""
    kept: list[int] = []
    for i in np.argsort(-scores):
        x0, y0, x1, y1 = boxes[i].astype(float)
        for j in kept:
            u0, v0, u1, v1 = boxes[j].astype(float)
            shared = max(0, min(x1, u1) - max(x0, u0)) * max(0, min(y1, v1) - max(y0, v0))
            if shared > iou * ((x1 - x0) * (y1 - y0) + (u1 - u0) * (v1 - v0) - shared):
                break
        else:
            kept.append(int(i))
    return [float(scores[i]) for i in kept]


@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_the_greedy_one_of_the_textbook(seed: int) -> None:
    random = np.random.default_rng(seed)
    low = random.uniform(0, 300, (60, 2))
    boxes = np.hstack([low, low + random.uniform(40, 200, (60, 2))]).astype(np.float32)
    scores = random.uniform(0.3, 1, 60).astype(np.float32)
    rows = np.hstack([boxes, scores[:, None], np.zeros((60, 1))])
    found = detections(output(*map(tuple, rows)), PLAIN, MANIFEST)
    expected = suppressed_by_definition(boxes, scores, MANIFEST.nms_iou)
    assert 5 < len(expected) < 60
    assert [one.score for one in found] == pytest.approx(expected)
