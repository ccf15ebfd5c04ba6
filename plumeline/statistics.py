"""The statistics of a period, put together: the city's lines, a station's people, the months."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from casework.figures import LATE, Figure
from casework.statistics import By, Cell, Group, Home, Table, group, ratios
from casework.words import OrgKind
from store.statistics import Scope, SqlStatistics


class NoSuchOrg(Exception):
    """An org that the record does not know."""

    def __init__(self, org_id: str) -> None:
        super().__init__(f"no org {org_id}: `plumeline statistics --by station` lists them")
        self.org_id = org_id


class NoStation(ValueError):
    """People are asked for, and of no one station."""

    def __init__(self) -> None:
        super().__init__("people are told for one station: name it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to know."""

    by: By = By.DISTRICT
    first: date
    last: date
    org_id: str | None = None
    """A district or a station alone; None for the whole city."""
    cls: str | None = None
    district: str | None = None
    """Whose account asks: it sees that district alone; None sees everything."""


def statistics(source: SqlStatistics, wanted: Wanted, t_s: float) -> Table:
    """The figures as they are now.

    Raises:
        NoSuchOrg: it is not in the org tree.
        ValueError: people are told for one station, not for a city.
    """
    homes = source.homes()
    below = seen_by(wanted.district, wanted.org_id, homes)
    scope = Scope(first=wanted.first, last=wanted.last, cls=wanted.cls, orgs=below)
    if below is not None:
        homes = [home for home in homes if home.org.org_id in below]
    cells = source.cells(scope)
    if wanted.by is By.PERSON:
        groups, total = _people(source, scope, homes, cells, wanted.org_id)
    else:
        groups, total = group(cells, homes, wanted.by)
    return Table(
        by=wanted.by,
        first=wanted.first,
        last=wanted.last,
        t_s=t_s,
        groups=tuple(groups),
        total=total,
    )


def under(org_id: str | None, homes: list[Home]) -> tuple[str, ...] | None:
    """An org and all below it; None for everything.

    Raises:
        NoSuchOrg: it is not in the org tree.
    """
    if org_id is None:
        return None
    orgs = [home.org for home in homes]
    if all(org.org_id != org_id for org in orgs):
        raise NoSuchOrg(org_id)
    found = [org_id]
    for one in found:
        found += [org.org_id for org in orgs if org.parent_id == one]
    return tuple(found)


def seen_by(district: str | None, org_id: str | None, homes: list[Home]) -> tuple[str, ...] | None:
    """The orgs below one that an account of a district sees; None for everything.

    Raises:
        NoSuchOrg: it is not in the org tree, or not in that district, which look the same.
    """
    asked = under(org_id, homes)
    if district is None:
        return asked
    try:
        own = under(district, homes) or ()
    except NoSuchOrg:
        own = ()
    seen = own if asked is None else tuple(one for one in asked if one in own)
    if org_id is not None and not seen:
        raise NoSuchOrg(org_id)
    return seen


def _people(
    source: SqlStatistics, scope: Scope, homes: list[Home], cells: list[Cell], org_id: str | None
) -> tuple[list[Group], Group]:
    if org_id is None or all(home.org.kind is not OrgKind.STATION for home in homes):
        raise NoStation
    total = group(cells, homes, By.CITY)[1]
    names = {person.person_id: person.name for person in source.staff(org_id)}
    counted = source.people(scope)
    lines = []
    for person_id in sorted(names.keys() | counted.keys(), key=lambda one: (not one, one)):
        told = counted.get(person_id, {})
        counts: dict[str, int | None] = dict.fromkeys(Figure)
        counts |= {figure: told.get(figure, 0) for figure in source.sums}
        name = names.get(person_id)
        zh, en = (name, name) if name else ("未记名", "Nobody named") if not person_id else (
            person_id, person_id)  # fmt: skip
        lines.append(
            Group(
                key=person_id,
                zh=zh,
                en=en,
                counts=counts,
                late=dict.fromkeys(map(str, LATE), 0),
                ratios=ratios(counts),
            )
        )
    return lines, replace(total, key=org_id)
