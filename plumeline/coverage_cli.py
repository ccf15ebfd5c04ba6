"""``plumeline coverage``: what it asks, and the table it answers with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geo.coverage import SECTORS, Coverage, Status
from geo.looking import Limits, Reason
from geo.planned import Adherence, RouteLimits
from plumeline.config import load_config
from plumeline.coverage import CoverageReport, Plan, coverage_of_flight, coverage_of_record
from plumeline.flights import FLIGHT_FILE, load_flight, sample_names
from plumeline.plan import read_plan
from plumeline.replay import with_sample_premises

LIMITS = Limits()
COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_STYLES = {
    Status.COVERED: "[green]covered[/]",
    Status.PARTLY: "[yellow]partly[/]",
}


def coverage(  # noqa: PLR0917 - its options
    flight: Annotated[
        str,
        typer.Argument(
            metavar="FLIGHT_OR_DEVICE",
            help="A recorded flight; or a flight or device of the station's record.",
        ),
    ],
    plan: Annotated[
        Path | None,
        typer.Option(help="The planned route (GeoJSON, KML, KMZ, WPML): how it was kept."),
    ] = None,
    covered_share: Annotated[
        float, typer.Option(min=0, max=1, help="Of the points, for covered.")
    ] = LIMITS.covered_share,
    dwell_s: Annotated[
        float, typer.Option(min=0, help="That each of them is watched.")
    ] = LIMITS.dwell_s,
    max_gsd_m: Annotated[
        float, typer.Option(min=0, help="Ground that one pixel may hold.")
    ] = LIMITS.max_gsd_m,
    max_range_m: Annotated[float, typer.Option(min=0, help="Slant range.")] = LIMITS.max_range_m,
    min_depression_deg: Annotated[
        float, typer.Option(min=0, max=89, help="Of the line of sight.")
    ] = LIMITS.min_depression_deg,
    max_gap_s: Annotated[
        float, typer.Option(min=0, help="Between pictures, or fixes: longer is not bridged.")
    ] = LIMITS.max_gap_s,
    buffer_m: Annotated[
        float, typer.Option(min=0, help="Beside the planned route.")
    ] = RouteLimits().buffer_m,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A TOML file.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The record's folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Which premises a flight has seen: how much of each, how long, how closely, in which pictures.

    Of a device, its newest flight. What was not seen is "not observable", which never means that
    nothing was there. Exit code 1 if no premises are covered.
    """
    settings = load_config(config, data)
    limits = Limits(
        covered_share=covered_share,
        dwell_s=dwell_s,
        max_gsd_m=max_gsd_m,
        max_range_m=max_range_m,
        min_depression_deg=min_depression_deg,
        max_gap_s=max_gap_s,
    )
    beside = RouteLimits(buffer_m=buffer_m, max_gap_s=max_gap_s)
    route = None if plan is None else Plan(route=read_plan(plan), limits=beside)
    if flight in sample_names() or (Path(flight) / FLIGHT_FILE).is_file():
        settings = with_sample_premises(settings)
        report = coverage_of_flight(load_flight(flight), settings, limits=limits, plan=route)
    else:
        report = coverage_of_record(flight, settings, limits=limits, plan=route)
    _answer(report, as_json=as_json)


def _answer(report: CoverageReport, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(report).decode())  # noqa: T201 - this is the output
    else:
        show(Console(), report)
    covered = any(one.status is Status.COVERED for one in report.premises)
    raise typer.Exit(0 if covered else 1)


def show(console: Console, report: CoverageReport) -> None:
    """A line on the flight, a table of what was seen, and why the rest was not."""
    wrong = ", ".join(f"{count} {_words(reason)}" for reason, count in report.unusable.items())
    console.print(
        f"{escape(report.flight_id)}: {report.usable} of {report.pictures} pictures count"
        + (f" ({wrong})" if wrong else "")
    )
    seen = [one for one in report.premises if one.status is not Status.NOT_OBSERVABLE]
    if seen:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in ("premises", "answer", "seen", "watched", "dwell", "m/px", "closest", "from"):
            table.add_column(column, overflow="fold")
        for one in sorted(seen, key=lambda one: (one.status is Status.PARTLY, -one.watched)):
            table.add_row(*_cells(one))
        console.print(table)
    statuses = Counter(one.status for one in report.premises)
    console.print(
        f"{len(report.premises)} premises: {statuses[Status.COVERED]} covered, "
        f"{statuses[Status.PARTLY]} partly, {statuses[Status.NOT_OBSERVABLE]} not observable"
    )
    for reason, names in _unseen(report.premises).items():
        console.print(f"  {_words(reason)}: {escape(', '.join(names))}", soft_wrap=True)
    if report.plan is not None:
        _show_plan(console, report.plan)


def _unseen(premises: Sequence[Coverage]) -> dict[Reason, list[str]]:
    """What is not observable by its reason, what came closest first."""
    found: dict[Reason, list[str]] = {}
    for one in premises:
        if one.status is Status.NOT_OBSERVABLE and one.reason is not None:
            found.setdefault(one.reason, []).append(f"{one.premises_id} {one.name}")
    return dict(sorted(found.items(), key=lambda item: item[0] is Reason.OUT_OF_VIEW))


def _show_plan(console: Console, plan: Adherence) -> None:
    """A row for each leg, and a line on all."""
    table = Table("leg", "length", "flown", "largest off", "95 % within", "outside")
    for number, leg in enumerate(plan.legs, start=1):
        off = ("" if m is None else f"{m:.1f} m" for m in (leg.max_m, leg.p95_m))
        flown = f"[red]{leg.flown:.0%} skipped[/]" if leg.skipped else f"{leg.flown:.0%}"
        cells = (f"{leg.length_m:.0f} m", flown, *off, f"{leg.outside_s:.0f} s")
        table.add_row(str(number), *cells)
    console.print(table)
    skipped = ", ".join(str(i + 1) for i in plan.skipped) or "none"
    console.print(
        f"Planned route: skipped legs {skipped}; {plan.outside_s:.0f} of {plan.flown_s:.0f} s"
        " outside its buffer"
    )


def _cells(one: Coverage) -> tuple[str, ...]:
    return (
        escape(f"{one.premises_id} {one.name}"),
        _STYLES[one.status] + (f": {_words(one.reason)}" if one.reason else ""),
        _share(one.seen),
        _share(one.watched),
        f"{one.dwell_s:.0f} s",
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
