"""How long each step took, from the first picture to the end: of one incident and of many.

Two clocks meet here. The picture was taken on the device's clock, brought to the station's by the
device's offset; everything after that is the station's. A step that ended before it began means
that one of them was wrong: it is named, never rounded up to nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

import numpy as np

from alerts.events import Status
from alerts.incident import Incident
from alerts.lifecycle import State, Verb

SHIFTS = (8, 20)
"""The hours at which shifts begin unless the station says others."""


class Stage(StrEnum):
    """The moments of a response."""

    CAPTURED = "captured"
    """The first picture that shows it was taken."""
    RECEIVED = "received"
    DETECTED = "detected"
    """The detector has looked at that picture, and what it found is in the record."""
    RAISED = "raised"
    """Found in enough pictures to call somebody."""
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    """Somebody answered: took note, or confirmed or dismissed it at once."""
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed_over"
    ARRIVED = "arrived"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one moment to another that follows from it."""

    name: str
    start: Stage
    end: Stage


STEPS = (
    Step(name="receive", start=Stage.CAPTURED, end=Stage.RECEIVED),
    Step(name="detect", start=Stage.RECEIVED, end=Stage.DETECTED),
    Step(name="make_sure", start=Stage.DETECTED, end=Stage.RAISED),
    Step(name="raise", start=Stage.RECEIVED, end=Stage.RAISED),
    Step(name="notify", start=Stage.RAISED, end=Stage.NOTIFIED),
    Step(name="acknowledge", start=Stage.RAISED, end=Stage.ACKNOWLEDGED),
    Step(name="confirm", start=Stage.ACKNOWLEDGED, end=Stage.CONFIRMED),
    Step(name="hand_over", start=Stage.CONFIRMED, end=Stage.HANDED_OVER),
    Step(name="arrive", start=Stage.HANDED_OVER, end=Stage.ARRIVED),
    Step(name="resolve", start=Stage.HANDED_OVER, end=Stage.RESOLVED),
    Step(name="picture_to_alarm", start=Stage.CAPTURED, end=Stage.RAISED),
    Step(name="alarm_to_hand_over", start=Stage.RAISED, end=Stage.HANDED_OVER),
)
"""A partner may hear of it after somebody has answered, so answering counts from the alarm."""

