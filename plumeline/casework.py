"""The daily work of this station, wired: its own org, and its places out of the register."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from casework.places import places_of
from casework.words import Org, OrgKind, PlaceClass
from geo.premises import Premises
from plumeline.section import Section
from store.casework import SqlCasework

ACTOR = "register"


class CaseworkSection(Section, frozen=True):
    """Who this station is in the org tree, and how a city names its places."""

    station: str = "station"
    """The id of this station's org: in charge where the register names no other."""
    classes: dict[str, PlaceClass] = msgspec.field(default_factory=dict)
    """The register's own category names, each with one of the four classes."""


def settle(
    work: SqlCasework,
    section: CaseworkSection,
    premises: Iterable[Premises],
    *,
    name_zh: str,
    name_en: str,
    t_s: float,
) -> int:
    """Bring the register's premises in as places; returns how many were new or changed.

    A record that knows no org of the station's id gets one, by the station's name.
    """
    if all(org.org_id != section.station for org in work.orgs()):
        own = Org(
            org_id=section.station,
            kind=OrgKind.STATION,
            parent_id=None,
            name_zh=name_zh,
            name_en=name_en,
        )
        work.put_orgs([own], t_s=t_s, actor=ACTOR)
    places = list(places_of(premises, classes=section.classes, station=section.station))
    return work.put_places(places, t_s=t_s, actor=ACTOR)
