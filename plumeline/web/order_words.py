"""What the routes of the daily work are asked, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import Query

from casework.life import FivePoints, Need, Verb
from casework.words import Level
from plumeline.web.asking import Name, Said, Text
from store.order_lists import Case, Listed

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Wanted(Said, frozen=True, kw_only=True):
    """A step of an order, or of a listing."""

    key: Key
    life: Literal["order", "listing"] = "order"
    verb: Verb
    reason: Text = ""
    to: Name | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=400)] | None = None
    until: date | None = None
    evidence: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=20)] = ()
    five: FivePoints | None = None
    text: Text = ""


class Filed(Said, frozen=True, kw_only=True):
    """A case to be filed."""

    key: Key
    case_no: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    power_id: Key


class Seen(Said, frozen=True, kw_only=True):
    """A hazard that a person reports by hand."""

    number: Key
    """Made by the page: the same report sent twice is one hazard."""
    kind: Key
    level: Level = Level.GENERAL
    place_id: str | None = None
    """Of an incident its likeliest premises, where this is left out; none where it is empty."""
    address: Text = ""
    text: Text = ""
    evidence: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=20)] = ()
    incident_id: str | None = None
    """Over, or no fire, and a hazard all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """Which orders are wanted: the page's filters."""

    state: str | None = None
    owner: str | None = None
    org: str | None = None
    overdue: bool = False
    repeats: bool = False
    refly: bool = False
    place: str | None = None
    incident: str | None = None
    """The order of the hazard that it left behind, whatever has become of that."""
    skip: Annotated[int, Query(ge=0, le=10**7)] = 0
    limit: Annotated[int, Query(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An order in the list."""

    listed: Listed
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page of orders."""

    t_s: float
    today: date
    known_until: date
    """The last day of which a notice says whether it is worked: days due later can still move."""
    total: int
    overdue: int
    orders: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """A verb that the table allows now, and what it asks for."""

    verb: Verb
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One hazard with all that can be done."""

    t_s: float
    today: date
    known_until: date
    """As in `Answer`."""
    case: Case
    overdue: bool
    may: tuple[May, ...]
    listing_may: tuple[May, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What the page needs to name things: kinds, orgs, powers."""

    kinds: Mapping[str, tuple[str, str]]
    orgs: Mapping[str, tuple[str, str]]
    powers: Mapping[str, str]
    partners: tuple[str, ...]
    known_until: date
    """As in `Answer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that was taken in."""

    sha256: str
