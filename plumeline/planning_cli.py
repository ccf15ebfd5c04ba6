"""``plumeline staffing`` and ``plumeline joint-plan``: a year's inspections, planned."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from casework.joint_plan import CannotJoin, JointPlan, JointRules, join_plans
from casework.staffing import Staffing, StaffingInput
from casework.staffing import staffing as work_out
from plumeline.config import ConfigError, load_config
from plumeline.joint_plan_files import as_table, read_entries

Body = TypeVar("Body")

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]


def staffing(
    file: Annotated[
        Path, typer.Argument(help="Units, factors and people in JSON (docs/planning.md); - reads.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Work out the person-days of a year's inspections and the people they take, step by step.

    Exit code 1 if the people there are, or one person's days, are not enough.
    """
    found = work_out(read_json(file, StaffingInput))
    if as_json:
        print(msgspec.json.encode(found).decode())  # noqa: T201 - this is the output
    else:
        _show(Console(), found)
    enough = found.staff is not None and found.staff <= found.asked.team.people
    raise typer.Exit(0 if enough else 1)


RULES = JointRules()


def joint_plan(
    file: Annotated[
        Path,
        typer.Argument(help="CSV: unit, department, items (a;b), first, last, lead, basis, alone."),
    ],
    *,
    out: Annotated[Path | None, typer.Option(help="Write the visits there, as CSV.")] = None,
    max_departments: Annotated[
        int, typer.Option(min=1, max=20, help="On one visit.")
    ] = RULES.max_departments,
    merge_window_days: Annotated[
        int, typer.Option(min=1, max=366, help="Between two visits to a unit, or more.")
    ] = RULES.merge_window_days,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="A TOML file: the station's holidays.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Merge several departments' yearly plans: one visit per unit with several item lists.

    Exit code 1 if an entry is in no visit: the rules do not hold together for its unit.
    """
    rules = JointRules(max_departments=max_departments, merge_window_days=merge_window_days)
    entries = read_entries(file)
    calendar = load_config(config).casework.calendar()
    try:
        plan = join_plans(entries, rules, calendar.is_workday)
    except CannotJoin as exc:
        raise ConfigError(file, str(exc)) from exc
    if out is not None:
        out.write_bytes(as_table(plan))
    if as_json:
        print(msgspec.json.encode(plan).decode())  # noqa: T201 - this is the output
    else:
        _show_plan(Console(), plan)
    unsure = sorted({one.day.year for one in plan.visits if not calendar.is_known(one.day)})
    for year in unsure:
        told = f"{year}'s notice on holidays is not known: counted by weekdays alone"
        print(told, file=sys.stderr)  # noqa: T201 - beside the output
    raise typer.Exit(1 if plan.unplaced else 0)


def read_json(file: Path, what: type[Body]) -> Body:
    """The object in a file, or on the standard input.

    Raises:
        ConfigError: it cannot be read, is no such object, or has an unknown or wrong key.
    """
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(text, type=what)
    except (OSError, msgspec.DecodeError) as exc:
        raise ConfigError(file, str(exc)) from exc


def _show(console: Console, found: Staffing) -> None:
    table = Table("", "formula", "", title=found.asked.name or None)
    for step in found.steps:
        table.add_row(step.name, step.formula, f"{step.value:,.2f}")
    console.print(table)
    shares = (found.other_share, found.non_enforcement_share, found.inspection_share)
    told = "other enforcement {:.1%}, no enforcement {:.1%}, inspections {:.1%}".format(*shares)
    console.print(f"Of {found.total_days:,g} statutory days: {told}")
    staff = "more people than any number: none has a day left"
    if found.staff is not None:
        staff = f"{found.staff} people"
    console.print(f"The workload takes {staff}; there are {found.asked.team.people}")


def _show_plan(console: Console, plan: JointPlan) -> None:
    table = Table("department", "visits")
    for department, visits in plan.by_department.items():
        table.add_row(escape(department), f"{visits:,}")
    console.print(table)
    console.print(
        f"{plan.planned:,} planned visits become {len(plan.visits):,} joint ones:"
        f" {plan.saved:,} saved ({plan.saved_share:.1%})"
    )
    for left in plan.unplaced:
        told = f"{left.entry.unit}: {left.entry.department}: {left.why.replace('_', ' ')}"
        console.print(f"[yellow]unplaced[/] {escape(told)}")
