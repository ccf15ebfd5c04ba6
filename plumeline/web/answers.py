"""What the API answers, besides the record's own types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from alerts.errors import ActRefused, Fact
from alerts.events import NumberedEvent, Status
from alerts.incident import Incident, rings
from alerts.lifecycle import OPEN, Act, Reason, State, Verb, rule_for
from alerts.severity import Severity, severity
from alerts.words import headline, place_in_words
from geo.ellipse import ellipse
from geo.ground import Ellipse
from store.status import DeviceStatus, Totals, TrackPoint

ANYBODY = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldIncident:
    """An incident, its best evidence in words, and the 95 % ellipse of its point."""

    incident: Incident
    severity: Severity
    state: State
    may: tuple[Verb, ...]
    """What people can do as it stands; whether this person may is asked when it is done."""
    rings_since_s: float | None
    """On the station's clock: since when it waits for an answer; None where it does not."""
    headline: Words
    place: Words
    ellipse: Ellipse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentList:
    """The queue, in the order it should be worked through, as of event ``last_n``."""

    t_s: float
    last_n: int
    total: int
    unanswered: int
    """Of the total: those that ring."""
    historic: int
    """Of the total: those that belong in the log and wait for nobody."""
    incidents: tuple[ToldIncident, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentStory:
    """One incident with its latest events, in order of number."""

    told: ToldIncident
    events: Sequence[NumberedEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrack:
    """Where one device flew, on its own clock."""

    device_id: str
    points: Sequence[TrackPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStatus:
    """What the record holds, and how the station is."""

    totals: Totals
    devices: Sequence[DeviceStatus]
    complaints: Sequence[Complaint]
    """What is wrong now; empty when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a stream: what was there when it began."""

    t_s: float
    last_n: int
    resumed: bool
    """Whether the events since the number asked for follow; else load the list again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The stream is alive, and everything up to ``last_n`` has been sent."""

    t_s: float
    last_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Why there is no other answer: in words, and as a code with the facts in the words."""

    error: str
    code: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@lru_cache(maxsize=2048)
def tell(incident: Incident, raised_s: float | None = None) -> ToldIncident:
    """The incident with everything a reader wants worked out.

    ``raised_s`` is when the alarm came into the record, on the station's clock; without it, when
    its newest picture came in.
    """
    best = incident.best
    return ToldIncident(
        incident=incident,
        severity=severity(incident),
        state=incident.handling.state,
        may=_may(incident),
        rings_since_s=_since_s(incident, raised_s) if rings(incident) else None,
        headline=Words(zh=headline(incident, "zh"), en=headline(incident, "en")),
        place=Words(zh=place_in_words(best, "zh"), en=place_in_words(best, "en")),
        ellipse=None if best.point is None else ellipse(best.point, probability=0.95),
    )


def by_urgency(incidents: Iterable[Incident], raised_s: Mapping[str, float]) -> list[Incident]:
    """Those that ring, the worst first, of equals the one that waits longest.

    Then what is open and answered, the worst and the newest first; then the rest; at the end what
    is historic; each newest first. What is meant stands before exercises and tests, and a merged
    one right after the one it went into.
    """

    def rank(incident: Incident) -> tuple[int, bool, int, float]:
        group = _group(incident)
        meant = incident.status is Status.ACTUAL
        if group > _ANSWERED:
            return group, False, 0, -incident.t_first_s
        age = -1.0 if group == _ANSWERED else 1.0
        since_s = _since_s(incident, raised_s.get(incident.incident_id))
        return group, not meant, -severity(incident), age * since_s

    known = {incident.incident_id: incident for incident in incidents}
    under: dict[str, list[Incident]] = {}
    for incident in sorted(known.values(), key=rank):
        under.setdefault(_root(incident, known), []).append(incident)
    tops = sorted((known[name] for name in under), key=rank)
    return [
        one
        for top in tops
        for one in sorted(under[top.incident_id], key=lambda inner: inner is not top)
    ]


_RINGING, _ANSWERED, _REST, _HISTORIC = range(4)


def _group(incident: Incident) -> int:
    if incident.historic:
        return _HISTORIC
    if rings(incident):
        return _RINGING
    handling = incident.handling
    answered = handling.state in OPEN and handling.state is not State.RAISED
    return _ANSWERED if answered else _REST


def _root(incident: Incident, known: Mapping[str, Incident]) -> str:
    """Where it stands in the end: itself, or what it was merged into."""
    seen = {incident.incident_id}
    top = incident
    while (goal := top.handling.merged_into) in known:
        assert goal is not None
        if goal in seen:
            return incident.incident_id
        seen.add(goal)
        top = known[goal]
    return top.incident_id


def _since_s(incident: Incident, raised_s: float | None) -> float:
    reopened = incident.handling.mark(Verb.REOPEN)
    since_s = incident.latest.t_received_s if raised_s is None else raised_s
    return max(since_s, reopened.t_s if reopened else since_s)


def _may(incident: Incident) -> tuple[Verb, ...]:
    last = incident.handling.last

    def allowed(verb: Verb) -> bool:
        actor = last.actor if last is not None and verb is Verb.UNDO else ANYBODY
        try:
            rule_for(
                incident.handling,
                Act(verb=verb, actor=actor, t_s=0.0, reason=Reason.OTHER, to=ANYBODY),
            )
        except ActRefused:
            return False
        return True

    return tuple(verb for verb in Verb if allowed(verb))
