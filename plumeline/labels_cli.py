"""``plumeline export-labels`` and ``track-record``: what people's answers teach and tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import shapely
import typer
from rich.console import Console
from rich.table import Table

from alerts import labelling
from alerts.events import Evidence
from alerts.incident import fold
from alerts.labelling import LabelledPicture, labelled
from detect.datasets import LabelBox, label_file, write_labels
from detect.detection import Box, Label
from plumeline.act_cli import ConfigOption, DataOption, JsonOption, opened
from plumeline.config import load_config
from store.errors import MissingBlob
from store.labels import SqlLabels
from store.store import Store

GONE = "its picture is gone"
PRIVATE = "taken in or of an area to leave out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What ``plumeline export-labels --json`` prints, and what lies beside the pictures."""

    pictures: int
    boxes: dict[str, int]
    clean: int
    """Without a box: what people said was none."""
    left_out: dict[str, int]
    """Pictures by the reason why."""


def export_labels(
    out: Annotated[Path, typer.Argument(help="A new folder, in YOLO layout.")],
    leave_out: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="GeoJSON: no pictures taken in these areas, or of things in them.",
        ),
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a training set of what people confirmed and dismissed. Exit code 1 if there is nothing.

    Confirmed incidents give their boxes, dismissed ones pictures in which nothing burns. A picture
    in which anything else was seen that nobody has judged is left out. The folder is a data set
    for [bold]plumeline train[/] and [bold]score[/].
    """
    if out.exists():
        reason = f"{out} is there already: name a new folder"
        raise typer.BadParameter(reason)
    with opened(load_config(config, data)) as store:
        labels = SqlLabels(store.engine)
        found, why_not = labelled(labels.events(), labels.looks(), _outside(leave_out or []))
        told = _write(store, found, why_not, out)
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
    else:
        console = Console()
        each = ", ".join(f"{count} boxes of {label}" for label, count in told.boxes.items())
        console.print(f"{told.pictures} pictures, {told.clean} of them clean, {each}: {out}")
        for why, count in told.left_out.items():
            console.print(f"left out: {count}, {why}")
    raise typer.Exit(0 if told.pictures else 1)


def track_record(
    config: ConfigOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """How often each model was right, month by month, by what people said of its alarms.

    Exercises and [bold]known[/] places do not count. Exit code 1 if there was no alarm.
    """
    settings = load_config(config, data)
    zone = settings.zone()
    with opened(settings) as store:
        labels = SqlLabels(store.engine)
        records = labelling.track_record(
            labels.alarms(),
            fold(labels.events()),
            lambda t_s: f"{datetime.fromtimestamp(t_s, zone):%Y-%m}",
        )
    if as_json:
        typer.echo(msgspec.json.encode(records).decode())
    else:
        names = ("month", "detector", "alarms", "real", "false", "unanswered", "right", "mostly")
        table = Table(*names)
        for one in records:
            right = "–" if one.precision is None else f"{100 * one.precision:.0f} %"
            mostly = max(one.reasons, key=lambda reason: one.reasons[reason], default="–")
            counts = map(str, (one.alarms, one.real, one.false, one.unanswered))
            table.add_row(one.since, one.detector, *counts, right, mostly)
        Console().print(table)
    raise typer.Exit(0 if records else 1)


def _write(
    store: Store, found: list[LabelledPicture], why_not: Counter[str], out: Path
) -> Exported:
    boxes = Counter({label.value: 0 for label in Label})
    written = clean = 0
    for one in found:
        try:
            jpeg = store.blobs.get(one.sha256)
        except MissingBlob:
            why_not[GONE] += 1
            continue
        image = out / "images" / f"{one.sha256[:16]}.jpg"
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(jpeg)
        write_labels(label_file(image), [_fractions(what, box, one) for what, box in one.boxes])
        boxes.update(what.value for what, _ in one.boxes)
        written, clean = written + 1, clean + (not one.boxes)
    told = Exported(pictures=written, boxes=dict(boxes), clean=clean, left_out=dict(why_not))
    if written:
        text = msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"
        (out / "labels.json").write_bytes(text)
    return told


def _fractions(label: Label, box: Box, picture: LabelledPicture) -> LabelBox:
    return LabelBox(
        label=label,
        x=(box.x0_px + box.x1_px) / 2 / picture.width_px,
        y=(box.y0_px + box.y1_px) / 2 / picture.height_px,
        width=(box.x1_px - box.x0_px) / picture.width_px,
        height=(box.y1_px - box.y0_px) / picture.height_px,
    )


def _outside(files: list[Path]) -> Callable[[Evidence], str | None]:
    """Nothing from within these areas: neither the camera nor what it shows."""
    areas = []
    for file in files:
        try:
            areas.append(shapely.from_geojson(file.read_text("utf-8")))
        except shapely.GEOSException as exc:
            reason = f"{file}: not GeoJSON: {exc}"
            raise typer.BadParameter(reason) from exc
    area = shapely.union_all(areas)
    shapely.prepare(area)

    def why_not(seen: Evidence) -> str | None:
        places = [place for place in (seen.drone, seen.point) if place is not None]
        inside = any(area.intersects(shapely.Point(p.lon_deg, p.lat_deg)) for p in places)
        return PRIVATE if inside or (files and not places) else None

    return why_not
