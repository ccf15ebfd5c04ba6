"""What was understood of uploaded files, as a table in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.logs.flight import GimbalKnown
from ingest.logs.report import Gap, Report

WIDE, OF_WIDE = 140, ("heights", "camera's axis", "flight")
"""From how many columns of the terminal on, and what is told there besides."""
MANY = 3
"""Files that say the same are counted, not named."""
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
    """One row a file, what each has to say besides, and how many there were."""
    if not told:
        console.print("No files: nothing here is a flight log, a video or a photo.")
        return
    wide = console.width >= WIDE
    zones = {_local(report.t_first, zone, "%Z") for report in told} - {""}
    begins = f"begins ({', '.join(sorted(zones))})" if zones else "begins"
    columns = ("file", "what it is", begins, "lasts", "fixes", *(OF_WIDE if wide else ()))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for report in told:
        table.add_row(*map(escape, _cells(report, zone, wide=wide)), style=_style(report))
    console.print(table)
    taken = [report for report in told if report.status != "refused"]
    common = Counter(word for report in taken for word in set(_besides(report, wide=wide)))
    for report in told:
        refused = report.status == "refused"
        own = [word for word in _besides(report, wide=wide) if refused or common[word] < MANY]
        if own:
            console.print(f"[bold]{escape(report.file)}[/]")
            for word in own:
                console.print(f"  {escape(word)}", soft_wrap=True)
    for word, files in common.items():
        if files >= MANY:
            console.print(f"[bold]{files} files[/]: {escape(word)}", soft_wrap=True)
    statuses = Counter[str](report.status for report in told)
    counts = ", ".join(f"{statuses[name]} {name}" for name in _STYLES if statuses[name])
    console.print(f"{len(told)} {'file' if len(told) == 1 else 'files'}: {counts}")


def _style(report: Report) -> str | None:
    return None if report.status == "complete" else _STYLES[report.status]


def _cells(report: Report, zone: tzinfo, *, wide: bool) -> tuple[str, ...]:
    share = report.recovered
    whole = "" if share is None or share >= 1 else f" {_percent(share)}"
    status = "" if report.status == "complete" else f"{report.status}{whole}: "
    what = " ".join(filter(None, (report.format, report.dialect)))
    heights = (report.height_datum or "").replace("+", ", ")
    axis = "known" if report.gimbal is GimbalKnown.WORLD else ""
    if not wide:
        known = (heights and f"{heights} heights", axis and "camera's axis")
        what = "\n".join(filter(None, (what, ", ".join(filter(None, known)))))
    narrow = (
        report.file,
        (status + what).removesuffix(": ") + (" (known already)" if report.already_known else ""),
        f"{_local(report.t_first, zone, '%Y-%m-%d %H:%M:%S')} {report.time_source or ''}".strip(),
        _lasts(report.t_first, report.t_last),
        _fixes(report),
    )
    of_wide = (heights, axis, report.flight_id)
    return (*narrow, *((one or "" for one in of_wide) if wide else ()))


def _fixes(report: Report) -> str:
    if report.waypoints:
        return f"{report.waypoints} planned"
    if report.fixes in {0, report.fixes_with_position}:
        return str(report.fixes or "")
    return f"{report.fixes_with_position} of {report.fixes}"


def _besides(report: Report, *, wide: bool) -> Iterator[str]:
    if report.reason:
        yield report.reason
    if report.clock_offset_s is not None:
        yield f"clock: {report.clock_offset_s:+.1f} s to agree with the known flight"
    if report.flight_id and not wide:
        yield f"flight: {report.flight_id}"
    for one in report.rejected:
        yield f"left out: {one.count} x {one.reason}, first at {one.where}"
    if report.gaps:
        yield f"gaps: {_gaps(report.gaps)}"
    for words in report.disagreements:
        yield f"disagrees: {words}"
    yield from report.notes
    if report.incidents:
        yield f"historic incidents: {', '.join(report.incidents)}"


def _percent(share: float) -> str:
    """Never 100 % where it is not."""
    return f"{min(int(share * 100), 99)}%"


def _gaps(gaps: Sequence[Gap]) -> str:
    longest = max(gaps, key=lambda gap: gap.seconds)
    return f"{len(gaps)}, the longest {longest.seconds:.1f} s after {longest.after_s:.1f} s"


def _local(iso: str | None, zone: tzinfo, words: str) -> str:
    return "" if iso is None else datetime.fromisoformat(iso).astimezone(zone).strftime(words)


def _lasts(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return ""
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
