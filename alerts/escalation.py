"""An alarm that nobody answers climbs: person, shift lead, all seats. It never closes itself.

What was dismissed and then shows something new, fire where there was smoke, is an alarm again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.events import Event, Evidence, Kind
from alerts.incident import Incident, rings
from alerts.lifecycle import SYSTEM, Act, State, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """After how long without an answer who is called."""

    after_s: float
    whom: str


LADDER = (
    Rung(after_s=30.0, whom="person"),
    Rung(after_s=60.0, whom="shift_lead"),
    Rung(after_s=120.0, whom="all_seats"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """An alarm, and since when it rings on the station's clock."""

    incident: Incident
    t_rings_s: float


def due(
    alarms: Iterable[Unanswered], now_s: float, ladder: tuple[Rung, ...] = LADDER
) -> list[Event]:
    """The escalations that are due now, one event a rung: after a standstill all rungs passed.

    Only alarms that ring climb: live ones that nobody has answered. Run twice it says the same
    events with the same keys, so that two processes tell each rung once.
    """
    events: list[Event] = []
    for alarm in alarms:
        incident, handling = alarm.incident, alarm.incident.handling
        if not rings(incident):
            continue
        since_s = max(alarm.t_rings_s, _reopened_s(incident))
        events += [
            _event(incident, since_s, step, rung)
            for step, rung in enumerate(ladder, start=1)
            if step > handling.step and now_s - since_s >= rung.after_s
        ]
    return events


def reopened(incident: Incident, seen: Evidence) -> list[Event]:
    """The event that makes an alarm again of what was dismissed, if this was not judged then.

    Run twice it says the same event with the same key.
    """
    handling = incident.handling
    dismissed = handling.mark(Verb.DISMISS)
    judged = handling.state not in {State.DISMISSED, State.CLOSED} or seen.label in incident.judged
    if judged or seen.historic or dismissed is None or seen.t_received_s <= dismissed.t_s:
        return []
    act = Act(verb=Verb.REOPEN, actor=SYSTEM, t_s=seen.t_received_s, text=seen.label.value)
    return [
        Event(
            key=f"{incident.incident_id}/reopen/{seen.label}/{dismissed.t_s:.3f}",
            incident_id=incident.incident_id,
            kind=Kind.ACT,
            t_s=act.t_s,
            act=act,
            status=incident.status,
        )
    ]


def _reopened_s(incident: Incident) -> float:
    mark = incident.handling.mark(Verb.REOPEN)
    return mark.t_s if mark else 0.0


def _event(incident: Incident, since_s: float, step: int, rung: Rung) -> Event:
    t_s = since_s + rung.after_s
    act = Act(verb=Verb.ESCALATE, actor=SYSTEM, t_s=t_s, to=rung.whom, step=step)
    return Event(
        key=f"{incident.incident_id}/escalate/{since_s:.3f}/{step}",
        incident_id=incident.incident_id,
        kind=Kind.ACT,
        t_s=t_s,
        act=act,
        status=incident.status,
    )
