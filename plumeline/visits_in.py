"""Visits that the station's own people report, taken in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from casework.intake import BadReport
from casework.powers import NoPower
from casework.visit_intake import to_visit
from casework.words import Visit
from plumeline.casework import CaseworkSection
from plumeline.work import Refused, refused
from store.casework import SqlCasework


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What became of reported visits."""

    new: int
    known: int
    refused: tuple[Refused, ...]
    """Of these nothing is kept."""


def receive_visits(
    casework: SqlCasework,
    section: CaseworkSection,
    rows: Iterable[Mapping[str, str]],
    *,
    orgs: Collection[str] | None,
    actor: str,
    t_s: float,
) -> Visited:
    """Take rows in, each number once; ``orgs`` are those that the actor sees, None for all."""
    known = {org.org_id for org in casework.orgs()} if orgs is None else frozenset(orgs)
    places = {one.place_id: one for one in casework.places() if orgs is None or one.org_id in known}
    made: list[Visit] = []
    left: list[Refused] = []
    for number, row in enumerate(rows, start=1):
        try:
            visit = to_visit(
                row,
                places=places,
                orgs=known,
                powers=section.powers,
                station=section.station,
                person=actor,
                t_s=t_s,
            )
        except (BadReport, NoPower) as exc:
            left.append(refused(number, exc))
        else:
            made.append(visit)
    added = casework.add_visits(made, t_s=t_s, actor=actor)
    return Visited(new=added.new, known=added.known, refused=tuple(left))
