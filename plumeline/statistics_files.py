"""The statistics as files for other programs: CSV and XLSX, every figure with its definition.

A cell that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import xlsxwriter

from alerts.words import Language
from casework.days import BEIJING
from casework.figures import Definition, Unit
from casework.statistics import Group, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet may run."""
_HEAD = {"zh": ("编号", "名称"), "en": ("Id", "Name")}
_LATE = {"zh": "其中迟报", "en": "of which late"}


def as_csv(table: Table, language: Language) -> bytes:
    """The lines, the total, and the definitions, in UTF-8 with the mark that spreadsheets want."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_titles(table, language))
    for line in _lines(table, language):
        writer.writerow([_harmless(cell) for cell in line])
    writer.writerow([])
    for said in _about(table, language):
        writer.writerow([_harmless(cell) for cell in said])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(table: Table, language: Language) -> bytes:
    """The same as a workbook of two sheets."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        # The same table gives the same bytes.
        book.set_properties({"created": datetime.fromtimestamp(table.t_s, UTC)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {
            Unit.COUNT: book.add_format({"num_format": "#,##0"}),
            Unit.RATIO: book.add_format({"num_format": "0.000"}),
            Unit.SHARE: book.add_format({"num_format": "0.00%"}),
        }
        sheet = book.add_worksheet("统计" if language == "zh" else "Statistics")
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 26)
        sheet.set_column(2, 40, 12)
        sheet.write_row(0, 0, _titles(table, language), bold)
        units = [Unit.COUNT] * 2 + [one.unit for one in _columns(table)]
        for row, line in enumerate(_lines(table, language), start=1):
            for column, cell in enumerate(line):
                unit = units[column] if column < len(units) else Unit.COUNT
                sheet.write(row, column, cell, formats[unit])
        about = book.add_worksheet("定义" if language == "zh" else "Definitions")
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 90)
        for row, said in enumerate(_about(table, language)):
            about.write_row(row, 0, said)
    return target.getvalue()


def _columns(table: Table) -> tuple[Definition, ...]:
    return table.definitions


def _titles(table: Table, language: Language) -> list[str]:
    names = [one.zh if language == "zh" else one.en for one in _columns(table)]
    of = {one.name: names[i] for i, one in enumerate(_columns(table))}
    return [*_HEAD[language], *names, *(f"{of[name]}: {_LATE[language]}" for name in _late(table))]


def _late(table: Table) -> tuple[str, ...]:
    return tuple(table.total.late)


def _lines(table: Table, language: Language) -> Iterator[list[str | int | float | None]]:
    lines: list[Group] = list(table.groups)
    if len(lines) != 1 or lines[0] != table.total:
        lines.append(table.total)
    for line in lines:
        yield [
            line.key,
            line.zh if language == "zh" else line.en,
            *(_figure(line, one) for one in _columns(table)),
            *(line.late[name] for name in _late(table)),
        ]


def _figure(line: Group, one: Definition) -> int | float | None:
    return line.counts.get(one.name) if one.over is None else line.ratios.get(one.name)


def _about(table: Table, language: Language) -> Iterator[list[str]]:
    moment = datetime.fromtimestamp(table.t_s, BEIJING).isoformat(timespec="seconds")
    period = f"{table.first.isoformat()} - {table.last.isoformat()}"
    yield ["期间", period] if language == "zh" else ["Period", period]
    yield ["截至", moment] if language == "zh" else ["As of", moment]
    for one in table.definitions:
        yield [one.zh, one.means_zh] if language == "zh" else [one.en, one.means_en]


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
