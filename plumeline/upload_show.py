"""What was understood of uploaded files, as a table in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.logs.report import Gap, Report

_STYLES = {"complete": "green", "truncated": "yellow", "corrupt": "yellow", "refused": "red"}


@contextmanager
def progress(console: Console, files: int) -> Iterator[Callable[[str], Callable[[float], None]]]:
    """A bar over all files; the function takes a file's name and gives its share's listener."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        task = bars.add_task("", total=files)
        begun = 0

        def begin(name: str) -> Callable[[float], None]:
            nonlocal begun
            before, begun = begun, begun + 1
            bars.update(task, description=escape(name), completed=before)
            return lambda share: bars.update(task, completed=before + share)

        yield begin


def reports(console: Console, told: Sequence[Report], zone: tzinfo) -> None:
    """One row a file, then what each has to say besides."""
    if not told:
        console.print("No files.")
        return
    table = Table(
        "file", "status", "format", "begins", "lasts", "fixes", "heights", "gimbal", "flight"
    )
    for report in told:
        table.add_row(*(escape(cell) for cell in _cells(report, zone)), style=_style(report))
    console.print(table)
    for report in told:
        words = list(_besides(report))
        if words:
            console.print(f"[bold]{escape(report.file)}[/]")
            for word in words:
                console.print(f"  {escape(word)}", soft_wrap=True)


def _style(report: Report) -> str | None:
    return None if report.status == "complete" else _STYLES[report.status]


def _cells(report: Report, zone: tzinfo) -> tuple[str, ...]:
    share = report.recovered
    known = " (known already)" if report.already_known else ""
    whole = "" if share is None or share >= 1 else f" {share:.0%}"
    return (
        report.file,
        f"{report.status}{whole}{known}",
        " ".join(filter(None, (report.format, report.dialect))),
        _local(report.t_first, zone),
        _lasts(report.t_first, report.t_last),
        f"{report.fixes} ({report.fixes_with_position} placed)" if report.fixes else "",
        report.height_datum or "",
        report.gimbal or "",
        report.flight_id or "",
    )


def _besides(report: Report) -> Iterator[str]:
    if report.reason:
        yield report.reason
    if report.time_source:
        offset = report.clock_offset_s
        moved = "" if offset is None else f", {offset:+.1f} s to agree with the known flight"
        yield f"time from: {report.time_source}{moved}"
    for one in report.rejected:
        yield f"rejected: {one.count} x {one.reason}, first at {one.where}"
    if report.gaps:
        yield f"gaps: {_gaps(report.gaps)}"
    for words in report.disagreements:
        yield f"disagrees: {words}"
    yield from report.notes
    if report.frames:
        yield f"pictures: {report.frames}"
    if report.incidents:
        yield f"historic incidents: {', '.join(report.incidents)}"


def _gaps(gaps: Sequence[Gap]) -> str:
    longest = max(gaps, key=lambda gap: gap.seconds)
    return f"{len(gaps)}, the longest {longest.seconds:.1f} s after {longest.after_s:.1f} s"


def _local(iso: str | None, zone: tzinfo) -> str:
    if iso is None:
        return ""
    return datetime.fromisoformat(iso).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _lasts(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return ""
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
