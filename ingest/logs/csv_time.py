"""The clock of a table: wall times as text, counts since the start, or both."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ingest.logs.csv_columns import TimeColumns
from ingest.logs.flight import Clock, FloatArray
from ingest.logs.stamp import stamp_s

_EPOCH_S = 1e8
"""From here on a number counts from 1970 and not from take-off: three years."""
_EPOCH_MS = 1e11
"""From here on it counts milliseconds."""


def told(columns: TimeColumns, count: FloatArray, stamp: FloatArray, *, zoned: bool) -> Clock:
    """Which clock the times of a table come from."""
    if np.isfinite(stamp).any():
        if np.nanmedian(stamp) < _EPOCH_S:
            return Clock.RELATIVE
        return Clock.UTC if zoned or columns.says_utc else Clock.LOCAL
    return Clock.RELATIVE if np.isfinite(count).any() else Clock.NONE


def seconds(count: FloatArray, stamp: FloatArray) -> FloatArray:
    """Seconds on the table's clock, one per row.

    Where a wall clock shows whole seconds beside a finer count (AirData), the count is put on
    the wall clock: each second that begins says when the count began, and their median counts,
    because during gaps of the link AirData's wall clock runs ahead of its count for a while.
    """
    known = np.isfinite(stamp)
    if not known.any():
        return count
    if np.median(stamp[known]) >= _EPOCH_MS:
        stamp = stamp / 1000.0
    both = known & np.isfinite(count)
    if not both.any() or (stamp[both] % 1.0).any():
        return stamp
    begun = (stamp - count)[both][_first_of_each(stamp[both])]
    # The first row may stand anywhere within its second; the others stand at its beginning.
    moved: FloatArray = count + np.median(begun[1:] if len(begun) > 1 else begun)
    return moved


def _first_of_each(stamp: FloatArray) -> npt.NDArray[np.intp]:
    changes: npt.NDArray[np.intp] = np.flatnonzero(np.diff(stamp, prepend=np.nan) != 0)
    return changes


def stamps(texts: Iterable[tuple[str, ...]]) -> tuple[list[float], bool]:
    """Many times, each text read once; whether every one of them names its zone.

    Raises:
        ValueError: one of them is no time; empty ones are NaN.
    """
    rows = list(texts)
    read = {parts: stamp_s(" ".join(parts).strip()) for parts in set(rows)}
    return [read[parts][0] for parts in rows], all(zoned for _, zoned in read.values())
