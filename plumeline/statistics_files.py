"""The statistics as files for other programs: CSV and XLSX, every figure with its definition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from alerts.words import Language
from casework.days import BEIJING
from casework.figures import Definition
from casework.statistics import Group, Table
from plumeline import tables

_HEAD = {"zh": ("编号", "名称"), "en": ("Id", "Name")}
_LATE = {"zh": "其中迟报", "en": "of which late"}


def as_csv(table: Table, language: Language) -> bytes:
    """The lines, the total, and below them what each figure means."""
    return tables.as_csv(_titles(table, language), _rows(table, language))


def as_xlsx(table: Table, language: Language) -> bytes:
    """The same as a workbook."""
    title = "统计" if language == "zh" else "Statistics"
    return tables.as_xlsx(title, _titles(table, language), _rows(table, language), BEIJING)


def _rows(table: Table, language: Language) -> Iterator[list[tables.Cell]]:
    yield from _lines(table, language)
    yield []
    yield from _about(table, language)


def _titles(table: Table, language: Language) -> list[str]:
    names = [one.zh if language == "zh" else one.en for one in table.definitions]
    of = {one.name: names[i] for i, one in enumerate(table.definitions)}
    return [*_HEAD[language], *names, *(f"{of[name]}: {_LATE[language]}" for name in _late(table))]


def _late(table: Table) -> tuple[str, ...]:
    return tuple(table.total.late)


def _lines(table: Table, language: Language) -> Iterator[list[tables.Cell]]:
    lines: list[Group] = list(table.groups)
    if len(lines) != 1 or lines[0] != table.total:
        lines.append(table.total)
    for line in lines:
        yield [
            line.key,
            line.zh if language == "zh" else line.en,
            *(_figure(line, one) for one in table.definitions),
            *(line.late[name] for name in _late(table)),
        ]


def _figure(line: Group, one: Definition) -> int | float | None:
    return line.counts.get(one.name) if one.over is None else line.ratios.get(one.name)


def _about(table: Table, language: Language) -> Iterator[list[tables.Cell]]:
    moment = datetime.fromtimestamp(table.t_s, BEIJING)
    period = f"{table.first.isoformat()} - {table.last.isoformat()}"
    yield ["期间", period] if language == "zh" else ["Period", period]
    yield ["截至", moment] if language == "zh" else ["As of", moment]
    for one in table.definitions:
        yield [one.zh, one.means_zh] if language == "zh" else [one.en, one.means_en]
