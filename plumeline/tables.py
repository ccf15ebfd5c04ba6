"""A table as a file: CSV for machines, XLSX for people. No cell can become a formula.

A cell is what its type says: a number stays a number, a time a time, and a text is a text, however
it begins. CSV has no types, so a text that a spreadsheet would read as a formula gets an apostrophe
before it, as OWASP's "CSV Injection" advises.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from io import BytesIO, StringIO

import xlsxwriter

Cell = str | int | float | datetime | None
"""A time knows its zone."""

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_TEXT = 32_767
"""Characters of a cell in XLSX."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """RFC 4180 in UTF-8, with the mark that spreadsheets want to see; times as ISO 8601."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_plain(name) for name in header])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: tzinfo
) -> bytes:
    """One sheet with a frozen header that filters.

    XLSX knows no time zones: times are written on the clock of ``zone``, so a header of such a
    column should name it.
    """
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        widths = [_width(name) for name in header]
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        continue
                    case str():
                        sheet.write_string(last, column, cell[:MAX_TEXT])
                    case datetime():
                        local = cell.astimezone(zone).replace(tzinfo=None, microsecond=0)
                        sheet.write_datetime(last, column, local, moment)
                    case _:
                        sheet.write_number(last, column, cell)
                widths[column] = max(widths[column], _width(cell))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(width + 2, 60))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, max(len(header) - 1, 0))
    return out.getvalue()


def _plain(cell: Cell) -> str | int | float | None:
    match cell:
        case str():
            return f"'{cell}" if cell.startswith(_FORMULAS) else cell
        case datetime():
            return cell.isoformat(timespec="seconds")
        case _:
            return cell


def _sheet_name(title: str) -> str:
    """Excel takes 31 characters without these."""
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31] or "Plumeline"


def _width(cell: Cell) -> int:
    """Chinese is twice as wide."""
    text = "2026-11-24 15:00:00" if isinstance(cell, datetime) else str(cell)
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
