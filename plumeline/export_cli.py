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
from plumeline.bundle_cli import Wanted, write
from plumeline.bundle_seal import Declared
from plumeline.config import Config, load_config
from plumeline.export import (
    WRITERS,
    Format,
    Material,
    Tell,
    check,
    file_name,
    of_flight,
    of_patrol,
    of_record,
    write_file,
)
from plumeline.flights import FLIGHT_FILE, load_flight, sample_names
from plumeline.replay import Span
from store.evidence import About, Subject

EVIDENCE = "Evidence bundle"
IncidentOption = Annotated[
    str | None, typer.Option(help="Evidence of this incident.", rich_help_panel=EVIDENCE)
]
ReasonOption = Annotated[
    str, typer.Option(help="Why it leaves: kept in the ledger.", rich_help_panel=EVIDENCE)
]
UnitOption = Annotated[str, typer.Option(help="Whose it will be.", rich_help_panel=EVIDENCE)]
NameOption = Annotated[str, typer.Option(help="Who takes it.", rich_help_panel=EVIDENCE)]
OriginalsOption = Annotated[
    bool,
    typer.Option(
        "--originals",
        help="Pictures as they were taken; otherwise they are sharp only where detected.",
        rich_help_panel=EVIDENCE,
    ),
]
ApprovedOption = Annotated[
    str, typer.Option(help="Who agrees to that: another person.", rich_help_panel=EVIDENCE)
]
PenaltyOption = Annotated[
    bool,
    typer.Option(
        "--penalty",
        help="To prove an offence: pictures that have passed `plumeline review` alone.",
        rich_help_panel=EVIDENCE,
    ),
]
TsaOption = Annotated[
    str | None,
    typer.Option(help="URL of an RFC 3161 time stamp authority.", rich_help_panel=EVIDENCE),
]
RequestOption = Annotated[
    Path | None,
    typer.Option(help="Write the request, to be stamped elsewhere.", rich_help_panel=EVIDENCE),
]


def export(  # noqa: PLR0917 - its options
    out: Annotated[Path, typer.Option(help="The file; a GCJ-02 one gets .gcj02 in its name.")],
    format_: Annotated[
        Format | None, typer.Option("--format", help="What to write, for maps.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Sent or flown from then on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Sent or flown up to then, UTC.")] = None,
    flight: Annotated[
        str | None,
        typer.Option(help="One of the record; for maps also a sample, which is analysed now."),
    ] = None,
    crs: Annotated[Crs, typer.Option(help="Coordinates; everything inside is WGS84.")] = Crs.WGS84,
    incident: IncidentOption = None,
    reason: ReasonOption = "",
    unit: UnitOption = "",
    name: NameOption = "",
    originals: OriginalsOption = False,
    approved_by: ApprovedOption = "",
    penalty: PenaltyOption = False,
    tsa: TsaOption = None,
    timestamp_request: RequestOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
) -> None:
    """Write tracks and incidents for maps, or an evidence bundle for auditors and courts.

    With [bold]--format[/]: GPX, KML, CZML, GeoJSON or GeoParquet; gaps in the telemetry stay gaps.
    Without: everything about one [bold]--incident[/] or [bold]--flight[/] of the record in a zip
    that proves itself (docs/evidence.md). Exit code 1 if there is nothing to write.
    """
    settings = load_config(config, data)
    if format_ is not None:
        span = Span.of(device, since, until)
        file = file_name(out, crs)
        _maps(settings, format_, file, crs=crs, span=span, flight=flight, force=force)
        return
    if (incident is None) == (flight is None):
        msg = "say --format for maps, or one --incident or --flight for evidence"
        raise typer.BadParameter(msg)
    about, subject = (About.INCIDENT, incident) if incident else (About.FLIGHT, flight)
    wanted = Wanted(
        subject=Subject(about=about, name=str(subject)),
        declared=Declared(
            reason=reason, unit=unit, name=name, approved_by=approved_by, penalty=penalty
        ),
        coarse=not originals,
        tsa=tsa,
        request=timestamp_request,
    )
    write(settings, wanted, out, force=force)


def _maps(
    settings: Config,
    format_: Format,
    file: Path,
    *,
    crs: Crs,
    span: Span,
    flight: str | None,
    force: bool,
) -> None:
    check(format_, crs, file, force=force)
    console = Console(stderr=True)
    with console.status("reading") as status:
        if flight is None:
            title, material = settings.station.name_en, of_record(settings, span, status.update)
        else:
            title, material = _of_one(settings, flight, span, status.update)
        if not (material.fixes or material.incidents):
            console.print("Nothing to export: no position and no incident there.")
            raise typer.Exit(1)
        title = f"Plumeline: {title}"
        content = content_of(
            title, material.fixes, material.incidents, crs, max_gap_s=settings.rules.max_gap_s
        )
        write_file(file, _told(WRITERS[format_](content), status.update), force=force)
    console.print(
        f"{content.points} positions in {len(content.segments)} segments and "
        f"{len(content.spots)} incidents, {crs.label}, are in {escape(str(file))}",
        soft_wrap=True,
    )


def _of_one(settings: Config, flight: str, span: Span, tell: Tell) -> tuple[str, Material]:
    """A sample or a recorded flight by its name or folder, else one of the record."""
    if flight in sample_names() or (Path(flight) / FLIGHT_FILE).is_file():
        recorded = load_flight(flight)
        return recorded.name, of_flight(recorded, settings, span, tell)
    return flight, of_patrol(settings, flight, span, tell)


def _told(chunks: Iterable[bytes], tell: Tell) -> Iterator[bytes]:
    written = 0
    for number, chunk in enumerate(chunks):
        written += len(chunk)
        if number % 1000 == 0:
            tell(f"{written / 1e6:.1f} MB written")
        yield chunk
