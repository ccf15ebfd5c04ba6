"""``plumeline score``: how good a model is on labelled images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from detect.datasets import read_dataset, read_image
from detect.detection import Label
from detect.manifest import DEFAULT_MODEL, Model, load_model
from detect.onnx import OnnxDetector
from detect.score_plots import draw
from detect.scoring import Judged, Score, choose_threshold, judge, without_threshold
from detect.scoring import score as score_of
from plumeline.show import judging


def score(
    data: Annotated[
        Path,
        typer.Option(help="Labelled images: a folder with images/ and labels/, or a YOLO YAML."),
    ],
    model: Annotated[str, typer.Option(help="A model's name, or its folder.")] = DEFAULT_MODEL,
    plots: Annotated[
        Path | None,
        typer.Option(help="Draw the curves into this folder (extra [bold]plots[/])."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Judge labelled images and compare: AP as COCO defines it, recall, false alarms, calibration.

    A false alarm is an image in which nothing is boxed and the model sees something at its
    threshold. The table also says which thresholds these images would suggest.
    """
    chosen = load_model(model)
    with judging(Console(stderr=True)) as tick:
        judged = judge_all(chosen, data, tick)
    result = score_of(judged, chosen.manifest.threshold)
    if plots is not None:
        draw(judged, chosen.manifest.threshold, plots)
    if as_json:
        print(msgspec.json.encode(result).decode())  # noqa: T201 - this is the output
    else:
        show(Console(), result, {label: choose_threshold(judged, label) for label in Label})


def judge_all(model: Model, data: Path, on_image: Callable[[], None]) -> list[Judged]:
    """Every image of a data set, by the default engine."""
    detector = OnnxDetector(without_threshold(model))
    judged: list[Judged] = []
    for one in read_dataset(data).images:
        picture = read_image(one.image)
        (found,) = detector.detect([picture])
        judged.append(judge(found, one.boxes, picture.shape[1], picture.shape[0]))
        on_image()
    return judged


def show(console: Console, result: Score, suggested: dict[Label, float | None]) -> None:
    """A row a label: AP, then recall and precision of boxes and recall of images at the threshold,
    calibration error, and the threshold these images suggest; a line on false alarms.
    """
    table = Table("", "AP50", "AP50-95", "at", "recall", "precision", "images", "ECE", "suggest")
    for label in Label:
        table.add_row(
            label,
            _two(result.ap50[label]),
            _two(result.ap50_95[label]),
            _two(result.threshold[label]),
            _two(result.recall_at_threshold[label]),
            _two(result.precision_at_threshold[label]),
            _two(result.image_recall_at_threshold[label]),
            _two(result.calibration_error[label]),
            _two(suggested[label]),
        )
    console.print(table)
    console.print(
        f"{result.images} images; {result.false_alarm_images} false alarms"
        f" in {result.clean_images} images with nothing boxed"
    )


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
