"""What a training run adds to Ultralytics' own: worse cameras, worse air, and a teacher.

Called back by the trainer once it is set up. Pictures are stretched as cameras and converters
stretch them, then shown through haze, wrong exposure, noise, a lens out of focus, or without
colour. A teacher is a detector that is trained already: beside the boxes that people drew, the
student learns what the teacher would say of the very same picture, for every anchor (Hinton et
al. 2015, https://arxiv.org/abs/1503.02531; for boxes, Zheng et al. 2022,
https://arxiv.org/abs/2102.12252). That tells it of smoke nobody boxed, and of other places.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import cv2

from detect.datasets import CLASSES, BadData, extra_module

STRETCHED_SHARE, LEAST_STRETCH = 0.4, 0.6
"""So many pictures are squeezed along one side, to as little of it."""
SURE_TEACHER = 0.03
"""Below this score the teacher's idea of a box is not asked for."""
BOX_GAIN = 1.5
"""Ultralytics' gain for the same loss against drawn boxes."""


def add_lessons(trainer: Any, teacher: Path | None) -> None:
    """Give a set-up Ultralytics trainer the stretching, the weather and the teacher.

    Raises:
        BadData: the teacher does not detect smoke and fire, in this order, on the same anchors.
    """
    dataset = trainer.train_loader.dataset
    dataset.get_image_and_label = partial(_stretched, dataset.get_image_and_label)
    trainer.train_loader.reset()  # its workers hold copies of the dataset
    trainer.preprocess_batch = partial(_weathered, trainer.preprocess_batch)
    if teacher is not None:
        model = getattr(trainer.model, "module", trainer.model)
        model.criterion = Distilled(model.init_criterion(), _teacher(teacher, model))


class Distilled:
    """A detection loss, and the divergence from a teacher's answer to the same pictures.

    Scores: Bernoulli divergence over all anchors. Boxes: divergence of the distributions of the
    four distances, weighted by the teacher's score. Both over the sum of these scores.
    """

    def __init__(self, usual: Any, teacher: Any) -> None:
        self._usual, self._teacher = usual, teacher

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._usual, name)

    def __call__(self, preds: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Loss (box, class, distribution; times the pictures) and what of it to log."""
        torch = extra_module("torch")
        loss, told = self._usual(preds, batch)
        student = self._usual.parse_output(preds)
        with torch.no_grad():
            teacher = self._teacher(batch["img"])[1]
        scores, boxes = divergence(student, teacher)
        pictures = student["scores"].shape[0]
        return loss + pictures * torch.stack([boxes * 0, scores, BOX_GAIN * boxes]), told


def divergence(student: dict[str, Any], teacher: dict[str, Any]) -> tuple[Any, Any]:
    """How far the student's scores and boxes are from the teacher's; 0 where they agree.

    Both hold ``scores`` [pictures, classes, anchors] as logits and ``boxes`` [pictures,
    4 x bins, anchors], the logits of each side's distance.
    """
    torch = extra_module("torch")
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    said, target = teacher["scores"].float(), teacher["scores"].float().sigmoid()
    apart = entropy(student["scores"].float(), target, reduction="none")
    apart -= entropy(said, target, reduction="none")
    weight = target.amax(1)
    weight = weight * (weight > SURE_TEACHER)
    total = weight.sum().clamp(min=4)
    pictures, sides, anchors = teacher["boxes"].shape
    shape = (pictures, 4, sides // 4, anchors)
    theirs = teacher["boxes"].float().view(shape).log_softmax(2)
    own = student["boxes"].float().view(shape).log_softmax(2)
    distance = (theirs.exp() * (theirs - own)).sum(2).mean(1)
    return apart.sum() / total, (distance * weight).sum() / total


def weather(pictures: Any) -> Any:
    """Pictures [n, 3, h, w], 0 to 1, each through air and a camera of its own.

    Of 100 about 30 are wrongly exposed, 12 grey, 30 hazy (half of these most at the top), 15 out
    of focus and 30 noisy; 25 stay as they are.
    """
    torch = extra_module("torch")
    number, _, height, width = pictures.shape

    def between(low: float, high: float) -> Any:
        return low + (high - low) * torch.rand(number, 1, 1, 1, device=pictures.device)

    def some(share: float) -> Any:
        return (between(0, 1) < share).float()

    seen = pictures.clamp(1e-4, 1) ** (1 + some(0.3) * (between(0.6, 1.7) - 1))
    grey = some(0.12)
    seen = seen * (1 - grey) + seen.mean(1, keepdim=True) * grey
    far = torch.linspace(1, 0.3, height, device=pictures.device).view(1, 1, height, 1)
    haze = some(0.3) * between(0.05, 0.6) * (far * some(0.5)).clamp(0.45)
    seen = seen * (1 - haze) + between(0.55, 0.9) * haze
    resized = torch.nn.functional.interpolate
    for blurred in some(0.15).flatten().nonzero().flatten().tolist():
        scale = 1 / float(torch.empty(1).uniform_(1.5, 4))
        one = seen[blurred : blurred + 1]
        small = resized(one, scale_factor=scale, mode="bilinear", antialias=True)
        seen[blurred : blurred + 1] = resized(small, size=(height, width), mode="bilinear")
    seen = seen + some(0.3) * between(0, 0.06) * torch.randn_like(seen)
    return seen.clamp(0, 1)


def _weathered(usual: Any, batch: dict[str, Any]) -> dict[str, Any]:
    batch = usual(batch)
    return batch | {"img": weather(batch["img"])}


def _stretched(usual: Any, index: int) -> dict[str, Any]:
    """The picture and its labels, which are fractions of its sides and stay as they are."""
    label: dict[str, Any] = usual(index)
    whether, which, share = extra_module("torch").rand(3).tolist()  # seeded anew in each worker
    if whether < STRETCHED_SHARE:
        height, width = label["img"].shape[:2]
        share = LEAST_STRETCH + (1 - LEAST_STRETCH) * share
        if which < 0.5:
            width = max(8, round(width * share))
        else:
            height = max(8, round(height * share))
        label["img"] = cv2.resize(label["img"], (width, height), interpolation=cv2.INTER_AREA)
        label["resized_shape"] = (height, width)
    return label


def _teacher(file: Path, student: Any) -> Any:
    """The network in the file, at rest, on the student's device."""
    network = extra_module("ultralytics").YOLO(str(file)).model.float().eval()
    names = tuple(str(name).lower() for _, name in sorted(network.names.items()))
    last, own = network.model[-1], student.model[-1]
    if names != tuple(label.value for label in CLASSES):
        raise BadData(file, f"detects {', '.join(names)}: a teacher must detect smoke, fire")
    if (last.stride.tolist(), last.reg_max) != (own.stride.tolist(), own.reg_max):
        raise BadData(file, "has other anchors than the student: it cannot teach it")
    for parameter in network.parameters():
        parameter.requires_grad = False
    return network.to(next(student.parameters()).device)
