"""Flight logs as tables: AirData, TXTlogToCSV, Flight Reader, Geotag_DJI, and their like.

Which columns say what is a table in `csv_columns`. A quoted cell may hold separators but no line
break.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ingest.errors import BadLog
from ingest.logs.csv_columns import layout_of
from ingest.logs.csv_gimbal import has_another_north
from ingest.logs.csv_rows import Rows, cells_of
from ingest.logs.csv_time import seconds, told
from ingest.logs.flight import Flight, FloatArray, GimbalKnown, Integrity, Track
from ingest.logs.reader import LogReader

_BLOCK = 2048
_SEPARATORS = ",;\t"
_ADVICE = "docs/logs.md lists the columns that are known; rename two of them to latitude, longitude"


def read(path: Path) -> Flight:
    """A table as a flight.

    Raises:
        BadLog: it cannot be opened, its header names no latitude and longitude, or not one of its
            rows can be read.
    """
    try:
        with path.open(encoding=_encoding(path), errors="replace") as file:
            head, start = _header(iter(file))
            layout = layout_of(head.cells)
            if layout is None:
                shown = ", ".join(cell.strip() for cell in head.cells)[:200]
                reason = f"no columns of latitude and longitude that are known here, but {shown}"
                raise BadLog(path, reason, where=f"line {start - 1}", advice=_ADVICE)
            rows = Rows(layout=layout, separator=head.separator)
            while block := list(islice(file, _BLOCK)):
                rows.take(block, start)
                start += len(block)
    except (OSError, ValueError) as exc:
        raise BadLog(path, f"cannot be read: {exc}") from exc
    return _flight(path, rows)


def recognise(head: bytes) -> bool:
    """Whether two lines of text have the same cells, or the first names two coordinates."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "replace")
    else:
        text = head.decode("utf-8", "replace")
    if "\x00" in text or text.lstrip("\ufeff \r\n")[:1] in {"{", "[", "<"}:
        return False
    try:
        first = _header(iter(text.splitlines()))[0]
        if layout_of(first.cells) is not None:
            return True
        lines = [line for line in text.splitlines()[:50] if line.strip()][1:4]
        widths = {len(cells_of(line, first.separator)) for line in lines}
    except ValueError:
        return False
    return widths == {len(first.cells)} and len(first.cells) >= 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The header line."""

    cells: list[str]
    separator: str


def _encoding(path: Path) -> str:
    """UTF-16 by its mark, else UTF-8; a byte that is neither spoils no number."""
    with path.open("rb") as file:
        mark = file.read(2)
    return "utf-16" if mark in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def _header(lines: Iterator[str]) -> tuple[_Head, int]:
    """The first line with text, past Excel's ``sep=``, and the number of the line after it."""
    number, separator = 1, None
    for number, line in enumerate(lines, start=2):
        if line.lower().startswith("sep=") and len(line.strip()) <= 5:
            separator = line[4:5].strip("\r\n")
        elif line.strip():
            separator = separator or max(_SEPARATORS, key=line.count)
            return _Head(cells=cells_of(line, separator), separator=separator), number
    return _Head(cells=[], separator=","), number


def _flight(path: Path, rows: Rows) -> Flight:
    if not rows.blocks:
        first = next(iter(rows.tally.rejections()), None)
        reason = f"not one row can be read: {first.reason}" if first else "a header and no rows"
        raise BadLog(path, reason, where=first.where if first else None)
    layout = rows.layout
    *numbers, count, stamp = np.concatenate(rows.blocks, axis=1)
    names = [one.name for one in layout.quantities]
    columns = dict(zip(names, numbers, strict=True))
    home = _home(columns.pop("home_lat_deg", None), columns.pop("home_lon_deg", None))
    notes = [f"column {name} is in a unit that is not known here" for name in layout.unread]
    if has_another_north(columns):
        del columns["gimbal_yaw_deg"]
        notes.append(
            "the gimbal's heading turns with the aircraft's but steadily points elsewhere: "
            "it does not count from north, so the camera's direction is taken as unknown"
        )
    track = Track.of(len(stamp), t_s=seconds(count, stamp), **columns)
    aimed = np.isfinite(track.gimbal_yaw_deg) & np.isfinite(track.gimbal_pitch_deg)
    middle = rows.tally.count - (rows.cut is not None)
    return Flight(
        format="csv",
        dialect=layout.dialect + (", decimal commas" if rows.comma else ""),
        clock=told(layout.time, count, stamp, zoned=rows.zoned),
        track=track,
        device=rows.device,
        model=rows.model,
        gimbal=GimbalKnown.WORLD if aimed.any() else GimbalKnown.NO,
        home=home,
        integrity=_integrity(rows.cut, middle),
        damage=_damage(rows),
        recovered=len(track) / (len(track) + rows.tally.count),
        rejected=rows.tally.rejections(),
        notes=tuple(notes),
    )


def _integrity(cut: str | None, rejected: int) -> Integrity:
    if rejected:
        return Integrity.CORRUPT
    return Integrity.TRUNCATED if cut else Integrity.COMPLETE


def _damage(rows: Rows) -> str | None:
    first = next(iter(rows.tally.rejections()), None)
    if first is None:
        return None
    return f"cut inside {rows.cut}" if rows.cut == first.where else f"{first.reason}, {first.where}"


def _home(lat_deg: FloatArray | None, lon_deg: FloatArray | None) -> tuple[float, float] | None:
    """The first home point that is somewhere."""
    if lat_deg is None or lon_deg is None:
        return None
    track = Track.of(len(lat_deg), lat_deg=lat_deg, lon_deg=lon_deg)
    known = np.flatnonzero(track.mappable)
    return (float(lat_deg[known[0]]), float(lon_deg[known[0]])) if len(known) else None


READER = LogReader(name="csv", title="Flight log as CSV", recognise=recognise, read=read)