_ANSWERS = frozenset({Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.DISMISS})
_DONE = (
    (Stage.ACKNOWLEDGED, _ANSWERS),
    (Stage.CONFIRMED, frozenset({Verb.CONFIRM})),
    (Stage.HANDED_OVER, frozenset({Verb.HAND_OVER})),
    (Stage.ARRIVED, frozenset({Verb.ARRIVE})),
    (Stage.RESOLVED, frozenset({Verb.RESOLVE})),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What only the record knows of an incident: how its first picture became an alarm."""

    incident_id: str
    t_capture_s: float
    """Of the first picture, the device's clock; all else is the station's."""
    offset_s: float
    """The station's clock minus the device's."""
    t_received_s: float
    t_detected_s: float | None = None
    """None of records from before the ledger told of looks."""
    t_raised_s: float
    """When the alarm came into the record."""
    t_notified_s: float | None
    """None while the alarm waits to be delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """When a stage was reached, on the station's clock; None where it was not."""

    stage: Stage
    t_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long a step took, to the millisecond; None where an end of it is missing or wrong."""

    step: str
    took_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The response to one incident."""

    incident_id: str
    historic: bool
    status: Status
    state: State
    rungs: int
    """How far it climbed since it was raised last."""
    stages: tuple[Reached, ...]
    steps: tuple[Took, ...]
    wrong_clock: tuple[str, ...]
    """Steps that ended before they began."""


def clock(incident: Incident, beginning: Beginning) -> Clock:
    """When each stage was reached first, and how long every step took.

    What was undone counts as not done.
    """
    reached: dict[Stage, float | None] = {
        Stage.CAPTURED: beginning.t_capture_s + beginning.offset_s,
        Stage.RECEIVED: beginning.t_received_s,
        Stage.DETECTED: beginning.t_detected_s,
        Stage.RAISED: beginning.t_raised_s,
        Stage.NOTIFIED: beginning.t_notified_s,
    }
    for stage, verbs in _DONE:
        marks = (m.t_s for m in incident.handling.marks if m.verb in verbs)
        reached[stage] = next(marks, None)
    measured = [(step, _between(reached[step.start], reached[step.end])) for step in STEPS]
    wrong = tuple(step.name for step, took_s in measured if took_s is not None and took_s < 0)
    return Clock(
        incident_id=incident.incident_id,
        historic=incident.historic,
        status=incident.status,
        state=incident.handling.state,
        rungs=incident.handling.step,
        stages=tuple(Reached(stage=stage, t_s=t_s) for stage, t_s in reached.items()),
        steps=tuple(
            Took(step=step.name, took_s=None if step.name in wrong else took_s)
            for step, took_s in measured
        ),
        wrong_clock=wrong,
    )


def _between(start_s: float | None, end_s: float | None) -> float | None:
    if start_s is None or end_s is None:
        return None
    return round(end_s - start_s, 3) + 0.0


class By(StrEnum):
    """What responses are compared by."""

    DAY = "day"
    DISTRICT = "district"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of one step: linear between the two nearest ranks (Hyndman and Fan's type 7)."""

    step: str
    count: int
    p50_s: float
    p90_s: float
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The responses of one day, district or shift."""

    key: str | None
    """A date, a district, or hours like ``08-20``; None where the district is not known."""
    incidents: int
    unanswered: int
    escalated: int
    wrong_clock: int
    steps: tuple[Percentiles, ...]
    """Those that were taken at all."""


def percentiles(clocks: Iterable[Clock], key: Callable[[Clock], str | None]) -> list[Group]:
    """The groups in order of key; the unknown one last.

    Only what is meant and came in time counts: no exercises, no tests, nothing historic.
    """
    groups: dict[str | None, list[Clock]] = defaultdict(list)
    for one in clocks:
        if one.status is Status.ACTUAL and not one.historic:
            groups[key(one)].append(one)
    ordered = sorted(groups, key=lambda name: (name is None, name or ""))
    return [_group(name, groups[name]) for name in ordered]


def _group(name: str | None, clocks: Sequence[Clock]) -> Group:
    taken: dict[str, list[float]] = defaultdict(list)
    for one in clocks:
        for took in one.steps:
            if took.took_s is not None:
                taken[took.step].append(took.took_s)
    return Group(
        key=name,
        incidents=len(clocks),
        unanswered=sum(one.state is State.RAISED for one in clocks),
        escalated=sum(one.rungs > 0 for one in clocks),
        wrong_clock=sum(bool(one.wrong_clock) for one in clocks),
        steps=tuple(
            _percentiles(step.name, taken[step.name]) for step in STEPS if step.name in taken
        ),
    )


def _percentiles(step: str, took_s: Sequence[float]) -> Percentiles:
    p50, p90, p95 = (round(float(p), 3) for p in np.percentile(took_s, [50, 90, 95]))
    return Percentiles(step=step, count=len(took_s), p50_s=p50, p90_s=p90, p95_s=p95)


def raised_s(one: Clock) -> float:
    """When the alarm was raised; there is no clock without it."""
    t_s = next(reached.t_s for reached in one.stages if reached.stage is Stage.RAISED)
    assert t_s is not None
    return t_s


def day_of(t_s: float, zone: tzinfo) -> str:
    """The date in the station's zone."""
    return f"{datetime.fromtimestamp(t_s, zone):%Y-%m-%d}"


def shift_of(t_s: float, zone: tzinfo, starts: Sequence[int] = SHIFTS) -> str:
    """The hours of the shift a time falls into, from its first to the next one's: ``20-08``."""
    hours = sorted(set(starts))
    hour = datetime.fromtimestamp(t_s, zone).hour
    begun = [i for i, start in enumerate(hours) if start <= hour]
    at = begun[-1] if begun else len(hours) - 1
    return f"{hours[at]:02d}-{hours[(at + 1) % len(hours)]:02d}"
