"""``plumeline score``: how good a model is on labelled images, and on recorded flights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from alerts.placing import Placer
from alerts.watch import Rules
from detect.datasets import read_dataset, read_image
from detect.detection import Detector, Label
from detect.manifest import DEFAULT_MODEL, load_model
from detect.score_plots import draw
from detect.scoring import Judged, Score, choose_threshold, judge, without_threshold
from detect.scoring import score as score_of
from plumeline.engines import engine_of
from plumeline.flights import load_flight
from plumeline.judges import Judges
from plumeline.score_flights import curve, draw_curve, score_flights
from plumeline.sections import DetectorSection, Precision
from plumeline.show import judging


def score(
    data: Annotated[
        Path | None,
        typer.Option(help="Labelled images: a folder with images/ and labels/, or a YOLO YAML."),
    ] = None,
    *,
    flight: Annotated[
        list[str] | None,
        typer.Option(
            help="Recorded flights with a truth.json: a sample's name, or a folder; any number."
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="A model's name, or its folder.")] = DEFAULT_MODEL,
    engine: Annotated[
        Literal["auto", "onnx", "openvino"], typer.Option(help="What runs it.")
    ] = "auto",
    precision: Annotated[Precision, typer.Option(help="Of openvino.")] = "f32",
    plots: Annotated[
        Path | None,
        typer.Option(help="Draw the curves into this folder (extra [bold]plots[/])."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Judge labelled images and compare: AP as COCO defines it, recall, false alarms, calibration.

    A false alarm is an image in which nothing is boxed and the model sees something at its
    threshold. The table also says which thresholds these images would suggest.

    With [bold]--flight[/] in place of --data: how long after a fire could first be seen it was
    told, and false alarms per flight-hour; the plot shows what other rules would have cost.
    """
    if (data is None) == (flight is None):
        reason = "either --data or --flight"
        raise typer.BadParameter(reason)
    chosen, section = load_model(model), DetectorSection(engine=engine, precision=precision)
    if flight is not None:
        _score_flights(engine_of(section, chosen), flight, plots, as_json=as_json)
        return
    assert data is not None
    with judging(Console(stderr=True)) as tick:
        judged = judge_all(engine_of(section, without_threshold(chosen)), data, tick)
    result = score_of(judged, chosen.manifest.threshold)
    if plots is not None:
        draw(judged, chosen.manifest.threshold, plots)
    if as_json:
        print(msgspec.json.encode(result).decode())  # noqa: T201 - this is the output
    else:
        show(Console(), result, {label: choose_threshold(judged, label) for label in Label})


def _score_flights(
    detector: Detector, names: list[str], plots: Path | None, *, as_json: bool
) -> None:
    flights = [load_flight(name) for name in names]
    judges = Judges(detector=detector, placer=Placer(), rules=Rules())
    result = score_flights(flights, judges)
    if plots is not None:
        draw_curve(curve(flights, judges), plots)
    if as_json:
        print(msgspec.json.encode(result).decode())  # noqa: T201 - this is the output
        return
    table = Table("flight", "burns", "told after", title=result.detector)
    for one in result.sources:
        told = "never" if one.delay_s is None else f"{one.delay_s:.1f} s"
        table.add_row(one.flight, one.label, told)
    console = Console()
    console.print(table)
    console.print(
        f"{result.flights} flights, {result.flight_hours:.3f} h;"
        f" {result.false_alarms} false alarms, {result.false_alarms_per_hour:.1f} an hour"
    )


def judge_all(detector: Detector, data: Path, on_image: Callable[[], None]) -> list[Judged]:
    """Every image of a data set, by a detector that tells its faintest suspicions too."""
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
