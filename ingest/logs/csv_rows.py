"""The rows of a table, read a block of lines at a time into columns of numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.logs.csv_columns import Layout
from ingest.logs.csv_time import stamps
from ingest.logs.flight import FloatArray
from ingest.logs.tally import Tally

_BLANK = frozenset({"", "n/a", "na", "nan", "null", "none", "-"})


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line.

    Raises:
        ValueError: quotes that no table has.
    """
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error as exc:
        raise ValueError(str(exc)) from exc


@dataclass(slots=True, kw_only=True)
class Rows:
    """What was read so far.

    A block is read by numpy at once; where it cannot, by Python; where that cannot either, line by
    line, so that one bad row costs only itself.
    """

    layout: Layout
    separator: str
    blocks: list[FloatArray] = field(default_factory=list)
    """Of shape (columns, rows): the quantities, then the count, then the stamp."""
    tally: Tally = field(default_factory=Tally)
    zoned: bool = True
    """Whether every stamp so far names its zone."""
    comma: bool = False
    """Whether a decimal comma was met."""
    cut: str | None = None
    """The last line, where it has no end and its numbers may lack digits."""
    device: str | None = None
    model: str | None = None

    def take(self, lines: list[str], start: int) -> None:
        """Read a block of lines whose first has the number ``start``."""
        if not self.blocks:
            self._name(lines)
        if not lines[-1].endswith("\n") and self._is_cut(lines[-1]):
            self.cut = f"line {start + len(lines) - 1}"
            self.tally.add("cut off in the middle", self.cut)
            lines = lines[:-1]
        try:
            self._take(lines)
        except ValueError:
            for number, line in enumerate(lines, start=start):
                self._take_one(line, number)

    def _name(self, lines: list[str]) -> None:
        """Serial number and model, from the first line that has them."""
        for line in lines:
            try:
                cells = cells_of(line, self.separator)
            except ValueError:
                continue
            self.device = self.device or _text(cells, self.layout.device)
            self.model = self.model or _text(cells, self.layout.model)
            if self.device and self.model:
                return

    def _is_cut(self, line: str) -> bool:
        """A line without an end is whole only if nothing wanted stands in its last cell."""
        last = self.layout.width - 1
        wanted = {*self._numeric(), *self.layout.time.stamp}
        return bool(line.strip()) and (line.count(self.separator) < last or last in wanted)

    def _take_one(self, line: str, number: int) -> None:
        if not line.strip():
            return
        try:
            self._take([line])
        except ValueError as exc:
            self.tally.add(str(exc), f"line {number}")

    def _take(self, lines: Sequence[str]) -> None:
        """All of the lines or none.

        Raises:
            ValueError: one of them has another width, or a number or time that is none.
        """
        if not lines:
            return
        quoted = any('"' in line for line in lines)
        rows = [cells_of(line, self.separator) for line in lines] if quoted else None
        widths = map(len, rows) if rows else (line.count(self.separator) + 1 for line in lines)
        if set(widths) != {self.layout.width}:
            msg = "more or fewer cells than the header has"
            raise ValueError(msg)
        count = self.layout.time.count
        numbers = self._numbers(lines, rows)
        if count is None:
            numbers = np.vstack([numbers, np.full(len(lines), np.nan)])
        stamp_s, zoned = self._stamps(lines, rows)
        self.blocks.append(np.vstack([numbers, stamp_s]))
        self.zoned &= zoned

    def _numeric(self) -> list[int]:
        count = self.layout.time.count
        quantities = [one.at for one in self.layout.quantities]
        return quantities if count is None else [*quantities, count]

    def _numbers(self, lines: Sequence[str], rows: list[list[str]] | None) -> FloatArray:
        """The numeric columns in metres, degrees, seconds: shape (columns, rows)."""
        wanted = self._numeric()
        values = None if rows else self._fast(lines, wanted)
        if values is None:
            rows = rows or [line.split(self.separator) for line in lines]
            columns = [self._column([row[at] for row in rows]) for at in wanted]
            values = np.stack(columns)
        factors = [one.factor for one in self.layout.quantities]
        if len(wanted) > len(factors):
            factors.append(self.layout.time.count_s)
        scaled: FloatArray = np.where(np.isfinite(values), values, np.nan)
        scaled *= np.array(factors)[:, None]
        return scaled

    def _fast(self, lines: Sequence[str], wanted: list[int]) -> FloatArray | None:
        """The same by numpy's own parser, which knows no empty cells."""
        try:
            found: FloatArray = np.loadtxt(
                lines, delimiter=self.separator, usecols=wanted, comments=None, ndmin=2
            )
        except ValueError:
            return None
        return found.T if len(found) == len(lines) else None

    def _column(self, cells: Sequence[str]) -> FloatArray:
        try:
            return np.fromiter(map(float, cells), float, len(cells))
        except ValueError:
            return np.fromiter(map(self._number, cells), float, len(cells))

    def _number(self, cell: str) -> float:
        text = cell.strip()
        if text.lower() in _BLANK:
            return np.nan
        if self.separator != "," and "," in text:
            self.comma = True
            text = text.replace(",", ".")
        try:
            return float(text)
        except ValueError as exc:
            msg = "a cell that should be a number and is not"
            raise ValueError(msg) from exc

    def _stamps(
        self, lines: Sequence[str], rows: list[list[str]] | None
    ) -> tuple[list[float], bool]:
        wanted = self.layout.time.stamp
        if not wanted:
            return [np.nan] * len(lines), True
        last = max(wanted) + 1
        split = rows or (line.split(self.separator, last) for line in lines)
        return stamps(tuple(cells[at] for at in wanted) for cells in split)


def _text(cells: list[str], at: int | None) -> str | None:
    """A cell as printable text, or None."""
    if at is None or at >= len(cells):
        return None
    text = cells[at].strip()
    return text[:64] if text and text.isprintable() else None
