"""From what people said of incidents to labelled pictures, and how often the machine was right.

A person judges an incident, not a box: what is confirmed was seen where the machine boxed it, and
what is dismissed was none. A picture teaches only if everything boxed in it was judged; whatever
else is in it may be a fire that nobody has answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.events import Event, Evidence, Kind, Status
from alerts.incident import Incident, fold
from alerts.lifecycle import Reason, State, Verb
from alerts.look import Look
from detect.detection import Box, Detection, Label


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """One picture of the record and all that burns in it."""

    sha256: str
    width_px: int
    height_px: int
    boxes: tuple[tuple[Label, Box], ...]
    incidents: tuple[str, ...]
    """Whose judgements label it."""


@dataclass(slots=True, kw_only=True)
class _Picture:
    seen: Evidence
    judged: dict[tuple[Label, Box], bool] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)
    why_not: str | None = None


def is_real(incident: Incident, others: Mapping[str, Incident]) -> bool | None:
    """What people say of it: a fire, none, or nothing yet. What was merged is what it went into."""
    handling = incident.handling
    goal = others.get(handling.merged_into or "")
    if goal is not None:
        return is_real(goal, others)
    if handling.state in {State.RAISED, State.ACKNOWLEDGED}:
        return None
    dismissed, confirmed = handling.mark(Verb.DISMISS), handling.mark(Verb.CONFIRM)
    if dismissed is None or confirmed is None:
        return dismissed is None
    return confirmed.t_s > dismissed.t_s


def labelled(
    events: Sequence[Event], looks: Iterable[Look], leave_out: Callable[[Evidence], str | None]
) -> tuple[list[LabelledPicture], Counter[str]]:
    """Pictures that can teach, in the order they came, and why others cannot.

    Args:
        events: the log, in order.
        looks: what the machine saw, of these pictures at least.
        leave_out: the reason why a picture may not be used, whatever it shows; None if it may.
    """
    incidents = fold(events)
    pictures: dict[object, _Picture] = {}
    for event in events:
        seen = event.evidence
        if seen is None or event.kind is Kind.PLACED:
            continue
        picture = pictures.setdefault(seen.key, _Picture(seen=seen))
        incident = incidents[event.incident_id]
        real = is_real(incident, incidents)
        picture.why_not = picture.why_not or _why_not(incident, real) or leave_out(seen)
        picture.judged[seen.label, seen.box] = bool(real)
        picture.incidents.append(event.incident_id)
    for look in looks:
        found = pictures.get(look.key)
        if found is not None and look.no_image is not None:
            found.why_not = found.why_not or "a no-image area"
        if found is not None and any(_key(one) not in found.judged for one in look.detections):
            found.why_not = found.why_not or "something in it that nobody has judged"
    left_out = Counter(one.why_not for one in pictures.values() if one.why_not)
    return [_labelled(one) for one in pictures.values() if not one.why_not], left_out


def _why_not(incident: Incident, real: bool | None) -> str | None:
    if incident.status is not Status.ACTUAL:
        return "an exercise or a test"
    return "not judged yet" if real is None else None


def _key(one: Detection) -> tuple[Label, Box]:
    return one.label, one.box


def _labelled(picture: _Picture) -> LabelledPicture:
    seen = picture.seen
    return LabelledPicture(
        sha256=seen.sha256,
        width_px=seen.width_px,
        height_px=seen.height_px,
        boxes=tuple(what for what, real in picture.judged.items() if real),
        incidents=tuple(dict.fromkeys(picture.incidents)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An incident as its detector raised it."""

    incident_id: str
    detector: str
    """Model, engine and version."""
    t_s: float
    """When its picture came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often one detector was right in one stretch of time, by people's word."""

    detector: str
    since: str
    """The stretch's name: 2026-11."""
    alarms: int
    real: int
    false: int
    unanswered: int
    """Neither confirmed nor dismissed."""
    reasons: Mapping[Reason, int]
    """Of the false ones."""

    @property
    def precision(self) -> float | None:
        """Of the judged; None where none was."""
        judged = self.real + self.false
        return self.real / judged if judged else None


def track_record(
    alarms: Iterable[Alarm], incidents: Mapping[str, Incident], stretch: Callable[[float], str]
) -> list[Record]:
    """One for every detector and stretch of time, in order of time; exercises do not count."""
    groups: dict[tuple[str, str], list[Incident]] = {}
    for alarm in alarms:
        incident = incidents.get(alarm.incident_id)
        counts = incident is not None and incident.status is Status.ACTUAL
        if incident is not None and counts and incident.known is None:
            groups.setdefault((stretch(alarm.t_s), alarm.detector), []).append(incident)
    return [
        _record(detector, since, group, incidents)
        for (since, detector), group in sorted(groups.items())
    ]


def _record(
    detector: str, since: str, group: Sequence[Incident], incidents: Mapping[str, Incident]
) -> Record:
    verdicts = Counter(is_real(one, incidents) for one in group)
    false = [one for one in group if is_real(one, incidents) is False]
    reasons = Counter(one.handling.reason for one in false if one.handling.reason is not None)
    return Record(
        detector=detector,
        since=since,
        alarms=len(group),
        real=verdicts[True],
        false=verdicts[False],
        unanswered=verdicts[None],
        reasons=dict(reasons),
    )
