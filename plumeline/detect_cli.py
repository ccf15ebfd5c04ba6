"""``plumeline detect``: what a model sees in pictures, without a flight around them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from detect.datasets import read_image
from detect.detection import Detection, Detector
from detect.manifest import DEFAULT_MODEL
from plumeline.engines import make_detector
from plumeline.sections import DetectorSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """In one picture."""

    image: str
    width_px: int
    height_px: int
    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What ``plumeline detect --json`` prints."""

    detector: str
    images: tuple[Seen, ...]


def detect(
    images: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGES...", exists=True, dir_okay=False, help="Picture files."),
    ],
    model: Annotated[str, typer.Option(help="A model's name, or its folder.")] = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Look for smoke and fire in pictures. Exit code 1 if there is none in any of them.

    Boxes are in pixels, origin at the top left; only what scores at least the model's threshold.
    """
    detector = make_detector(DetectorSection(model=model))
    seen = [_seen(file, detector) for file in images]
    answer = Answer(detector=detector.identity, images=tuple(seen))
    if as_json:
        print(msgspec.json.encode(answer).decode())  # noqa: T201 - this is the output
    else:
        show(Console(), answer)
    raise typer.Exit(0 if any(one.detections for one in answer.images) else 1)


def show(console: Console, answer: Answer) -> None:
    """A row a box."""
    table = Table("picture", "label", "score", "x0", "y0", "x1", "y1", title=answer.detector)
    for one in answer.images:
        name = escape(one.image)
        if not one.detections:
            table.add_row(name, "–")
        for found in one.detections:
            box = found.box
            edges = (box.x0_px, box.y0_px, box.x1_px, box.y1_px)
            table.add_row(name, found.label, f"{found.score:.2f}", *(f"{e:.0f}" for e in edges))
    console.print(table)


def _seen(file: Path, detector: Detector) -> Seen:
    picture = read_image(file)
    (found,) = detector.detect([picture])
    height_px, width_px = picture.shape[:2]
    return Seen(image=str(file), width_px=width_px, height_px=height_px, detections=tuple(found))
