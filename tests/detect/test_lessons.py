"""What a run adds to Ultralytics' pictures and loss: the labels still fit, the teacher is heard."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from detect.lessons import LEAST_STRETCH, STRETCHED_SHARE, _stretched, divergence, weather

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def torch() -> Any:
    """Seeded."""
    found: Any = pytest.importorskip("torch", reason="the extra `train` is not installed")
    found.manual_seed(0)
    return found


def test_a_stretched_picture_keeps_what_its_labels_point_at(torch: Any) -> None:
    """A white square at known fractions of the sides is still there."""
    picture = np.zeros((80, 120, 3), np.uint8)
    cv2.rectangle(picture, (60, 20), (89, 39), (255, 255, 255), -1)
    sizes = set()
    for _ in range(200):
        told = _stretched(lambda index: {"img": picture, "index": index}, 7)
        height, width = told["img"].shape[:2]
        inside = told["img"][int(0.27 * height) : int(0.48 * height), :]
        inside = inside[:, int(0.52 * width) : int(0.73 * width)]
        assert inside.mean() > 250
        assert told["img"].sum() == pytest.approx(
            picture.sum() * height * width / (80 * 120), rel=0.1
        )
        assert told.get("resized_shape", (height, width)) == (height, width)
        sizes.add((height, width))
    assert min(height for height, _ in sizes) >= 80 * LEAST_STRETCH
    assert min(width for _, width in sizes) >= 120 * LEAST_STRETCH
    assert len(sizes) > 200 * STRETCHED_SHARE / 4


def test_the_divergence_is_that_of_torchs_own_distributions(torch: Any) -> None:
    student, teacher = (
        {"scores": torch.randn(2, 2, 21), "boxes": torch.randn(2, 64, 21)} for _ in range(2)
    )
    kl = torch.distributions.kl_divergence
    said = torch.distributions.Bernoulli
    weight = teacher["scores"].sigmoid().amax(1)
    scores = kl(said(logits=teacher["scores"]), said(logits=student["scores"])).sum()
    sides = [
        torch.distributions.Categorical(logits=one["boxes"].view(2, 4, 16, 21).permute(0, 1, 3, 2))
        for one in (teacher, student)
    ]
    boxes = (kl(*sides).mean(1) * weight).sum()
    found = divergence(student, teacher)
    assert float(found[0]) == pytest.approx(float(scores / weight.sum()), rel=1e-4)
    assert float(found[1]) == pytest.approx(float(boxes / weight.sum()), rel=1e-4)
    assert [abs(float(one)) < 1e-6 for one in divergence(teacher, teacher)] == [True, True]


def test_weather_leaves_pictures_that_can_be_seen(torch: Any) -> None:
    coarse = torch.rand(200, 3, 4, 6) * 0.5 + 0.25
    clear = torch.nn.functional.interpolate(coarse, size=(32, 48), mode="bilinear")
    seen = weather(clear)
    assert seen.shape == clear.shape
    assert float(seen.min()) >= 0
    assert float(seen.max()) <= 1
    changed = (seen - clear).abs().flatten(1).amax(1) > 1e-3
    assert 0.5 < float(changed.float().mean()) < 0.95
    alike = [
        float(torch.corrcoef(torch.stack([a, b]))[0, 1])
        for a, b in zip(clear.flatten(1), seen.flatten(1), strict=True)
    ]
    assert min(alike) > 0.1
