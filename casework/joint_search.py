"""The fewest visits to one unit: an exact search over days and departments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

Latest = Callable[[int], int | None]
"""The last open day up to one."""
_Groups = tuple[tuple[int, ...], ...]
_Best = tuple[int, int, _Groups]
"""Entries left out, visits, and the entries of each visit in order of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One entry; its days are ordinals, and open."""

    index: int
    department: str
    alone: bool
    """No other department comes along."""
    first: int
    last: int


def fewest_visits(
    wanted: Sequence[Wanted], *, gap: int, max_departments: int, latest: Latest
) -> _Groups:
    """The entries of each visit, visits in order of time; who is in none is left out.

    Left out are as few as possible, and then there are as few visits as possible. Any plan can be
    pushed towards the end of the year until each visit stands at the end of a window or a gap
    before the next visit, so only those days are tried. A visit before the next window closes may
    take everything that is open then, but for the limit of departments and for who comes alone:
    taking more entries earlier never costs a visit.
    """
    entries = sorted(wanted, key=lambda one: (one.last, one.first, one.department, one.index))
    days = _days(entries, gap, latest)

    def best(left: tuple[int, ...], earliest: int, may_drop: bool) -> _Best | None:
        gone = sum(entries[i].last < earliest for i in left)
        if gone and not may_drop:
            return None
        left = left[gone:]  # they are in the order in which their windows close
        if not left:
            return gone, 0, ()
        found: _Best | None = None
        closing = entries[left[0]]
        for day in days:
            if earliest <= day <= closing.last:
                here = [i for i in left if entries[i].first <= day]
                for group in _groups(here, entries, max_departments):
                    rest = tuple(i for i in left if i not in group)
                    found = _better(found, search(rest, day + gap, may_drop), 0, group)
        if may_drop:
            found = _better(found, search(left[1:], earliest, may_drop), 1, ())
        return None if found is None else (found[0] + gone, found[1], found[2])

    search = lru_cache(maxsize=None)(best)
    every = tuple(range(len(entries)))
    answer = search(every, 0, False) or search(every, 0, True)
    assert answer is not None, "everything may be left out"
    return tuple(tuple(sorted(entries[i].index for i in group)) for group in answer[2])


def _days(entries: Sequence[Wanted], gap: int, latest: Latest) -> list[int]:
    """The ends of windows, and whole gaps before them, the latest first."""
    if not entries:
        return []
    opens = min(one.first for one in entries)
    found: set[int] = set()
    for last in {one.last for one in entries}:
        day: int | None = last
        while day is not None and day >= opens and day not in found:
            found.add(day)
            day = latest(day - gap)
    return sorted(found, reverse=True)


def _groups(
    here: Sequence[int], entries: Sequence[Wanted], max_departments: int
) -> list[tuple[int, ...]]:
    """What one visit may take of the entries that are open: all of one department, where some of
    its own come alone, or of some departments all that do not."""
    single = sorted({entries[i].department for i in here if entries[i].alone})
    groups = [tuple(i for i in here if entries[i].department == one) for one in single]
    shared = [i for i in here if not entries[i].alone]
    departments = sorted({entries[i].department for i in shared})
    if not shared:
        return groups
    return groups + [
        tuple(i for i in shared if entries[i].department in chosen)
        for chosen in combinations(departments, min(max_departments, len(departments)))
    ]


def _better(
    found: _Best | None, rest: _Best | None, dropped: int, group: tuple[int, ...]
) -> _Best | None:
    """The better of two, the first of equals; ``group`` is a visit before the rest."""
    if rest is None:
        return found
    visits = (group, *rest[2]) if group else rest[2]
    made = (rest[0] + dropped, len(visits), visits)
    return made if found is None or made[:2] < found[:2] else found
