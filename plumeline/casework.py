"""The daily work of this station, wired: its own org, and its places out of the register."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import msgspec

from casework.listing import ListingState
from casework.orders import RECTIFY_DAYS, OrderState
from casework.patrol_plan import GOALS, INTERVAL_DAYS
from casework.places import places_of
from casework.powers import Power
from casework.words import Level, Org, OrgKind, PlaceClass, Result, Source
from casework.workdays import Notice, Workdays
from geo.premises import Premises
from plumeline.section import Section
from store.casework import SqlCasework

ACTOR = "register"
Term = Annotated[int, msgspec.Meta(ge=1, le=400)]
"""Working days."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[float, msgspec.Meta(gt=0)]


class PartnerSection(Section, frozen=True):
    """Who reports hazards, and what their codes mean here."""

    source: Source = Source.GRID
    kinds: dict[str, str] = msgspec.field(default_factory=dict)
    """From their code to ours."""
    results: dict[str, Result] = msgspec.field(default_factory=dict)
    """The same of what their visits found."""
    own: bool = False
    """They are the station's own people."""


class CaseworkSection(Section, frozen=True):
    """Who this station is in the org tree, and how a city names its places."""

    station: str = "station"
    """The id of this station's org: in charge where the register names no other."""
    classes: dict[str, PlaceClass] = msgspec.field(default_factory=dict)
    """The register's own category names, each with one of the four classes."""
    notices: tuple[Notice, ...] = ()
    """The State Council's notices on holidays that the package of holidays has not got yet."""
    days_off: tuple[date, ...] = ()
    """Not worked, whatever the package and the notices say."""
    days_on: tuple[date, ...] = ()
    """Worked all the same."""
    order_days: dict[OrderState, Term] = msgspec.field(default_factory=dict)
    """Working days that an order may be in a state."""
    listing_days: dict[ListingState, Term] = msgspec.field(default_factory=dict)
    """The same of a listing."""
    rectify_days: dict[Level, Term] = msgspec.field(
        default_factory=lambda: {Level(level): days for level, days in RECTIFY_DAYS.items()}
    )
    """Working days for the work itself, by level, where the dispatcher names none."""
    kinds: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    """A city's own kinds of hazard: code, and its name in Chinese and English."""
    partners: dict[str, PartnerSection] = msgspec.field(default_factory=dict)
    powers: tuple[Power, ...] = ()
    """Delegated powers that inspections and cases rest on."""
    goals: dict[PlaceClass, Share] = msgspec.field(default_factory=lambda: dict(GOALS))
    """The share of each class that a year is to see."""
    unseen_days: tuple[Days, Days, Days, Days] = INTERVAL_DAYS
    """How long premises may go unseen, by risk from red to blue."""

    def __post_init__(self) -> None:
        """Refuse a notice with days of another year, or a holiday that ends before it begins.

        New Year's may begin in December.

        Raises:
            ValueError: says which.
        """
        for notice in self.notices:
            for first, last in notice.off:
                if first > last:
                    reason = f"notices: a holiday ends {last}, before it begins {first}"
                    raise ValueError(reason)
            for day in (*notice.days_off(), *notice.on):
                december = (notice.year - 1, 12)
                if day.year != notice.year and (day.year, day.month) != december:
                    reason = f"notices: {day} is not of the notice for {notice.year}"
                    raise ValueError(reason)

    def calendar(self) -> Workdays:
        """Working days as this station counts them."""
        return Workdays.of(self.notices, self.days_off, self.days_on)


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
