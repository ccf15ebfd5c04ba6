"""From what a person asks for to the events to append: pure rules on top of the table.

The table in `alerts.lifecycle` knows one incident. What needs a look at another one, or is two
steps in one action, is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerts.errors import ActRefused, ActWhy
from alerts.events import Event, Kind
from alerts.incident import Incident, seen_of
from alerts.known import KnownArea, area_left
from alerts.lifecycle import DUTY, OPEN, SYSTEM, Act, Reason, Verb

FIRE_BRIGADE = "119"
"""To whom an incident is handed over unless another is named."""

KNOWN_HOURS: dict[Reason, float] = {
    Reason.STEAM: 30 * 24.0,
    Reason.KITCHEN: 7 * 24.0,
    Reason.PERMITTED_BURN: 12.0,
    Reason.DUST: 24.0,
    Reason.REFLECTION: 24.0,
}
"""How long a place is known for what it was dismissed for, unless the person says otherwise. A
cloud moves on, and "other" may be anything: they leave nothing."""

Find = Callable[[str], Incident | None]
"""Another incident as it stands now, None where there is none of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person wants done with an incident."""

    verb: Verb
    actor: str
    seat: str = ""
    """The department's seat the person sits at."""
    reason: Reason | None = None
    text: str = ""
    to: str = ""
    """Whom it is handed to, or the incident it is merged into."""
    known_hours: float | None = None
    """Of a dismissal: how long its place is known, 0 not at all; None as its reason has it."""


def events_for(request: Request, incident: Incident, t_s: float, find: Find) -> list[Event]:
    """The events that do what is asked, to be appended together or not at all.

    Confirming hands over in the same action. ``t_s`` is the station's clock. Whether the incident
    as it stands allows the acts is for `alerts.incident.grow` to say.

    Raises:
        ActRefused: not by this person, not by a person at all, or not with that other incident.
    """
    actor = " ".join(request.actor.split())
    if actor in {"", SYSTEM, DUTY}:
        raise ActRefused(request.verb, ActWhy.NOT_A_PERSON, actor=actor or "nobody")
    if request.verb is Verb.ESCALATE:
        raise ActRefused(request.verb, ActWhy.ONLY_THE_CLOCK)
    goal = _goal(request, incident)
    if goal is not None:
        _check_goal(request.verb, incident, goal, find)
    steps = (Verb.CONFIRM, Verb.HAND_OVER) if request.verb is Verb.CONFIRM else (request.verb,)
    return [_event(request, actor, verb, incident, t_s) for verb in steps]


def _goal(request: Request, incident: Incident) -> str | None:
    """The incident it would go into: of a merge, and of an undo that merges it again."""
    handling = incident.handling
    if request.verb is Verb.MERGE:
        return request.to
    if request.verb is Verb.UNDO and handling.before is not None and handling.merged_into is None:
        return handling.before.merged_into
    return None


def _check_goal(verb: Verb, incident: Incident, goal: str, find: Find) -> None:
    """Merging leads to an open incident that stands for itself, so no two stand for each other.

    An exercise stays one and swallows nothing that is meant.
    """
    if goal == incident.incident_id:
        raise ActRefused(verb, ActWhy.INTO_ITSELF)
    other = find(goal)
    if other is None:
        raise ActRefused(verb, ActWhy.UNKNOWN_GOAL, goal=goal or "without a name")
    if other.handling.merged_into is not None:
        raise ActRefused(verb, ActWhy.GOAL_MERGED, goal=goal, into=other.handling.merged_into)
    if other.handling.state not in OPEN:
        raise ActRefused(verb, ActWhy.GOAL_OVER, goal=goal, state=other.handling.state)
    if other.status is not incident.status:
        status = incident.status
        raise ActRefused(
            verb, ActWhy.GOAL_OF_OTHER_STATUS, goal=goal, other=other.status, status=status
        )


def _event(request: Request, actor: str, verb: Verb, incident: Incident, t_s: float) -> Event:
    act = Act(
        verb=verb,
        actor=actor,
        seat=" ".join(request.seat.split()),
        t_s=t_s,
        reason=request.reason,
        text=request.text,
        to=request.to or (FIRE_BRIGADE if verb is Verb.HAND_OVER else ""),
        leaves=_leaves(request, incident, t_s) if verb is Verb.DISMISS else None,
    )
    done = len(incident.handling.marks)
    return Event(
        key=f"{incident.incident_id}/{verb}/{t_s:.6f}/{done}",
        incident_id=incident.incident_id,
        kind=Kind.ACT,
        t_s=t_s,
        act=act,
        status=incident.status,
    )


def _leaves(request: Request, incident: Incident, t_s: float) -> KnownArea | None:
    hours = request.known_hours
    if hours is None:
        hours = KNOWN_HOURS.get(request.reason, 0.0) if request.reason else 0.0
    return area_left(seen_of(incident, t_s), hours=hours)
