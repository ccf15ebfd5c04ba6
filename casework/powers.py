"""Delegated powers (赋权): who may enforce what, in whose name, from when to when.

行政处罚法 §20: a delegation is in writing, names matters, authority and term, is published, and is
not passed on. An inspection or a case is lawful only under a power that was valid on its day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from casework.errors import CaseworkError


class NoPower(CaseworkError):
    """The act would rest on a power that was not there on that day."""

    def __init__(self, power_id: str, reason: str) -> None:
        super().__init__(f"power {power_id or 'without a name'}: {reason}")
        self.power_id = power_id


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
        raise NoPower(power_id, "there is none of this name")
    if power.to_org != org_id:
        raise NoPower(power_id, f"it was given to {power.to_org}, not to {org_id}")
    if not power.published:
        raise NoPower(power_id, "it was never published")
    if not power.valid_from <= day <= power.valid_until:
        reason = f"it was valid from {power.valid_from} to {power.valid_until}, not on {day}"
        raise NoPower(power_id, reason)
    return power
