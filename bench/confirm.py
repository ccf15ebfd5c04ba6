"""What confirming later saves: ``python -m bench.confirm --clean DIR... --burning DIR...``.

There is no film of drones here, so each picture of a data set becomes a short flight over itself:
a view of three quarters of it wanders, zooms and flickers, and is coded again as a JPEG, one
picture a second. The model judges each; boxes keep their place in the still picture, which is
taken for 120 m of ground. So a false box that hangs on to a cloud does so here too. What it cannot
show: steam that ends, shadows that pass; those are tests (tests/detect/test_confirm.py).

DIR holds images/ and labels/. Of the burning pictures those with something boxed count, of the
clean ones those without. Prints one line a rule and threshold; ``--out`` draws the curve.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from detect.confirm import Confirmer
from detect.datasets import LabelledImage, read_dataset, read_image
from detect.detection import Image, Label
from detect.manifest import DEFAULT_MODEL, Thresholds, load_model
from detect.onnx import OnnxDetector
from geo.geodesy import offset
from geo.ground import GroundPoint

SECONDS = 20
GROUND_M = 120.0
SIGMA_M = 4.0
LOW = 0.75
"""Of the thresholds: how low the curve goes."""
RULES = ((1, 1, 0.0), (2, 3, 0.5), (3, 5, 1.5), (4, 6, 2.5), (5, 7, 3.5), (6, 9, 4.5), (8, 12, 6.5))
SHARES = (0.75, 1.0, 1.4, 1.83)
"""Of the model's thresholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    label: Label
    score: float
    point: GroundPoint
    t_capture_s: float


Flight = list[list[Seen]]


def views(image: Image, rng: np.random.Generator) -> Iterator[tuple[Image, float, float, float]]:
    """A view a second: the picture, where its corner is and its width, in parts of the still's."""
    height, width = image.shape[:2]
    phase, speed = rng.uniform(0, 2 * math.pi, 3), rng.uniform(0.15, 0.45, 3)
    for second in range(SECONDS):
        wave = np.sin(phase + speed * second)
        size = 0.75 + 0.1 * wave[2]
        x, y = (1 - size) * (0.5 + 0.5 * wave[0]), (1 - size) * (0.5 + 0.5 * wave[1])
        h, w = round(size * height), round(size * width)
        part = image[round(y * height) :, round(x * width) :][:h, :w]
        lit = np.clip(part * rng.uniform(0.93, 1.07) + rng.normal(0, 3, part.shape), 0, 255)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 85))]
        coded = cv2.imencode(".jpg", lit.astype(np.uint8), quality)[1]
        again = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert again is not None
        yield again.astype(np.uint8, copy=False), x, y, size


def fly(one: LabelledImage, detector: OnnxDetector, rng: np.random.Generator) -> Flight:
    flown: Flight = []
    for second, (view, x, y, size) in enumerate(views(read_image(one.image), rng)):
        (found,) = detector.detect([view])
        height, width = view.shape[:2]
        seen = []
        for box in found:
            east = (x + size * (box.box.x0_px + box.box.x1_px) / 2 / width) * GROUND_M
            north = -(y + size * box.box.y1_px / height) * GROUND_M * height / width
            lat, lon = offset(31.95, 118.84, east, north)
            point = GroundPoint(
                lat_deg=float(lat), lon_deg=float(lon), range_m=150.0,
                cov_ee_m2=SIGMA_M**2, cov_en_m2=0.0, cov_nn_m2=SIGMA_M**2,
            )  # fmt: skip
            t_s = float(second)
            seen.append(Seen(label=box.label, score=box.score, point=point, t_capture_s=t_s))
        flown.append(seen)
    return flown


def confirmed_s(
    flown: Flight, rule: tuple[int, int, float], at: Thresholds, wanted: set[Label]
) -> float | None:
    """When something is first confirmed, None for never."""
    needed, window, persist_s = rule
    confirmer: Confirmer[Seen] = Confirmer(needed=needed, window=window, persist_s=persist_s)
    for second, seen in enumerate(flown):
        counting = [one for one in seen if one.score >= at.of(one.label) and one.label in wanted]
        if confirmer.feed(counting, float(second)):
            return float(second)
    return None


