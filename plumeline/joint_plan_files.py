"""Yearly plans as departments keep them, in tables, and the joint plan as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import msgspec

from casework.joint_plan import Entry, JointPlan
from plumeline.config import ConfigError
from plumeline.tables import as_csv

COLUMNS = ("unit", "department", "items", "first", "last", "lead", "basis", "alone")
_YES = {"yes", "y", "true", "1", "是"}
_NO = {"no", "n", "false", "0", "否"}
_UNIT = {"unit", "单位"}
"""As ``alone``: the unit wants no joint visits at all, whichever line says so."""


def read_entries(file: Path) -> list[Entry]:
    """A CSV table in UTF-8 with the columns `COLUMNS`; the last three may be missing.

    Raises:
        ConfigError: it cannot be read, a column is missing, or a line is no entry: says which.
    """
    try:
        return entries_of(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as exc:
        raise ConfigError(file, str(exc)) from exc


def entries_of(text: str) -> list[Entry]:
    """The entries of a table.

    Raises:
        ValueError: says which line, and why.
    """
    table = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = set(COLUMNS[:5]) - set(table.fieldnames or ())
    except csv.Error as exc:
        raise ValueError(str(exc)) from exc
    if missing:
        msg = f"the table has no column {', '.join(sorted(missing))}"
        raise ValueError(msg)
    entries: list[Entry] = []
    opted_out: set[str] = set()
    try:
        for row in table:
            said = {name: (row.get(name) or "").strip() for name in COLUMNS}
            entry = _entry(said)
            entries.append(entry)
            if said["alone"].lower() in _UNIT:
                opted_out.add(entry.unit)
    except (ValueError, csv.Error) as exc:
        msg = f"line {table.line_num}: {exc}"
        raise ValueError(msg) from exc
    return [
        msgspec.structs.replace(one, alone=True) if one.unit in opted_out else one
        for one in entries
    ]


def _entry(said: Mapping[str, str]) -> Entry:
    items = [item.strip() for item in said["items"].split(";") if item.strip()]
    lead, alone = (said[name].lower() in _YES for name in ("lead", "alone"))
    if said["alone"] and not alone and said["alone"].lower() not in _UNIT | _NO:
        msg = f"alone {said['alone']!r} is none of yes, no, unit"
        raise ValueError(msg)
    entry = msgspec.convert({**said, "items": items, "lead": lead, "alone": alone}, Entry)
    if entry.last < entry.first:
        msg = f"the window ends {entry.last}, before it begins"
        raise ValueError(msg)
    return entry


def as_table(plan: JointPlan) -> bytes:
    """CSV: a line for each department of each visit, and one for each entry in none."""
    rows: list[tuple[str, ...]] = []
    for visit in plan.visits:
        for entry in visit.entries:
            rows.append((visit.day.isoformat(), visit.unit, visit.lead, *_cells(entry), ""))
    for left in plan.unplaced:
        rows.append(("", left.entry.unit, "", *_cells(left.entry), left.why.value))
    head = ("day", "unit", "lead", "department", "items", "basis", "alone", "unplaced")
    return as_csv(head, rows)


def _cells(entry: Entry) -> tuple[str, str, str, str]:
    return entry.department, ";".join(entry.items), entry.basis, "yes" if entry.alone else ""
