"""``plumeline statistics``: what the stations' work comes to."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, cast

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Shown

from alerts.words import Language
from casework.days import day_of
from casework.figures import Figure
from casework.statistics import By, Table
from plumeline.act_cli import ConfigOption, DataOption
from plumeline.config import load_config
from plumeline.statistics import NoSuchOrg, Wanted, statistics
from plumeline.statistics_files import as_csv, as_xlsx
from plumeline.statistics_report import as_pdf, monthly
from store.statistics import SqlStatistics
from store.store import open_store

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]
SHOWN = (Figure.STAFF, Figure.VISITS, Figure.INSPECTIONS, Figure.FOUND, Figure.RECTIFIED,
         Figure.LISTED, Figure.CASES)  # fmt: skip


def statistics_(  # noqa: PLR0917 - its options
    by: Annotated[By, typer.Option(help="What the figures are told apart by.")] = By.CITY,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; New Year's without.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; today without it.")
    ] = None,
    org: Annotated[
        str | None, typer.Option(help="A district or a station alone, by its id.")
    ] = None,
    cls: Annotated[str | None, typer.Option("--class", help="One class of places alone.")] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", help="A .csv or .xlsx file; a .pdf is the report of a month."),
    ] = None,
    language: Annotated[str, typer.Option(help="Of the file: zh or en.")] = "zh",
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count visits, inspections, hazards, listings, cases, staff: city, district, station, person.

    Each figure comes with its definition; docs/casework.md has them. A [bold].pdf[/] is the report
    of the month that --until lies in. Exit code 1 if nothing was counted.
    """
    if language not in {"zh", "en"}:
        reason = f"{language}: zh or en"
        raise typer.BadParameter(reason)
    settings = load_config(config, data)
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        source, t_s = SqlStatistics(store.engine), time.time()
        last = until.date() if until else day_of(t_s)
        first = since.date() if since else date(last.year, 1, 1)
        wanted = Wanted(by=by, first=first, last=last, org_id=org, cls=cls)
        try:
            found = statistics(source, wanted, t_s)
        except (NoSuchOrg, ValueError) as exc:
            raise typer.BadParameter(str(exc)) from exc
        if target is not None:
            name = settings.station.name_zh if language == "zh" else settings.station.name_en
            _write(
                target,
                found,
                wanted=wanted,
                source=source,
                language=cast("Language", language),
                name=name,
            )
    finally:
        store.close()
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    elif target is None:
        _show(Console(), found)
    counted = any(found.total.counts[figure] for figure in source.sums)
    raise typer.Exit(0 if counted else 1)


def _write(
    target: Path,
    found: Table,
    *,
    wanted: Wanted,
    source: SqlStatistics,
    language: Language,
    name: str,
) -> None:
    match target.suffix.lower():
        case ".csv":
            target.write_bytes(as_csv(found, language))
        case ".xlsx":
            target.write_bytes(as_xlsx(found, language))
        case ".pdf":
            target.write_bytes(as_pdf(monthly(source, wanted, found.t_s), language, name))
        case other:
            reason = f"{other or target}: .csv, .xlsx or .pdf"
            raise typer.BadParameter(reason)


def _show(out: Console, found: Table) -> None:
    words = {one.name: one.en for one in found.definitions}
    shown = Shown("", *(words[figure] for figure in SHOWN))
    for line in (*found.groups, found.total):
        counts = (line.counts[figure] for figure in SHOWN)
        cells = ("-" if count is None else f"{count:,}" for count in counts)
        shown.add_row(escape(f"{line.zh} {line.en}"), *cells)
    out.print(f"{found.first} - {found.last}")
    out.print(shown)