def chosen(folders: Sequence[Path], burning: bool, most: int) -> list[LabelledImage]:
    found = [one for f in folders for one in read_dataset(f).images if bool(one.boxes) is burning]
    order = np.random.default_rng(0).permutation(len(found))
    return [found[i] for i in order[:most]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    rule: tuple[int, int, float]
    share: float
    false_flights: float
    """Of the clean ones, those in which anything is confirmed."""
    per_hour: float
    found: float
    """Of the burning ones, those in which what is boxed is confirmed."""
    delay_s: tuple[float, float]
    """Median and 90th percentile, of those found."""


def measure(
    clean: list[Flight], burning: list[tuple[Flight, set[Label]]], at: Thresholds
) -> list[Point]:
    points = []
    for share in SHARES:
        level = Thresholds(smoke=at.smoke * share, fire=at.fire * share)
        for rule in RULES:
            false = [confirmed_s(one, rule, level, set(Label)) is not None for one in clean]
            times = [confirmed_s(one, rule, level, labels) for one, labels in burning]
            found = [t_s for t_s in times if t_s is not None]
            delay = np.percentile(found, [50, 90]) if found else (math.nan, math.nan)
            points.append(
                Point(
                    rule=rule,
                    share=share,
                    false_flights=float(np.mean(false)),
                    per_hour=sum(false) / (len(clean) * SECONDS / 3600),
                    found=len(found) / len(times),
                    delay_s=(float(delay[0]), float(delay[1])),
                )
            )
    return points


def draw(points: Sequence[Point], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for share in SHARES:
        line = [one for one in points if one.share == share]
        axes.plot(
            [one.delay_s[1] for one in line],
            [100 * one.false_flights for one in line],
            "o-",
            label=f"{share:.2f} x the thresholds: finds {100 * line[2].found:.0f} % at 3 of 5",
        )
    for one in points:
        if one.share == SHARES[0]:
            axes.annotate(
                f"{one.rule[0]} of {one.rule[1]}, {one.rule[2]:g} s",
                (one.delay_s[1], 100 * one.false_flights),
                xytext=(6, 4), textcoords="offset points", fontsize=8,
            )  # fmt: skip
    axes.set(
        xlabel="seconds from the first picture until confirmed, 90th percentile",
        ylabel=f"clean flights of {SECONDS} s with anything confirmed, %",
        title="What confirming later saves, one picture a second",
    )
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(file, dpi=120)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--clean", type=Path, nargs="+", required=True)
    options.add_argument("--burning", type=Path, nargs="+", required=True)
    options.add_argument("--model", default=DEFAULT_MODEL)
    options.add_argument("--most", type=int, default=120, help="pictures of each kind")
    options.add_argument("--out", type=Path, help="a PNG of the curve (extra plots)")
    told = options.parse_args()
    model = load_model(told.model)
    at = model.manifest.threshold
    low = Thresholds(smoke=at.smoke * LOW, fire=at.fire * LOW)
    detector = OnnxDetector(replace(model, manifest=replace(model.manifest, threshold=low)))
    rng = np.random.default_rng(7)
    clean = [fly(one, detector, rng) for one in chosen(told.clean, False, told.most)]
    burning = [
        (fly(one, detector, rng), {box.label for box in one.boxes})
        for one in chosen(told.burning, True, told.most)
    ]
    points = measure(clean, burning, at)
    print(
        f"{detector.identity}: {len(clean)} clean and {len(burning)} burning flights of {SECONDS} s"
    )
    print("rule (N of M, s)  x threshold  false flights  per hour   found  median and p90 delay s")
    for one in points:
        rule = "{} of {}, {:g}".format(*one.rule)
        print(
            f"{rule:18}{one.share:11.2f}{one.false_flights:15.3f}{one.per_hour:10.1f}"
            f"{one.found:8.2f}{one.delay_s[0]:10.1f}{one.delay_s[1]:6.1f}"
        )
    if told.out:
        draw(points, told.out)


if __name__ == "__main__":
    main()
