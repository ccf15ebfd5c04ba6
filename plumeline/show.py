"""How the command line shows things: tables for people, one JSON object for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from plumeline.demo import DemoResult
from plumeline.doctor import Report
from plumeline.replay import Findings
from plumeline.summary import IncidentLine


@contextmanager
def publishing(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A bar per flight; the function takes (flight, sent, of)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bars: dict[str, TaskID] = {}

        def note(flight: str, sent: int, of: int) -> None:
            if flight not in bars:
                bars[flight] = progress.add_task(f"flying {flight}", total=of)
            progress.update(bars[flight], completed=sent)

        yield note


@contextmanager
def judging(console: Console) -> Iterator[Callable[[], None]]:
    """Counts frames as they are judged."""
    columns = (SpinnerColumn(), TextColumn("{task.completed} frames judged"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("judging", total=None)
        yield lambda: progress.advance(task)


def demo_result(console: Console, result: DemoResult, *, as_json: bool) -> None:
    """How the demonstration went."""
    if as_json:
        _print_json(result)
    elif result.incident is None:
        console.print("[red]No incident was raised.[/]")
    else:
        console.print(
            f"First incident {result.seconds_to_first_incident} s after the first message; "
            f"{result.fixes} fixes and {result.frames} frames stored, {result.lost} lost."
        )
        incidents(console, [result.incident], zone="Asia/Shanghai", as_json=False)


def findings(console: Console, found: Findings, *, as_json: bool) -> None:
    """What an analysis found."""
    if as_json:
        _print_json(found)
        return
    looks = ", ".join(f"{count} {status}" for status, count in found.looks.items())
    console.print(
        f"{found.fixes} fixes ({found.fixes_mappable} with a position), {found.frames} frames"
        f" ({looks or 'none judged'}), {found.quarantined} messages in quarantine"
    )
    incidents(console, found.incidents, zone=None, as_json=False)


def incidents(
    console: Console, lines: Sequence[IncidentLine], *, zone: str | None, as_json: bool
) -> None:
    """Incidents as a table; times in a zone, or as seconds since the flight's start."""
    if as_json:
        _print_json({"incidents": lines})
        return
    if not lines:
        console.print("No incidents.")
        return
    table = Table("incident", "what", "first seen", "seen", "where", "premises")
    for line in lines:
        table.add_row(
            line.incident_id + (" (historic)" if line.historic else ""),
            " + ".join(line.labels),
            f"{line.first_s:.1f} s" if zone is None else _clock(line.first_s, zone),
            f"{line.sightings} x",
            _where(line),
            "" if line.premises is None else f"{escape(line.premises)} {line.probability:.0%}",
        )
    console.print(table)


def report(console: Console, found: Report, *, as_json: bool) -> None:
    """What the doctor found."""
    if as_json:
        _print_json(found)
        return
    table = Table("", "check", "answer")
    for check in found.checks:
        mark = "[green]ok[/]" if check.ok else "[bold red]no[/]"
        table.add_row(mark, check.name, escape(check.says))
    console.print(table)


def _where(line: IncidentLine) -> str:
    if line.lat_deg is None or line.lon_deg is None:
        return f"position unknown: {escape(line.position_unknown or '')}"
    return f"{line.lat_deg:.6f}, {line.lon_deg:.6f} \N{PLUS-MINUS SIGN}{line.semi_major_m:.0f} m"


def _clock(t_s: float, zone: str) -> str:
    moment = datetime.fromtimestamp(t_s, UTC).astimezone(ZoneInfo(zone))
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")


def _print_json(body: object) -> None:
    print(msgspec.json.encode(body).decode())  # noqa: T201 - this is the output
