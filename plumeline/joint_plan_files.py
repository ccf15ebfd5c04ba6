"""Yearly plans as departments keep them, in tables, and the joint plan as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from alerts.errors import Reasoned
from casework.joint_plan import Entry, JointPlan
from plumeline.config import ConfigError
from plumeline.tables import as_csv

COLUMNS = ("unit", "department", "items", "first", "last", "lead", "basis", "alone")
_YES = {"yes", "y", "true", "1", "是"}
_NO = {"no", "n", "false", "0", "否"}
_UNIT = {"unit", "单位"}
"""As ``alone``: the unit wants no joint visits at all, whichever line says so."""


class TableWhy(StrEnum):
    """Why a table is none of entries."""

    NO_CSV = "line {line} is no CSV: {detail}"
    NO_COLUMN = "the table has no column {missing}"
    NO_ENTRY = "line {line}: {detail}"
    ALONE = "line {line}: alone {alone!r} is none of yes, no, unit"
    ENDS_TOO_SOON = "line {line}: the window ends {last}, before it begins"


class BadTable(Reasoned, ValueError):
    """A table that cannot be read as entries."""

    why: TableWhy


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
        BadTable: says which line, and why.
    """
    table = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = set(COLUMNS[:5]) - set(table.fieldnames or ())
    except csv.Error as exc:
        raise BadTable(TableWhy.NO_CSV, line=table.line_num, detail=str(exc)) from exc
    if missing:
        raise BadTable(TableWhy.NO_COLUMN, missing=", ".join(sorted(missing)))
    entries: list[Entry] = []
    opted_out: set[str] = set()
    try:
        for row in table:
            said = {name: (row.get(name) or "").strip() for name in COLUMNS}
            entry = _entry(said, table.line_num)
            entries.append(entry)
            if said["alone"].lower() in _UNIT:
                opted_out.add(entry.unit)
    except csv.Error as exc:
        raise BadTable(TableWhy.NO_CSV, line=table.line_num, detail=str(exc)) from exc
    return [
        msgspec.structs.replace(one, alone=True) if one.unit in opted_out else one
        for one in entries
    ]


def _entry(said: Mapping[str, str], line: int) -> Entry:
    items = [item.strip() for item in said["items"].split(";") if item.strip()]
    lead, alone = (said[name].lower() in _YES for name in ("lead", "alone"))
    if said["alone"] and not alone and said["alone"].lower() not in _UNIT | _NO:
        raise BadTable(TableWhy.ALONE, line=line, alone=said["alone"])
    try:
        entry = msgspec.convert({**said, "items": items, "lead": lead, "alone": alone}, Entry)
    except msgspec.ValidationError as exc:
        raise BadTable(TableWhy.NO_ENTRY, line=line, detail=str(exc)) from exc
    if entry.last < entry.first:
        raise BadTable(TableWhy.ENDS_TOO_SOON, line=line, last=entry.last)
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
