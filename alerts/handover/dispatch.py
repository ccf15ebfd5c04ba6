"""Which events are news to a partner, and what kind of message they make there: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alerts.events import Event, Kind
from alerts.handover.cap import MessageType
from alerts.incident import Incident
from alerts.lifecycle import State, Verb
from alerts.severity import severity


class From(StrEnum):
    """From when on a partner wants to know of an incident."""

    RAISED = "raised"
    """As soon as the machine is sure."""
    CONFIRMED = "confirmed"
    """Once a person has seen the fire."""
    HANDED_OVER = "handed_over"
    """Once it is his."""


_HANDED = frozenset({State.HANDED_OVER, State.RESOLVED, State.CLOSED})


def concerns(incident: Incident, since: From) -> bool:
    """Whether an incident, as it stands, is a partner's business.

    What was merged into another is told there. Late news and known things are nobody's until a
    person confirms them.
    """
    handling = incident.handling
    if handling.merged_into is not None or not incident.raised:
        return False
    handed = handling.state in _HANDED and handling.mark(Verb.HAND_OVER) is not None
    confirmed = handed or handling.state is State.CONFIRMED
    match since:
        case From.HANDED_OVER:
            return handed
        case From.CONFIRMED:
            return confirmed
        case From.RAISED:
            open_ = handling.state in {State.RAISED, State.ACKNOWLEDGED}
            return confirmed or (open_ and not incident.historic and incident.known is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a partner has been told of an incident so far."""

    open: bool = False
    """The last message was no cancellation, so that the next one is an update."""


def message_for(
    before: Incident | None, after: Incident, event: Event, since: From, told: Told
) -> MessageType | None:
    """What an event makes for a partner: nothing, an alert, an update or a cancellation."""
    if not concerns(after, since):
        return MessageType.CANCEL if told.open else None
    if not told.open:
        return MessageType.ALERT
    return MessageType.UPDATE if _is_news(before, after, event) else None


def _is_news(before: Incident | None, after: Incident, event: Event) -> bool:
    """One more picture of the same is none."""
    if before is None or event.kind in {Kind.PLACED, Kind.ACT}:
        return event.act is None or event.act.verb is not Verb.ESCALATE
    return (
        before.labels != after.labels
        or severity(before) is not severity(after)
        or (before.point is None) != (after.point is None)
    )
