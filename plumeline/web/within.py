"""What an account of one district sees of the daily work: that district's orgs, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import HTTPException

from casework.words import Place
from plumeline.statistics import NoSuchOrg, seen_by
from store.people import ALL, Account
from store.standings import NoSuchWork
from store.statistics import SqlStatistics


def district_of(me: Account) -> str | None:
    """The district they are kept to; None for everything."""
    return None if me.district == ALL else me.district


def orgs_seen(me: Account, org: str | None, statistics: SqlStatistics) -> tuple[str, ...] | None:
    """The orgs whose work an account sees of those it asks for; None for everybody's."""
    district = district_of(me)
    if district is None and not org:
        return None
    try:
        return seen_by(district, org or None, statistics.homes())
    except NoSuchOrg as exc:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(exc)) from exc


def places_seen(me: Account, places: Sequence[Place], statistics: SqlStatistics) -> Sequence[Place]:
    """Those of some places that an account sees."""
    orgs = orgs_seen(me, None, statistics)
    return places if orgs is None else [one for one in places if one.org_id in orgs]


def check_seen(me: Account, org_id: str, key: str, statistics: SqlStatistics) -> None:
    """Another district's hazard is not there, as one that never was.

    Raises:
        NoSuchWork: it is not theirs to see.
    """
    seen = orgs_seen(me, None, statistics)
    if seen is not None and org_id not in seen:
        raise NoSuchWork(key)
