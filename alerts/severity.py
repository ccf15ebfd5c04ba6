"""How bad it is, in CAP 1.2's words: from what burns, where, how it grows, and what people said."""

from __future__ import annotations

from enum import IntEnum

from alerts.incident import Incident
from alerts.lifecycle import State
from detect.detection import Label

HAZCHEM = "hazchem"
RISKY = 2
"""Up to this risk of the register (1 major, 2 considerable, 3 general, 4 low) a premises raises the
severity."""
GROWS = 1.5
"""A thing that measures so many times what it measured at first is growing."""
LIKELY = 0.2
"""A premises counts from this probability on: at severity a doubt weighs for the worse."""


class Severity(IntEnum):
    """CAP 1.2's severities, so that the worst sorts highest."""

    MINOR = 1
    MODERATE = 2
    SEVERE = 3
    EXTREME = 4


def severity(incident: Incident) -> Severity:
    """The severity of an incident as it stands.

    Smoke begins as moderate and fire as severe; hazardous chemicals or a risky premises raise it
    by one, growth by one, a person's confirmation by one; a dismissal, or being a known thing,
    makes it minor. It follows from what is known now, so it rises and falls on the same incident.
    """
    if incident.handling.state is State.DISMISSED or incident.known is not None:
        return Severity.MINOR
    level = int(Severity.SEVERE if Label.FIRE in incident.labels else Severity.MODERATE)
    level += _at_risk(incident) + (incident.growth >= GROWS) + _confirmed(incident)
    return Severity(min(level, Severity.EXTREME))


def _at_risk(incident: Incident) -> bool:
    return any(
        (p.category == HAZCHEM or (p.risk or 4) <= RISKY) and p.probability >= LIKELY
        for p in incident.best.premises
    )


def _confirmed(incident: Incident) -> bool:
    return incident.handling.state in {State.CONFIRMED, State.HANDED_OVER}
