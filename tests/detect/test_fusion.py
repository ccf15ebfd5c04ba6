"""Two looks become one answer: weighted boxes fusion, and when the second look is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detect.batching import FAINT, detect_in_batches
from detect.detection import Box, Detection, Image, Label
from detect.fusion import fused
from detect.manifest import Manifest, Thresholds
from detect.yolo import Floats

MANIFEST = Manifest(
    name="by_hand",
    version="1",
    file="none.onnx",
    sha256="",
    size_bytes=0,
    input_px=640,
    second_look_px=320,
    classes=(Label.SMOKE, Label.FIRE),
    threshold=Thresholds(smoke=0.3, fire=0.3),
    nms_iou=0.6,
    licence="none",
)
ONE_LOOK = replace(MANIFEST, second_look_px=None)
WIDTH, HEIGHT = 1280, 640
Seen = tuple[float, float, float, float, float, Label]
SMOKE, FIRE = Label.SMOKE, Label.FIRE
LOOKS: tuple[tuple[Seen, ...], ...] = (
    (
        (454.9, 446.1, 626.5, 546.2, 0.51, SMOKE),
        (239.2, 438.2, 312.2, 613.2, 0.1, SMOKE),
        (567.4, 261.2, 670.9, 352.2, 0.61, FIRE),
        (208.5, 250.7, 349.8, 386.6, 0.75, SMOKE),
        (690.0, 403.2, 843.0, 610.5, 0.87, FIRE),
    ),
    (
        (453.1, 453.5, 625.6, 536.1, 0.3, SMOKE),
        (558.8, 265.7, 671.2, 355.7, 0.39, FIRE),
        (219.7, 258.9, 342.2, 389.0, 0.64, SMOKE),
        (692.3, 410.6, 832.2, 602.4, 0.21, FIRE),
    ),
)
BY_ENSEMBLE_BOXES: tuple[Seen, ...] = (
    (213.657, 254.476, 346.301, 387.705, 0.695, SMOKE),
    (690.447, 404.639, 840.9, 608.925, 0.54, FIRE),
    (564.046, 262.955, 671.017, 353.565, 0.5, FIRE),
    (454.233, 448.841, 626.167, 542.459, 0.405, SMOKE),
    (239.2, 438.2, 312.2, 613.2, 0.05, SMOKE),
)
"""What ensemble_boxes 1.0.9, by the method's authors, makes of LOOKS:
``weighted_boxes_fusion(boxes, scores, labels, iou_thr=0.5, conf_type="avg")``, sides divided by
1000 x 800 and multiplied again."""


def detection(seen: Seen) -> Detection:
    x0, y0, x1, y1, score, label = seen
    box = Box(x0_px=x0, y0_px=y0, x1_px=x1, y1_px=y1)
    return Detection(label=label, score=score, box=box)


def told(found: Detection) -> list[float]:
    box = found.box
    return [box.x0_px, box.y0_px, box.x1_px, box.y1_px, found.score]


def test_two_looks_are_fused_as_by_the_authors_of_the_method() -> None:
    found = fused([[detection(one) for one in look] for look in LOOKS])
    assert [one.label for one in found] == [one[5] for one in BY_ENSEMBLE_BOXES]
    for one, theirs in zip(found, BY_ENSEMBLE_BOXES, strict=True):
        assert told(one) == pytest.approx(theirs[:5], abs=5e-4)


def test_two_boxes_of_one_look_do_not_vouch_for_each_other() -> None:
    alone = [detection((0, 0, 100, 100, 0.8, SMOKE)), detection((0, 0, 100, 80, 0.6, SMOKE))]
    (found,) = fused([alone, []])
    assert found.score == pytest.approx(0.4)


def test_nothing_seen_and_boxes_without_area_are_no_trouble() -> None:
    assert fused([[], []]) == []
    flat = detection((10, 10, 10, 50, 0.5, FIRE))
    assert [one.score for one in fused([[flat], [flat]])] == [0.25, 0.25]


class Network:
    """Answers with one smoke box a picture: a score at the first size, another at the second.

    Its place is the brightest spot of the picture, so that it moves with a mirrored one.
    """

    def __init__(self, first: float, second: float) -> None:
        self.scores = {MANIFEST.input_px: first, 320: second}
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, blob: Floats) -> Floats:
        self.shapes.append(blob.shape)
        answers = []
        for picture in blob:
            _, x = np.unravel_index(int(picture[0].argmax()), picture[0].shape)
            side = picture.shape[1] / 4
            score = self.scores[picture.shape[2]]
            answers.append([[float(x)], [picture.shape[1] / 2], [side], [side], [score], [0.0]])
        return np.array(answers, np.float32)


def spot(x_px: int) -> Image:
    """Grey, with a bright column 16 px wide."""
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    image[:, x_px - 8 : x_px + 8] = 255
    return image


def test_the_second_look_is_mirrored_smaller_and_answers_in_the_pictures_own_pixels() -> None:
    network = Network(first=0.5, second=0.4)
    ((found,),) = detect_in_batches([spot(200)], MANIFEST, network)
    assert [shape[2:] for shape in network.shapes] == [(320, 640), (160, 320)]
    assert found.score == pytest.approx(0.45)
    centre = (found.box.x0_px + found.box.x1_px) / 2
    assert centre == pytest.approx(200, abs=12)


def test_the_second_look_is_by_the_second_network_where_there_is_one() -> None:
    first, second = Network(first=0.5, second=0.0), Network(first=0.0, second=0.3)
    ((found,),) = detect_in_batches([spot(200)], MANIFEST, first, second)
    assert [shape[2:] for shape in first.shapes] == [(320, 640)]
    assert [shape[2:] for shape in second.shapes] == [(160, 320)]
    assert found.score == pytest.approx(0.4)


def test_only_what_the_first_look_suspects_is_looked_at_again_in_its_place() -> None:
    class Half(Network):
        def __call__(self, blob: Floats) -> Floats:
            answers = super().__call__(blob)
            dark = blob.max(axis=(1, 2, 3)) < 0.9
            answers[dark, 4] = FAINT / 2
            return answers

    network = Half(first=0.5, second=0.5)
    grey = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    found = detect_in_batches([grey, spot(900), grey, spot(300)], MANIFEST, network)
    assert [len(one) for one in found] == [0, 1, 0, 1]
    assert [shape[0] for shape in network.shapes] == [4, 2]
    centres = [(one.box.x0_px + one.box.x1_px) / 2 for one in (found[1][0], found[3][0])]
    assert centres == pytest.approx([900, 300], abs=12)


@pytest.mark.parametrize(
    ("first", "second", "seen"), [(0.35, 0.35, True), (0.5, 0.05, False), (0.2, 0.5, True)]
)
def test_the_threshold_is_of_both_looks(first: float, second: float, *, seen: bool) -> None:
    ((*found,),) = detect_in_batches([spot(640)], MANIFEST, Network(first, second))
    assert bool(found) == seen


def test_a_model_without_a_second_look_is_asked_once() -> None:
    network = Network(first=0.5, second=0.0)
    ((found,),) = detect_in_batches([spot(200)], ONE_LOOK, network)
    assert found.score == pytest.approx(0.5)
    assert len(network.shapes) == 1
