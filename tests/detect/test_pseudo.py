"""Found labels need several looks to agree; faint traces are doubts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detect.detection import Box, Detection, Image, Label
from detect.pseudo import agreed, iou, looks

HERE = Box(x0_px=10, y0_px=10, x1_px=50, y1_px=50)
NEARBY = Box(x0_px=14, y0_px=10, x1_px=54, y1_px=50)
ELSEWHERE = Box(x0_px=60, y0_px=60, x1_px=90, y1_px=90)


def _smoke(score: float, box: Box = HERE) -> Detection:
    return Detection(label=Label.SMOKE, score=score, box=box)


def test_what_most_looks_see_is_sure_and_has_their_mean_score() -> None:
    seen = [[_smoke(0.6)], [_smoke(0.5, NEARBY)], [_smoke(0.4)], []]
    verdict = agreed(seen, Label.SMOKE)
    assert [(one.score, one.box) for one in verdict.sure] == [(pytest.approx(0.375), HERE)]
    assert verdict.doubtful == ()


def test_what_half_of_the_looks_see_is_a_doubt_however_strong() -> None:
    verdict = agreed([[_smoke(0.9)], [_smoke(0.9)], [], []], Label.SMOKE)
    assert verdict.sure == ()
    assert [one.score for one in verdict.doubtful] == [pytest.approx(0.45)]


def test_a_faint_trace_is_a_doubt_only_where_nothing_is_sure() -> None:
    trace = _smoke(0.16, ELSEWHERE)
    assert agreed([[trace], [], [], []], Label.SMOKE).doubtful
    assert not agreed([[trace, _smoke(0.5)], *[[_smoke(0.5)]] * 3], Label.SMOKE).doubtful


def test_next_to_nothing_is_nothing() -> None:
    verdict = agreed([[_smoke(0.04)], [_smoke(0.03)], [], []], Label.SMOKE)
    assert (verdict.sure, verdict.doubtful) == ((), ())


def test_one_look_counts_once_for_a_thing() -> None:
    verdict = agreed([[_smoke(0.9), _smoke(0.8, NEARBY)], [], [], []], Label.SMOKE)
    assert [one.score for one in verdict.doubtful] == [pytest.approx(0.225)]


def test_fire_says_nothing_about_smoke() -> None:
    fire = Detection(label=Label.FIRE, score=0.9, box=HERE)
    verdict = agreed([[fire]] * 4, Label.SMOKE)
    assert (verdict.sure, verdict.doubtful) == ((), ())


class _Brightest:
    """Sees smoke at the brightest pixel."""

    identity = "brightest"

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [[_smoke(0.5, self._box(image))] for image in images]

    @staticmethod
    def _box(image: Image) -> Box:
        y, x = np.unravel_index(int(image[..., 0].argmax()), image.shape[:2])
        return Box(x0_px=float(x), y0_px=float(y), x1_px=float(x) + 1, y1_px=float(y) + 1)


def test_boxes_in_the_mirror_image_are_turned_back() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[7, 13] = 255
    straight, mirrored = looks([_Brightest()], image)
    assert straight == mirrored
    assert straight[0].box.x0_px == 13


def test_overlap_of_two_boxes_is_shared_over_joint_area() -> None:
    """36 x 40 shared; twice 1600 less 1440 joint."""
    assert iou(HERE, NEARBY) == pytest.approx(1440 / 1760)
    assert iou(HERE, ELSEWHERE) == 0
