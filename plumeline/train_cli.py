"""``plumeline train``: a model of one's own from labelled images."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from detect.manifest import DEFAULT_MODEL, Model, Thresholds, load_model
from detect.onnx import OnnxDetector
from detect.preparation import Sources, prepare
from detect.training import Stage, export_onnx, run_stages

STAGES = "10x320@1e-3,7x448@4e-4"
TEACHER_SCORE = 0.005


def train(
    data: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            metavar="DATA...",
            help="Labelled images: folders with images/ and labels/, or YOLO YAML files.",
        ),
    ],
    *,
    start: Annotated[
        Path, typer.Option(exists=True, help="The checkpoint to start from, a .pt you trust.")
    ],
    out: Annotated[Path, typer.Option(help="The run's folder; a cut run in it goes on.")],
    hold_out: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Never trained on: half to choose by, half the test."),
    ] = None,
    unlabelled_smoke: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Images whose fire is boxed and whose smoke is not."),
    ] = None,
    plumes: Annotated[int, typer.Option(min=0, help="Views to get made-up smoke.")] = 0,
    stages: Annotated[
        str, typer.Option(help="EPOCHSxPIXELS@RATE, comma between: one after the other.")
    ] = STAGES,
    teacher: Annotated[
        list[str] | None, typer.Option(help="Models that label smoke and pick hard views.")
    ] = None,
    distil: Annotated[
        Path | None,
        typer.Option(
            exists=True, help="A larger trained .pt to learn from beside the boxes; one you trust."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same split.")] = 0,
) -> None:
    """Train a detector and write [bold]weights.onnx[/]; hours on two cores, so it can be resumed.

    A .pt is a Python pickle: take START only from someone you trust. Call it again with the same
    arguments after a cut. [bold]run.json[/] in the folder says what the run was made of,
    stage*/epochs.jsonl how it goes, test.txt what nothing has learned from.
    """
    console = Console(stderr=True)
    plan = read_stages(stages)
    sources = Sources(
        train=tuple(data),
        unlabelled_smoke=tuple(unlabelled_smoke or ()),
        held_out=tuple(hold_out or ()),
        plumes=plumes,
    )
    os.nice(10)
    teachers = [OnnxDetector(_eager(load_model(name))) for name in teacher or [DEFAULT_MODEL]]
    file = prepare(sources, out, teachers=teachers, start=start, seed=seed, distil=distil)
    best = run_stages(start, file, out, plan, seed=seed, teacher=distil)
    console.print(f"[bold green]{export_onnx(best, out / 'weights.onnx')}[/]", soft_wrap=True)


def read_stages(text: str) -> tuple[Stage, ...]:
    """``10x320@1e-3,7x448@4e-4``.

    Raises:
        typer.BadParameter: it does not read so, or a size is no multiple of 32.
    """
    stages: list[Stage] = []
    for part in text.split(","):
        try:
            epochs, rest = part.split("x")
            pixels, rate = rest.split("@")
            stage = Stage(epochs=int(epochs), input_px=int(pixels), lr=float(rate))
        except ValueError as exc:
            msg = f"{part!r} is not like 10x320@1e-3"
            raise typer.BadParameter(msg) from exc
        if stage.epochs < 1 or stage.lr <= 0 or stage.input_px < 32 or stage.input_px % 32:
            msg = f"{part!r}: epochs and rate above 0, pixels a multiple of 32"
            raise typer.BadParameter(msg)
        stages.append(stage)
    return tuple(stages)


def _eager(model: Model) -> Model:
    """The same model, telling its faintest suspicions too."""
    low = Thresholds(smoke=TEACHER_SCORE, fire=TEACHER_SCORE)
    return replace(model, manifest=replace(model.manifest, threshold=low))
