"""Delegated powers (赋权): who may enforce what, in whose name, from when to when.

行政处罚法 §20: a delegation is in writing, names matters, authority and term, is published, and is
not passed on. An inspection or a case is lawful only under a power that was valid on its day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from alerts.errors import Fact, Reasoned
from casework.errors import CaseworkError


class PowerWhy(StrEnum):
    """Why a power carries no act."""

    UNKNOWN = "there is none of this name"
    OF_ANOTHER = "it was given to {to_org}, not to {org_id}"
    UNPUBLISHED = "it was never published"
    NOT_VALID = "it was valid from {first} to {last}, not on {day}"


class NoPower(Reasoned, CaseworkError):
    """The act would rest on a power that was not there on that day."""

    why: PowerWhy

    def __init__(self, power_id: str, why: PowerWhy, **facts: Fact) -> None:
        super().__init__(why, f"power {power_id or 'without a name'}: ", **facts)
        self.facts = {"power_id": power_id, **facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """One item that one org was given."""

    power_id: str
    item: str
    """What may be enforced."""
    from_org: str
    """The authority in whose name."""
    to_org: str
    basis: str
    """The legal basis, and the number of the written delegation."""
    valid_from: date
    valid_until: date
    """With this day."""
    published: bool = False


def check_power(powers: Iterable[Power], power_id: str, org_id: str, day: date) -> Power:
    """The power that an org's act on a day rests on.

    Raises:
        NoPower: there is none of this name, it is another org's, it was not published, or it was
            not valid on that day.
    """
    power = next((one for one in powers if one.power_id == power_id), None)
    if power is None:
        raise NoPower(power_id, PowerWhy.UNKNOWN)
    if power.to_org != org_id:
        raise NoPower(power_id, PowerWhy.OF_ANOTHER, to_org=power.to_org, org_id=org_id)
    if not power.published:
        raise NoPower(power_id, PowerWhy.UNPUBLISHED)
    first, last = power.valid_from, power.valid_until
    if not first <= day <= last:
        raise NoPower(power_id, PowerWhy.NOT_VALID, first=first, last=last, day=day)
    return power
