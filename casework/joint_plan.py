"""Several departments' yearly plans become one visit per unit: 进一家门, 查多件事.

安全生产法 §62 asks each department for a yearly plan and §69 for joint checks; at most three
departments go together (Ma'anshan's rule), every entry keeps its department, its items and its
legal basis. Units do not depend on each other, so each is solved exactly by a small search, and
the order of the entries does not matter. The days are then levelled, so that not every visit falls
on the last day of a window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import numpy as np

from alerts.errors import Reasoned
from casework.errors import CaseworkError
from casework.joint_search import Wanted, fewest_visits

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
MAX_SPAN_DAYS = 3 * 366
MAX_ENTRIES = 200
"""For one unit."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One visit that one department plans."""

    unit: Name
    department: Name
    items: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=200)]
    first: date
    """Of the days on which it may be."""
    last: date
    lead: bool = False
    """The department wants to lead where it goes with others."""
    basis: str = ""
    """The law that the department checks by."""
    alone: bool = False
    """No other department comes along: a surprise check, or a unit that wants no joint visits."""


class JointRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a joint visit must keep."""

    max_departments: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    merge_window_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    """Between two visits to a unit lie so many days, or more."""


class Why(StrEnum):
    """Why an entry is in no visit."""

    NO_OPEN_DAY = "no_open_day"
    """No working day lies in its window."""
    TOO_CLOSE = "too_close"
    """Any day for it is too close to another visit that more entries need."""


class JoinWhy(StrEnum):
    """Why no joint plan is made at all."""

    CROWDED = "unit {unit!r} has {count} entries: {most} at most"
    TOO_LONG = "the windows span {span} days from {first}: plan {most} days at most"


class CannotJoin(Reasoned, CaseworkError):
    """Entries that are more than is planned together."""

    why: JoinWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class JointVisit:
    """One visit to one unit."""

    unit: str
    day: date
    lead: str
    entries: tuple[Entry, ...]
    """Ordered by department."""

    @property
    def departments(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(entry.department for entry in self.entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """An entry in no visit, for people to decide."""

    entry: Entry
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan:
    """Every entry once: in a visit, or unplaced with the reason."""

    rules: JointRules
    planned: int
    """Entries: the visits there would be if every department went alone."""
    visits: tuple[JointVisit, ...]
    """By day, then unit."""
    unplaced: tuple[Unplaced, ...]
    saved: int
    """Visits that the placed entries need no more."""
    saved_share: float
    """Of the placed entries; 0 where nothing is placed."""
    by_department: Mapping[str, int]
    """In how many visits each takes part."""


def on_weekdays(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def join_plans(
    entries: Iterable[Entry],
    rules: JointRules | None = None,
    is_open: Callable[[date], bool] = on_weekdays,
) -> JointPlan:
    """The fewest visits of which none breaks a rule; ``is_open`` tells the days for visits.

    Before that, the fewest entries are left out: none, unless the rules cannot hold together.

    Raises:
        CannotJoin: the entries span more than three years, or a unit has more than 200.
    """
    rules = rules or JointRules()
    by_unit: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=_order):
        by_unit[entry.unit].append(entry)
    crowded = next((unit for unit, own in by_unit.items() if len(own) > MAX_ENTRIES), None)
    if crowded is not None:
        count = len(by_unit[crowded])
        raise CannotJoin(JoinWhy.CROWDED, unit=crowded, count=count, most=MAX_ENTRIES)
    calendar = _Calendar.over([one for own in by_unit.values() for one in own], is_open)
    visits: list[JointVisit] = []
    unplaced: list[Unplaced] = []
    for unit, own in by_unit.items():
        placed, left = _of_unit(unit, own, rules, calendar)
        visits += placed
        unplaced += left
    counted: dict[str, int] = defaultdict(int)
    for visit in visits:
        for department in visit.departments:
            counted[department] += 1
    planned = sum(map(len, by_unit.values()))
    in_visits = planned - len(unplaced)
    saved = in_visits - len(visits)
    return JointPlan(
        rules=rules,
        planned=planned,
        visits=tuple(sorted(visits, key=lambda one: (one.day, one.unit))),
        unplaced=tuple(unplaced),
        saved=saved,
        saved_share=saved / in_visits if in_visits else 0.0,
        by_department=dict(sorted(counted.items())),
    )


class _Calendar:
    """Working days as their numbers in order, and how many visits each has so far."""

    def __init__(self, days: Sequence[date]) -> None:
        self.days = days
        self._ordinals = np.array([day.toordinal() for day in days], int)
        self._load = np.zeros(len(days), int)

    @classmethod
    def over(cls, entries: Sequence[Entry], is_open: Callable[[date], bool]) -> _Calendar:
        """The open days from the first window's first to the last one's last.

        Raises:
            CannotJoin: that is more than three years.
        """
        if not entries:
            return cls([])
        first = min(entry.first for entry in entries)
        span = (max(entry.last for entry in entries) - first).days + 1
        if span > MAX_SPAN_DAYS:
            raise CannotJoin(JoinWhy.TOO_LONG, span=span, first=first, most=MAX_SPAN_DAYS)
        every = (first + timedelta(days=n) for n in range(span))
        return cls([day for day in every if is_open(day)])

    def window(self, first: int, last: int) -> range:
        """The numbers of the open days between two ordinals, both included."""
        low = int(np.searchsorted(self._ordinals, first, "left"))
        return range(low, int(np.searchsorted(self._ordinals, last, "right")))

    def ordinal(self, number: int) -> int:
        """Of an open day."""
        return int(self._ordinals[number])

    def take_quietest(self, numbers: range) -> int:
        """The day with the fewest visits among some, the earliest of equals; it gets one more."""
        number = numbers.start + int(self._load[numbers.start : numbers.stop].argmin())
        self._load[number] += 1
        return number


def _of_unit(
    unit: str, entries: Sequence[Entry], rules: JointRules, calendar: _Calendar
) -> tuple[list[JointVisit], list[Unplaced]]:
    windows = [
        calendar.window(entry.first.toordinal(), entry.last.toordinal()) for entry in entries
    ]
    wanted = [
        Wanted(
            index=i,
            department=entry.department,
            alone=entry.alone,
            first=calendar.ordinal(days[0]),
            last=calendar.ordinal(days[-1]),
        )
        for i, (entry, days) in enumerate(zip(entries, windows, strict=True))
        if days
    ]
    gap = rules.merge_window_days
    found = fewest_visits(
        wanted,
        gap=gap,
        max_departments=rules.max_departments,
        latest=lambda day: _latest(calendar, day),
    )
    spans = [
        (
            max(calendar.ordinal(windows[i][0]) for i in group),
            min(calendar.ordinal(windows[i][-1]) for i in group),
        )
        for group in found
    ]
    visits: list[JointVisit] = []
    for group, numbers in zip(found, _levelled(spans, gap, calendar), strict=True):
        own = tuple(entries[i] for i in group)
        visits.append(
            JointVisit(unit=unit, day=calendar.days[numbers], lead=_lead(own), entries=own)
        )
    placed = {i for group in found for i in group}
    left = [
        Unplaced(entry=entry, why=Why.TOO_CLOSE if windows[i] else Why.NO_OPEN_DAY)
        for i, entry in enumerate(entries)
        if i not in placed
    ]
    return visits, left


def _levelled(spans: Sequence[tuple[int, int]], gap: int, calendar: _Calendar) -> list[int]:
    """For visits in order, each with its span of days: the quietest days that keep the gap."""
    ends: list[int] = []
    for _, last in reversed(spans):
        latest = last if not ends else min(last, calendar.ordinal(ends[-1]) - gap)
        ends.append(calendar.window(0, latest)[-1])
    chosen: list[int] = []
    for (first, _), end in zip(spans, reversed(ends), strict=True):
        earliest = first if not chosen else max(first, calendar.ordinal(chosen[-1]) + gap)
        start = calendar.window(earliest, calendar.ordinal(end)).start
        chosen.append(calendar.take_quietest(range(start, end + 1)))
    return chosen


def _latest(calendar: _Calendar, day: int) -> int | None:
    """The last open day up to one; None before the first."""
    upto = calendar.window(0, day)
    return calendar.ordinal(upto[-1]) if upto else None


def _lead(entries: Sequence[Entry]) -> str:
    """Who wants to, else who has the most items; of equals the first by name."""
    items: dict[str, int] = defaultdict(int)
    for entry in entries:
        items[entry.department] += len(entry.items)
    return min(entries, key=lambda e: (not e.lead, -items[e.department], e.department)).department


def _order(entry: Entry) -> tuple[object, ...]:
    """Of nothing but what an entry says."""
    return (
        entry.unit,
        entry.department,
        entry.first,
        entry.last,
        entry.items,
        entry.lead,
        entry.basis,
        entry.alone,
    )
