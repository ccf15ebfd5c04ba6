"""How many people the yearly inspections of a sub-district take: a pure sum, every step shown.

Available days are the public rule for yearly supervision plans (安监总政法〔2017〕150号): statutory
working days times people, less other enforcement, less what is no enforcement; the rest is for
inspections, planned for key units and left for general ones. The yearly goal of 30 % of enterprises
and 15 % of small premises is Nanjing's. Factors and the population's coefficient are each city's to
set: nobody has published any.

Sums are exact (fractions of the decimal numbers given), so that 414 is 414 and rounding up to
whole people never turns on the last bit of a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Annotated

import msgspec

ENTERPRISE_COVER, SMALL_COVER = 0.30, 0.15
"""The yearly goal: share of enterprises, and of small premises."""

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people fill in: a key it does not know is an error, not a silence."""


class UnitClass(Asked, frozen=True, kw_only=True):
    """One class of units, and what inspecting one of them takes."""

    name: Name
    units: Count
    cover: Share
    """Of them, in a year."""
    visits: Amount = 1.0
    """To each covered unit in a year."""
    days_per_visit: Amount = 0.5
    team: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2
    """People on a visit; the law asks for two."""
    risk: Amount = 1.0
    """Factor of the class's safety risk."""
    difficulty: Amount = 1.0
    """Factor of how hard enforcing and rectifying are."""
    recheck_share: Share = 0.0
    """Of the visits that lead to a second one."""
    recheck_days: Amount = 0.0
    """Of such a second visit."""


class Population(Asked, frozen=True, kw_only=True):
    """The resident areas, which are no units."""

    residents: Count = 0
    days_per_10000: Amount = 0.0
    """Person-days a year for 10,000 residents."""


class Team(Asked, frozen=True, kw_only=True):
    """The people there are, and what their days go to in a year."""

    people: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    statutory_days: Annotated[float, msgspec.Meta(ge=0, le=366)]
    """Working days of the year by law, of one person."""
    other_enforcement_days: Amount = 0.0
    """Of all: licences, accidents, complaints, cases, campaigns."""
    non_enforcement_days: Amount = 0.0
    """Of all: leave, training, meetings, duty."""
    key_days: Amount | None = None
    """Of the inspection days: planned for key units. The rest is for general ones."""


class StaffingInput(Asked, frozen=True, kw_only=True):
    """A sub-district, or any area, for one year."""

    name: Annotated[str, msgspec.Meta(max_length=128)] = ""
    team: Team
    classes: Annotated[tuple[UnitClass, ...], msgspec.Meta(max_length=100)] = ()
    population: Population = Population()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the sum."""

    name: str
    """What is worked out, or the class."""
    formula: str
    """With its numbers, as it was worked out."""
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """The answer, with what was asked and how it was found."""

    asked: StaffingInput
    total_days: float
    inspection_days: float
    """Left for inspections; below zero where the other work alone is too much."""
    days_per_person: float
    other_share: float
    """Of all statutory days; the three shares add up to 1."""
    non_enforcement_share: float
    inspection_share: float
    general_days: float | None
    """Of the inspection days, what key units leave; None where nothing is planned for them."""
    workload_days: float
    staff: int | None
    """People the workload takes; None where one person has no day left for it."""
    steps: tuple[Step, ...]


def staffing(asked: StaffingInput) -> Staffing:
    """The year's workload against the days there are. All days are person-days."""
    team = asked.team
    total = _exact(team.statutory_days) * team.people
    other, non = _exact(team.other_enforcement_days), _exact(team.non_enforcement_days)
    left = total - other - non
    each = left / team.people
    general = None if team.key_days is None else left - _exact(team.key_days)
    loads = [_of_class(one) for one in asked.classes]
    residents = asked.population
    loads.append(
        _product("population", (Fraction(residents.residents, 10_000), residents.days_per_10000))
    )
    workload = sum((days for days, _ in loads), Fraction(0))
    staff = ceil(workload / each) if each > 0 else (0 if workload == 0 else None)
    steps = [
        _product("total_days", (team.statutory_days, team.people))[1],
        _step("inspection_days", f"{_n(total)} - {_n(other)} - {_n(non)}", left),
        _step("days_per_person", f"{_n(left)} / {team.people}", each),
        *(step for _, step in loads),
        _step("workload_days", " + ".join(_n(days) for days, _ in loads), workload),
    ]
    if general is not None:
        steps.insert(2, _step("general_days", f"{_n(left)} - {_n(team.key_days or 0)}", general))
    if staff is not None and each > 0:
        steps.append(_step("staff", f"⌈{_n(workload)} / {_n(each)}⌉", Fraction(staff)))
    return Staffing(
        asked=asked,
        total_days=float(total),
        inspection_days=float(left),
        days_per_person=float(each),
        other_share=_share(other, total),
        non_enforcement_share=_share(non, total),
        inspection_share=_share(left, total),
        general_days=None if general is None else float(general),
        workload_days=float(workload),
        staff=staff,
        steps=tuple(steps),
    )


def _of_class(one: UnitClass) -> tuple[Fraction, Step]:
    """First visits and re-checks of a class, weighted alike."""
    each = _exact(one.days_per_visit) + _exact(one.recheck_share) * _exact(one.recheck_days)
    factors = (one.units, one.cover, one.visits, each, one.team, one.risk, one.difficulty)
    return _product(one.name, factors)


def _product(name: str, factors: Sequence[float | Fraction]) -> tuple[Fraction, Step]:
    found = Fraction(1)
    for factor in factors:
        found *= _exact(factor)
    return found, _step(name, " × ".join(_n(factor) for factor in factors), found)


def _step(name: str, formula: str, value: Fraction) -> Step:
    return Step(name=name, formula=formula, value=float(value))


def _share(part: Fraction, total: Fraction) -> float:
    return float(part / total) if total else 0.0


def _exact(number: float | Fraction) -> Fraction:
    """The decimal number that was written, not the nearest binary one."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


def _n(number: float | Fraction) -> str:
    return f"{float(number):,.10g}"
