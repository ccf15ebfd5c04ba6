"""``plumeline premises``: bring the station's register in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geo.crs import parse_crs
from plumeline.register import Report, import_register, write_register

app = typer.Typer(no_args_is_help=True, help="The register of premises.")
out = Console()


@app.command("import")
def import_(  # noqa: PLR0917 - its options
    file: Annotated[
        Path, typer.Argument(help="GeoJSON, GPKG, Shapefile (or its folder), KML, KMZ, CSV.")
    ],
    crs: Annotated[
        str | None,
        typer.Option(
            help="Its coordinate system: wgs84, cgcs2000, gcj02, bd09, EPSG:nnnn, gk3:zone or"
            " gk6:zone. Needed unless the file declares one; never guessed."
        ),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            help="A register in WGS84, or a recorded flight (its home points), that would show"
            " a GCJ-02 shift. May be given again."
        ),
    ] = None,
    target: Annotated[Path, typer.Option("--out", help="Where the register in WGS84 goes.")] = Path(
        "premises.geojson"
    ),
    encoding: Annotated[
        str | None, typer.Option(help="Of the names, such as GBK; found out and shown else.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Of a GeoPackage with several.")] = None,
    override: Annotated[
        bool,
        typer.Option("--override", help="Write it against what the file declares or a shift says."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only, write nothing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for scripts, no tables.")
    ] = False,
) -> None:
    """Turn a register of any format into GeoJSON in WGS84, the form the station reads.

    Exit code 1 if features were refused (the others are written) or the coordinates are not in
    the system they are said to be in (nothing is written).
    """
    register = import_register(
        file,
        None if crs is None else parse_crs(crs),
        compare=compare or (),
        encoding=encoding,
        layer=layer,
        override=override,
    )
    report = register.report
    written = not dry_run and (override or not report.mislabelled)
    if written:
        write_register(register, target)
    if as_json:
        print(msgspec.json.encode(report).decode())  # noqa: T201 - this is the output
    else:
        _show(report, target if written else None)
    raise typer.Exit(1 if report.refused or report.mislabelled else 0)


def _show(report: Report, written: Path | None) -> None:
    said = f"declared as {report.declared}" if report.declared else "as told"
    facts = {
        "file": f"{report.file}: {report.format}" + (f", {report.layer}" if report.layer else ""),
        "encoding": report.encoding,
        "coordinates": f"{report.crs} ({said})" if report.crs else "none",
        "premises": f"{report.placed} placed, {len(report.unplaced)} without a place,"
        f" {len(report.refused)} refused",
        "written to": str(written) if written else "nothing",
    }
    for name, fact in facts.items():
        if fact:
            out.print(f"[bold]{name}[/]: {escape(fact)}", soft_wrap=True)
    for one in report.comparisons:
        mark = "bold red" if one.shift.mislabelled else "bold"
        out.print(f"[{mark}]against {escape(one.known)}[/]: {escape(one.says)}", soft_wrap=True)
    for note in report.notes:
        out.print(f"[yellow]note[/]: {escape(note)}", soft_wrap=True)
    if report.refused:
        table = Table("feature", "name", "refused because")
        for refusal in report.refused:
            table.add_row(str(refusal.feature), escape(refusal.name), escape(refusal.reason))
        out.print(table)
    if report.unplaced:
        table = Table("id", "without a place", "address")
        for place in report.unplaced:
            table.add_row(*map(escape, (place.premises_id, place.name, place.address or "")))
        out.print(table)
