"""Figures are those of COCO's own code on the same boxes; thresholds keep what their rule says."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detect.datasets import LabelBox
from detect.detection import Box, Detection, Label
from detect.manifest import Thresholds
from detect.score_plots import PlotsUnavailable, draw
from detect.scoring import (
    Judged,
    average_precision,
    choose_threshold,
    curve,
    expected_error,
    false_share,
    judge,
    reliability,
    score,
)

WIDTH_PX, HEIGHT_PX = 400, 300
Picture = tuple[list[Detection], list[LabelBox]]


def _detection(label: Label, value: float, *corner_and_size: float) -> Detection:
    x, y, w, h = corner_and_size
    box = Box(x0_px=x, y0_px=y, x1_px=x + w, y1_px=y + h)
    return Detection(label=label, score=value, box=box)


def _truth(label: Label, x: float, y: float, w: float, h: float) -> LabelBox:
    """From a corner and a size in px."""
    return LabelBox(
        label=label,
        x=(x + w / 2) / WIDTH_PX,
        y=(y + h / 2) / HEIGHT_PX,
        width=w / WIDTH_PX,
        height=h / HEIGHT_PX,
    )


def _random_pictures(count: int, seed: int) -> list[Picture]:
    """Truths, most of them found with some error, among boxes of nothing."""
    rng = np.random.default_rng(seed)
    pictures: list[Picture] = []
    for _ in range(count):
        found: list[Detection] = []
        real: list[LabelBox] = []
        for _ in range(rng.integers(0, 5)):
            label = list(Label)[rng.integers(2)]
            x, y, w, h = rng.uniform([0, 0, 20, 20], [300, 200, 100, 100])
            real.append(_truth(label, x, y, w, h))
            for _ in range(rng.integers(0, 3)):
                dx, dy, dw, dh = rng.normal(0, 0.12, 4) * [w, h, w, h]
                found.append(
                    _detection(label, rng.beta(4, 2), x + dx, y + dy, abs(w + dw), abs(h + dh))
                )
        for _ in range(rng.integers(0, 3)):
            x, y, w, h = rng.uniform([0, 0, 20, 20], [300, 200, 100, 100])
            found.append(_detection(list(Label)[rng.integers(2)], rng.beta(2, 4), x, y, w, h))
        pictures.append((found, real))
    return pictures


def _judged(pictures: list[Picture]) -> list[Judged]:
    return [judge(found, real, WIDTH_PX, HEIGHT_PX) for found, real in pictures]


def _coco(pictures: list[Picture], label: Label) -> np.ndarray[Any, Any]:
    """Average precision at IoU 0.50 to 0.95 by pycocotools."""
    mask = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    evaluation: Any = pytest.importorskip("pycocotools.cocoeval")
    truths: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, (found, real) in enumerate(pictures, start=1):
        for box in real:
            w, h = box.width * WIDTH_PX, box.height * HEIGHT_PX
            x, y = box.x * WIDTH_PX - w / 2, box.y * HEIGHT_PX - h / 2
            truths.append(
                {"id": len(truths) + 1, "image_id": number, "bbox": [x, y, w, h], "area": w * h}
                | {"category_id": list(Label).index(box.label), "iscrowd": 0}
            )
        for one in found:
            b = one.box
            corner = [b.x0_px, b.y0_px, b.x1_px - b.x0_px, b.y1_px - b.y0_px]
            results.append(
                {"image_id": number, "bbox": corner, "score": one.score}
                | {"category_id": list(Label).index(one.label)}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = mask.COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": n} for n in range(1, len(pictures) + 1)],
            "annotations": truths,
            "categories": [{"id": n} for n in range(len(Label))],
        }
        coco.createIndex()
        run = evaluation.COCOeval(coco, coco.loadRes(results), "bbox")
        run.evaluate()
        run.accumulate()
    at = list(Label).index(label)
    return np.asarray(run.eval["precision"][:, :, at, 0, -1].mean(axis=1))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("label", list(Label))
def test_average_precision_is_that_of_pycocotools(label: Label, seed: int) -> None:
    pictures = _random_pictures(60, seed)
    ours = average_precision(_judged(pictures), label)
    assert ours is not None
    np.testing.assert_allclose(ours, _coco(pictures, label), atol=1e-9)


def test_a_second_box_on_one_truth_is_an_error() -> None:
    """Recall 1 with the first box, precision 1 there: AP 1 all the same; precision falls to 1/2."""
    twice = [_detection(Label.FIRE, s, 10, 10, 50, 50) for s in (0.9, 0.8)]
    judged = _judged([(twice, [_truth(Label.FIRE, 10, 10, 50, 50)])])
    assert curve(judged, Label.FIRE).precision.tolist() == [1.0, 0.5]
    result = score(judged, Thresholds(smoke=0.5, fire=0.5))
    assert result.ap50[Label.FIRE] == pytest.approx(1.0)
    assert result.precision_at_threshold[Label.FIRE] == pytest.approx(0.5)


def test_what_is_not_boxed_has_no_figure_rather_than_zero() -> None:
    result = score(_judged([([], [_truth(Label.FIRE, 0, 0, 9, 9)])]), Thresholds(smoke=1, fire=1))
    assert result.ap50 == {Label.SMOKE: None, Label.FIRE: 0.0}
    assert result.recall_at_threshold == {Label.SMOKE: None, Label.FIRE: 0.0}


def test_only_pictures_with_nothing_boxed_can_be_false_alarms() -> None:
    smoke = [_detection(Label.SMOKE, 0.6, 0, 0, 9, 9)]
    faint = [_detection(Label.FIRE, 0.2, 0, 0, 9, 9)]
    pictures: list[Picture] = [
        (smoke, []),
        (faint, []),
        ([], []),
        (smoke, [_truth(Label.FIRE, 100, 100, 9, 9)]),
    ]
    result = score(_judged(pictures), Thresholds(smoke=0.5, fire=0.5))
    assert (result.images, result.clean_images, result.false_alarm_images) == (4, 3, 1)


def _found_at_random(clean_up_to: float) -> list[Judged]:
    """A hundred truths found with any score, and a hundred clean pictures with a box each."""
    truth = [_truth(Label.SMOKE, 10, 10, 50, 50)]
    scores = np.random.default_rng(5).uniform(0, 1, 100)
    real = [([_detection(Label.SMOKE, one, 10, 10, 50, 50)], truth) for one in scores]
    clean = [([_detection(Label.SMOKE, clean_up_to * n / 100, 0, 0, 9, 9)], []) for n in range(100)]
    return _judged([*real, *clean])


def test_the_threshold_chosen_finds_enough_and_no_higher_one_does() -> None:
    judged = _found_at_random(clean_up_to=0.2)
    chosen = choose_threshold(judged, Label.SMOKE)
    assert chosen is not None

    def finds(threshold: float) -> bool:
        recall = score(judged, Thresholds(smoke=threshold, fire=1)).recall_at_threshold
        return (recall[Label.SMOKE] or 0.0) >= 0.6

    assert finds(chosen) and false_share(judged, Label.SMOKE, chosen) <= 0.03
    assert not any(finds(percent / 100) for percent in range(round(chosen * 100) + 1, 100))


def test_there_is_no_threshold_where_it_would_ring_too_often() -> None:
    assert choose_threshold(_found_at_random(clean_up_to=0.9), Label.SMOKE) is None


def test_there_is_no_threshold_where_nothing_is_ever_right() -> None:
    wrong: list[Picture] = [([_detection(Label.FIRE, 0.9, 0, 0, 9, 9)], [])]
    assert choose_threshold(_judged(wrong * 5), Label.FIRE) is None


def test_calibration_error_is_the_gap_between_promise_and_precision() -> None:
    """Four boxes at 0.85, one of them right: |0.85 - 0.25|, by hand."""
    truth = [_truth(Label.FIRE, 10, 10, 50, 50)]
    right = [_detection(Label.FIRE, 0.85, 10, 10, 50, 50)]
    wrong = [_detection(Label.FIRE, 0.85, 200, 200, 50, 50)]
    bins = reliability(_judged([(right, truth), (wrong, []), (wrong, []), (wrong, [])]), Label.FIRE)
    assert [(one.boxes, one.precision) for one in bins] == [(4, 0.25)]
    assert expected_error(bins) == pytest.approx(0.6)
    assert expected_error(()) is None


def test_plots_are_png_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    judged = _judged(_random_pictures(20, 1))
    made = draw(judged, Thresholds(smoke=0.5, fire=0.5), tmp_path / "plots")
    assert [file.name for file in made] == [
        "precision_recall.png",
        "threshold.png",
        "reliability.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for file in made)


def test_without_matplotlib_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(PlotsUnavailable, match=r"plumeline\[plots\]"):
        draw([], Thresholds(smoke=0.5, fire=0.5), tmp_path)
