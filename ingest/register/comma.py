"""Registers as CSV: with coordinates in columns, or addresses only."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import shapely

from geo.errors import BadPremises
from ingest.register.fields import canonical, renamed
from ingest.register.sheet import Row, Sheet, Value
from ingest.register.text import decoded

_PAIRS = (("lon", "lat"), ("easting", "northing"))


def read(path: Path, data: bytes, encoding: str | None) -> Sheet:
    """The lines under a header; separated by whichever of comma, semicolon, tab it has most of.

    Raises:
        BadPremises: no column with a name, a line of another length, one coordinate column
            without the other, or columns x and y, which surveyors and maps swap.
    """
    source = path.name
    text, label = decoded(data, encoding, source)
    lines = _lines(text, source)
    _, head = next(lines, (1, []))
    names = canonical(head)
    if "name" not in names:
        shown = ", ".join(head)[:120]
        raise BadPremises(source, None, f"line 1: no column is called name or 名称, but {shown!r}")
    pair = _coordinates(head, names.keys(), source)
    rows = []
    for number, (line, cells) in enumerate(lines):
        if len(cells) != len(head):
            reason = f"line {line} has {len(cells)} cells, the header {len(head)}"
            raise BadPremises(source, number, reason)
        rows.append(_row(number, renamed(dict(zip(head, cells, strict=True)), names), pair))
    return Sheet(format="CSV", rows=rows, encoding=label)


def _lines(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of what is not empty."""
    first = text[: text.find("\n")]
    separator = max(",;\t", key=first.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in table:
            if any(cells):
                yield table.line_num, cells
    except csv.Error as exc:
        raise BadPremises(source, None, f"line {table.line_num}: {exc}") from exc


def _coordinates(head: list[str], names: Iterable[str], source: str) -> tuple[str, str] | None:
    has = set(names)
    for pair in _PAIRS:
        if has.issuperset(pair):
            return pair
        if has.intersection(pair):
            raise BadPremises(source, None, f"line 1: a column of {' and '.join(pair)} is missing")
    if {"x", "y"} <= {column.strip().lower() for column in head}:
        reason = "line 1: of columns x and y, which is east? Name them easting and northing"
        raise BadPremises(source, None, reason)
    return None


def _row(number: int, fields: dict[str, Value], pair: tuple[str, str] | None) -> Row:
    if pair is None:
        return Row(number=number, fields=fields)
    said = [fields.pop(name) for name in pair]
    if said == [None, None]:
        return Row(number=number, fields=fields)
    try:
        x, y = (float(str(value)) for value in said)
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        reason = f"{pair[0]} {said[0]!r}, {pair[1]} {said[1]!r} are not two numbers"
        return Row(number=number, fields=fields, refused=reason)
    if x == y == 0:
        return Row(number=number, fields=fields)
    return Row(number=number, fields=fields, geometry=shapely.Point(x, y))
