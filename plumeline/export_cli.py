"""``plumeline export``: what it asks, and what it says while it works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from alerts.export.content import content_of
from alerts.export.terms import Crs
from plumeline.config import load_config
from plumeline.export import (
    WRITERS,
    Format,
    Tell,
    check,
    file_name,
    of_flight,
    of_record,
    write_file,
)
from plumeline.flights import load_flight
from plumeline.replay import Span


def export(  # noqa: PLR0917 - its options
    format_: Annotated[Format, typer.Option("--format", help="What to write.")],
    out: Annotated[Path, typer.Option(help="The file; a GCJ-02 one gets .gcj02 in its name.")],
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received from then on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Received up to then, UTC.")] = None,
    flight: Annotated[
        str | None,
        typer.Option(help="A recorded flight, analysed now, instead of the station's record."),
    ] = None,
    crs: Annotated[Crs, typer.Option(help="Coordinates; everything inside is WGS84.")] = Crs.WGS84,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
) -> None:
    """Write tracks and incidents to a file for maps: GPX, KML, CZML, GeoJSON or GeoParquet.

    Gaps in the telemetry stay gaps, and each height is written only where the format means its
    datum. Exit code 1 if there is nothing to write.
    """
    settings = load_config(config, data)
    span = Span.of(device, since, until)
    file = file_name(out, crs)
    check(format_, crs, file, force=force)
    recorded = None if flight is None else load_flight(flight)
    console = Console(stderr=True)
    with console.status("reading") as status:
        if recorded is None:
            material = of_record(settings, span, status.update)
        else:
            material = of_flight(recorded, settings, span, status.update)
        if not (material.fixes or material.incidents):
            console.print("Nothing to export: no position and no incident there.")
            raise typer.Exit(1)
        title = f"Plumeline: {recorded.name if recorded else settings.station.name_en}"
        content = content_of(
            title, material.fixes, material.incidents, crs, max_gap_s=settings.rules.max_gap_s
        )
        write_file(file, _told(WRITERS[format_](content), status.update), force=force)
    console.print(
        f"{content.points} positions in {len(content.segments)} segments and "
        f"{len(content.spots)} incidents, {crs.label}, are in {escape(str(file))}",
        soft_wrap=True,
    )


def _told(chunks: Iterable[bytes], tell: Tell) -> Iterator[bytes]:
    written = 0
    for number, chunk in enumerate(chunks):
        written += len(chunk)
        if number % 1000 == 0:
            tell(f"{written / 1e6:.1f} MB written")
        yield chunk
