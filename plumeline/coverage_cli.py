"""``plumeline coverage``: what it asks, and the table it answers with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geo.coverage import SECTORS, Coverage, Status
from geo.looking import Reason
from plumeline.config import Config, load_config
from plumeline.coverage import CoverageReport, coverage_of_flight, coverage_of_record
from plumeline.flights import FLIGHT_FILE, load_flight, sample_names, samples_folder

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_STYLES = {
    Status.COVERED: "[green]covered[/]",
    Status.PARTLY: "[yellow]partly[/]",
    Status.NOT_OBSERVABLE: "[red]not observable[/]",
}


def coverage(
    flight: Annotated[
        str,
        typer.Argument(
            metavar="FLIGHT_OR_DEVICE",
            help="A recorded flight; or a flight or device of the station's record.",
        ),
    ],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Which premises a flight has seen: how much of each, how long, how closely, in which pictures.

    Of a device, its newest flight. What was not seen is "not observable", which never means that
    nothing was there. Exit code 1 if no premises are covered.
    """
    settings = load_config(config)
    if data is not None:
        section = msgspec.structs.replace(settings.data, folder=str(data))
        settings = msgspec.structs.replace(settings, data=section)
    if flight in sample_names() or (Path(flight) / FLIGHT_FILE).is_file():
        report = coverage_of_flight(load_flight(flight), _with_sample_premises(settings))
    else:
        report = coverage_of_record(flight, settings)
    if as_json:
        print(msgspec.json.encode(report).decode())  # noqa: T201 - this is the output
    else:
        show(Console(), report)
    covered = any(one.status is Status.COVERED for one in report.premises)
    raise typer.Exit(0 if covered else 1)


def show(console: Console, report: CoverageReport) -> None:
    """A line on the flight, a table of what was in view, a line on the rest."""
    wrong = ", ".join(f"{count} {_words(reason)}" for reason, count in report.unusable.items())
    console.print(
        f"{escape(report.flight_id)}: {report.usable} of {report.pictures} pictures count"
        + (f" ({wrong})" if wrong else "")
    )
    table = Table("premises", "answer", "seen", "watched", "dwell", "m/px", "closest", "from")
    order = list(Status)
    for one in sorted(report.premises, key=lambda one: (order.index(one.status), -one.watched)):
        if one.reason is not Reason.OUT_OF_VIEW:
            table.add_row(*_cells(one))
    console.print(table)
    statuses = Counter(one.status for one in report.premises)
    unseen = sum(one.reason is Reason.OUT_OF_VIEW for one in report.premises)
    console.print(
        f"{len(report.premises)} premises: {statuses[Status.COVERED]} covered, "
        f"{statuses[Status.PARTLY]} partly, {statuses[Status.NOT_OBSERVABLE]} not observable"
        f" ({unseen} of them out of view, not listed)"
    )


def _cells(one: Coverage) -> tuple[str, ...]:
    seen = one.status is not Status.NOT_OBSERVABLE
    return (
        escape(f"{one.premises_id} {one.name}"),
        _STYLES[one.status] + (f": {_words(one.reason)}" if one.reason else ""),
        _share(one.seen) if seen else "",
        _share(one.watched) if seen else "",
        f"{one.dwell_s:.1f} s" if seen else "",
        "" if one.gsd_m is None else f"{one.gsd_m:.2f}",
        "" if one.range_m is None else f"{one.range_m:.0f} m",
        " ".join(COMPASS[i] for i in range(SECTORS) if one.sectors_s[i] > 0),
    )


def _share(share: float) -> str:
    """Neither 0 % nor 100 % unless it is."""
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def _words(reason: Reason) -> str:
    return reason.value.replace("_", " ")


def _with_sample_premises(config: Config) -> Config:
    """A recorded flight is held against the samples' district unless a register is set."""
    if config.station.premises is not None:
        return config
    register = str(samples_folder() / "premises.geojson")
    station = msgspec.structs.replace(config.station, premises=register)
    return msgspec.structs.replace(config, station=station)
