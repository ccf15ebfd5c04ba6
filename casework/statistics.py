"""What a station's work comes to: the figures of `casework.figures` by org, class or person.

The sums over districts, over stations and over classes are the city's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from casework.figures import CHECKLIST, DEFINITIONS, LATE, RATIOS, Definition, Figure
from casework.words import Org, OrgKind


class By(StrEnum):
    """What figures are told apart by."""

    CITY = "city"
    DISTRICT = "district"
    STATION = "station"
    CLASS = "class"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The counts of one org and one class in the period."""

    org_id: str
    cls: str
    counts: Mapping[str, int]
    """By figure."""
    late: Mapping[str, int]
    """Of those, reported more than three days after they happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A line of the statistics."""

    key: str
    """An org's id, a class (empty: unclassified), a person's id."""
    zh: str
    en: str
    counts: dict[str, int | None]
    """By figure; None where it cannot be told apart so."""
    late: dict[str, int]
    ratios: dict[str, float | None]
    """None over nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures of a period."""

    by: By
    first: date
    last: date
    t_s: float
    """When it was worked out, the station's clock."""
    groups: tuple[Group, ...]
    total: Group
    definitions: tuple[Definition, ...] = DEFINITIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An org with what it has now."""

    org: Org
    staff: int
    members: int


CLASS_WORDS: dict[str, tuple[str, str]] = {
    "production_unit": ("生产经营单位", "Production units"),
    "small_place": ("小型场所", "Small places"),
    "residential": ("住宅小区", "Residential"),
    "hazchem": ("危险化学品", "Hazardous chemicals"),
    "": ("未分类", "Unclassified"),
}
NOT_BY_CLASS = (Figure.STATIONS, Figure.STAFF, Figure.MEMBERS, Figure.BUILT)


def group(cells: Sequence[Cell], homes: Iterable[Home], by: By) -> tuple[list[Group], Group]:
    """The lines by org or by class, in the order of their keys, and the total of all cells."""
    known = {home.org.org_id: home for home in homes}
    total = _group("", "合计", "Total", cells, list(known.values()))
    if by is By.CITY:
        return [total], total
    if by is By.CLASS:
        return [
            _group(cls, zh, en, [one for one in cells if one.cls == cls], None)
            for cls, (zh, en) in CLASS_WORDS.items()
        ], total
    parents = {org_id: _line(org_id, known, by) for org_id in known}
    lines: dict[str, tuple[list[Cell], list[Home]]] = {
        key: ([], []) for key in sorted({line for line in parents.values() if line is not None})
    }
    for org_id, home in known.items():
        if (line := parents[org_id]) is not None:
            lines[line][1].append(home)
    for one in cells:
        key = parents.get(one.org_id, one.org_id) or one.org_id
        lines.setdefault(key, ([], []))[0].append(one)
    return [
        _group(key, *_name(key, known), some, at) for key, (some, at) in sorted(lines.items())
    ], total


def _line(org_id: str, known: Mapping[str, Home], by: By) -> str | None:
    """The district or station that an org's counts belong to; None for an org above those."""
    wanted = OrgKind.DISTRICT if by is By.DISTRICT else OrgKind.STATION
    org: Org | None = known[org_id].org
    while org is not None:
        if org.kind is wanted:
            return org.org_id
        home = known.get(org.parent_id or "")
        org = None if home is None else home.org
    return None


def _name(key: str, known: Mapping[str, Home]) -> tuple[str, str]:
    org = known[key].org if key in known else None
    return (org.name_zh, org.name_en) if org else (key, key)


def _group(
    key: str, zh: str, en: str, cells: Sequence[Cell], homes: Sequence[Home] | None
) -> Group:
    counts: dict[str, int | None] = {
        figure: sum(one.counts.get(figure, 0) for one in cells) for figure in Figure
    }
    if any(one.counts.get(Figure.PLACES) is None for one in cells):
        counts[Figure.PLACES] = None
    counts.update(_of_homes(homes))
    late = {str(figure): sum(one.late.get(figure, 0) for one in cells) for figure in LATE}
    return Group(key=key, zh=zh, en=en, counts=counts, late=late, ratios=ratios(counts))


def _of_homes(homes: Sequence[Home] | None) -> dict[str, int | None]:
    if homes is None:
        return dict.fromkeys(NOT_BY_CLASS)
    at = [home for home in homes if home.org.kind is OrgKind.STATION]
    return {
        Figure.STATIONS: len(at),
        Figure.STAFF: sum(home.staff for home in homes),
        Figure.MEMBERS: sum(home.members for home in homes),
        Figure.BUILT: sum(len(set(home.org.build) & set(CHECKLIST)) for home in at),
    }


def ratios(counts: Mapping[str, int | None]) -> dict[str, float | None]:
    """The ratios of a line; None over nothing, or of what is not told."""
    found: dict[str, float | None] = {}
    for one in RATIOS:
        assert one.over is not None
        top, bottom = (counts.get(figure) for figure in one.over)
        found[one.name] = None if top is None or not bottom else top / bottom
    return found
